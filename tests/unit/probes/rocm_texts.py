"""Outputs of AMD's test suites, short, written after what their sources and manuals print."""

from __future__ import annotations

TRANSFERS = """TransferBench v1.64.00
===============================================================
[Common]
NUM_ITERATIONS       =           10 : Running 10 timed iteration(s)
Test 1:
 Executor: DMA 00 │ 14.250 GB/s │ 75.350 ms │ 1073741824 bytes │ 14.300 GB/s (sum)
 Transfer 0       │ 14.300 GB/s │ 75.087 ms │ 1073741824 bytes │ D0 -> D0:1 -> G0
 Aggregate (CPU)  │ 14.200 GB/s │ 75.616 ms │ 1073741824 bytes │ Overhead 0.266 ms
Test 2:
 Executor: GPU 01 |  41.500 GB/s |   1.617 ms |   67108864 bytes | 41.600 GB/s (sum)
 Transfer 00      |  41.600 GB/s |   1.613 ms |   67108864 bytes | G1 -> G1:8 -> G0
 Aggregate (CPU)  |  40.100 GB/s |   1.674 ms |   67108864 bytes | Overhead 0.057 ms
"""
RVS = """[RESULT] [1656631.262875] Action name :gpustress
[RESULT] [1656632.262875] [gpustress] gst 3254 start 50000.000000 copy matrix:false
[RESULT] [1656633.262875] [gpustress] gst 3254 Gflops 61000.125000
[INFO  ] [1656634.262875] [gpustress] gst 3254 target achieved 50000.000000
[RESULT] [1656635.262875] [gpustress] gst 3254 Gflops 61200.500000 Met target stress : 50000.000000 PASS
[RESULT] [1656636.262875] [gpustress] gst 50599 Gflops 42100.250000 Couldnt meet target stress : 50000.000000 FAIL
[RESULT] [1656637.262875] [gpustress] gst 3254 pass: TRUE
[RESULT] [1656637.362875] [gpustress] gst 50599 pass: FALSE
[RESULT] [1656638.262875] [peers] p2p 3254 50599 peers:true distance:56 HyperTransport:56
[RESULT] [1656639.262875] [peers] p2p-bandwidth [1/2] 3254 50599 bidirectional: true 24.300 GBps 0.700 sec
[RESULT] [1656640.262875] [host] pcie-bandwidth [1/4] 0 3254 h2d: true d2h: false 13.100 GBps 1.200 sec
[RESULT] [257936.568920] [bars] smqt fail
"""  # noqa: E501
CASES = (("transferbench", TRANSFERS), ("rvs", RVS))

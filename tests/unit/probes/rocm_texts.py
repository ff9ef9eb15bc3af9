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
RVS_NEWER = """[RESULT] [ 7001.682469] Action name :gst-fp8
[RESULT] [ 7001.68397 ] Module name :gst
[RESULT] [ 7001.836841] [gst-fp8] [GPU:: 3254] Start of GPU ramp up
[RESULT] [ 7008.830800] [gst-fp8] [GPU:: 3254] GFLOPS 1500000
[RESULT] [ 7009.831928] [gst-fp8] [GPU:: 3254] End of GPU ramp up
[RESULT] [ 7024.864648] [gst-fp8] [GPU:: 3254] GFLOPS 1600000 Target GFLOPS: 1200000 met: TRUE
[RESULT] [ 7024.964648] [gst-fp8] [GPU:: 50599] GFLOPS 1100000.5 Target GFLOPS: 1200000.000000 met: FALSE
[RESULT] [ 7025.1] [gst-old] gst 50599 GFLOPS 61000.5 Target stress : 50000.0 met :TRUE
[RESULT] [ 7030.159274] Action name :iet-620W
[RESULT] [ 7030.159275] Module name :iet
[RESULT] [ 7031.333747] [iet-620W] [GPU:: 3254] Power(W) 127.000000
[RESULT] [ 7090.372824] [iet-620W] [GPU:: 3254] pass: TRUE
[RESULT] [ 7091.033992] [props] gpup 3254 simd_count 1216
[RESULT] [ 7091.305186] [watch] gm 3254 mem_clock violations 2
[RESULT] [ 7092.925788] [mem_1] mem Test 1: Change one bit memory addresss
[RESULT] [ 7092.947349] [mem_1] mem Test 1 : PASS
[RESULT] [ 7093.291036] [mem_1] mem Test 11: elapsedtime = 6390.423828 bandwidth = 2003.017090GB/s
[RESULT] [ 7094.610745] [d2h] pcie-bandwidth [CPU:: 0] [GPU:: 2 - 3254 - 0000:05:00.0] distance:20 PCIe:20
[RESULT] [ 7095.617888] [d2h] pcie-bandwidth [ 1/16] [CPU:: 0] [GPU:: 2 - 3254 - 0000:05:00.0] h2d::false d2h::true 56.298 GBps duration: 0.223392 secs
[RESULT] [ 7096.34268 ] [p2p] p2p [GPU:: 2 - 3254 - 0000:05:00.0] [GPU:: 3 - 50599 - 0000:26:00.0] peers:true distance:15 xGMI:15
[RESULT] [ 7097.143726] [p2p] p2p-bandwidth[ 1/56] [GPU:: 2 - 3254 - 0000:05:00.0] [GPU:: 3 - 50599 - 0000:26:00.0] bidirectional: false 48.962 GBps duration: 1.462462 secs
[RESULT] [ 7098.79158 ] Action name :babel-256MiB
[RESULT] [ 7098.791587] [babel-256MiB] [GPU:: 3254] Starting the Babel memory stress test
GPU Id      Function    MBytes/sec    Max MB/s      Min MB/s      Avg MB/s
3254        Copy        4000000.000     4000000.000     3900000.000     3950000.000
+=====================================================================+
| Operating System                 | Ubuntu 24.04.3 LTS               |
| Action Name                      | Module         | Result          |
| action_1                         | GPUP           | PASS            |
| action_6                         | GST            | FAIL            |
+---------------------------------------------------------------------+
[RESULT] [ 7099.821495] [module_terminate] PCIe monitoring ended after wait duration.
"""  # noqa: E501
TRANSFERS_BETWEEN = """TransferBench v1.66.00
[Common]
Bytes Per Direction 268435456
Unidirectional copy peak bandwidth GB/s [Local read / Remote write] (GPU-Executor: GFX)
 SRC+EXE\\DST    CPU 00       GPU 00    GPU 01
  CPU 00  ->     92.21        45.11     45.16

  GPU 00  ->     55.47      2132.28     57.39
  GPU 01  ->     55.59        57.41   2152.51
                           CPU->CPU  CPU->GPU  GPU->CPU  GPU->GPU
Averages (During UniDir):     92.21     45.13     55.53     57.40

Bidirectional copy peak bandwidth GB/s [Local read / Remote write] (GPU-Executor: GFX)
     SRC\\DST    CPU 00       GPU 00    GPU 01
  GPU 00  ->     41.00          N/A     50.00
  GPU 00 <-      40.00          N/A     49.00
  GPU 00 <->     81.00          N/A     99.00

  GPU 01  ->     41.50        50.50       N/A
                           CPU->CPU  CPU->GPU  GPU->CPU  GPU->GPU
Averages (During  BiDir):       N/A     40.00     41.00     49.50
"""
ALL_TO_ALL = """TransferBench v1.60.00
Summary:
==========================================================
SRC\\DST  GPU 00     GPU 01       STotal      Actual
GPU 00     N/A      46.500       46.500      46.000
GPU 01   46.250        N/A       46.250      46.000

RTotal   46.250     46.500       92.750      46.000      46.000

Average   bandwidth (GPU Timed):   46.375 GB/s
Aggregate bandwidth (GPU Timed):   92.750 GB/s
Aggregate bandwidth (CPU Timed):   80.500 GB/s
"""
ALL_TO_ALL_BOXED = """TransferBench v1.67.00
│ SRC\\DST │ GPU 00  GPU 01 │  STotal │  Actual │
├---------┼----------------┼---------┼---------┤
│ GPU 00  │  N/A    60.95  │  60.95  │  60.80 │
│ GPU 01  │ 60.84    N/A   │  60.84  │  60.70 │
├---------┼----------------┼---------┼---------┤
│ RTotal  │ 60.84   60.95  │ 121.79  │  60.70 │
└---------┴----------------┼---------┼---------┤
                           │CPU Timed: │ 99.25 │
                           └-----------┴-------┘
Average bandwidth (GPU Timed): 60.895 GB/s
[WARN] DMA 0 attempting 7 parallel transfers
"""
CASES = (
    ("transferbench", TRANSFERS),
    ("transferbench", TRANSFERS_BETWEEN),
    ("transferbench", ALL_TO_ALL),
    ("transferbench", ALL_TO_ALL_BOXED),
    ("rvs", RVS),
    ("rvs", RVS_NEWER),
)

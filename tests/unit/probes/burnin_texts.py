"""Outputs of burn-in tools, short, in every layout that they have; written after the formats."""

from __future__ import annotations

STREAM = """-------------------------------------------------------------
STREAM version $Revision: 5.10 $
-------------------------------------------------------------
This system uses 8 bytes per array element.
Array size = 10000000 (elements), Offset = 0 (elements)
Number of Threads requested = 4
Number of Threads counted = 4
Function    Best Rate MB/s  Avg time     Min time     Max time
Copy:           16000.0     0.010500     0.010000     0.011000
Scale:          16000.0     0.010500     0.010000     0.011000
Add:            24000.0     0.010500     0.010000     0.011000
Triad:          24000.0     0.010500     0.010000     0.011000
-------------------------------------------------------------
Solution Validates: avg error less than 1.000000e-13 on all three arrays
-------------------------------------------------------------
"""
HPL = """HPLinpack 2.3  --  High-Performance Linpack benchmark  --   December 2, 2018
T/V                N    NB     P     Q               Time                 Gflops
--------------------------------------------------------------------------------
WR11C2R4       20000   192     1     2              53.34             1.0000e+02
HPL_pdgesv() start time Fri Feb  3 16:33:45 2023
||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=   4.12139792e-03 ...... PASSED
================================================================================
Finished      1 tests with the following results:
              1 tests completed and passed residual checks,
              0 tests completed and failed residual checks,
              0 tests skipped because of illegal input values.
End of Tests.
"""
HPL_GPU = """HPL-NVIDIA 25.4.0  -- NVIDIA accelerated HPL benchmark -- NVIDIA
T/V                N    NB     P     Q         Time          Gflops (   per GPU)
--------------------------------------------------------------------------------
WC0           120000  1024     2     4        28.80       4.000e+04 ( 5.000e+03)

HPL_pdgesv() start time Sun Jun  8 23:23:45 2025
||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=   0.000550841189 ...... PASSED
||Ax-b||_oo  . . . . . . . . . . . . . . . . . = 0.0000000064268288
Finished      1 tests with the following results:
              1 tests completed and passed residual checks,
              0 tests completed and failed residual checks,
"""
HPCG_3 = """HPCG result is VALID with a GFLOP/s rating of 3.289080
n104-8p-1t version: V3.0
Machine Summary:
  Distributed Processes: 8
Final Summary:
  HPCG result is VALID with a GFLOP/s rating of: 3.28908
"""
HPCG = """HPCG-Benchmark
version=3.1
Machine Summary::Distributed Processes=2
Machine Summary::Threads per processes=4
Global Problem Dimensions::Global nx=32
GB/s Summary::Total with convergence and optimization phase overhead=14.666
GFLOP/s Summary=
GFLOP/s Summary::Raw Total=1.99534
GFLOP/s Summary::Total with convergence and optimization phase overhead=1.94783
Final Summary=
Final Summary::HPCG result is VALID with a GFLOP/s rating of=1.94783
Final Summary::HPCG 2.4 rating for historical reasons is=1.99533
"""
HPCG_2 = """HPCG-Benchmark-2.4:
HPCG-Benchmark version: 2.4
Machine Summary:
  Distributed Processes: 16
  Threads per processes: 1
__________ Final Summary __________:
  HPCG result is VALID with a GFLOP/s rating of: 23.4567
      HPCG 2.4 Rating (for historical value) is: 24.1
"""
MLC = """Intel(R) Memory Latency Checker - v3.11
Measuring idle latencies for random access (in ns)...
\t\tNuma node
Numa node\t     0\t     1\t
       0\t 118.7\t 198.6\t
       1\t 199.0\t 117.9\t
Measuring Peak Injection Memory Bandwidths for the system
Bandwidths are in MB/sec (1 MB/sec = 1,000,000 Bytes/sec)
ALL Reads        :\t354648.7\t
3:1 Reads-Writes :\t330876.1\t
Stream-triad like:\t319850.2\t
Measuring Memory Bandwidths between nodes within system
Bandwidths are in MB/sec (1 MB/sec = 1,000,000 Bytes/sec)
\t\tNuma node
Numa node\t     0\t     1\t
       0\t177254.1\t80123.4\t
       1\t-\t177001.9\t
Measuring Loaded Latencies for the system
Inject\tLatency\tBandwidth
Delay\t(ns)\tMB/sec
==========================
 00000\t260.20\t 355052.3
 00100\t146.11\t 198765.4
Measuring cache-to-cache transfer latency (in ns)...
Local Socket L2->L2 HIT  latency\t71.2
Remote Socket L2->L2 HITM latency (data address homed in writer socket)
\t\t\tReader Numa Node
Writer Numa Node     0\t     1
            0\t     -\t 115.2
"""
SAT = """2022/12/28-08:15:00(UTC) Log: Commandline - stressapptest -s 60
2022/12/28-08:15:00(UTC) Stats: SAT revision 1.0.9_autoconf, 64 bit binary
2022/12/28-08:15:00(UTC) Stats: Starting SAT, 60910M, 60 seconds
2022/12/28-08:15:13(UTC) Log: Seconds remaining: 50
2022/12/28-08:16:04(UTC) Stats: Found 0 hardware incidents
2022/12/28-08:16:04(UTC) Stats: Completed: 660000.00M in 60.00s 11000.00MB/s, with 0 hardware incidents, 0 errors
2022/12/28-08:16:04(UTC) Stats: Memory Copy: 660000.00M at 11000.01MB/s
2022/12/28-08:16:04(UTC) Stats: Disk: 0.00M at 0.00MB/s
2022/12/28-08:16:04(UTC)
2022/12/28-08:16:04(UTC) Status: PASS - please verify no corrected errors
"""  # noqa: E501
SAT_FAILED = """Stats: SAT revision 1.0.6_autoconf, 64 bit binary
Stats: Starting SAT, 32M, 20 seconds
Report Error: miscompare : DIMM Unknown : 1 : 3s
Hardware Error: miscompare on CPU 2(0xFF) at 0x7f0a(0x0:DIMM Unknown): read:0x01, reread:0x00
Stats: Found 1 hardware incidents
Stats: Completed: 18184.00M in 20.00s 909.20MB/s, with 1 hardware incidents, 1 errors
Stats: Memory Copy: 18184.00M at 909.20MB/s
Status: FAIL - test discovered HW problems
"""
MEMTESTER = """memtester version 4.6.0 (64-bit)
pagesize is 4096
want 1MB (1048576 bytes)
got  1MB (1048576 bytes), trying mlock ...locked.
Loop 1/1:
  Stuck Address       :            \b\b\b\b\b\b\b\b\b\b\bsetting   0\b\b\b\b\b\b\b\b\b\b\b           \b\b\b\b\b\b\b\b\b\b\bok
  Random Value        :  \b\\\b|\b/\b-\b \bok
  Compare XOR         : FAILURE: 0x12345678 != 0x12345679 at offset 0x00a0.
  Compare SUB         : ok
  Compare MUL         : ok
  Compare DIV         : ok
  Compare OR          : ok
  Compare AND         : ok
  Sequential Increment: ok
  Solid Bits          : ok
  Block Sequential    : ok
  Checkerboard        : ok
  Bit Spread          : ok
  Bit Flip            : ok
  Walking Ones        : ok
  Walking Zeroes      : ok
  8-bit Writes        : ok

Done.
"""  # noqa: E501
GPCNET = """NetworkLoad Tests v1.3
  Test with 10 MPI ranks (10 nodes)
+------------------------------------------------------------------------------+
|                            Isolated Network Tests                            |
+---------------------------------+--------------+--------------+--------------+
|                            Name |          Avg |          99% |        Units |
+---------------------------------+--------------+--------------+--------------+
|          RR Two-sided Lat (8 B) |          1.8 |          4.4 |         usec |
+---------------------------------+--------------+--------------+--------------+
| RR Two-sided BW+Sync (131072 B) |      11000.5 |       9000.1 |   MiB/s/rank |
+---------------------------------+--------------+--------------+--------------+

+------------------------------------------------------------------------------+
|          Network Tests running with Congestion Tests - Key Results           |
+---------------------------------+--------------------------------------------+
|                            Name |                   Congestion Impact Factor |
+---------------------------------+----------------------+---------------------+
|                                 |                  Avg |                 99% |
+---------------------------------+----------------------+---------------------+
|          RR Two-sided Lat (8 B) |                 1.3X |                2.5X |
+---------------------------------+----------------------+---------------------+
"""
WRITE_BW = """---------------------------------------------------------------------------------------
                    RDMA_Write BW Test
 Dual-port       : OFF\t\tDevice         : mlx5_0
 Number of qps   : 4\t\tTransport type : IB
 Connection type : RC\t\tUsing SRQ      : OFF
 Mtu             : 4096[B]
 Link type       : IB
---------------------------------------------------------------------------------------
 local address: LID 0x05 QPN 0x02c0 PSN 0x4d6ec0 RKey 0x1e05f1 VAddr 0x00e2f94be76000
 remote address: LID 0x07 QPN 0x02bc PSN 0xa81962 RKey 0x1e05f1 VAddr 0x00d1e83af21000
---------------------------------------------------------------------------------------
 #bytes     #iterations    BW peak[Gb/sec]    BW average[Gb/sec]   MsgRate[Mpps]
 65536      20000            395.10             393.20             0.749969
 8388608    20000            392.12             392.08\t\t   0.005842
---------------------------------------------------------------------------------------
"""  # noqa: E501
OLD_SEND_BW = """                    Send BW Test
 Device         : mlx4_0
 Number of qps   : 1\t\tTransport type : IB
 Connection type : RC
 #bytes     #iterations    BW peak[MB/sec]    BW average[MB/sec]
 65536      1000             11500.00            11400.00
------------------------------------------------------------------
"""
WRITE_LAT = """                    RDMA_Write Latency Test
 Dual-port       : OFF\t\tDevice         : mlx5_0
 Number of qps   : 1\t\tTransport type : IB
 #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]    t_stdev[usec]   99% percentile[usec]   99.9% percentile[usec]
 2       1000          0.99           5.28         1.03             1.04          0.05            1.10                    5.28
---------------------------------------------------------------------------------------
"""  # noqa: E501
LAT_DURATION = """                    Send Latency Test
 Dual-port       : OFF\t\tDevice         : mlx5_0
 #bytes        #iterations       t_avg[usec]    tps average
 64            1234567            1.50           333333.33
"""
FIO_TEXT = """seq: (g=0): rw=read, bs=(R) 1024KiB-1024KiB, (W) 1024KiB-1024KiB, (T) 1024KiB-1024KiB, ioengine=libaio, iodepth=32
fio-3.28
Starting 1 process
\rJobs: 1 (f=1): [R(1)][50.0%][r=6000MiB/s][r=6000 IOPS][eta 00m:01s]\rJobs: 1 (f=1): [R(1)][100.0%][r=6676MiB/s][eta 00m:00s]
seq: (groupid=0, jobs=1): err= 0: pid=812: Wed Nov 25 22:09:10 2026
  read: IOPS=6500, BW=6500MiB/s (6816MB/s)(12.7GiB/2000msec)
    slat (usec): min=3, max=99, avg= 5.00, stdev= 1.00
    clat (usec): min=35, max=10429, avg=4900.50, stdev=510.64
     lat (usec): min=35, max=10430, avg=4905.50, stdev=510.64
    clat percentiles (usec):
     |  1.00th=[   38],  5.00th=[   38], 10.00th=[   39], 20.00th=[   39],
     | 99.00th=[ 6933], 99.50th=[ 7916], 99.90th=[ 9932], 99.95th=[ 9999],
     | 99.99th=[10159]
   bw (  MiB/s): min= 6400, max= 6600, per=100.00%, avg=6500.00, stdev=20.00, samples=4
  cpu          : usr=0.20%, sys=15.98%, ctx=12278, majf=0, minf=12

Run status group 0 (all jobs):
   READ: bw=6500MiB/s (6816MB/s), 6500MiB/s-6500MiB/s (6816MB/s-6816MB/s), io=12.7GiB (13.6GB), run=2000-2000msec

Disk stats (read/write):
  nvme0n1: ios=12083/5136, merge=0/0, ticks=463/2204, in_queue=2666, util=91.95%
"""  # noqa: E501
FIO_2 = """rand: (g=0): rw=randwrite, bs=4K-4K/4K-4K/4K-4K, ioengine=libaio, iodepth=16
fio-2.2.10
rand: (groupid=0, jobs=1): err= 0: pid=11: Thu Nov  5 18:00:00 2015
  write: io=1024.0MB, bw=102400KB/s, iops=25600, runt= 10240msec
    clat (usec): min=30, max=9000, avg=600.20, stdev=100.00

Run status group 0 (all jobs):
  WRITE: io=1024.0MB, aggrb=102400KB/s, minb=102400KB/s, maxb=102400KB/s, mint=10240msec, maxt=10240msec
"""  # noqa: E501
FIO_JSON = """note: both iodepth >= 1 and synchronous I/O engine are selected, queue depth will be capped at 1
{
  "fio version" : "fio-3.16",
  "global options" : {"filename" : "/dev/nvme0n1", "iodepth" : "64"},
  "jobs" : [
    {
      "jobname" : "rand",
      "error" : 0,
      "job options" : {"rw" : "randread", "bs" : "4k", "bs" : "8k"},
      "read" : {
        "io_bytes" : 3000000000, "bw_bytes" : 100000000, "bw" : 97656, "iops" : 24414.0,
        "runtime" : 30000, "total_ios" : 732420,
        "clat_ns" : {"mean" : 1444476.5, "percentile" : {"99.000000" : 2244608}}
      },
      "write" : {"io_bytes" : 0, "bw" : 0, "iops" : 0.0, "runtime" : 0, "total_ios" : 0}
    }
  ],
  "disk_util" : [{"name" : "nvme0n1", "util" : 99.84}]
}
"""  # noqa: E501
STRESS_NG = """stress-ng: info:  [26732] setting to a 60 second run per stressor
stress-ng: info:  [26732] dispatching hogs: 4 cpu, 1 stream
stress-ng: metrc: [26732] stressor       bogo ops real time  usr time  sys time   bogo ops/s     bogo ops/s CPU used per       RSS Max
stress-ng: metrc: [26732]                           (secs)    (secs)    (secs)   (real time) (usr+sys time) instance (%)          (KB)
stress-ng: metrc: [26732] cpu               30000     60.00    240.00      0.10       500.00         124.95         99.19          6492
stress-ng: metrc: [26732] stream              120     60.00     59.00      0.21         2.00           2.03         98.57        395788
stress-ng: metrc: [26732] miscellaneous metrics:
stress-ng: metrc: [26732] stream           12345.67 MB per sec memory rate (harmonic mean of 1 instances)
stress-ng: info:  [26732] skipped: 0
stress-ng: info:  [26732] passed: 5: cpu (4) stream (1)
stress-ng: info:  [26732] failed: 0
stress-ng: info:  [26732] metrics untrustworthy: 0
stress-ng: info:  [26732] successful run completed in 1 min, 0.06 secs
"""  # noqa: E501
STRESS_NG_BARE = """setting to a 60 second run per stressor
dispatching hogs: 9 ramfs
stressor       bogo ops real time  usr time  sys time   bogo ops/s     bogo ops/s
                          (secs)    (secs)    (secs)   (real time) (usr+sys time)
ramfs            720000     60.00     12.37    363.70     12000.00        1914.56
passed: 9: ramfs (9)
failed: 0
successful run completed in 60.01s (1 min, 0.01 secs)
"""
STRESS_NG_YAML = """---
system-info:
      stress-ng-version: 0.15.06
      version: '#1 SMP'
      cpus: 2

metrics:
    - stressor: cpu
      bogo-ops: 30000
      bogo-ops-per-second-usr-sys-time: 124.950000
      bogo-ops-per-second-real-time: 500.000000
      wall-clock-time: 60.000000
      user-time: 240.000000
      system-time: 0.100000

    - stressor: vm
      bogo-ops: 1200
      bogo-ops-per-second-usr-sys-time: 20.000000
      bogo-ops-per-second-real-time: 20.000000
      wall-clock-time: 60.000000
      user-time: 59.000000
      system-time: 1.000000

...
"""
FRYER = """Detected GPU #0: "NVIDIA H100 80GB HBM3" (0a0b0c0d-0000-1111-2222-333344445555)
Detected GPU #1: "NVIDIA H100 80GB HBM3" (0a0b0c0d-0000-1111-2222-333344445556)
Using precision(s):  BF16 \nCreating random matrices
664 (730085 Gflops/s) - 600 (660000 Gflops/s) | Temperatures: 49°C - 50°C | Throttling: None - Thermal SW
GPU #0: 730085 Gflops/s (min: 729000.11, max: 731000.22, dev: 730084.90)
         Temperature: 48.83°C (min: 47.00, max: 50.00)
         Throttling HW: false, Thermal SW: false, Thermal HW: false
GPU #1: 640000 Gflops/s (min: 600000.00, max: 661000.22, dev: 640000.00)
         Temperature: 83.50°C (min: 70.00, max: 88.00)
         Throttling HW: false, Thermal SW: true, Thermal HW: false
Some GPUs are not healthy. Reasons:
  - GPU 1 - GPU is throttled. Check the throttling reasons and temperatures
Freeing GPUs...
Error: Some GPUs are not healthy
"""  # noqa: E501
SUPERBENCH = """{"node": "gpu001", "kernel-launch/event_time:0": 0.0056, "kernel-launch/event_time:1": 0.0057, "mem-bw/return_code": 0}
{"node": "gpu002", "kernel-launch/event_time:0": 0.0059, "kernel-launch/event_time:1": 0.0061, "mem-bw/return_code": 3}
"""  # noqa: E501
OCPTV_2 = """{"schemaVersion":{"major":2,"minor":0},"sequenceNumber":0,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testRunArtifact":{"testRunStart":{"name":"burnin","version":"1.0","commandLine":"x","parameters":{},"dutInfo":{"dutInfoId":"d1","name":"gpu017","hardwareInfos":[{"hardwareInfoId":"h1","name":"gpu3"}]}}},"sequenceNumber":1,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testStepArtifact":{"testStepId":"0","testStepStart":{"name":"gemm"}},"sequenceNumber":2,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testStepArtifact":{"testStepId":"0","measurement":{"name":"gemm_bf16","unit":"TFLOP/s","value":712.3,"hardwareInfoId":"h1","validators":[{"type":"GREATER_THAN_OR_EQUAL","value":740}]}},"sequenceNumber":3,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testStepArtifact":{"testStepId":"0","measurementSeriesStart":{"measurementSeriesId":"s","name":"heat","unit":"degC"}},"sequenceNumber":4,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testStepArtifact":{"testStepId":"0","measurementSeriesElement":{"measurementSeriesId":"s","index":0,"value":61.5,"timestamp":"2026-01-05T10:00:00.000Z"}},"sequenceNumber":5,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testStepArtifact":{"testStepId":"0","measurementSeriesEnd":{"measurementSeriesId":"s","totalCount":1}},"sequenceNumber":6,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testStepArtifact":{"testStepId":"0","diagnosis":{"verdict":"gemm-slow","type":"FAIL","message":"below the bar","hardwareInfoId":"h1"}},"sequenceNumber":7,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testStepArtifact":{"testStepId":"0","testStepEnd":{"status":"COMPLETE"}},"sequenceNumber":8,"timestamp":"2026-01-05T10:00:00.000Z"}
{"testRunArtifact":{"testRunEnd":{"status":"COMPLETE","result":"FAIL"}},"sequenceNumber":9,"timestamp":"2026-01-05T10:00:00.000Z"}
"""  # noqa: E501
IPERF3 = """Connecting to host 10.0.0.2, port 5201
[  5] local 10.0.0.1 port 50880 connected to 10.0.0.2 port 5201
[  7] local 10.0.0.1 port 50896 connected to 10.0.0.2 port 5201
[ ID] Interval           Transfer     Bitrate         Retr  Cwnd
[  5]   0.00-1.00   sec   226 MBytes  1.90 Gbits/sec    4   1.50 MBytes
[  7]   0.00-1.00   sec   222 MBytes  1.86 Gbits/sec    4   1.50 MBytes
[SUM]   0.00-1.00   sec   448 MBytes  3.76 Gbits/sec    8
- - - - - - - - - - - - - - - - - - - - - - - - -
[ ID] Interval           Transfer     Bitrate         Retr
[  5]   0.00-1.00   sec   226 MBytes  1.90 Gbits/sec    4             sender
[  5]   0.00-1.00   sec   225 MBytes  1.89 Gbits/sec                  receiver
[  7]   0.00-1.00   sec   222 MBytes  1.86 Gbits/sec    4             sender
[  7]   0.00-1.00   sec   221 MBytes  1.85 Gbits/sec                  receiver
[SUM]   0.00-1.00   sec   448 MBytes  3.76 Gbits/sec    8             sender
[SUM]   0.00-1.00   sec   446 MBytes  3.74 Gbits/sec                  receiver

iperf Done.
"""
IPERF3_UDP = """Connecting to host 10.0.0.2, port 5201
[  5] local 10.0.0.1 port 41665 connected to 10.0.0.2 port 5201
[ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams
[  5]   0.00-2.00   sec  11.9 MBytes  50.1 Mbits/sec  0.000 ms  0/382 (0%)  sender
[  5]   0.00-2.00   sec  11.9 MBytes  50.0 Mbits/sec  0.014 ms  4/382 (1%)  receiver

iperf Done.
"""
IPERF3_UDP_OLD = """Connecting to host 10.0.0.2, port 5201
[  4] local 10.0.0.1 port 41665 connected to 10.0.0.2 port 5201
[ ID] Interval           Transfer     Bandwidth       Total Datagrams
[  4]   0.00-1.00   sec   128 KBytes  1.05 Mbits/sec  16
- - - - - - - - - - - - - - - - - - - - - - - - -
[ ID] Interval           Transfer     Bandwidth       Jitter    Lost/Total Datagrams
[  4]   0.00-1.00   sec   128 KBytes  1.05 Mbits/sec  0.064 ms  2/16 (12%)
[  4] Sent 16 datagrams

iperf Done.
"""
IPERF3_JSON = """{
  "start": {"version": "iperf 3.12", "connecting_to": {"host": "10.0.0.2"},
            "test_start": {"protocol": "TCP", "num_streams": 4, "reverse": 0}},
  "intervals": [],
  "end": {"streams": [],
    "sum_sent": {"seconds": 10.0, "bytes": 11800000000, "bits_per_second": 9440000000.0, "retransmits": 7},
    "sum_received": {"seconds": 10.0, "bytes": 11790000000, "bits_per_second": 9432000000.0}}
}
"""  # noqa: E501
NCCL_JSON = """{
  "version": 1, "start_time": "2026-01-05 10:00:00",
  "args": ["/opt/nccl-tests/build/all_reduce_perf", "-J", "out.json"],
  "env": ["API_TOKEN=never-told"],
  "nccl_version": 22809,
  "config": {"nthreads": 1, "ngpus": 1, "minimum_bytes": 1073741824, "maximum_bytes": 1073741824,
    "warmup_iters": 1, "iterations": 20, "validation": 1,
    "devices": [
      {"rank": 0, "group": 0, "pid": 11, "hostname": "gpu001", "device": 0, "device_hex": "0000:19:00", "device_info": "NVIDIA H100"},
      {"rank": 1, "group": 0, "pid": 12, "hostname": "gpu001", "device": 1, "device_hex": "0000:3b:00", "device_info": "NVIDIA H100"}]},
  "results": [
    {"size": 1073741824, "count": 268435456, "type": "float", "redop": "sum", "root": "    -1",
     "out_of_place": {"time": 3937.5, "alg_bw": 272.70, "bus_bw": 272.70, "nwrong": 0.0},
     "in_place": {"time": 3935.0, "alg_bw": 272.87, "bus_bw": 272.87, "nwrong": 0.0},
     "actual_iterations": 20, "experiment_name": ""}],
  "out_of_bounds": {"count": 0, "okay": true},
  "average_bus_bandwidth": {"bandwidth": 272.785, "okay": "unchecked"},
  "end_time": "2026-01-05 10:00:09"
}
"""  # noqa: E501
NODE = """NodeName=gpu001 Arch=x86_64 CoresPerSocket=56
   CPUAlloc=0 CPUEfctv=224 CPUTot=224 CPULoad=0.12
   Gres=gpu:h100:8(S:0-1)
   NodeAddr=gpu001 NodeHostName=gpu001 Version=23.02.2
   OS=Linux 5.15.0-91-generic #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023
   RealMemory=2051000 AllocMem=0 FreeMem=2030000 Sockets=2 Boards=1
   State=IDLE+DRAIN ThreadsPerCore=2 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A
   Partitions=batch,all
   CfgTRES=cpu=224,mem=2051000M,billing=224,gres/gpu=8
   AllocTRES=
   Reason=Kill task failed Xid=79 [root@2024-01-01T00:00:00]

"""
SINFO = """PARTITION AVAIL  TIMELIMIT  NODES  STATE NODELIST
batch*       up   infinite      2 drain* gpu[001-002]
batch*       up   infinite    125   idle gpu[003-127]
"""
SQUEUE = """             JOBID PARTITION     NAME     USER ST       TIME  NODES NODELIST(REASON)
                13     batch     wrap     root PD       0:00    128 (Nodes required for job are DOWN)
                12     batch     test     root  R       0:10      1 gpu001
"""  # noqa: E501
SACCT = """JobID           JobName  Partition    Account  AllocCPUS      State ExitCode
------------ ---------- ---------- ---------- ---------- ---------- --------
12                 test      batch       root          2  COMPLETED      0:0
12.batch          batch                  root          2  COMPLETED      0:0
14                 loop      batch       root          2 CANCELLED+      0:0
"""
SACCT_BARS = """JobID|JobName|Partition|AllocTRES|State|ExitCode
12|test|batch|billing=2,cpu=2,gres/gpu=8,node=1|COMPLETED|0:0
13|test|batch||CANCELLED by 0|0:0
"""
SINFO_JSON = """{"meta": {"slurm": {"release": "24.05.1", "cluster": "ai"}}, "errors": [], "sinfo": [
 {"node": {"state": ["IDLE", "DRAIN"]}, "nodes": {"total": 2, "nodes": ["gpu[001-002]"]},
  "cpus": {"total": 448, "allocated": 0}, "memory": {"maximum": 2051000},
  "gres": {"total": "gpu:h100:8"}, "partition": {"name": "batch"}}]}
"""  # noqa: E501
CASES = (
    ("stream", STREAM),
    ("hpl", HPL),
    ("hpl", HPL_GPU),
    ("hpcg", HPCG_3),
    ("hpcg", HPCG),
    ("hpcg", HPCG_2),
    ("mlc", MLC),
    ("stressapptest", SAT),
    ("stressapptest", SAT_FAILED),
    ("memtester", MEMTESTER),
    ("gpcnet", GPCNET),
    ("perftest", WRITE_BW),
    ("perftest", OLD_SEND_BW),
    ("perftest", WRITE_LAT),
    ("perftest", LAT_DURATION),
    ("fio", FIO_TEXT),
    ("fio", FIO_2),
    ("fio", FIO_JSON),
    ("stress-ng", STRESS_NG),
    ("stress-ng", STRESS_NG_BARE),
    ("stress-ng", STRESS_NG_YAML),
    ("gpu-fryer", FRYER),
    ("superbench", SUPERBENCH),
    ("ocptv", OCPTV_2),
    ("iperf3", IPERF3),
    ("iperf3", IPERF3_UDP),
    ("iperf3", IPERF3_UDP_OLD),
    ("iperf3", IPERF3_JSON),
    ("nccl-tests", NCCL_JSON),
    ("slurm", NODE),
    ("slurm", SINFO),
    ("slurm", SQUEUE),
    ("slurm", SACCT),
    ("slurm", SACCT_BARS),
    ("slurm", SINFO_JSON),
)

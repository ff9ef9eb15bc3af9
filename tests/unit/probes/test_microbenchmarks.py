"""gpu_copy, gpu_stream, bandwidthTest and hipBusBandwidth: rows with their conditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.probes import cuda_bandwidthtest, gpu_copy, gpu_stream, rocm_bandwidth

from .laws import (
    Reader,
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_nothing_new,
    scraps,
    torn,
)

COPIES = """cpu_to_gpu0_by_sm_under_numa0 26.2409
gpu0_to_gpu1_write_by_dma 279.287
cpu_and_gpu1_by_sm_under_numa1 9.5
gpu_all_to_gpu_all_write_by_sm 55.6522
"""
STREAM = """STREAM Benchmark
Buffer size(bytes): 4294967296
Check data: No

Device 0: "NVIDIA Graphics Device"  152 SMs(10.0)  Memory: 4000MHz x 8192-bit = 8192 GB/s PEAK   ECC is ON
STREAM_COPY_double_gpu_0_buffer_4294967296_block_128    6711.67 81.93
STREAM_TRIAD_double_gpu_0_buffer_4294967296_block_1024  6730.42 82.16
"""  # noqa: E501
SHMOO = """[CUDA Bandwidth Test] - Starting...
Running on...

 Device 0: Tesla V100-PCIE-32GB
 Shmoo Mode

..
bandwidthTest-H2D-Pinned, Bandwidth = 0.4 GB/s, Time = 0.00000 s, Size = 1000 bytes, NumDevsUsed = 1
bandwidthTest-H2D-Pinned, Bandwidth = 12.4 GB/s, Time = 0.00549 s, Size = 68000000 bytes, NumDevsUsed = 1
Result = PASS
"""  # noqa: E501
TABLE = """[CUDA Bandwidth Test] - Starting...
Running on...

 Device 0: NVIDIA H100
 Quick Mode

 Host to Device Bandwidth, 1 Device(s)
 PINNED Memory Transfers
   Transfer Size (Bytes)\tBandwidth(GB/s)
   32000000\t\t\t55.2

 Device to Device Bandwidth, 1 Device(s)
 PINNED Memory Transfers
   Transfer Size (Bytes)\tBandwidth(MB/s)
   32000000\t\t\t2301400.5

Result = PASS
"""
HIP = """Device:Device 738c Mem=32.0GB #CUs=120 Freq=1502Mhz  MallocMode=pinned
                   test        atts        units        median  mean    stddev  min     max
   H2D_Bandwidth_pinned      +064By       GB/sec        0.0000  0.0000  0.0000  0.0000  0.0000
   H2D_Bandwidth_pinned    262144kB       GB/sec        25.3280 25.3135 0.0216  25.2497 25.3486
         H2D_Timepinned    262144kB           ms        10.5983 10.6379 0.0761  10.5892 10.7915

Note: results marked with (*) had missing values such as
might occur with a mixture of architectural capabilities.
"""
ALL = [
    (gpu_copy.read, COPIES),
    (gpu_stream.read, STREAM),
    (cuda_bandwidthtest.read, SHMOO),
    (cuda_bandwidthtest.read, TABLE),
    (rocm_bandwidth.read, HIP),
]
READERS = [gpu_copy.read, gpu_stream.read, cuda_bandwidthtest.read, rocm_bandwidth.read]


def test_a_copy_names_its_gpu_first_whichever_way_the_bytes_go() -> None:
    reading = gpu_copy.read(COPIES)
    ends = [(each.device, each.peer, each.value) for each in reading.measurements]
    assert ends == [
        ("gpu0", "cpu", 26.2409),
        ("gpu0", "gpu1", 279.287),
        ("gpu1", "cpu", 9.5),
        ("gpu_all", "gpu_all", 55.6522),
    ]
    assert dict(reading.measurements[2].params) == {"engine": "sm", "direction": "both", "numa": 1}
    assert not reading.problems


def test_a_stream_kernel_has_its_share_of_the_peak() -> None:
    reading = gpu_stream.read(STREAM)
    assert (reading.facts.gpus[0].peak_gbytes_per_s, reading.facts.gpus[0].ecc) == (8192.0, True)
    triad = reading.facts.kernels[1]
    assert (triad.kernel, triad.block, triad.gbytes_per_s, triad.peak_percent) == (
        "triad",
        1024,
        6730.42,
        82.16,
    )
    assert reading.measurements[0].metric == "gpu_stream_copy"
    assert not reading.problems


def test_a_last_row_with_all_its_decimals_needs_no_newline() -> None:
    assert gpu_stream.read(STREAM.rstrip("\n")) == gpu_stream.read(STREAM)
    assert len(gpu_stream.read(STREAM.rstrip("\n")[:-1]).facts.kernels) == 1


def test_both_layouts_of_bandwidthtest_are_read_in_one_unit() -> None:
    shmoo, table = cuda_bandwidthtest.read(SHMOO), cuda_bandwidthtest.read(TABLE)
    assert [(each.metric, each.value) for each in shmoo.measurements] == [
        ("cuda_bandwidth_h2d", 0.4),
        ("cuda_bandwidth_h2d", 12.4),
    ]
    assert [(each.metric, each.value) for each in table.measurements] == [
        ("cuda_bandwidth_h2d", 55.2),
        ("cuda_bandwidth_d2d", pytest.approx(2301.4005)),
    ]
    assert (shmoo.facts.passed, table.facts.device) == (True, "NVIDIA H100")
    assert not shmoo.problems + table.problems


def test_a_result_that_is_missing_is_a_problem() -> None:
    cut = cuda_bandwidthtest.read(SHMOO.replace("Result = PASS\n", ""))
    assert (cut.facts.passed, len(cut.problems)) == (None, 1)
    assert cuda_bandwidthtest.read("CUDA error at bandwidthTest.cu:730\n").problems


def test_a_median_is_measured_and_a_zero_of_tiny_sizes_is_not() -> None:
    reading = rocm_bandwidth.read(HIP)
    (measured,) = reading.measurements
    assert (measured.metric, measured.value) == ("rocm_bandwidth_h2d", 25.328)
    assert dict(measured.params) == {"bytes": 262144 * 1024, "memory": "pinned"}
    assert [each.unit for each in reading.facts.results] == ["GB/sec", "GB/sec", "ms"]
    assert not reading.problems


def test_a_row_with_missing_values_is_a_problem() -> None:
    lost = HIP.replace("25.3280 25.3135", "N/A 25.3135")
    assert rocm_bandwidth.read(lost).measurements == ()
    assert len(rocm_bandwidth.read(lost).problems) == 1


@pytest.mark.parametrize("read", READERS)
def test_nothing_said_is_a_problem(read: Reader) -> None:
    assert read("").problems
    assert read("bash: line 1: tool: command not found\n").problems


@pytest.mark.parametrize(("read", "text"), ALL)
def test_a_cut_at_any_place_gives_no_new_value(read: Reader, text: str) -> None:
    assert not assert_cuts_are_harmless(read, text).problems


@pytest.mark.parametrize(("read", "text"), ALL)
def test_line_ends_do_not_matter(read: Reader, text: str) -> None:
    assert_line_ends_do_not_matter(read, text)


@pytest.mark.parametrize(("read", "text"), [pair for pair in ALL if pair[1] is not TABLE])
@given(data=st.data())
def test_lost_and_doubled_lines_give_no_new_value(
    read: Reader, text: str, data: st.DataObject
) -> None:
    assert_nothing_new(read, data.draw(torn(text)), read(text))


@given(scraps(COPIES + STREAM + SHMOO + TABLE + HIP))
def test_no_text_is_too_much(text: str) -> None:
    for read in READERS:
        read(text)

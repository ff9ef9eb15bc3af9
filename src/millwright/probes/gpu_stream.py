"""SuperBench's `gpu_stream`: STREAM kernels on GPUs, with their share of the peak."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.endings import not_understood, output
from millwright.probes.metrics import GPU_STREAM
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "gpu-stream"
_DEVICE = re.compile(
    r"Device (?P<index>\d{1,4}): \"(?P<name>.*)\"\s+(?P<sms>\d{1,5}) SMs\((?P<capability>[0-9.]+)\)"
    r".*= (?P<peak>[0-9.]+) GB/s PEAK\s+ECC is (?P<ecc>ON|OFF)$"
)
_KERNEL = re.compile(
    r"STREAM_(?P<kernel>COPY|SCALE|ADD|TRIAD)_(?P<type>[a-z]+)_gpu_(?P<gpu>\d{1,4})"
    r"_buffer_(?P<bytes>\d{1,18})_block_(?P<block>\d{1,6})\s+(?P<speed>\d+\.\d+)"
    r"(?:\s+(?P<share>\d+\.\d+))?$"
)
_WHOLE = re.compile(r".*\.\d\d\s+\d+\.\d\d$")
"""Both numbers have two decimals, so a last line that ends so is whole without its newline."""
_SETTING = re.compile(r"STREAM Benchmark$|[A-Z][A-Za-z ()]+: \S+$")


@dataclass(frozen=True, slots=True)
class StreamGpu:
    """A GPU, with the memory bandwidth that it should have at most."""

    index: int
    name: str
    multiprocessors: int
    compute_capability: str
    peak_gbytes_per_s: float | None
    ecc: bool


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel on one GPU with one block size; `peak_percent` is its share of the peak."""

    kernel: str
    type: str
    gpu: int
    bytes: int
    block: int
    gbytes_per_s: float
    peak_percent: float | None


@dataclass(frozen=True, slots=True)
class Stream:
    """All kernels of a run."""

    gpus: tuple[StreamGpu, ...]
    kernels: tuple[Kernel, ...]


def command() -> list[str]:
    """Return what to run on a node."""
    return ["gpu_stream"]


def read(text: str) -> Reading[Stream]:
    """Return devices and kernels; another line is a problem."""
    told = output(text)
    gpus: list[StreamGpu] = []
    kernels: list[Kernel] = []
    whole, problems = told.whole, told.problems
    if told.cut and _WHOLE.match(told.cut[1]):
        whole, problems = (*whole, told.cut), []
    for line in whole:
        words = line[1].strip()
        if found := _KERNEL.match(words):
            kernels.append(_kernel(found))
        elif found := _DEVICE.match(words):
            gpus.append(_gpu(found))
        elif words and not _SETTING.match(words):
            problems.append(not_understood(line))
    if not kernels:
        problems.append(Problem("no kernel is told"))
    measurements = tuple(
        GPU_STREAM.named(each.kernel).of(
            each.gbytes_per_s, f"gpu{each.gpu}", type=each.type, bytes=each.bytes, block=each.block
        )
        for each in kernels
    )
    facts = Stream(tuple(gpus), tuple(kernels))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _gpu(found: re.Match[str]) -> StreamGpu:
    return StreamGpu(
        index=int(found["index"]),
        name=found["name"],
        multiprocessors=int(found["sms"]),
        compute_capability=found["capability"],
        peak_gbytes_per_s=number(found["peak"]),
        ecc=found["ecc"] == "ON",
    )


def _kernel(found: re.Match[str]) -> Kernel:
    return Kernel(
        kernel=found["kernel"].lower(),
        type=found["type"],
        gpu=int(found["gpu"]),
        bytes=int(found["bytes"]),
        block=int(found["block"]),
        gbytes_per_s=float(found["speed"]),
        peak_percent=number(found["share"]),
    )

"""gpu_burn: multiplies matrices on every GPU for as long as it is told, and really takes that long.

While it runs, the other tools see the GPUs at work.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from .bench import visible
from .device import Gpu, Node, load_node
from .mark import MARK
from .reading import read
from .state import load_on, next_run

MATRIX = 8192
_FLOP = 2 * MATRIX**3
_STEPS_PER_RUN = 20
_VALUED = ("-m", "-i", "-c", "-stts")


@dataclass(frozen=True, slots=True)
class Burn:
    """What to burn with: `doubles` and `tensor` choose the reference speed."""

    seconds: float
    doubles: bool
    tensor: bool
    only: int | None

    @property
    def kind(self) -> str:
        """The words of the tool for its numbers."""
        numbers = "DOUBLES" if self.doubles else "FLOATS"
        return f"using {numbers}{', using Tensor Cores' if self.tensor else ''}"


def main(argv: list[str]) -> int:
    """Burn and say of each GPU whether it computed right; nothing to burn is status 1."""
    node = load_node()
    gpus = visible(node)
    if "-l" in argv:
        return _list(node, gpus)
    burn = _parse(argv)
    if burn is None:
        sys.stderr.write("Usage: gpu_burn [-d] [-tc] [-m X] [-i N] [-l] TIME\n")
        return 1
    if burn.only is not None:
        gpus = [gpu for gpu in gpus if gpu.index == burn.only]
    if not gpus:
        sys.stderr.write("Couldn't init a GPU test: Error (gpu_burn-drv.cpp): No CUDA devices\n")
        return 1
    sys.stdout.write(f"{MARK}\n")
    _list(node, gpus)
    with load_on(gpus, burn.seconds + 2):
        _run(node, gpus, burn)
    _end(node, gpus, burn)
    return 0


def tera_flops(node: Node, gpu: Gpu, burn: Burn, *moment: object) -> float:
    """Return what the GPU reaches at this moment, in TFLOP/s."""
    reference = "fp64_tflops" if burn.doubles else "fp32_tflops"
    speed = node.number("performance", reference)
    if burn.tensor:
        speed = node.number("performance", "bf16_tflops") / 2
    return node.noisy(speed * node.compute_fraction(gpu), "burn", gpu.slot, *moment)


def _run(node: Node, gpus: list[Gpu], burn: Burn) -> None:
    run, start = next_run(), time.monotonic()
    done = [0.0] * len(gpus)
    pause, told = min(1.0, burn.seconds / _STEPS_PER_RUN), 0
    while (passed := time.monotonic() - start) < burn.seconds:
        time.sleep(min(pause, burn.seconds - passed))
        passed = min(time.monotonic() - start, burn.seconds)
        speeds = [tera_flops(node, gpu, burn, run, int(passed)) for gpu in gpus]
        done = [
            count + speed * 1e12 * pause / _FLOP for count, speed in zip(done, speeds, strict=True)
        ]
        percent = 100 * passed / burn.seconds
        sys.stdout.write(_progress(node, gpus, percent, done, speeds))
        if percent // 10 > told:
            told = int(percent // 10)
            moment = time.strftime("%a %b %e %H:%M:%S %Z %Y", time.localtime())
            sys.stdout.write(f"\n\tSummary at:   {moment}\n\n")
        sys.stdout.flush()


def _progress(
    node: Node, gpus: list[Gpu], percent: float, done: list[float], speeds: list[float]
) -> str:
    pairs = zip(done, speeds, strict=True)
    counts = " - ".join(f"{count:.0f} ({speed * 1000:.0f} Gflop/s)" for count, speed in pairs)
    errors = " - ".join("0" for _ in gpus)
    heat = " - ".join(f"{read(node, gpu).temperature_c} C" for gpu in gpus)
    return f"\r{percent:.1f}%  proc'd: {counts}   errors: {errors}   temps: {heat} "


def _end(node: Node, gpus: list[Gpu], burn: Burn) -> None:
    size = MATRIX**2 * (8 if burn.doubles else 4)
    total = int(node.number("gpu", "memory_mib"))
    free = total - int(node.number("gpu", "reserved_mib"))
    used = int(0.9 * free)
    lines = ["Killing processes with SIGTERM (soft kill)"]
    for gpu in gpus:
        lines += [
            f"Initialized device {gpu.index} with {total} MB of memory "
            f"({free} MB available, using {used} MB of it), {burn.kind}",
            f"Results are {size} bytes each, thus performing {used * 2**20 // size - 2} iterations",
            f"Freed memory for dev {gpu.index}",
            "Uninitted cublas",
        ]
    lines += ["done", "", f"Tested {len(gpus)} GPUs:"]
    lines += [f"\tGPU {gpu.index}: OK" for gpu in gpus]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")


def _list(node: Node, gpus: list[Gpu]) -> int:
    name = node.text("gpu", "product_name")
    for gpu in gpus:
        sys.stdout.write(f"GPU {gpu.index}: {name} (UUID: {gpu.uuid})\n")
    sys.stdout.flush()
    return 0


def _parse(argv: list[str]) -> Burn | None:
    values: dict[str, str] = {}
    left = list(argv)
    seconds = "10"
    while left:
        option = left.pop(0)
        if option in _VALUED:
            values[option] = left.pop(0) if left else ""
        elif option in ("-d", "-tc"):
            values[option] = "yes"
        elif option.isdigit():
            seconds = option
        else:
            return None
    only = values.get("-i")
    if only is not None and not only.isdigit():
        return None
    return Burn(
        float(seconds), "-d" in values, "-tc" in values, None if only is None else int(only)
    )

"""gpu-fryer: mean speed and heat of each GPU, whether it was throttled, and the tool's own word.

What it calls FP32 runs on tensor cores in TF32; its verdict compares with the best GPU only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import output, shown
from millwright.probes.node_numbers import near
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "gpu-fryer"
_DETECTED = re.compile(
    r"Detected GPU #(?P<gpu>\d{1,3}): (?:Ok\()?\"?(?P<name>[^\"()]{1,80})\"?\)?"
    r"(?: \((?P<uuid>[0-9a-f-]{8,40})\))?$"
)
_PRECISION = re.compile(r"Using precision\(s\):\s*(?P<words>(?:FP32|BF16|FP8|\s)*)$")
_OLD_PRECISION = re.compile(r"Using (?P<words>FP32|BF16|FP8)\b")
_GPU = re.compile(
    r"GPU #(?P<gpu>\d{1,3}):\s+(?P<mean>\d{1,9}) Gflops/s \(min: (?P<least>\d{1,12}\.\d\d), "
    r"max: (?P<most>\d{1,12}\.\d\d), dev: (?P<exact>\d{1,9}\.\d\d)\)$"
)
_HEAT = re.compile(
    r"Temperature: (?P<mean>\d{1,3}\.\d\d).{1,2}C \(min: (?P<least>\d{1,3}\.\d\d), "
    r"max: (?P<most>\d{1,3}\.\d\d)\)$"
)
_THROTTLE = re.compile(
    r"Throttling HW: (?P<hw>true|false), Thermal SW: (?P<software>true|false), "
    r"Thermal HW: (?P<thermal>true|false)$"
)
_HEALTHY = re.compile(r"All GPUs seem healthy$")
_SICK = re.compile(r"Some GPUs are not healthy")
_REASON = re.compile(r"- (?P<why>GPU \d{1,3} - .+)$")
_FAILURE = re.compile(r"Error: (?!Some GPUs)|thread '.*' panicked|.*Unable to (?:burn|initialize)")
_PRECISIONS = ("FP32", "BF16", "FP8")


@dataclass(frozen=True, slots=True)
class Fried:
    """One GPU; heat and throttling are None where their lines are missing."""

    gpu: int
    name: str | None
    uuid: str | None
    gflops: float
    least_gflops: float
    most_gflops: float
    mean_c: float | None = None
    most_c: float | None = None
    throttled: bool | None = None
    throttled_by_software: bool | None = None
    throttled_by_heat: bool | None = None


@dataclass(frozen=True, slots=True)
class Frying:
    """A run; `healthy` is the tool's own word, None where it does not come to it."""

    precisions: tuple[str, ...]
    gpus: tuple[Fried, ...]
    healthy: bool | None
    reasons: tuple[str, ...]


def command(seconds: int, precision: str) -> list[str]:
    """Return what to run on a node: precision is bf16, fp8 or fp32."""
    return ["gpu-fryer", f"--use-{precision}", str(seconds)]


def read(text: str) -> Reading[Frying]:
    """Return every GPU's sums; progress lines before them are passed over."""
    lines = _Lines()
    for at, line in output(text).lines(_HEALTHY):
        lines.take(at, line.strip())
    facts = lines.facts()
    problems = lines.problems
    if not facts.gpus:
        problems.append(Problem("no GPU is summed up"))
    elif facts.healthy is None:
        problems.append(Problem("the run does not come to its verdict"))
    if any(gpu.most_c is None or gpu.throttled is None for gpu in facts.gpus):
        problems.append(Problem("a GPU's heat or throttling is not told"))
    if facts.gpus and len(facts.precisions) != 1:
        problems.append(Problem("not one precision is told"))
    if lines.named and facts.gpus and len(lines.named) != len(facts.gpus):
        problems.append(Problem(f"{len(lines.named)} GPUs, {len(facts.gpus)} are summed up"))
    measurements = tuple(_measured(facts))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


class _Lines:
    """What the lines say; heat and throttling belong to the GPU above them."""

    def __init__(self) -> None:
        self.named: dict[int, tuple[str, str | None]] = {}
        self.precisions: tuple[str, ...] = ()
        self.gpus: list[Fried] = []
        self.open = False
        self.healthy: bool | None = None
        self.reasons: list[str] = []
        self.problems: list[Problem] = []

    def take(self, at: int, words: str) -> None:
        """Read one line."""
        if found := _GPU.match(words):
            self._gpu(at, found)
        elif found := _HEAT.match(words):
            self._heat(at, found)
        elif found := _THROTTLE.match(words):
            self._throttle(at, found)
        elif found := _DETECTED.match(words):
            self.named[int(found["gpu"])] = (found["name"].strip(), found["uuid"])
        elif _FAILURE.match(words):
            self.problems.append(Problem(shown(words), at))
        else:
            self._verdict(words)

    def _verdict(self, words: str) -> None:
        if found := (_PRECISION.match(words) or _OLD_PRECISION.match(words)):
            self.precisions = tuple(each for each in _PRECISIONS if each in found["words"].split())
        elif _HEALTHY.match(words):
            self.healthy = self.healthy is not False
        elif _SICK.match(words):
            self.healthy = False
        elif found := _REASON.match(words):
            self.reasons.append(shown(found["why"]))

    def _gpu(self, at: int, found: re.Match[str]) -> None:
        index, exact = int(found["gpu"]), float(found["exact"])
        name, uuid = self.named.get(index, (None, None))
        gpu = Fried(index, name, uuid, exact, float(found["least"]), float(found["most"]))
        inside = gpu.least_gflops <= exact <= gpu.most_gflops
        self.open = inside and near(exact, float(found["mean"]), 0.0, 0.51)
        if not self.open or any(each.gpu == index for each in self.gpus):
            self.open = False
            self.problems.append(Problem(f"GPU {index} is told twice, or contradicts itself", at))
        else:
            self.gpus.append(gpu)

    def _heat(self, at: int, found: re.Match[str]) -> None:
        mean, least, most = (float(found[key]) for key in ("mean", "least", "most"))
        if not self.open or self.gpus[-1].most_c is not None or not least <= mean <= most:
            self.problems.append(Problem("heat without its GPU", at))
        else:
            self.gpus[-1] = replace(self.gpus[-1], mean_c=mean, most_c=most)

    def _throttle(self, at: int, found: re.Match[str]) -> None:
        if not self.open or self.gpus[-1].most_c is None:
            self.problems.append(Problem("throttling without its GPU", at))
            return
        self.gpus[-1] = replace(
            self.gpus[-1],
            throttled=found["hw"] == "true",
            throttled_by_software=found["software"] == "true",
            throttled_by_heat=found["thermal"] == "true",
        )
        self.open = False

    def facts(self) -> Frying:
        """Return all that was said."""
        return Frying(self.precisions, tuple(self.gpus), self.healthy, tuple(self.reasons))


def _measured(facts: Frying) -> list[Measurement]:
    found: list[Measurement] = []
    for gpu in facts.gpus:
        device = f"gpu{gpu.gpu}"
        if len(facts.precisions) == 1:
            metric = metrics.GEMM_TFLOPS.named(facts.precisions[0].lower())
            found.append(metric.of(gpu.gflops / 1000, device, n=8192))
        else:
            found.append(metrics.GPU_FRYER_GFLOPS.of(gpu.gflops, device, n=8192))
        if gpu.most_c is not None:
            found.append(metrics.GPU_FRYER_TEMPERATURE.of(gpu.most_c, device))
        kinds = (gpu.throttled, gpu.throttled_by_software, gpu.throttled_by_heat)
        if None not in kinds:
            found.append(metrics.GPU_FRYER_THROTTLED.of(float(sum(map(bool, kinds))), device))
    return found

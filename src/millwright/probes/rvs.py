"""ROCm Validation Suite (`rvs`): what its log says of results, as older and newer ones print them.

A line is `[RESULT] [seconds] [action] module words`; newer ones name the device in place of the
module (`[GPU:: 28851]`, `[GPU:: 2 - 28851 - 0000:05:00.0]`), and end with a table of actions. GPUs
go by the identifiers of the driver (KFD), which are none of a slot. Progress of a test is passed
over: only what an action came to is a fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from millwright.model.measurement import Measurement
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.metrics import RVS_BANDWIDTH, RVS_GST_GFLOPS
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "rvs"
_LINE = re.compile(
    r"\[(?P<level>[A-Z]{4,6}) *\] *\[ *(?P<at>\d{1,12}\.\d{1,9}) *\] *(?P<words>\S.*)"
)
_OF = re.compile(
    r"\[(?P<action>[^\]\[]{1,200})\] *(?P<module>[a-z][a-z0-9-]{1,30})\b *(?P<rest>.*)"
)
_MODULE = re.compile(r"Module name ?: ?(?P<module>[a-z][a-z0-9-]{1,30})")
_STARTS = re.compile(r"\[(?P<action>[^\]\[]{1,200})\] *gpu\d{1,9} Starting the .*")
_DEVICE = re.compile(
    r"\[(?P<kind>GPU|CPU):: ?(?:\d{1,6} - +)?(?P<id>\d{1,9})"
    r"(?: - [0-9A-Fa-f]{1,8}(?::[0-9A-Fa-f.]{2,6})+)?\]"
)
_ON_GPU = re.compile(r"\[(?P<action>[^\]\[]{1,200})\] *gpu(?P<gpu>\d{1,9}) +(?P<rest>\S.*)")
_MET = re.compile(
    r"GFLOPS (?P<value>\d{1,12}(?:\.\d+)?) Target (?:GFLOPS|stress) ?: "
    r"(?P<target>\d{1,12}(?:\.\d+)?) met ?: ?(?P<end>TRUE|FALSE)"
)
_OLDER = re.compile(rf"(?P<gpu>\d{{1,9}}) {_MET.pattern}")
_MEMORY = re.compile(
    r"Test (?P<test>\d{1,3}) ?: (?:(?P<end>PASS|FAIL)\w*|"
    r"elapsedtime = \d{1,12}\.\d+ bandwidth = (?P<value>\d{1,9}\.\d+)GB/s)"
)
_TABLE = re.compile(
    r"\| (?P<action>[^|]{1,200}?) +\| (?P<module>[A-Z][A-Z0-9]{1,15}) +\| (?P<end>[A-Z]{4,12}) +\|"
)
_FRAME = re.compile(
    r"[+=|-].*|Discovered Nodes|Node Name\b.*|"
    r"<?[^<>|]{1,80}>? +(?:CPU|GPU) +\d{1,4} +(?:N/A|\d{1,9})"
)
_KERNELS = re.compile(r"GPU Id +Function +(?P<unit>Mi?Bytes)/sec\b.*")
_KERNEL = re.compile(
    r"(?P<gpu>\d{1,9}) +(?P<kernel>[A-Z][a-z]{1,11}) +(?P<value>\d{1,12}\.\d+)(?: +\d+\.\d+){3}"
)
_BYTES = {"MiBytes": 2**20, "MBytes": 10**6}
_GST = re.compile(
    r"(?P<gpu>\d{1,9}) (?:Gflops|GFLOPS):? (?P<value>\d{1,12}\.\d+) "
    r"(?P<met>Met|Could\w*t meet) target stress ?: (?P<target>\d{1,12}\.\d+) (?P<end>PASS|FAIL)"
)
_PASS = re.compile(r"(?P<gpu>\d{1,9} )?(?:.* )?pass: ?(?P<end>TRUE|FALSE)", re.IGNORECASE)
_WATCHED = re.compile(r"(?P<gpu>\d{1,9}) (?P<what>[a-z_]{2,20}) violations (?P<count>\d{1,9})")
_SMQT = re.compile(r"(?P<end>pass|fail|true|false)")
_SPEED = re.compile(
    r"\[ ?(?P<at>\d{1,6}) ?/ ?(?P<of>\d{1,6}) ?\] +(?P<ends>\S.*?) +(?P<value>\d{1,9}(?:\.\d+)?) "
    r"?GBps(?: +(?:duration: ?)?(?P<spent>\d{1,9}(?:\.\d+)?) ?sec\S*)?"
)
_LEVELS = ("RESULT", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "CRITIC")
_GOOD = ("pass", "true")


@dataclass(frozen=True, slots=True)
class Result:
    """What an action came to: passed or not, or a speed; `ends` are GPUs and what is said of them.

    `value` is in GFLOP/s or GB/s (`unit`), `target` what the configuration wanted.
    """

    action: str
    module: str
    ends: str | None
    passed: bool | None = None
    value: float | None = None
    unit: Literal["GFLOP/s", "GB/s"] | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """All results, in the order in which they were told."""

    results: tuple[Result, ...]


def command(config: str) -> list[str]:
    """Return what to run on a node: the actions of a file, with results and what went wrong."""
    return ["rvs", "-c", config, "-d", "3"]


@dataclass(slots=True)
class _Draft:
    """A log while its lines go by; `module` and `action` are those that were begun last."""

    results: list[Result] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    module: str = ""
    action: str = ""
    scale: int = 0
    """Bytes of the unit of a table of kernels, once its heading was there."""

    def take(self, line: Line) -> None:
        """Read one line."""
        words = line[1].strip()
        found = _LINE.match(words)
        if found is None or found["level"] not in _LEVELS:
            self._without_level(line, words)
        elif found["level"] in ("ERROR", "CRITIC"):
            self.problems.append(Problem(f"rvs says: {shown(found['words'])}", line[0]))
        elif found["level"] == "RESULT":
            self._result(line, _DEVICE.sub(_named, found["words"]))

    def _without_level(self, line: Line, words: str) -> None:
        row, kernel = _TABLE.fullmatch(words), _KERNEL.fullmatch(words)
        if heading := _KERNELS.fullmatch(words):
            self.scale = _BYTES[heading["unit"]]
        elif kernel and self.scale:
            ends, value = f"gpu{kernel['gpu']} {kernel['kernel']}", number(kernel["value"])
            gbytes = None if value is None else value * self.scale / 1e9
            self.results.append(Result(self.action, "babel", ends, None, gbytes, "GB/s"))
        elif row and row["end"] in ("PASS", "FAIL"):
            self.results.append(
                Result(row["action"], row["module"].lower(), None, row["end"] == "PASS")
            )
        elif row or not _FRAME.fullmatch(words):
            self.problems.append(not_understood(line))

    def _result(self, line: Line, words: str) -> None:
        if begun := _MODULE.fullmatch(words):
            self.module = begun["module"]
        elif begun := _STARTS.fullmatch(words):
            self.action = begun["action"]
        elif not _is_progress(words):
            result = _on_gpu(words, self.module) or _result(words)
            self.problems += [] if result else [not_understood(line)]
            self.results += [result] if result else []


def read(text: str) -> Reading[Results]:
    """Return the results; a result of another form, and each error, is a problem."""
    told = output(text)
    draft = _Draft(problems=told.problems)
    for line in told.whole:
        if line[1].strip():
            draft.take(line)
    results = tuple(draft.results)
    if not results:
        draft.problems.append(Problem("no result is told"))
    measurements = tuple(each for result in results for each in _measured(result))
    return Reading(TOOL, Results(results), measurements, tuple(draft.problems), is_simulated(text))


def _named(device: re.Match[str]) -> str:
    """Return how a device is named in words: a GPU by its driver's number."""
    return f"{device['kind'].lower()}{device['id']}"


_ASIDES = tuple(
    re.compile(each)
    for each in (
        r"\[[^\]\[]{1,200}\] *gst \d{1,9} (?:Gflops \d+\.\d+|start\b.*|copy matrix.*|ramp .*)",
        r"\[[^\]\[]{1,200}\] *(?:gst )?(?:gpu)?\d{1,9} "
        r"(?:GFLOPS \d+(?:\.\d+)?|(?:Start|End) of GPU ramp up|Power\(W\) [\d.]+)",
        r"\[[^\]\[]{1,200}\] *(?:p2p|pcie-bandwidth) [a-z0-9]{1,12} [a-z0-9]{1,12} "
        r"(?:peers:|distance:).*",
        r"\[[^\]\[]{1,200}\] *gpup (?:gpu)?\d{1,9} .*",
        r"\[[^\]\[]{1,200}\] *mem Test \d{1,3}: [A-Z][A-Za-z0-9&, -]{3,80}",
        r"\[module_terminate\] .*",
        r"Action name ?:.*",
    )
)


def _is_progress(words: str) -> bool:
    """Return whether a line tells how a test gets on, or names devices; nothing follows from it."""
    return any(each.fullmatch(words) for each in _ASIDES)


def _on_gpu(words: str, module: str) -> Result | None:
    """Return a result of a line that names a GPU where older ones name the module."""
    found = _ON_GPU.fullmatch(words)
    if found is None:
        return None
    gpu, rest = found["gpu"], found["rest"].strip()
    if met := _MET.fullmatch(rest):
        return _stress(found["action"], gpu, met)
    if ended := _PASS.fullmatch(rest):
        return Result(found["action"], module, gpu, ended["end"].upper() == "TRUE")
    return None


def _stress(action: str, gpu: str, met: re.Match[str]) -> Result:
    passed = met["end"] in ("PASS", "TRUE")
    value, target = number(met["value"]), number(met["target"])
    return Result(action, "gst", gpu, passed, value, "GFLOP/s", target)


def _result(words: str) -> Result | None:
    found = _OF.match(words)
    if found is None:
        return None
    action, module, rest = found["action"], found["module"], found["rest"].strip()
    if stress := _GST.fullmatch(rest):
        return _stress(action, stress["gpu"], stress)
    if speed := _SPEED.fullmatch(rest):
        ends = " ".join(speed["ends"].split())
        return Result(action, module, ends, None, number(speed["value"]), "GB/s")
    if module == "mem" and (memory := _MEMORY.fullmatch(rest)):
        passed = None if memory["end"] is None else memory["end"] == "PASS"
        return Result(action, module, None, passed, number(memory["value"]), "GB/s")
    return _ended(action, module, rest)


def _ended(action: str, module: str, rest: str) -> Result | None:
    """Return whether an action passed, by one of the words that say so."""
    if older := _OLDER.fullmatch(rest):
        return _stress(action, older["gpu"], older)
    if module == "gm" and (watched := _WATCHED.fullmatch(rest)):
        ends = f"{watched['gpu']} {watched['what']}"
        return Result(action, module, ends, int(watched["count"]) == 0)
    ended = _PASS.fullmatch(rest) or _SMQT.fullmatch(rest)
    if ended is None:
        return None
    gpu = (ended.groupdict().get("gpu") or "").strip() or None
    return Result(action, module, gpu, ended["end"].lower() in _GOOD)


def _measured(result: Result) -> list[Measurement]:
    if result.value is None or result.ends is None:
        return []
    if result.unit == "GFLOP/s":
        return [RVS_GST_GFLOPS.of(result.value, f"kfd{result.ends}", action=result.action)]
    if result.value == 0:
        return []
    if result.module == "babel" and not result.action:
        return []
    if result.module == "babel":
        gpu, _, kernel = result.ends.removeprefix("gpu").partition(" ")
        babel = RVS_BANDWIDTH.named("babel")
        return [babel.of(result.value, f"kfd{gpu}", action=result.action, kernel=kernel)]
    metric = RVS_BANDWIDTH.named(result.module.partition("-")[0])
    return [metric.of(result.value, "", action=result.action, ends=result.ends)]

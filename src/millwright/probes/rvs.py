"""ROCm Validation Suite (`rvs`): what its log says of results, as its sources print them.

A line is `[RESULT] [seconds] [action] module words`. GPUs go by the identifiers of the driver
(KFD), which are none of a slot. Progress of a test is passed over: only what an action came to is
a fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from millwright.model.measurement import Measurement
from millwright.probes.endings import not_understood, output, shown
from millwright.probes.metrics import RVS_BANDWIDTH, RVS_GST_GFLOPS
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "rvs"
_LINE = re.compile(
    r"\[(?P<level>[A-Z]{4,6}) *\] *\[ *(?P<at>\d{1,12}\.\d{1,9}) *\] *(?P<words>\S.*)"
)
_OF = re.compile(
    r"\[(?P<action>[^\]\[]{1,200})\] *(?P<module>[a-z][a-z0-9-]{1,30})\b *(?P<rest>.*)"
)
_GST = re.compile(
    r"(?P<gpu>\d{1,9}) (?:Gflops|GFLOPS):? (?P<value>\d{1,12}\.\d+) "
    r"(?P<met>Met|Could\w*t meet) target stress ?: (?P<target>\d{1,12}\.\d+) (?P<end>PASS|FAIL)"
)
_PASS = re.compile(r"(?P<gpu>\d{1,9} )?(?:.* )?pass: ?(?P<end>TRUE|FALSE)", re.IGNORECASE)
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


def read(text: str) -> Reading[Results]:
    """Return the results; a result of another form, and each error, is a problem."""
    told = output(text)
    read_lines = [(line, _LINE.match(line[1].strip())) for line in told.whole if line[1].strip()]
    results: list[Result] = []
    problems = told.problems
    for line, found in read_lines:
        if found is None or found["level"] not in _LEVELS:
            problems.append(not_understood(line))
        elif found["level"] in ("ERROR", "CRITIC"):
            problems.append(Problem(f"rvs says: {shown(found['words'])}", line[0]))
        elif found["level"] == "RESULT" and not _is_progress(found["words"]):
            result = _result(found["words"])
            problems += [] if result else [not_understood(line)]
            results += [result] if result else []
    if not results:
        problems.append(Problem("no result is told"))
    measurements = tuple(each for result in results for each in _measured(result))
    return Reading(TOOL, Results(tuple(results)), measurements, tuple(problems), is_simulated(text))


def _is_progress(words: str) -> bool:
    """Return whether a line tells how a test gets on, or names devices; nothing follows from it."""
    asides = (
        r"\[[^\]\[]{1,200}\] *gst \d{1,9} (?:Gflops \d+\.\d+|start\b.*|copy matrix.*|ramp .*)",
        r"Action name ?:.*",
        r"\[[^\]\[]{1,200}\] *p2p \d{1,9} \d{1,9} peers:.*",
    )
    return any(re.fullmatch(each, words) for each in asides)


def _result(words: str) -> Result | None:
    found = _OF.match(words)
    if found is None:
        return None
    action, module, rest = found["action"], found["module"], found["rest"].strip()
    if stress := _GST.fullmatch(rest):
        value, target = number(stress["value"]), number(stress["target"])
        return Result(
            action, module, stress["gpu"], stress["end"] == "PASS", value, "GFLOP/s", target
        )
    if speed := _SPEED.fullmatch(rest):
        ends = " ".join(speed["ends"].split())
        return Result(action, module, ends, None, number(speed["value"]), "GB/s")
    if ended := _PASS.fullmatch(rest) or _SMQT.fullmatch(rest):
        gpu = (ended.groupdict().get("gpu") or "").strip() or None
        return Result(action, module, gpu, ended["end"].lower() in _GOOD)
    return None


def _measured(result: Result) -> list[Measurement]:
    if result.value is None or result.ends is None:
        return []
    if result.unit == "GFLOP/s":
        return [RVS_GST_GFLOPS.of(result.value, f"kfd{result.ends}", action=result.action)]
    if result.value == 0:
        return []
    metric = RVS_BANDWIDTH.named(result.module.partition("-")[0])
    return [metric.of(result.value, "", action=result.action, ends=result.ends)]

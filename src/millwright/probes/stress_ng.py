"""stress-ng: the metrics of each stressor, from its YAML file or its lines, old and new.

Bogo operations compare machines only within one version and one stressor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement, Param
from millwright.probes import metrics
from millwright.probes.endings import output, shown
from millwright.probes.node_numbers import near
from millwright.probes.reading import Problem, Reading, count, is_simulated, number
from millwright.probes.told_once import Once

TOOL = "stress-ng"
_PREFIX = re.compile(
    r"(?:.*? )?stress-ng: (?P<kind>info|metrc|fail|error|warn|debug|skip):\s+\[\d{1,9}\]\s?"
    r"(?P<words>.*)$"
)
_BARE = re.compile(r"(?P<kind>)(?P<words>.*)$")
_HEADING = re.compile(r"stressor\s+bogo ops\s+real time\s+usr time\s+sys time\s+bogo ops/s")
_ROW = re.compile(
    r"(?P<stressor>[a-z][a-z0-9_-]{0,40})\s+(?P<ops>\d{1,18})"
    r"(?P<times>(?:\s+\d{1,12}\.\d\d){3})(?P<rates>(?:\s+\d{1,15}\.\d\d){2})(?:\s+[\d.]+){0,2}$"
)
_EXTRA = re.compile(
    r"(?P<stressor>[a-z][a-z0-9_-]{0,40})\s+(?P<value>\d{1,15}\.\d{2}) (?P<what>[A-Za-z%].+)$"
)
_RATE = re.compile(r"MB per sec memory rate|memory (?P<way>read|write) rate \(MB per sec\)")
_COUNTED = re.compile(
    r"(?P<word>passed|failed|skipped|metrics untrustworthy): (?P<count>\d{1,7})\b"
)
_END = re.compile(r"(?P<un>un)?successful run completed in (?P<time>.+)$")
_YAML = re.compile(r"^metrics:\s*$|^system-info:\s*$", re.MULTILINE)
_ENTRY = re.compile(r"(?P<dash>-\s+)?(?P<key>[a-z][a-z0-9_ ()/-]*):(?:\s+(?P<value>\S.*))?$")
_AGREES = 0.1
"""Stressors start and stop one by one: a rate and a quotient of sums differ by some per cent."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What a stressor measures beside its operations, such as a memory rate."""

    what: str
    value: float


@dataclass(frozen=True, slots=True)
class Stressor:
    """One kind of stressor, all instances together; rates by wall-clock and by CPU time."""

    stressor: str
    bogo_ops: int
    bogo_ops_per_s: float
    bogo_ops_per_cpu_s: float | None
    wall_clock_s: float
    user_s: float | None
    system_s: float | None
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Stress:
    """A run; what is not told, as all outcomes in YAML, is None."""

    version: str | None
    cpus: int | None
    stressors: tuple[Stressor, ...]
    passed: int | None = None
    failed: int | None = None
    skipped: int | None = None
    untrustworthy: int | None = None
    successful: bool | None = None
    failures: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A run while its lines go by."""

    settings: dict[str, str] = field(default_factory=dict)
    stressors: Once[Stressor] = field(default_factory=Once)
    extras: list[tuple[str, Extra]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    successful: bool | None = None
    problems: list[Problem] = field(default_factory=list)


def command(stressor: str, instances: int, seconds: int) -> list[str]:
    """Return what to run on a node."""
    return [
        "stress-ng",
        f"--{stressor}",
        str(instances),
        "-t",
        f"{seconds}s",
        "--metrics",
        "--verify",
    ]


def read(text: str) -> Reading[Stress]:
    """Return every stressor; one whose rate does not follow from its operations is a problem."""
    draft = _Draft()
    if _YAML.search(text.replace("\r", "")):
        _read_yaml(text, draft)
    else:
        _read_lines(text, draft)
        if draft.successful is None and (draft.stressors.values or draft.settings):
            draft.problems.append(Problem("the run does not come to its end"))
    if not draft.stressors.values and not draft.problems:
        draft.problems.append(Problem("no stressor has metrics"))
    facts = _facts(draft)
    measurements = tuple(_measured(facts))
    return Reading(TOOL, facts, measurements, tuple(draft.problems), is_simulated(text))


def _read_lines(text: str, draft: _Draft) -> None:
    """Read lines with their prefix; without one, as logs cut it off, those below the heading."""
    headed = False
    for at, line in output(text).whole:
        found = _PREFIX.match(line.strip()) or _BARE.match(line.strip())
        if found is None:
            continue
        words = found["words"].strip()
        headed = headed or bool(_HEADING.match(words))
        if headed and (row := _ROW.match(words)):
            times, rates = row["times"].split(), row["rates"].split()
            told = (row["ops"], rates[0], rates[1], *times)
            _keep(draft, _stressor(row["stressor"], told), at)
        elif found["kind"] in ("fail", "error"):
            draft.failures.append(shown(words))
        elif ended := _END.match(words):
            draft.successful = not ended["un"]
        elif counted := _COUNTED.match(words):
            draft.counted[counted["word"]] = int(counted["count"])
        elif found["kind"] == "metrc" and (extra := _EXTRA.match(words)):
            told_of = Extra(shown(extra["what"]), float(extra["value"]))
            draft.extras.append((extra["stressor"], told_of))


def _read_yaml(text: str, draft: _Draft) -> None:
    """Read the few shapes that stress-ng writes: settings, and a list of flat entries.

    The last line of a file that has no newline may be cut, so it does not count.
    """
    lines = output(text)
    entries: list[tuple[int, dict[str, str]]] = []
    section = ""
    for at, line in lines.whole:
        found = _ENTRY.match(line.strip())
        if found is None:
            continue
        if not line.startswith((" ", "\t", "-")) and found["value"] is None:
            section = found["key"]
        elif section == "system-info":
            draft.settings[found["key"]] = _plain(found)
        elif section == "metrics":
            _metric(at, found, entries, draft)
    for at, entry in entries:
        _entry(draft, entry, at)
    if lines.cut and lines.cut[1].strip() != "...":
        draft.problems += lines.problems


def _plain(found: re.Match[str]) -> str:
    return (found["value"] or "").strip("'\"")


def _metric(
    at: int, found: re.Match[str], entries: list[tuple[int, dict[str, str]]], draft: _Draft
) -> None:
    """Add a line to its entry; an entry that says two things of one key says nothing."""
    if found["dash"] or not entries:
        entries.append((at, {}))
    entry = entries[-1][1]
    if entry.setdefault(found["key"], _plain(found)) != _plain(found):
        draft.problems.append(Problem(f"{found['key']} has two values", at))
        entry.clear()


def _entry(draft: _Draft, entry: dict[str, str], at: int) -> None:
    if not entry:
        return
    keys = (
        "bogo-ops",
        "bogo-ops-per-second-real-time",
        "bogo-ops-per-second-usr-sys-time",
        "wall-clock-time",
        "user-time",
        "system-time",
    )
    told = tuple(entry.get(key, "") for key in keys)
    _keep(draft, _stressor(entry.get("stressor", ""), told), at)


def _stressor(name: str, told: tuple[str, ...]) -> Stressor | None:
    """Return a stressor from operations, two rates and three times that agree."""
    ops, per_s, wall = count(told[0]), number(told[1]), number(told[3])
    if not name or ops is None or per_s is None or wall is None or wall < 0:
        return None
    if wall > 0 and not near(per_s, ops / wall, _AGREES, 0.02 + ops * 0.01 / wall**2):
        return None
    return Stressor(name, ops, per_s, number(told[2]), wall, number(told[4]), number(told[5]))


def _keep(draft: _Draft, stressor: Stressor | None, at: int) -> None:
    if stressor is None:
        draft.problems.append(Problem("a stressor's metrics lack a part, or contradict", at))
    elif not draft.stressors.take(stressor.stressor, stressor):
        draft.problems.append(Problem(f"{stressor.stressor} is told twice, and differs", at))


def _facts(draft: _Draft) -> Stress:
    def stressors() -> Iterator[Stressor]:
        for each in draft.stressors.values:
            extras = tuple(extra for name, extra in draft.extras if name == each.stressor)
            yield Stressor(
                each.stressor,
                each.bogo_ops,
                each.bogo_ops_per_s,
                each.bogo_ops_per_cpu_s,
                each.wall_clock_s,
                each.user_s,
                each.system_s,
                extras,
            )

    return Stress(
        version=draft.settings.get("stress-ng-version"),
        cpus=count(draft.settings.get("cpus")),
        stressors=tuple(stressors()),
        passed=draft.counted.get("passed"),
        failed=draft.counted.get("failed"),
        skipped=draft.counted.get("skipped"),
        untrustworthy=draft.counted.get("metrics untrustworthy"),
        successful=draft.successful,
        failures=tuple(draft.failures),
    )


def _measured(facts: Stress) -> list[Measurement]:
    params: dict[str, Param] = {"version": facts.version} if facts.version else {}
    found = [
        metrics.STRESS_NG.named(each.stressor.replace("-", "_")).of(each.bogo_ops_per_s, **params)
        for each in facts.stressors
        if each.bogo_ops > 0
    ]
    for each in facts.stressors:
        for extra in each.extras:
            if rate := _RATE.match(extra.what):
                way = {"way": rate["way"]} if rate["way"] else {}
                memory = metrics.STRESS_NG_MEMORY
                found.append(memory.of(extra.value, stressor=each.stressor, **way))
    if facts.failed is not None or facts.successful is not None:
        failed = facts.failed if facts.failed is not None else int(not facts.successful)
        found.append(metrics.STRESS_NG_FAILED.of(float(max(failed, len(facts.failures)))))
    return found

"""`gpu_burn`: progress that rewrites its line, then a verdict on each GPU.

Only a burn that came to its verdicts is measured; what its last progress said is a fact always.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import shown
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "gpu-burn"
_RECORD = re.compile(
    r"(?P<percent>\d{1,3}\.\d)%\s+proc'd: (?P<done>.+?)\s+errors: (?P<errors>.+?)\s+"
    r"temps: (?P<temps>.+)$"
)
_BETWEEN = re.compile(r"\s+-\s+")
_DONE = re.compile(r"(?P<count>-?\d{1,18}) \((?P<gflops>\d{1,12}) Gflop/s\)")
_ERRORS = re.compile(r"(?P<errors>-?\d{1,18})(?P<died>\s+\(DIED!\))?(?:\s+\(WARNING!\))?")
_HEAT = re.compile(r"(?P<heat>\d{1,4}) C")
_GPU = re.compile(r"GPU (?P<index>\d{1,4}): (?P<name>.+?) \(UUID: (?P<uuid>\S+)\)$")
_TESTED = re.compile(r"Tested (?P<count>\d{1,4}) GPUs:$")
_VERDICT = re.compile(r"\s+GPU (?P<index>\d{1,4}): (?P<verdict>OK|FAULTY)$")
_PRECISION = re.compile(
    r"Initialized device .*, using (?P<kind>FLOATS|DOUBLES)(?P<tensor>, using T)?"
)
_FAILURE = re.compile(
    r"Couldn't init|No clients are alive|Error\b|.*\bERROR:|.*No CUDA devices|Killed$|"
    r".*command not found|.*out of memory|Segmentation fault|.*No such file"
)
_ALL = 100.0


@dataclass(frozen=True, slots=True)
class BurntGpu:
    """A GPU: what the last progress said of it, and the verdict (`OK`, `FAULTY` or none)."""

    index: int
    name: str | None
    uuid: str | None
    verdict: str | None
    iterations: int | None
    gflops: float | None
    errors: int | None
    died: bool
    temperature_c: float | None
    hottest_c: float | None


@dataclass(frozen=True, slots=True)
class Burn:
    """A burn; `precision` is what its matrices are of, `records` how often it told progress."""

    gpus: tuple[BurntGpu, ...]
    percent: float | None
    records: int
    precision: str | None
    tensor_cores: bool | None
    finished: bool


@dataclass(frozen=True, slots=True)
class _Record:
    """One progress: a value a GPU in each column."""

    percent: float
    iterations: tuple[int, ...]
    gflops: tuple[float, ...]
    errors: tuple[int, ...]
    died: tuple[bool, ...]
    heat: tuple[float | None, ...]


@dataclass(slots=True)
class _Draft:
    listed: dict[int, tuple[str, str]] = field(default_factory=dict)
    records: list[_Record] = field(default_factory=list)
    verdicts: dict[int, str] = field(default_factory=dict)
    tested: int | None = None
    precision: str | None = None
    tensor_cores: bool | None = None
    broken: int = 0
    problems: list[Problem] = field(default_factory=list)


def command(seconds: int = 60) -> list[str]:
    """Return what to run on a node: all GPUs, with tensor cores."""
    return ["gpu_burn", "-tc", str(seconds)]


def read(text: str) -> Reading[Burn]:
    """Return GPUs with last progress and verdict; a burn without verdicts is a problem."""
    draft = _Draft()
    lines = text.removeprefix("\ufeff").split("\n")
    for at, line in enumerate(lines, start=1):
        ended = at < len(lines)
        *shown_over, last = line.removesuffix("\r").split("\r")
        for words in shown_over:
            _take(at, words, draft, whole=True)
        _take(at, last, draft, whole=ended or line.endswith("\r"))
    _judge(draft)
    burn = _burn(draft)
    measurements = tuple(_measurements(burn)) if burn.finished else ()
    return Reading(TOOL, burn, measurements, tuple(draft.problems), is_simulated(text))


def _take(at: int, words: str, draft: _Draft, *, whole: bool) -> None:
    """Read one line or progress; one that is not whole counts only as a verdict."""
    if found := _VERDICT.match(words):
        draft.verdicts[int(found["index"])] = found["verdict"]
    elif not whole:
        if words.strip():
            draft.problems.append(Problem(f"the last line may be cut: {shown(words)}", at))
    elif "proc'd:" in words:
        record = _record(words.strip())
        draft.broken += record is None
        draft.records += [record] if record else []
    else:
        _around(at, words, draft)


def _around(at: int, words: str, draft: _Draft) -> None:
    """Read a line before or after the progress; what it does not know is talk."""
    if found := _GPU.match(words):
        draft.listed[int(found["index"])] = (found["name"], found["uuid"])
    elif found := _TESTED.match(words):
        draft.tested = int(found["count"])
    elif found := _PRECISION.match(words):
        draft.precision, draft.tensor_cores = found["kind"].lower(), bool(found["tensor"])
    elif _FAILURE.match(words):
        draft.problems.append(Problem(shown(words), at))


def _record(words: str) -> _Record | None:
    """Return a progress whose columns have as many values each; None for any other."""
    found = _RECORD.match(words)
    if found is None:
        return None
    done = [_DONE.fullmatch(each) for each in _BETWEEN.split(found["done"])]
    errors = [_ERRORS.fullmatch(each) for each in _BETWEEN.split(found["errors"])]
    heat = [(each, _HEAT.fullmatch(each)) for each in _BETWEEN.split(found["temps"].strip())]
    if not len(done) == len(errors) == len(heat) or any(not m and w != "--" for w, m in heat):
        return None
    steps, wrong = [m for m in done if m], [m for m in errors if m]
    if len(steps) != len(done) or len(wrong) != len(errors):
        return None
    return _Record(
        percent=float(found["percent"]),
        iterations=tuple(int(m["count"]) for m in steps),
        gflops=tuple(float(m["gflops"]) for m in steps),
        errors=tuple(int(m["errors"]) for m in wrong),
        died=tuple(bool(m["died"]) for m in wrong),
        heat=tuple(number(m["heat"]) if m else None for _, m in heat),
    )


def _judge(draft: _Draft) -> None:
    """Append what does not fit together."""
    told, counts = draft.problems, _counts(draft)
    if draft.broken:
        told.append(Problem(f"{draft.broken} times progress was not whole"))
    if len(counts) > 1:
        told.append(Problem(f"the number of GPUs changes: {sorted(counts)}"))
        draft.records = []
    if not draft.records:
        told.append(Problem("no progress is told"))
    elif draft.records[-1].percent < _ALL:
        told.append(Problem(f"the last progress is of {draft.records[-1].percent} %"))
    if not draft.verdicts or draft.tested != len(draft.verdicts):
        told.append(Problem("the burn does not come to a verdict on every GPU"))


def _burn(draft: _Draft) -> Burn:
    last = draft.records[-1] if draft.records else None
    # Progress has no numbers: its columns are the GPUs of the list or of the verdicts, in order.
    indices = sorted(draft.verdicts) or sorted(draft.listed) or list(range(len(_columns(last))))
    return Burn(
        gpus=tuple(_gpu(place, index, draft) for place, index in enumerate(indices)),
        percent=last.percent if last else None,
        records=len(draft.records),
        precision=draft.precision,
        tensor_cores=draft.tensor_cores,
        finished=_finished(draft),
    )


def _counts(draft: _Draft) -> set[int]:
    """Return every number of GPUs that the output gives."""
    counts = {len(record.gflops) for record in draft.records}
    counts |= {len(draft.listed)} if draft.listed else set()
    counts |= {len(draft.verdicts)} if draft.verdicts else set()
    return counts | ({draft.tested} if draft.tested is not None else set())


def _finished(draft: _Draft) -> bool:
    judged = bool(draft.verdicts) and draft.tested == len(draft.verdicts)
    return judged and bool(draft.records) and draft.records[-1].percent >= _ALL


def _columns(record: _Record | None) -> tuple[float, ...]:
    return record.gflops if record else ()


def _gpu(place: int, index: int, draft: _Draft) -> BurntGpu:
    name, uuid = draft.listed.get(index, (None, None))
    last = draft.records[-1] if draft.records else None
    heat = [record.heat[place] for record in draft.records]
    return BurntGpu(
        index=index,
        name=name,
        uuid=uuid,
        verdict=draft.verdicts.get(index),
        iterations=last.iterations[place] if last else None,
        gflops=last.gflops[place] if last else None,
        errors=last.errors[place] if last else None,
        died=last.died[place] if last else False,
        temperature_c=last.heat[place] if last else None,
        hottest_c=max((each for each in heat if each is not None), default=None),
    )


def _measurements(burn: Burn) -> list[Measurement]:
    found = []
    for gpu in burn.gpus:
        device = f"gpu{gpu.index}"
        told = (
            (metrics.GPU_BURN_GFLOPS, gpu.gflops),
            (metrics.GPU_BURN_ERRORS, gpu.errors),
            (metrics.GPU_BURN_TEMPERATURE, gpu.temperature_c),
        )
        found += [metric.of(value, device) for metric, value in told if value is not None]
    return found

"""Puts together what became of parts between factory and site: model/comparison."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from millwright.build.judge.identities import Identity, spot
from millwright.build.judge.matched import Key, Run, groups_of, run_of
from millwright.build.judge.moves import missing, moves, new
from millwright.build.judge.traits import trait_of
from millwright.build.judge.travel import shifts, travelled, worse
from millwright.model.comparison import Comparison, Stray
from millwright.model.measurements import Measurements
from millwright.model.verdict import Verdict, worst

_NAMED = 5


def compare(
    before: Measurements, after: Measurements, names: tuple[str, str] = ("fat", "sat")
) -> Comparison:
    """Return what became of the parts of one run in another, by their serial numbers.

    UNKNOWN where parts or their values are not there any more, or where nothing could be compared;
    WARN where something was left out of it.
    """
    was, now = run_of(before), run_of(after)
    groups = groups_of(was, now)
    found = [each for group in groups if (each := travelled(group)) is not None]
    compared = sum(len(each.size) for each in found)
    changes, in_common = worse(found), tuple(shifts(found))
    strays = missing(was.parts, now.parts), new(was.parts, now.parts), _unmeasured(was, now)
    moved, notes = moves(was.parts, now.parts), tuple(_notes(was, now))
    counted = [each.verdict for each in changes] + [each.verdict for each in in_common]
    counted += [each.verdict for each in moved]
    counted += [each.verdict for group in strays for each in group]
    counted.append(Verdict.PASS if compared else Verdict.UNKNOWN)
    counted += [Verdict.WARN for _ in notes]
    simulated = bool(was.simulated or now.simulated)
    told = () if compared else ("nothing could be compared: no part was measured alike in both",)
    return Comparison(
        verdict=worst(counted), simulated=simulated, fat=names[0], sat=names[1],
        parts=len(set(was.parts.places) & set(now.parts.places)), compared=compared,
        worse=changes, shifts=in_common, moved=moved, missing=strays[0], new=strays[1],
        unmeasured=strays[2], notes=(*told, *notes),
    )  # fmt: skip


def _lost(was: Run, now: Run) -> list[Key]:
    """Return what was measured of parts that are there, and is not any more."""
    return [
        key
        for key in was.held
        if key not in now.held
        and key.part[0] in now.parts.places
        and key.peer is None
        and trait_of(key.subject.metric).compared
    ]


def _unmeasured(was: Run, now: Run) -> tuple[Stray, ...]:
    """Return parts of which less was measured than of their peers; missing is never well."""
    repeated = {key.subject for key in now.held}
    lacking: dict[Identity, set[str]] = defaultdict(set)
    for key in _lost(was, now):
        if key.subject in repeated:
            lacking[key.part].add(key.subject.metric)
    return tuple(
        Stray(
            serial=part[0], place=spot((now.parts.places[part[0]][0][0], part[1]))
            if part[1] else spot(now.parts.places[part[0]][0]),
            reason=f"not measured again, as its peers were: {_listed(metrics)}",
            verdict=Verdict.UNKNOWN,
        )
        for part, metrics in sorted(lacking.items())
    )  # fmt: skip


def _notes(was: Run, now: Run) -> Iterator[str]:
    """Yield what could not be compared, and why."""
    repeated = {key.subject for key in now.held}
    left = Counter(k.subject.metric for k in _lost(was, now) if k.subject not in repeated)
    if left:
        yield f"measured before and of nobody again: {_listed(set(left))} ({left.total()} values)"
    pairs = sum(key.peer is not None and key not in now.held for key in was.held)
    if pairs:
        yield f"{pairs} values of pairs have no counterpart: other pairs met"
    for name, run in (("first", was), ("second", now)):
        if run.nameless:
            yield f"{run.nameless} values of the {name} run are of no serial number: not compared"
        yield from (f"in the {name} run {told}: not compared" for told in run.parts.doubtful)


def _listed(names: set[str]) -> str:
    shown = ", ".join(sorted(names)[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"

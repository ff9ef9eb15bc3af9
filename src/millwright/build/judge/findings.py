"""Puts what was noticed of single values into findings: gates, outliers, errors, absences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from millwright.build.judge.gates import Gates, Miss
from millwright.build.judge.jitter import MOST_RATIO, Uneven
from millwright.build.judge.missing import Absence
from millwright.build.judge.outliers import Suspect
from millwright.build.judge.repeats import History, Seen, cleared, judged, repeated
from millwright.build.judge.scores import Scores
from millwright.build.judge.traits import NEVER_FAILS, Trait
from millwright.build.judge.units import Batch
from millwright.model.bar import Bar
from millwright.model.verdict import Disposition, Verdict, VerdictFinding
from millwright.units import same_unit

Found = tuple[str, VerdictFinding]
"""A node and what was found of it."""

_TWICE = 2.0
_FAR = 10.0
_AGAINST = {
    "peers": "its {peers} peers",
    "siblings": "the other devices of its node",
    "nodes": "the other nodes",
}


@dataclass(frozen=True, slots=True)
class Teller:
    """Turns units into findings; knows names, bars and what peers have."""

    batch: Batch
    gates: Gates
    scores: Scores

    def about(self, unit: int, whole_node: bool = False) -> dict[str, object]:
        """Return what every finding of a unit says: where, what, under which conditions."""
        names, units = self.batch.names, self.batch.units
        subject = names.subjects[int(units.subject[unit])]
        bar = next(iter(self.gates.bars[int(units.subject[unit])]), None)
        peers = int(self.scores.population.count[int(units.subject[unit])])
        median = float(self.scores.population.median[int(units.subject[unit])])
        return {
            "metric": subject.metric,
            "device": "" if whole_node else names.devices[int(units.device[unit])],
            "unit": subject.unit,
            "test": subject.test,
            "params": dict(subject.params),
            "peers": peers,
            "peer_median": shown(median) if peers else None,
            **_bar(bar),
        }

    def node(self, unit: int) -> str:
        """Return the name of a unit's node."""
        return self.batch.names.nodes[int(self.batch.units.node[unit])]

    def trait(self, unit: int) -> Trait:
        """Return how a unit's metric is judged."""
        return self.batch.names.traits[int(self.batch.units.subject[unit])]

    def readings(self, unit: int) -> tuple[float, ...]:
        """Return all attempts of a unit."""
        units = self.batch.units
        span = units.readings[int(units.first[unit]) : int(units.last[unit])]
        return tuple(shown(value) for value in span.tolist())


def _bar(bar: Bar | None) -> dict[str, object]:
    if bar is None:
        return {}
    return {"bar": bar.told, "bar_source": bar.source, "bar_confidence": bar.confidence}


def shown(value: float) -> float:
    """Return a value without the digits that nobody measured."""
    return float(f"{value:.6g}")


def _finite(value: float) -> float | None:
    return shown(value) if np.isfinite(value) else None


def of_gates(teller: Teller) -> Iterator[Found]:
    """Yield a finding for every unit that misses a bar."""
    for miss in teller.gates.misses:
        yield teller.node(miss.unit), VerdictFinding.model_validate(
            {
                **teller.about(miss.unit), **_bar(miss.bar), "kind": "gate",
                "value": shown(miss.value), "attempts": teller.readings(miss.unit),
                "reason": _missed(miss, teller), "verdict": _gate_verdict(miss, teller),
                "disposition": _gate_disposition(miss),
            }
        )  # fmt: skip


def _gate_verdict(miss: Miss, teller: Teller) -> Verdict:
    return miss.verdict if teller.trait(miss.unit).gates else min(miss.verdict, Verdict.WARN)


def _gate_disposition(miss: Miss) -> Disposition | None:
    if miss.settled:
        return None
    return "rma" if miss.missed >= 2 and miss.bar.worst_verdict is Verdict.FAIL else "retest"


def _missed(miss: Miss, teller: Teller) -> str:
    unit = teller.about(miss.unit)["unit"]
    told = f"{miss.value:g} {unit} misses {miss.bar.told} ({miss.bar.source})"
    if miss.attempts > 1:
        told += f" in {miss.missed} of {miss.attempts} attempts"
    if miss.settled:
        told += "; most attempts meet it, so it only warns"
    if miss.bar.note:
        told += f"; of this bar: {miss.bar.note}"
    if miss.bar.confidence == "estimate":
        told += "; the bar is an estimate and never fails a node"
    return told


def of_suspects(teller: Teller, suspects: Sequence[Suspect]) -> Iterator[Found]:
    """Yield a finding for every suspect, with what its repeats say."""
    for suspect in suspects:
        history = repeated(teller.batch, suspect)
        trait = teller.trait(suspect.unit)
        verdict, disposition = judged(trait, history, suspect)
        whole = suspect.against == "nodes"
        yield teller.node(suspect.unit), VerdictFinding.model_validate(
            {
                **teller.about(suspect.unit, whole), "kind": "outlier",
                "value": shown(history.values[0]),
                "robust_z": None if suspect.alike else shown(_signed(trait, suspect.raw)),
                "deviation_percent": _finite(suspect.percent),
                "attempts": tuple(map(shown, history.values)),
                "reason": _unlike(teller, suspect, history),
                "verdict": verdict, "disposition": disposition,
            }
        )  # fmt: skip


_STILL = ", and when it was repeated, yet within what peers of such a fleet may show"
_CLEARED = ", and not when it was repeated: cleared"


def of_cleared(teller: Teller, suspects: Sequence[Suspect]) -> Iterator[Found]:
    """Yield a finding for everything that looked bad at first and that repeats do not blame."""
    for suspect in cleared(teller.batch, teller.scores, suspects):
        values = teller.readings(suspect.unit)
        told = f"{suspect.percent:.1f} % worse than its {suspect.peers} peers at first"
        yield teller.node(suspect.unit), VerdictFinding.model_validate(
            {
                **teller.about(suspect.unit), "kind": "outlier", "value": values[0],
                "robust_z": shown(_signed(teller.trait(suspect.unit), suspect.raw)),
                "deviation_percent": _finite(suspect.percent), "attempts": values,
                "reason": told + (_STILL if suspect.sure else _CLEARED),
                "verdict": Verdict.WARN if suspect.sure else Verdict.PASS,
                "disposition": "retest" if suspect.sure else None,
            }
        )  # fmt: skip


def _signed(trait: Trait, raw: float) -> float:
    """Return z with the sign of the difference itself: negative is below the peers."""
    return raw * (trait.worse or 1)


def _unlike(teller: Teller, suspect: Suspect, history: History) -> str:
    against = _AGAINST[suspect.against].format(peers=suspect.peers)
    unit = teller.about(suspect.unit)["unit"]
    much = f"{suspect.percent:.1f} %" if np.isfinite(suspect.percent) else f"{suspect.gap:g} {unit}"
    told = f"{much} worse than {against}"
    if suspect.alike:
        told += ", which do not differ at all: judged by the difference alone"
    count = len(history.values)
    if history.seen is Seen.CONFIRMED:
        return f"{told}, in {history.again} of {count} attempts" if count > 1 else told
    if history.seen is Seen.CLEARED:
        return f"{told} once, in {history.again} of {count} attempts: cleared by the others"
    told += f", in {history.again} of {count} attempts: "
    if count > 2:
        return told + "so few peers blame nobody: hold it against a bar, or against more nodes"
    return told + "repeat it before anybody is blamed"


def of_tails(teller: Teller, uneven: Sequence[Uneven]) -> Iterator[Found]:
    """Yield a finding for every unit whose tail is longer than its peers'."""
    for each in uneven:
        count, again = len(each.ratios), each.again
        confirmed = each.sure and again >= 2 and again * 3 >= 2 * count
        known = teller.trait(each.unit).family not in NEVER_FAILS
        reason = (
            f"jitter: its worst {each.worst} is {_tail(each.ratios[0])} its median, that of its "
            f"{each.peers} peers {each.typical:.2f} (distributions are {each.distance:.2f} apart, "
            f"p {each.chance:.1g}), in {again} of {count} attempts"
        )
        yield teller.node(each.unit), VerdictFinding.model_validate(
            {
                **teller.about(each.unit), "kind": "outlier", "value": shown(each.ratios[0]),
                "unit": "ratio", "peer_median": shown(each.typical), "robust_z": shown(each.raw),
                "deviation_percent": shown(each.percent), "bar": None, "bar_source": None,
                "bar_confidence": None, "attempts": tuple(map(shown, each.ratios)),
                "reason": reason if confirmed else f"{reason}: repeat it",
                "verdict": Verdict.FAIL if confirmed and known else Verdict.WARN,
                "disposition": None if confirmed else "retest",
            }
        )  # fmt: skip


def _tail(ratio: float) -> str:
    return f"{ratio:.2f} times" if ratio < MOST_RATIO else "beyond any multiple of"


def of_errors(teller: Teller) -> Iterator[Found]:
    """Yield a finding for every value that cannot be true, or is in a unit nobody can compare."""
    units, names = teller.batch.units, teller.batch.names
    for unit in np.flatnonzero(units.refused).tolist():
        count = int(units.refused[unit])
        told = f"{count} value(s) that are no number, below zero where nothing can be, or absurd"
        yield _error(teller, unit, f"{told}: not measured")
    told_units = {
        code for code, (subject, trait) in enumerate(zip(names.subjects, names.traits, strict=True))
        if _otherwise_told(trait, subject.unit)
    }  # fmt: skip
    for code in sorted(told_units):
        rows = np.flatnonzero(units.subject == code)
        wanted = names.traits[code].unit
        for unit in rows[np.unique(units.node[rows], return_index=True)[1]].tolist():
            yield _error(
                teller,
                unit,
                f"told in {names.subjects[code].unit}, known in {wanted}: not compared",
            )
    yield from _too_good(teller)


def _otherwise_told(trait: Trait, unit: str) -> bool:
    if not trait.known or trait.unit in ("", "as told"):
        return False
    return not same_unit(trait.unit, unit)


def _too_good(teller: Teller) -> Iterator[Found]:
    """Yield values beyond what physics allows, or twice what all peers reach."""
    layer, units = teller.scores.devices, teller.batch.units
    traits = teller.batch.names.traits
    wires = [min((bar.wire for bar in bars if bar.wire), default=np.inf)
             for bars in teller.gates.bars]  # fmt: skip
    over = np.flatnonzero(units.value > np.array(wires or [np.inf])[units.subject]).tolist()
    for unit in over:
        wire = wires[int(units.subject[unit])]
        yield _error(
            teller, unit, f"more than the {wire:g} that the wire carries: wrongly measured"
        )
    base = np.abs(teller.scores.population.median[layer.subject])
    lower = np.array([trait.worse < 0 for trait in traits] or [False])[layer.subject]
    far = lower & (layer.raw < -_FAR) & (-layer.gap > (_TWICE - 1) * base)
    for unit in layer.at[far].tolist():
        if unit not in over:
            yield _error(
                teller, unit, "more than twice what its peers reach: a unit or a tool is wrong"
            )


def _error(teller: Teller, unit: int, reason: str) -> Found:
    value = float(teller.batch.units.value[unit])
    return teller.node(unit), VerdictFinding.model_validate(
        {
            **teller.about(unit), "kind": "error", "value": _finite(value),
            "reason": reason, "verdict": Verdict.UNKNOWN, "disposition": "retest",
        }
    )  # fmt: skip


def of_absences(absences: Sequence[Absence], of: str) -> Iterator[Found]:
    """Yield a finding for everything that was expected and is not there."""
    for each in absences:
        told = (
            f"expected by the {of}"
            if of != "peers"
            else f"{each.having} of {each.of} peers have it"
        )
        yield each.node, VerdictFinding(
            metric=each.metric, device=each.device, test=each.test, kind="missing",
            reason=f"not measured; {told}", verdict=Verdict.UNKNOWN, disposition="retest",
        )  # fmt: skip

"""What was compared with what, and what could not be: said openly beside every verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np

from millwright.build.judge.apart import apart
from millwright.build.judge.gates import Gates
from millwright.build.judge.links import Weak
from millwright.build.judge.missing import Census
from millwright.build.judge.scores import LEAST_PEERS, Scores
from millwright.build.judge.units import Batch
from millwright.model.bar import Bar
from millwright.model.nodeset import folded
from millwright.model.verdict import Population

_FEW = 4
Mode = Literal["bar", "baseline", "too-few", "bar-only"]


def populations(batch: Batch, scores: Scores, gates: Gates) -> tuple[Population, ...]:
    """Return one line a subject: how many, what they reach, how far apart, and judged by what."""
    found = []
    guests, alone = _guests(batch), apart(batch)
    for code, subject in enumerate(batch.names.subjects):
        count = int(scores.population.count[code])
        median, scale = (
            float(each[code]) for each in (scores.population.median, scores.population.scale)
        )
        if count == 0:
            continue
        enough = count >= LEAST_PEERS and batch.names.traits[code].compared
        spread = 100 * scale / abs(median) if median and np.isfinite(scale) else None
        bars = gates.bars[code]
        mode = _mode(bars, enough)
        found.append(
            Population(
                metric=subject.metric, unit=subject.unit, sku=subject.sku,
                conditions=subject.conditions, count=count, median=float(f"{median:.6g}"),
                spread_percent=None if spread is None else float(f"{spread:.3g}"),
                bars=tuple(f"{bar.told} ({bar.source}, {bar.confidence})" for bar in bars),
                mode=mode, note=_joined(
                    _note(mode, bars, batch.names.traits[code].compared),
                    _assumed(guests.get(code, ())),
                    alone[code].told if code in alone else "",
                ),
            )
        )  # fmt: skip
    return tuple(found)


def _guests(batch: Batch) -> Mapping[int, tuple[str, ...]]:
    """Return by subject the nodes of which something stands there by assumption."""
    found: dict[int, set[str]] = {}
    units, names = batch.units, batch.names
    for unit in np.flatnonzero(batch.assumed >= 0).tolist():
        found.setdefault(int(units.subject[unit]), set()).add(names.nodes[int(units.node[unit])])
    return {code: tuple(sorted(nodes)) for code, nodes in found.items()}


def _assumed(nodes: Iterable[str]) -> str:
    told = folded(nodes)
    return f"{told}: versions not said in full, compared with the only ones known" if told else ""


def _alone(batch: Batch) -> str:
    """Return who is compared with nobody but its own devices, or nothing."""
    found = apart(batch).values()
    if not found:
        return ""
    versions = sorted({version for each in found for version in each.versions})
    told = ", ".join(versions[:_FEW]) + (", ..." if len(versions) > _FEW else "")
    return (
        f"{folded({each.node for each in found})}: versions that no other node has ({told}), so "
        "compared with its own devices alone, which are few: a node slow as a whole is not found"
    )


def _joined(*words: str) -> str:
    return "; ".join(each for each in words if each)


def _mode(bars: tuple[Bar, ...], enough: bool) -> Mode:
    trusted = any(bar.confidence != "estimate" for bar in bars)
    if enough:
        return "bar" if trusted else "baseline"
    return "bar-only" if bars else "too-few"


def _note(mode: Mode, bars: tuple[Bar, ...], compared: bool) -> str:
    if not compared and not bars:
        return "told, and neither compared nor held against a bar"
    if mode == "baseline":
        guess = "only an estimate" if bars else "no bar"
        return f"{guess} is known: compared among themselves; a lot slow as a whole is not found"
    if mode == "bar-only":
        return f"fewer than {LEAST_PEERS} peers: the bar alone judges"
    if mode == "too-few":
        return f"no bar is known and there are fewer than {LEAST_PEERS} peers: judged by nothing"
    return ""


def notes(
    batch: Batch, scores: Scores, gates: Gates, census: Census, pairs: Weak
) -> tuple[str, ...]:
    """Return what a reader must know before the numbers."""
    names, alone = batch.names, _alone(batch)
    modes = [each.mode for each in populations(batch, scores, gates) if each.note]
    strangers = {
        subject.metric
        for subject, trait in zip(names.subjects, names.traits, strict=True)
        if not trait.known
    }
    said = (
        (batch.simulated, f"SIMULATED: {batch.simulated} of {batch.rows} values are simulated"),
        (batch.rows == 0, "nothing was measured"),
        (census.of == "peers", _FROM_PEERS),
        (
            (batch.assumed >= 0).any(),
            _assumed({node for some in _guests(batch).values() for node in some}),
        ),
        (alone, alone),
        (batch.duplicates, f"{batch.duplicates} rows were said twice, to the moment: counted once"),
        *(
            (modes.count(mode), _counted(modes.count(mode), words))
            for mode, words in _MODES.items()
        ),
        (strangers, f"unknown metrics, WARN at most: {', '.join(sorted(strangers)[:10])}"),
        (pairs.too_few, f"{len(pairs.too_few)} kinds of pairs have fewer than {LEAST_PEERS} ends"),
        (pairs.not_compared, f"{len(pairs.not_compared)} kinds of pairs are not compared"),
    )
    return tuple(words for holds, words in said if holds)


_FROM_PEERS = (
    "what is expected comes from peers: a node, device or test of which none says anything is not "
    "missed"
)
_MODES: dict[Mode, str] = {
    "baseline": "judged among peers alone, for no trusted bar is known",
    "too-few": "judged by nothing: no bar, and too few peers",
    "bar-only": "judged by bars alone: too few peers",
}


def _counted(count: int, words: str) -> str:
    return f"{count} metrics (by their conditions) are {words}"

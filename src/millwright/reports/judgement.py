"""A verdict as it was written, by whatever version: what a report needs of it, and no more.

Keys that are not known are passed by, and words that are not known are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from millwright.reports.page import Mark, Tone

TONES: dict[str, Tone] = {"PASS": "good", "WARN": "warn", "UNKNOWN": "unknown", "FAIL": "bad"}
ORDER = {"PASS": 0, "WARN": 1, "UNKNOWN": 2, "FAIL": 3}


class NoVerdict(ValueError):
    """A document that is no verdict: what was found where."""


@dataclass(frozen=True, slots=True)
class Found:
    """One finding of a node. Numbers are None where the verdict has none."""

    node: str
    metric: str
    device: str
    value: float | None
    unit: str
    bar: str
    source: str
    confidence: str
    peer_median: float | None
    robust_z: float | None
    kind: str
    reason: str
    disposition: str
    verdict: str
    test: str
    attempts: tuple[float, ...]
    pattern: str
    waiver: str

    @property
    def place(self) -> str:
        """Return node and device as one name."""
        return f"{self.node} {self.device}".rstrip()

    @property
    def waived(self) -> bool:
        """Return whether somebody has taken this upon himself."""
        return self.disposition == "waived" or bool(self.waiver)


@dataclass(frozen=True, slots=True)
class Node:
    """A node's verdict; gates and outliers apart where the verdict has them apart."""

    name: str
    verdict: str
    gates: str
    outliers: str
    completeness: float | None
    findings: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The whole: how complete, how it stands, node by node, and what was compared with what."""

    verdict: str
    completeness: float
    expected_from: str
    simulated: bool
    platform: str
    measurements: int | None
    nodes: tuple[Node, ...]
    patterns: tuple[Mapping[str, Any], ...]
    populations: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]

    @property
    def findings(self) -> tuple[Found, ...]:
        """Return all findings, the gravest first."""
        found = [finding for node in self.nodes for finding in node.findings]
        return tuple(sorted(found, key=lambda f: -ORDER.get(f.verdict, 2)))


def mark(word: str) -> Mark:
    """Return a verdict as a mark; a word that is not known is as good as UNKNOWN."""
    return Mark(word or "–", TONES.get(word, "unknown") if word else "plain")


def judgement(document: Any) -> Judgement:
    """Return a verdict document as read from JSON. Raises NoVerdict where it is none."""
    whole = _object(document, "the document")
    schema = str(whole.get("schema", ""))
    if not schema.startswith("millwright.verdict/1"):
        raise NoVerdict(f"schema is {schema or 'not said'!r}, not 'millwright.verdict/1'")
    nodes = _object(whole.get("nodes"), "nodes")
    return Judgement(
        verdict=_word(whole, "verdict", "the document"),
        completeness=_share(whole.get("completeness")),
        expected_from=_text(whole.get("expected_from")),
        simulated=whole.get("simulated") is True,
        platform=_text(whole.get("platform")),
        measurements=_count(whole.get("measurements")),
        nodes=tuple(
            _node(str(name), _object(node, f"nodes.{name}")) for name, node in nodes.items()
        ),
        patterns=tuple(_objects(whole.get("patterns"))),
        populations=tuple(_objects(whole.get("populations"))),
        notes=tuple(_text(note) for note in _list(whole.get("notes"))),
    )


def _node(name: str, raw: Mapping[str, Any]) -> Node:
    verdict = _word(raw, "verdict", f"nodes.{name}")
    found = tuple(_found(name, each, verdict) for each in _objects(raw.get("findings")))
    completeness = raw.get("completeness")
    return Node(
        name=name,
        verdict=verdict,
        gates=_text(raw.get("gates")) or _worst(found, ("gate", "missing", "error")),
        outliers=_text(raw.get("outliers")) or _worst(found, ("outlier",)),
        completeness=None if completeness is None else _share(completeness),
        findings=found,
    )


def _worst(found: Iterable[Found], kinds: tuple[str, ...]) -> str:
    """Return the worst word among findings of these kinds, for verdicts that do not say it."""
    words = [f.verdict for f in found if f.kind in kinds and not f.waived]
    return max(words, key=lambda word: ORDER.get(word, 2), default="PASS")


def _found(node: str, raw: Mapping[str, Any], verdict: str) -> Found:
    kind = _text(raw.get("kind"))
    usual = "UNKNOWN" if kind in ("missing", "error") else verdict
    attempts = (_number(each) for each in _list(raw.get("attempts")))
    return Found(
        node=node,
        metric=_text(raw.get("metric")),
        device=_text(raw.get("device")),
        value=_number(raw.get("value")),
        unit=_text(raw.get("unit")),
        bar=_text(raw.get("bar")),
        source=_text(raw.get("bar_source")),
        confidence=_text(raw.get("bar_confidence")),
        peer_median=_number(raw.get("peer_median")),
        robust_z=_number(raw.get("robust_z")),
        kind=kind,
        reason=_text(raw.get("reason")),
        disposition=_text(raw.get("disposition")),
        verdict=_text(raw.get("verdict")) or usual,
        test=_text(raw.get("test")),
        attempts=tuple(each for each in attempts if each is not None),
        pattern=_text(raw.get("pattern")),
        waiver=_text(raw.get("waiver")),
    )


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise NoVerdict(f"{where} is {type(value).__name__}, not an object")
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _word(raw: Mapping[str, Any], key: str, where: str) -> str:
    word = raw.get(key)
    if not isinstance(word, str) or not word:
        raise NoVerdict(f"{where} has no {key}")
    return word


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _share(value: Any) -> float:
    number = _number(value)
    if number is None or not 0 <= number <= 1:
        raise NoVerdict(f"completeness is {value!r}, not a number from 0 to 1")
    return number

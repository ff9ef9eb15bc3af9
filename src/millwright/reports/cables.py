"""A comparison of cables, as JSON and as a person at the racks reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from millwright.model.cabling import CableFinding, Compared, End, Observed, Planned, SeenEnd

SCHEMA = "millwright.cables/1"
_ORDER = (
    "swapped",
    "wrong-rail",
    "wrong-port",
    "down",
    "missing",
    "wrong-speed",
    "wrong-part",
    "extra",
    "duplicate-name",
)
_FEW = 4
Rows = Mapping[str, Mapping[str, Any]]
"""The cables of the design as JSON tells them, by their id."""


def cables_document(compared: Compared, rows: Rows, how: Mapping[str, Any]) -> dict[str, Any]:
    """Return a comparison as JSON tells it; `how` says what was asked and when."""
    return {
        "schema": SCHEMA,
        **how,
        "simulated": compared.simulated,
        "links_planned": compared.planned,
        "links_ok": compared.ok,
        "links_inferred": compared.inferred,
        "links_not_observed": len(compared.not_observed),
        "speeds_compared": compared.speeds,
        "fabrics": list(compared.fabrics),
        "fabrics_unseen": list(compared.unseen),
        "findings": [_finding(each, rows) for each in in_order(compared)],
        "not_observed": [each.id for each in compared.not_observed],
        "names": [
            {"said": each.said, "device": each.device, "how": each.how, "links": each.links}
            for each in compared.names
        ],
        "ambiguous": [
            {"said": each.said, "candidates": list(each.candidates)} for each in compared.doubts
        ],
        "ignored": compared.ignored,
        "problems": list(compared.problems),
    }


def in_order(compared: Compared) -> list[CableFinding]:
    """Return findings with those first that are put right by hand."""
    return sorted(compared.findings, key=lambda each: _ORDER.index(each.kind))


def _finding(finding: CableFinding, rows: Rows) -> dict[str, Any]:
    planned = [_planned(each, rows) for each in finding.planned]
    observed = [_observed(each) for each in finding.observed]
    document: dict[str, Any] = {
        "class": finding.kind,
        "planned": _one(planned, finding),
        "observed": _one(observed, finding),
        "message": told(finding),
    }
    if finding.exchange:
        document["exchange"] = [_end(end) for end in finding.exchange]
    return document


def _one(values: list[dict[str, Any]], finding: CableFinding) -> Any:
    """Return the one cable of a finding, or the list of a pair; null where there is none."""
    if finding.kind in ("swapped", "duplicate-name"):
        return values or None
    return values[0] if values else None


def _planned(planned: Planned, rows: Rows) -> dict[str, Any]:
    row = rows.get(planned.id)
    if row is not None:
        return {**row, "gbps": planned.gbps}
    return {"id": planned.id, "a": _end(planned.a), "b": _end(planned.b), "gbps": planned.gbps}


def _observed(observed: Observed) -> dict[str, Any]:
    document: dict[str, Any] = {"a": _seen(observed.a), "b": _seen(observed.b)}
    if observed.a is observed.b:
        document = _seen(observed.a)
    return {**document, "gbps": observed.gbps, "part_number": observed.part_number}


def _end(end: End) -> dict[str, Any]:
    return {"device": end[0], "port": end[1]}


def _seen(end: SeenEnd) -> dict[str, Any]:
    return {"device": end.device, "port": end.port, "said": end.said, "label": end.label}


def told(finding: CableFinding) -> str:
    """Return a finding as one sentence for whoever holds the cable."""
    note = f": {finding.note}" if finding.note else ""
    if finding.kind == "swapped":
        one, other = finding.exchange
        return f"exchange {_words(one)} and {_words(other)}; then both are as planned"
    if finding.planned:
        planned = finding.planned[0]
        cable = f"{_words(planned.a)} to {_words(planned.b)}"
        if finding.kind == "wrong-speed":
            return f"{cable}: {_speed(finding.observed[0])}, planned {planned.gbps:g} Gb/s"
        if finding.kind == "wrong-part":
            part = finding.observed[0].part_number
            return f"{cable}: part {part}, planned {planned.part_number}"
        return f"{cable}{note}"
    if finding.kind == "duplicate-name":
        return finding.note
    link = finding.observed[0]
    return f"{_seen_words(link.a)} to {_seen_words(link.b)}{note}"


def _words(end: End) -> str:
    return f"{end[0]} {end[1]}"


def _speed(link: Observed) -> str:
    return "an unknown speed" if link.gbps is None else f"{link.gbps:g} Gb/s"


def _seen_words(end: SeenEnd) -> str:
    return f"{end.device or end.said} {end.port or end.label}"


def cable_lines(compared: Compared, most: int = 200) -> Iterator[str]:
    """Yield a comparison line by line: findings, what is in doubt, and the sum at the end."""
    lines = list(_folded(in_order(compared)))
    yield from lines[:most]
    if len(lines) > most:
        yield f"… and {len(lines) - most} lines more: --json has all findings"
    for naming in compared.names[:most]:
        how = f"{naming.how}, {naming.links} links" if naming.links else naming.how
        yield f"{'name':<15} {naming.said} was taken for {naming.device} ({how})"
    for doubt in compared.doubts[:most]:
        could = f"could be {', '.join(doubt.candidates)}" if doubt.candidates else "fits nothing"
        yield f"{'ambiguous':<15} {doubt.said} {could}"
    yield summed(compared)


def _folded(findings: list[CableFinding]) -> Iterator[str]:
    """Yield one line a finding; many that say the same are one line with a first example."""
    alike: dict[tuple[str, str], list[CableFinding]] = {}
    for finding in findings:
        alike.setdefault((finding.kind, _alike(finding)), []).append(finding)
    for (kind, words), group in alike.items():
        if words and len(group) > _FEW:
            yield f"{kind:<15} {len(group)} links{words}, as {told(group[0])}"
        else:
            yield from (f"{kind:<15} {told(finding)}" for finding in group)


def _alike(finding: CableFinding) -> str:
    """Return what several findings of a class have in common; nothing where each is its own."""
    if finding.kind == "wrong-speed":
        planned = finding.planned[0].gbps
        return f": {_speed(finding.observed[0])}, planned {planned:g} Gb/s"
    return f": {finding.note}" if finding.kind == "missing" and finding.note else ""


def summed(compared: Compared) -> str:
    """Return the sum of a comparison: every planned link is in it once."""
    counts = Counter(str(finding.kind) for finding in compared.findings)
    parts = [f"{compared.ok} ok"]
    parts += [f"{counts[kind]} {kind}" for kind in _ORDER if counts[kind]]
    if compared.not_observed:
        parts.append(f"{len(compared.not_observed)} not observed")
    if not compared.speeds:
        parts.append("speeds not compared")
    mark = "  SIMULATED" if compared.simulated else ""
    fabrics = ", ".join(compared.fabrics)
    text = f"{compared.planned} links planned ({fabrics}): {', '.join(parts)}{mark}"
    return text + (f"; not compared: {', '.join(compared.unseen)}" if compared.unseen else "")

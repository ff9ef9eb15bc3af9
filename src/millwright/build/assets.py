"""What a site holds: items of all tools as one list, held against each other and against a scan."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from millwright.build.assetitems import OF_TOOL
from millwright.model.asset import FIELDS, AssetFinding, Assets, Item
from millwright.probes.reading import Reading

Readings = Mapping[str, Mapping[str, Reading[Any]]]
"""What was read, by node and tool."""
_ONE_OF_A_KIND = ("serial", "address")
_SAME_SERIAL = ("gpu", "disk", "memory", "supply", "cpu")
"""Kinds that two tools call by different places: the same serial number is the same item."""


def assets_of(readings: Readings, silent: Sequence[str] = ()) -> Assets:
    """Return all items; `silent` says who could not be asked what.

    What two tools tell of one item differently is a conflict, and the first one's word is kept.
    """
    items: list[Item] = []
    findings: list[AssetFinding] = []
    problems = list(silent)
    for node, tools in readings.items():
        own, conflicts = _merged(_told(node, tools))
        items += own
        findings += conflicts
        problems += [
            f"{node}: {tool}: {problem.message}"
            for tool, reading in tools.items()
            for problem in reading.problems
        ]
    findings += _duplicates(items)
    simulated = any(r.simulated for tools in readings.values() for r in tools.values())
    return Assets(tuple(items), tuple(findings), tuple(problems), simulated)


def _told(node: str, tools: Mapping[str, Reading[Any]]) -> Iterator[Item]:
    for tool, of in OF_TOOL.items():
        if tool in tools:
            yield from (replace(item, sources=(tool,)) for item in of(node, tools[tool].facts))


def _merged(told: Iterable[Item]) -> tuple[list[Item], list[AssetFinding]]:
    found: dict[tuple[str, str], Item] = {}
    findings: list[AssetFinding] = []
    for item in told:
        key = _key(item, found)
        if key not in found:
            found[key] = item
            continue
        former = found[key]
        findings += _conflicts(former, item)
        fields = {name: getattr(former, name) or getattr(item, name) for name in FIELDS}
        found[key] = replace(former, **fields, sources=(*former.sources, *item.sources))
    return list(found.values()), findings


def _key(item: Item, found: Mapping[tuple[str, str], Item]) -> tuple[str, str]:
    """Return under which key an item stands: its own place, or that of the same serial number."""
    own = (item.kind, item.place)
    if own in found or item.serial is None or item.kind not in _SAME_SERIAL:
        return own
    same = (
        key
        for key, each in found.items()
        if each.kind == item.kind and each.sources != item.sources and _same(each, item)
    )
    return next(same, own)


def _same(one: Item, other: Item) -> bool:
    return canonical(one.serial) == canonical(other.serial)


def _conflicts(one: Item, other: Item) -> Iterator[AssetFinding]:
    """Yield numbers that two tools tell differently; names of models differ by habit."""
    for name in ("serial", "address", "firmware"):
        a, b = getattr(one, name), getattr(other, name)
        if a and b and canonical(a) != canonical(b):
            note = f"{'+'.join(one.sources)} and {'+'.join(other.sources)} differ"
            yield AssetFinding("conflict", one.node, title(one), name, a, b, note)


def canonical(text: str | None) -> str:
    """Return a number without what people write differently: letter case, colons, a leading 0x."""
    told = re.sub(r"[\s:_-]", "", (text or "").lower())
    return told.removeprefix("0x")


def title(item: Item) -> str:
    """Return what an item is called: its kind and its place."""
    return f"{item.kind} {item.place}".strip()


def _duplicates(items: Sequence[Item]) -> Iterator[AssetFinding]:
    """Yield numbers that two items have: one of them was copied, or is not read from the item."""
    seen: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for item in items:
        for name in _ONE_OF_A_KIND:
            if value := getattr(item, name):
                seen[item.kind, name, canonical(value)].append(item)
    for (_, name, _), own in seen.items():
        nodes = {item.node for item in own}
        if len(nodes) > 1:
            note = ", ".join(f"{item.node} {title(item)}" for item in own[:6])
            value = getattr(own[0], name)
            yield AssetFinding("duplicate", own[0].node, title(own[0]), name, None, value, note)


def scanned_against(assets: Assets, rows: Sequence[Mapping[str, str]]) -> tuple[AssetFinding, ...]:
    """Return what a scanned list says otherwise than what was read.

    A row names a node, and a kind, a place, or both; each further column that is filled is held
    against the item. What was not read is absent, and no match.
    """
    by_node: dict[str, list[Item]] = defaultdict(list)
    holders: dict[tuple[str, str], Item] = {}
    for item in assets.items:
        by_node[item.node.lower()].append(item)
        for name in _ONE_OF_A_KIND:
            if value := getattr(item, name):
                holders.setdefault((name, canonical(value)), item)
    return tuple(finding for row in rows for finding in _against(row, by_node, holders))


def _against(
    row: Mapping[str, str],
    by_node: Mapping[str, Sequence[Item]],
    holders: Mapping[tuple[str, str], Item],
) -> Iterator[AssetFinding]:
    node, kind, place = (row.get(key, "").strip() for key in ("node", "kind", "place"))
    fitting = [
        item
        for item in by_node.get(node.lower(), ())
        if (not kind or item.kind == kind.lower())
        and (not place or item.place.lower() == place.lower())
    ]
    what = f"{kind} {place}".strip() or "node"
    for name in FIELDS:
        wanted = row.get(name, "").strip()
        if not wanted:
            continue
        told = [value for item in fitting if (value := getattr(item, name))]
        if any(canonical(value) == canonical(wanted) for value in told):
            continue
        holder = holders.get((name, canonical(wanted)))
        if holder is not None:
            note = f"it is in {holder.node}, {title(holder)}"
            yield AssetFinding("moved", node, what, name, wanted, _one(told), note)
        elif told:
            yield AssetFinding("mismatch", node, what, name, wanted, _one(told))
        else:
            note = "nothing was read there" if not fitting else f"no {name} was read"
            yield AssetFinding("absent", node, what, name, wanted, None, note)


def _one(told: Sequence[str]) -> str | None:
    return told[0] if len(told) == 1 else (", ".join(told[:8]) or None)

"""Firmware, actual against target: whether all run the same, and apart from that, whether it is
the version that was wanted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from millwright.model.asset import (
    Assets,
    FirmwareFinding,
    FirmwareMatrix,
    FirmwareRow,
    FirmwareTarget,
    Item,
    VersionRow,
)
from millwright.model.nodeset import folded

_HAVE_FIRMWARE = frozenset(
    (
        "bios",
        "bmc",
        "gpu",
        "adapter",
        "drive",
        "driver",
        "fabric-manager",
        "firmware",
        "supply",
        "disk",
    )
)
_MAY_BE_SILENT = frozenset({"supply", "disk"})
"""Kinds of which few tools know a version: that none is told says nothing."""
Standing = Literal["target", "older", "newer", "other", "no target"]


def matrix_of(assets: Assets, targets: Sequence[FirmwareTarget]) -> FirmwareMatrix:
    """Return one row a component and model, and what is not as it should be."""
    own: dict[tuple[str, str | None], list[Item]] = defaultdict(list)
    for item in assets.items:
        if item.kind in _HAVE_FIRMWARE and (item.firmware or item.kind not in _MAY_BE_SILENT):
            own[item.kind, item.model].append(item)
    rows = tuple(
        _row(component, model, items, _target(component, model, targets))
        for (component, model), items in sorted(own.items(), key=lambda each: str(each[0]))
    )
    findings = (
        *(finding for row in rows for finding in _findings(row)),
        *_pairs(assets.items),
        *_unused(rows, targets),
    )
    return FirmwareMatrix(rows, findings, assets.problems, assets.simulated)


def _target(
    component: str, model: str | None, targets: Sequence[FirmwareTarget]
) -> FirmwareTarget | None:
    """Return the target of a model, or that of all models of a component."""
    named = [each for each in targets if each.component == component]
    exact = (each for each in named if each.model and each.model.lower() == (model or "").lower())
    return next(exact, next((each for each in named if each.model is None), None))


def _row(
    component: str, model: str | None, items: Sequence[Item], target: FirmwareTarget | None
) -> FirmwareRow:
    running: dict[str, list[str]] = defaultdict(list)
    for item in items:
        if item.firmware:
            running[item.firmware].append(item.node)
    versions = tuple(
        VersionRow(version, tuple(sorted(set(nodes))), len(nodes), _standing(version, target))
        for version, nodes in running.items()
    )
    # The target first, or what most run: those behind it are the ones to look at.
    ranked = sorted(versions, key=lambda e: (e.standing != "target", -e.count, e.version))
    silent = tuple(sorted({item.node for item in items if not item.firmware}))
    return FirmwareRow(
        component=component,
        model=model,
        target=target.version if target else None,
        source=target.source if target else None,
        versions=tuple(ranked),
        silent=silent,
    )


def _standing(version: str, target: FirmwareTarget | None) -> Standing:
    """Return how a version stands to its target; which is newer is said of numbers alone."""
    if target is None:
        return "no target"
    if version == target.version:
        return "target"
    own, wanted = _numbers(version), _numbers(target.version)
    if own is None or wanted is None or own == wanted:
        return "other"
    return "older" if own < wanted else "newer"


def _numbers(version: str) -> tuple[int, ...] | None:
    if not re.fullmatch(r"\d{1,9}(?:[.-]\d{1,9})*", version):
        return None
    return tuple(int(number) for number in re.split(r"[.-]", version))


def _findings(row: FirmwareRow) -> Iterator[FirmwareFinding]:
    if len(row.versions) > 1:
        few = row.versions[1:]
        nodes = tuple(sorted({node for version in few for node in version.nodes}))
        told = ", ".join(f"{each.version} on {_folded(each.nodes)}" for each in row.versions)
        yield FirmwareFinding("inconsistent", row.component, row.model, nodes, told)
    for version in row.versions:
        if version.standing in ("older", "newer", "other"):
            word = "not" if version.standing == "other" else f"{version.standing} than"
            told = f"{version.version}, {word} the target {row.target} ({row.source})"
            yield FirmwareFinding("not-target", row.component, row.model, version.nodes, told)
    if row.silent:
        told = "the version could not be read"
        yield FirmwareFinding("unknown", row.component, row.model, row.silent, told)


def _pairs(items: Sequence[Item]) -> Iterator[FirmwareFinding]:
    """Yield nodes whose fabric manager is of another version than their driver.

    NVIDIA's fabric manager refuses any other than its own.
    """
    drivers = {item.node: item.firmware for item in items if item.kind == "driver"}
    for item in items:
        driver = drivers.get(item.node)
        if item.kind == "fabric-manager" and driver and item.firmware != driver:
            told = f"fabric manager {item.firmware}, driver {driver}"
            yield FirmwareFinding("driver-mismatch", item.kind, item.model, (item.node,), told)


def _unused(
    rows: Sequence[FirmwareRow], targets: Sequence[FirmwareTarget]
) -> Iterator[FirmwareFinding]:
    """Yield targets that nothing was read of: a target that no row has proves nothing."""
    used = {(row.component, row.target, row.source) for row in rows}
    for each in targets:
        if (each.component, each.version, each.source) not in used:
            told = f"nothing was read that the target {each.version} is for"
            yield FirmwareFinding("unknown", each.component, each.model, (), told)


def _folded(nodes: Sequence[str]) -> str:
    return folded(nodes)

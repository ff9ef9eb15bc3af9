"""A drawn fleet as measurements, as if tools had told them; every one of them is SIMULATED."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.build.judge.places import Places
from millwright.build.simulate.fleet import Drawn, Fleet
from millwright.build.simulate.layout import (
    FIRMWARE,
    GPUS,
    OLD_FIRMWARE,
    SKU,
    STEP_TIME,
    WRITE_BANDWIDTH,
    Kind,
    leaf_of,
    pdu_of,
    rack_of,
)
from millwright.model.measurements import Measurements, Subject

Codes = NDArray[np.int64]
TOOL = "millwright simulate"
_GPU, _NIC, _WHOLE = 1, 1 + GPUS, 0
"""Codes of the first GPU, the first adapter, and of the whole node, among devices."""


def measured(fleet: Fleet, repeated: frozenset[str] | None) -> Measurements:
    """Return the first attempts of all nodes, and the others of those that are to be repeated.

    Where None is said, everybody was measured three times.
    """
    columns = Measurements(nodes=list(fleet.nodes))
    columns.devices = [
        "",
        *(f"gpu{at}" for at in range(GPUS)),
        *(f"mlx5_{at}" for at in range(GPUS)),
    ]
    again = np.array([repeated is None or name in repeated for name in fleet.nodes])
    for reading in fleet.readings:
        _of_devices(columns, fleet, reading, again)
    _of_steps(columns, fleet, again)
    _of_pairs(columns, fleet, again)
    columns.simulated = len(columns)
    return columns


def places_of(fleet: Fleet) -> Places:
    """Return racks and feeds of nodes, leaves and rails of their adapters."""
    nodes = {name: {"rack": rack_of(at), "pdu": pdu_of(at)} for at, name in enumerate(fleet.nodes)}
    devices = {
        (name, f"mlx5_{rail}"): {"leaf": leaf_of(at, rail), "rail": str(rail + 1)}
        for at, name in enumerate(fleet.nodes)
        for rail in range(GPUS)
    }
    return Places(nodes, devices)


def _subject(kind: Kind, firmware: str = FIRMWARE) -> Subject:
    versions = (("vbios", firmware),) if kind.part in ("gpu", "memory", "pcie") else ()
    params = (("nodes", 2),) if kind is WRITE_BANDWIDTH else ()
    return Subject(kind.metric, kind.unit, SKU, kind.test, TOOL, params, versions)


def _code(columns: Measurements, subject: Subject) -> int:
    if subject not in columns.subjects:
        columns.subjects.append(subject)
    return columns.subjects.index(subject)


def _append(
    columns: Measurements, node: Codes, device: Codes, subject: Codes, rest: tuple[Any, Any, Any]
) -> None:
    attempt, moment, value = rest
    columns.node.extend(array("i", node.astype(np.int32).tobytes()))
    columns.device.extend(array("i", device.astype(np.int32).tobytes()))
    columns.subject.extend(array("i", subject.astype(np.int32).tobytes()))
    columns.attempt.extend(array("i", attempt.astype(np.int32).tobytes()))
    columns.moment.extend(array("q", moment.astype(np.int64).tobytes()))
    columns.value.extend(array("d", value.astype(np.float64).tobytes()))


def _of_devices(
    columns: Measurements, fleet: Fleet, reading: Drawn, again: NDArray[np.bool_]
) -> None:
    attempt, node, device = np.nonzero(~np.isnan(reading.values))
    kept = (attempt == 0) | again[node]
    attempt, node, device = attempt[kept], node[kept], device[kept]
    old = np.isin(node, np.array(sorted(fleet.old_firmware), dtype=np.int64))
    new_code = _code(columns, _subject(reading.kind))
    old_code = _code(columns, _subject(reading.kind, OLD_FIRMWARE)) if old.any() else new_code
    value = _rounded(reading.values[attempt, node, device])
    place = np.full(len(node), _WHOLE) if reading.kind.part == "node" else device + _GPU
    _append(columns, node, place, np.where(old, old_code, new_code), (attempt + 1, attempt, value))
    columns.peer.extend(array("i", [-1]) * len(node))


def _of_steps(columns: Measurements, fleet: Fleet, again: NDArray[np.bool_]) -> None:
    attempt, node, step = np.nonzero(np.ones(fleet.steps.shape, dtype=bool))
    kept = (attempt == 0) | again[node]
    attempt, node, step = attempt[kept], node[kept], step[kept]
    code = np.full(len(node), _code(columns, _subject(STEP_TIME)))
    value = _rounded(fleet.steps[attempt, node, step])
    _append(columns, node, np.zeros(len(node), dtype=np.int64), code, (attempt + 1, step, value))
    columns.peer.extend(array("i", [-1]) * len(node))


def _of_pairs(columns: Measurements, fleet: Fleet, again: NDArray[np.bool_]) -> None:
    pairs = fleet.pairs
    columns.peers = [(name, f"mlx5_{rail}") for name in fleet.nodes for rail in range(GPUS)]
    attempt, pair, rail = np.nonzero(np.ones(pairs.values.shape, dtype=bool))
    kept = (attempt == 0) | (again[pairs.first[pair]] & again[pairs.second[pair]])
    attempt, pair, rail = attempt[kept], pair[kept], rail[kept]
    node, other = pairs.first[pair], pairs.second[pair]
    code = np.full(len(node), _code(columns, _subject(WRITE_BANDWIDTH)))
    value = _rounded(pairs.values[attempt, pair, rail])
    _append(columns, node, rail + _NIC, code, (attempt + 1, attempt, value))
    columns.peer.extend(array("i", (other * GPUS + rail).astype(np.int32).tobytes()))


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with the digits that tools print: five that count."""
    places = 4 - np.floor(np.log10(np.maximum(np.abs(values), 1e-9)))
    scale = np.power(10.0, places)
    return np.asarray(np.round(values * scale) / scale)


def lines_of(columns: Measurements, places: Places) -> Iterator[dict[str, Any]]:
    """Yield rows as documents (`millwright.measurement/1`), with places, for other judges."""
    for at in range(len(columns)):
        subject = columns.subjects[columns.subject[at]]
        node = columns.nodes[columns.node[at]]
        device = columns.devices[columns.device[at]]
        seconds = columns.attempt[at] * 3600 + columns.moment[at]
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        row: dict[str, Any] = {
            "schema": "millwright.measurement/1", "at": f"2026-01-05T{clock}Z", "node": node,
            "device": device, "metric": subject.metric, "value": columns.value[at],
            "unit": subject.unit, "tool": subject.tool, "simulated": True, "sku": subject.sku,
            "test": subject.test, "attempt": columns.attempt[at],
        }  # fmt: skip
        if columns.peer[at] >= 0:
            name, part = columns.peers[columns.peer[at]]
            row["peer"] = {"node": name, "device": part}
        if subject.params:
            row["params"] = dict(subject.params)
        axes = places.of(node, device)
        axes.pop("slot", None)
        row["env"] = {**dict(subject.versions), **axes}
        yield row

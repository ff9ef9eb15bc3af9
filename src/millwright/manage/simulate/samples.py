"""A simulated fleet as samples: columns for the judge here, lines for anybody else's, and truth."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

from millwright.manage.simulate.fleet import Drawn, Fleet
from millwright.manage.simulate.planting import GPUS, RACK, Happening
from millwright.model.telemetry import Labels, Telemetry
from millwright.model.telemetrytruth import PlantedFault, TelemetryTruth

BEGIN_S = 1_767_571_200
STEP_S = 60
SKU = "simulated-8gpu"
_PARTS = {"gpu": "gpu{}", "nic": "mlx5_{}", "node": ""}


def node_name(node: int) -> str:
    """Return the name of a node by its number."""
    return f"sim{node + 1:04d}"


def rack_name(node: int) -> str:
    """Return the rack in which a node stands."""
    return f"rack{node // RACK + 1:03d}"


def device_name(part: str, device: int) -> str:
    """Return the name of a part's device by its number."""
    return _PARTS[part].format(device)


def time_of(minute: int) -> str:
    """Return when a minute begins."""
    return datetime.fromtimestamp(BEGIN_S + STEP_S * minute, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def telemetry_of(fleet: Fleet, *, labelled: bool = True) -> Telemetry:
    """Return all samples as columns; without labels nobody says jobs and racks."""
    told = Telemetry(simulated=True)
    label_of = _labels(fleet, told.labels, labelled=labelled)
    for drawn in fleet.signals:
        _append(told, drawn, label_of)
    return told


def _labels(fleet: Fleet, table: list[Labels], *, labelled: bool) -> np.ndarray[Any, Any]:
    """Return a code into the table by minute and node."""
    known: dict[tuple[int, int, bool], int] = {}
    found = np.zeros((fleet.minutes, fleet.nodes), dtype=np.int32)
    keys = zip(
        np.tile(np.arange(fleet.nodes), fleet.minutes).tolist(),
        fleet.work.job.ravel().tolist(), fleet.planned.ravel().tolist(), strict=True,
    )  # fmt: skip
    flat = found.ravel()
    for at, (node, job, planned) in enumerate(keys):
        key = (node, job, planned) if labelled else (0, -1, planned)
        if key not in known:
            known[key] = len(table)
            table.append(_said(key, labelled=labelled))
        flat[at] = known[key]
    return found


def _said(key: tuple[int, int, bool], *, labelled: bool) -> Labels:
    node, job, planned = key
    said = {"sku": SKU, "role": "compute"}
    if labelled:
        said["rack"] = rack_name(node)
    if job >= 0:
        said["job"] = f"job{job}"
    if planned:
        said["maintenance"] = "planned reboot"
    return tuple(sorted(said.items()))


def _append(told: Telemetry, drawn: Drawn, label_of: np.ndarray[Any, Any]) -> None:
    minute, node, device = np.nonzero(np.isfinite(drawn.values))
    first = len(told.series)
    count = drawn.values.shape[2]
    told.series.extend(
        (node_name(at), device_name(drawn.model.part, seat), drawn.model.metric)
        for at in range(drawn.values.shape[1]) for seat in range(count)
    )  # fmt: skip
    series = (first + node * count + device).astype(np.int32)
    told.of_series.extend(array("i", series.tobytes()))
    told.of_labels.extend(array("i", label_of[minute, node].astype(np.int32).tobytes()))
    moment = (BEGIN_S + STEP_S * minute).astype(np.float64)
    told.moment.extend(array("d", moment.tobytes()))
    told.value.extend(array("d", drawn.values[minute, node, device].tobytes()))


def lines_of(told: Telemetry) -> Iterator[dict[str, Any]]:
    """Yield samples in the order of time, each marked as simulated."""
    order = np.argsort(np.frombuffer(told.moment, dtype=np.float64), kind="stable")
    labels = [dict(each) for each in told.labels]
    for at in order.tolist():
        node, device, metric = told.series[told.of_series[at]]
        minute = int((told.moment[at] - BEGIN_S) // STEP_S)
        yield {
            "at": time_of(minute), "node": node, "device": device, "metric": metric,
            "value": float(f"{told.value[at]:.7g}") if told.value[at] < 1e9 else told.value[at],
            "labels": labels[told.of_labels[at]], "simulated": True,
        }  # fmt: skip


def truth_of(fleet: Fleet, seed: int) -> TelemetryTruth:
    """Return what was planted, with names and times."""
    return TelemetryTruth(
        seed=seed, begin=time_of(0), end=time_of(fleet.minutes), gpus=fleet.nodes * GPUS,
        nodes=tuple(node_name(at) for at in range(fleet.nodes)),
        faults=tuple(_planted(each) for each in fleet.happenings),
    )  # fmt: skip


def _planted(each: Happening) -> PlantedFault:
    part = "nic" if each.kind == "nic-degraded" else "gpu"
    return PlantedFault(
        kind=each.kind, size_percent=each.size, nodes=tuple(map(node_name, each.nodes)),
        device=device_name(part, each.device) if each.device >= 0 else "",
        group=f"rack {rack_name(each.nodes[0])}" if len(each.nodes) > 1 else "",
        begin=time_of(each.begin), end=time_of(each.end) if each.end >= 0 else None,
        expected=each.expected,
    )  # fmt: skip

"""Small fleets for tests of the judge: rows, and columns of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from millwright.model.measurement import Param
from millwright.model.measurements import Measurements, Subject, versions_of


@dataclass(frozen=True)
class Row:
    """One measurement, as a line says it."""

    node: str
    metric: str
    value: float
    device: str = ""
    unit: str = "TFLOP/s"
    sku: str = "dgx-h100"
    attempt: int = 1
    moment: int = 0
    peer: tuple[str, str] | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    env: Mapping[str, Param] = field(default_factory=dict)
    simulated: bool = False


def columns(rows: Iterable[Row]) -> Measurements:
    """Return rows as columns, coded in the order in which they come."""
    found = Measurements()
    nodes: dict[str, int] = {}
    devices: dict[str, int] = {}
    subjects: dict[Subject, int] = {}
    peers: dict[tuple[str, str], int] = {}
    for row in rows:
        subject = Subject(
            row.metric, row.unit, row.sku, "", "tool", tuple(sorted(row.params.items())),
            versions_of(row.env),
        )  # fmt: skip
        found.node.append(nodes.setdefault(row.node, len(nodes)))
        found.device.append(devices.setdefault(row.device, len(devices)))
        found.subject.append(subjects.setdefault(subject, len(subjects)))
        found.peer.append(peers.setdefault(row.peer, len(peers)) if row.peer else -1)
        found.attempt.append(row.attempt)
        found.moment.append(row.moment)
        found.value.append(row.value)
        found.simulated += row.simulated
    return replace(
        found, nodes=list(nodes), devices=list(devices), subjects=list(subjects), peers=list(peers)
    )


def healthy(seed: int, nodes: int, gpus: int = 8, *, attempts: int = 1) -> list[Row]:
    """Return a fleet in which nothing is wrong: two GEMMs and memory, 0.8 and 0.3 % of noise."""
    dice = random.Random(seed)
    kinds = (
        ("gemm_bf16_tflops", 720.0, "TFLOP/s", 0.008),
        ("gemm_fp8_tflops", 1400.0, "TFLOP/s", 0.008),
        ("hbm_copy_bandwidth", 2900.0, "GB/s", 0.003),
    )
    return [
        Row(f"n{node:03d}", metric, typical * dice.gauss(1, noise), f"gpu{gpu}", unit,
            attempt=attempt, moment=attempt)
        for node in range(nodes)
        for gpu in range(gpus)
        for metric, typical, unit, noise in kinds
        for attempt in range(1, attempts + 1)
    ]  # fmt: skip


def slowed(rows: Iterable[Row], share: float, **where: str) -> list[Row]:
    """Return the rows with those slower that have these fields; `metric` is a beginning."""
    begin = where.pop("metric", "")
    return [
        replace(row, value=row.value * (1 - share))
        if row.metric.startswith(begin)
        and all(getattr(row, key) == value for key, value in where.items())
        else row
        for row in rows
    ]

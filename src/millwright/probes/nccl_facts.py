"""What a run of nccl-tests says: ranks, settings, rows and summary; and what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.model.measurement import Measurement, Param
from millwright.probes import metrics
from millwright.probes.nccl_rows import Row


@dataclass(frozen=True, slots=True)
class Rank:
    """One process or thread of the run, and the GPU that it drove; groups run side by side."""

    rank: int
    group: int
    pid: int
    host: str
    device: int
    pci: str
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How the test was called, as far as its heading says."""

    threads: int | None = None
    gpus: int | None = None
    min_bytes: int | None = None
    max_bytes: int | None = None
    iterations: int | None = None
    warmup_iterations: int | None = None
    validation: bool | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One table and what stands around it.

    `collective` is None where neither a name nor the law of bus bandwidths tells it; `complete`
    is whether the summary was reached. `ranks` is empty where some of them are lost.
    """

    collective: str | None
    settings: Settings
    ranks: tuple[Rank, ...]
    rows: tuple[Row, ...]
    out_of_bounds: int | None
    passed: bool | None
    average_busbw: float | None
    complete: bool


@dataclass(frozen=True, slots=True)
class Runs:
    """All tables of an output, the versions that it names, and NCCL's warnings as they stand."""

    runs: tuple[Run, ...]
    nccl_version: str | None
    tests_version: str | None
    warnings: tuple[str, ...]


def measurements_of(run: Run) -> list[Measurement]:
    """Return what was measured; a run that nobody names counts only if it is whole."""
    if run.collective is None and not (run.complete and run.ranks):
        return []
    test = run.collective or "unnamed"
    scale: dict[str, Param] = {}
    if run.ranks:
        scale = {"ranks": len(run.ranks), "nodes": len({rank.host for rank in run.ranks})}
    busbw = metrics.NCCL_BUSBW.named(test)
    found = [
        busbw.of(cell.busbw, bytes=row.bytes, **scale, in_place=place, type=row.type, op=row.op)
        for row in run.rows
        for place, cell in enumerate((row.out_of_place, row.in_place))
        if cell and cell.busbw is not None and row.bytes > 0
    ]
    if run.average_busbw is not None:
        found.append(metrics.NCCL_AVERAGE_BUSBW.named(test).of(run.average_busbw, **scale))
    if run.out_of_bounds is not None:
        found.append(metrics.NCCL_OUT_OF_BOUNDS.named(test).of(run.out_of_bounds, **scale))
    return found

"""Which collective a table of nccl-tests is of.

Newer versions say it, a command line above the table may. Where nobody does, the law of the tests
can: bus bandwidth is the algorithm's times a factor of the number of ranks n, 2(n-1)/n for
all-reduce, (n-1)/n where every rank keeps or sends a part, and 1 where one rank sends or receives
all (nccl-tests, doc/PERFORMANCE.md). What stays ambiguous stays unnamed.
"""

from __future__ import annotations

import re

from millwright.probes.nccl_rows import Cell, Columns, Row

NAMED = re.compile(
    r"\b(?P<name>all_reduce|all_gather|reduce_scatter|alltoallv|alltoall|broadcast|reduce|sendrecv|"
    r"scatter|gather|hypercube)_perf\b"
)
_SURE_GBYTES_PER_S = 10.0
"""Two decimals of a bandwidth above this tell factors apart."""
_NEAR = 0.005


def collective_of(
    named: str | None, ranks: int, columns: Columns | None, rows: list[Row]
) -> str | None:
    """Return the collective's name without `_perf`; None where it cannot be told."""
    if named or ranks < 3 or columns is None:
        return named
    factor = _factor(rows)
    reduces = any(row.op not in ("", "none") for row in rows)
    if factor is None:
        return None
    if _near(factor, 2 * (ranks - 1) / ranks):
        return "all_reduce"
    if _near(factor, (ranks - 1) / ranks):
        return _split(reduces, columns)
    if _near(factor, 1.0) and any(row.root is not None and row.root >= 0 for row in rows):
        return "reduce" if reduces else "broadcast"
    return None


def _split(reduces: bool, columns: Columns) -> str | None:
    """Return which collective it is that moves parts: old versions left out columns for it."""
    if reduces:
        return "reduce_scatter"
    if "root" in columns.before:
        return None
    return "alltoall" if "redop" in columns.before else "all_gather"


def _factor(rows: list[Row]) -> float | None:
    cells = [cell for row in rows for cell in (row.out_of_place, row.in_place) if cell]
    best = max(cells, key=_busbw, default=None)
    if best is None or not best.algbw or _busbw(best) < _SURE_GBYTES_PER_S:
        return None
    return _busbw(best) / best.algbw


def _busbw(cell: Cell) -> float:
    return cell.busbw or 0.0


def _near(factor: float, law: float) -> bool:
    return abs(factor - law) <= _NEAR * law

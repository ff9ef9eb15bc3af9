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
_HALF_A_CENT = 0.006
_SPLIT = ("all_gather", "reduce_scatter", "alltoall")


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


def fits(collective: str | None, ranks: int, rows: list[Row]) -> bool:
    """Return whether bandwidths can be those of so many ranks, as far as their decimals tell."""
    best = _best(rows)
    if best is None or not best.algbw or ranks < 1:
        return True
    law = 2 * (ranks - 1) / ranks if collective == "all_reduce" else (ranks - 1) / ranks
    if collective not in ("all_reduce", *_SPLIT):
        return True
    doubt = _HALF_A_CENT / best.algbw + _HALF_A_CENT / _busbw(best)
    return abs(_busbw(best) / best.algbw - law) <= doubt * law


def _split(reduces: bool, columns: Columns) -> str | None:
    """Return which collective it is that moves parts: old versions left out columns for it."""
    if reduces:
        return "reduce_scatter"
    if "root" in columns.before:
        return None
    return "alltoall" if "redop" in columns.before else "all_gather"


def _factor(rows: list[Row]) -> float | None:
    best = _best(rows)
    return _busbw(best) / best.algbw if best and best.algbw else None


def _best(rows: list[Row]) -> Cell | None:
    """Return the fastest half of all rows; None where all are too slow to tell factors apart."""
    cells = [cell for row in rows for cell in (row.out_of_place, row.in_place) if cell]
    best = max(cells, key=_busbw, default=None)
    return best if best and _busbw(best) >= _SURE_GBYTES_PER_S else None


def _busbw(cell: Cell) -> float:
    return cell.busbw or 0.0


def _near(factor: float, law: float) -> bool:
    return abs(factor - law) <= _NEAR * law

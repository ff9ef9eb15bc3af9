"""Growth in stages as a section of a report: the same figures as on a terminal, for paper."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.stages import GrowthStages
from millwright.reports.page import Block, Fact, Facts, Mark, Notice, Points, Section, grid_of
from millwright.reports.stagelists import moves_table
from millwright.reports.stages import (
    bought_table,
    causes_table,
    cost_told,
    kept_table,
    name_of,
    proof_table,
    stages_table,
    verdict,
    ways_table,
)

MOST_MOVES = 400
"""Rows of single moves on a page; all of them are in `design grow --show moves`."""


def growth_section(plan: GrowthStages) -> Section:
    """Return the section that tells what is bought when, what waits for it, and what moves."""
    blocks = (
        _facts(plan), *_notices(plan), grid_of(stages_table(plan)), grid_of(bought_table(plan)),
        grid_of(kept_table(plan)), grid_of(proof_table(plan)), *_moving(plan),
    )  # fmt: skip
    return Section("growth", "Growth without disruption", blocks, mark=_mark(plan))


def _mark(plan: GrowthStages) -> Mark:
    if plan.refused:
        return Mark("A STAGE CANNOT BE BUILT", "bad")
    return Mark("SOMETHING MOVES", "warn") if plan.moved else Mark("NOTHING MOVES", "good")


def _facts(plan: GrowthStages) -> Facts:
    first, last = plan.stages[0], plan.stages[-1]
    return Facts(
        (
            Fact("Day one", f"{first.nodes:,} nodes"),
            Fact(name_of(last).capitalize(), f"{last.nodes:,} nodes", f"{plan.case} case"),
            Fact("Kept free", f"{len(plan.reserved):,}", "ports, places, breakers, addresses"),
            Fact("Installed things that move", f"{plan.moved:,}"),
        ),
        large=True,
    )


def _notices(plan: GrowthStages) -> Iterator[Block]:
    tone = "bad" if plan.refused else "warn" if plan.moved else "good"
    word = {"bad": "NOT FEASIBLE", "warn": "MOVES", "good": "PROVEN"}[tone]
    yield Notice(word, " ".join(verdict(plan)), tone)  # type: ignore[arg-type]
    if any(stage.cost and stage.cost.known for stage in plan.stages):
        sums = [f"{name_of(s)}: {cost_told(s.cost)}" for s in plan.stages if s.refused is None]
        yield Points(tuple(sums), "Purchases, as far as prices are known")
    if plan.notes:
        yield Points(plan.notes, "Notes")


def _moving(plan: GrowthStages) -> Iterator[Block]:
    if plan.moved:
        yield grid_of(causes_table(plan))
    if plan.ways:
        yield grid_of(ways_table(plan))
    moves = moves_table(plan)
    if 0 < len(moves.rows) <= MOST_MOVES:
        yield grid_of(moves, folded=True)

"""A sweep names a lost node by its loss, and not by what was wrong with it before."""

from __future__ import annotations

import pytest

from millwright.manage.drill.nodeloss import OF_LOSS, loss_named
from millwright.model.catalog import Catalog
from millwright.model.health import HealthFinding


def finding(check: str, silenced: str | None = None) -> HealthFinding:
    return HealthFinding(
        check=check, node="gpu1", severity="warning", message=f"says {check}", advice="look",
        actions=(), maturity="proven", silenced=silenced, source="millwright-estimate",
        confidence="estimate",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "silent", "told"),
    [
        ([], None, ""),
        ([], "no route", "it does not answer: no route"),
        ([finding("disk-wear")], None, ""),
        ([finding("disk-wear"), finding("power-off")], None, "says power-off"),
        ([finding("slurm-out")], "no route", "says slurm-out"),
        ([finding("power-off", "a window")], None, ""),
    ],
)
def test_only_what_is_said_of_the_loss_counts(
    found: list[HealthFinding], silent: str | None, told: str
) -> None:
    assert loss_named(found, silent) == told


def test_the_checks_of_a_loss_are_there(catalog: Catalog) -> None:
    assert set(catalog.checks) >= OF_LOSS

"""A larger design against the recorded one: what comes, and what it changes on what stands."""

from __future__ import annotations

import functools
import json
from dataclasses import replace

import pytest

from millwright.adapters.catalogs import load
from millwright.deploy.inputs import inputs_of
from millwright.deploy.plan import plan as planned
from millwright.deploy.role import Role
from millwright.deploy.roles import ROLES
from millwright.deploy.workload import Work
from millwright.design.solve import solve
from millwright.journeys.growplan import Around, Stage, grown
from millwright.model.growth import GrowthPlan, GrowthSaid
from millwright.model.lock import Lock
from millwright.model.spec import Factory
from millwright.model.standing import Done
from millwright.reports.growth import plan_lines
from tests.unit.deploy.fakes import shaped

CATALOG = shaped(load(None).catalog)

TEXTS = {role.name: "same" for role in ROLES}
WORK = Work(states={"gpu1": "idle"})
BEFORE_RECONFIGURE, AFTER = (22, 5), (24, 11)


@functools.cache
def stage(nodes: int, blueprint: str = "lab", more: str = "{}") -> Stage:
    document = {
        "schema": "millwright.factory/1", "name": "site", "blueprint": blueprint,
        "compute": [{"name": "gpu", "nodes": nodes}], **json.loads(more),
    }  # fmt: skip
    spec = Factory.model_validate(document)
    design = solve(spec, CATALOG)
    lock = Lock(tool_version="1", spec_sha256=f"{nodes}", catalog_sha256="c")
    inputs = inputs_of(design.cluster, CATALOG, spec)
    return Stage(design.cluster, design.cables, inputs, lock)


def ledger(old: Stage) -> dict[tuple[str, str], Done]:
    """Every role of a design stands, as it is read there."""
    steps = planned(tuple(ROLES), old.inputs, {}, TEXTS).steps
    return {
        (s.host, s.role.name): Done(s.host, s.role.name, s.input_hash, "proven", "r", "t")
        for s in steps
    }


def plan(
    old: Stage,
    new: Stage,
    release: tuple[int, int] | None = BEFORE_RECONFIGURE,
    said: GrowthSaid | None = None,
    rows: dict[tuple[str, str], Done] | None = None,
    again: frozenset[str] = frozenset(),
) -> GrowthPlan:
    roles: tuple[Role, ...] = tuple(ROLES)
    there = ledger(old) if rows is None else rows
    around = Around(roles, there, TEXTS, WORK, release, again)
    return grown(old, new, around, said or GrowthSaid(), "2026-11-26T10:00:00Z")


ALLOWED = GrowthSaid(allow_restarts=("slurmctld",))


def test_a_node_more_brings_its_cables_addresses_and_ports_and_moves_nothing() -> None:
    made = plan(stage(4), stage(5), said=ALLOWED)
    assert made.nodes == ("gpu5",)
    (device,) = made.devices
    assert set(device.addresses) == {"inband", "oob"}
    assert len(made.cables) == len(stage(5).cables) - len(stage(4).cables)
    assert all("gpu5" in f"{cable.a} {cable.b}" for cable in made.cables)
    assert all(cable.takes and "gpu5" not in cable.takes for cable in made.cables)
    assert (made.moves, made.open_steps, made.refused) == ((), (), ())


def test_on_what_stands_few_roles_read_something_else_and_none_drains_or_reboots() -> None:
    made = plan(stage(4), stage(5))
    where = {each.role: each.hosts for each in made.roles}
    assert set(where) == {"names", "slurm-controller", "central-logging", "prometheus"}
    assert set(where["names"]) == {"head-1", "gpu1", "gpu2", "gpu3", "gpu4"}
    del where["names"]
    assert set(where.values()) == {("head-1",)}
    drains = {role.name for role in ROLES if role.drains or role.reboots}
    assert not drains & {each.role for each in made.roles}


@pytest.mark.parametrize("nodes", [5, 6, 8])
def test_growth_opens_on_installed_hosts_just_the_roles_that_the_plan_names(nodes: int) -> None:
    old, new = stage(4), stage(nodes)
    made = plan(old, new)
    only = frozenset(made.installed)
    steps = planned(tuple(ROLES), new.inputs, ledger(old), TEXTS, only).steps
    named = {(each.role, host) for each in made.roles for host in each.hosts}
    assert {(step.role.name, step.host) for step in steps} == named


@pytest.mark.parametrize(
    ("release", "units"),
    [
        (BEFORE_RECONFIGURE, {"slurmctld"}),
        (None, {"slurmctld"}),
        (AFTER, {"slurmctld", "slurmd"}),
    ],
)
def test_what_slurm_cannot_but_start_again_is_told_and_refused_unless_allowed(
    release: tuple[int, int] | None, units: set[str]
) -> None:
    made = plan(stage(4), stage(5), release)
    assert {each.unit for each in made.restarts} == units
    assert any("--allow-restart" in each for each in made.refused)
    allowed = GrowthSaid(allow_restarts=tuple(units))
    assert plan(stage(4), stage(5), release, allowed).refused == ()
    text = "\n".join(plan_lines(made))
    assert all(f"STARTS AGAIN {unit}" in text for unit in units)


def test_a_kind_of_exporter_that_was_not_asked_before_starts_prometheus_again() -> None:
    old = stage(4)
    jobs = tuple(job for job in old.inputs.factory.monitoring.jobs if job.name != "gpu-exporter")
    seen = old.inputs.factory.monitoring.model_copy(update={"jobs": jobs})
    factory = old.inputs.factory.model_copy(update={"monitoring": seen})
    without = replace(old, inputs=old.inputs.model_copy(update={"factory": factory}))
    units = [each.unit for each in plan(without, stage(5)).restarts]
    assert units == ["slurmctld", "prometheus"]


def test_a_role_that_was_open_before_is_none_of_growths() -> None:
    rows = ledger(stage(4))
    del rows["gpu2", "munge"]
    made = plan(stage(4), stage(5), said=ALLOWED, rows=rows)
    assert made.open_steps == ("munge on gpu2",)
    assert any("munge on gpu2" in each for each in made.refused)


def test_nothing_comes_from_the_same_design_and_that_is_said() -> None:
    made = plan(stage(4), stage(4))
    assert (made.nodes, made.roles, made.restarts) == ((), (), ())
    (why,) = made.refused
    assert "no node comes" in why


def test_fewer_nodes_are_no_growth_and_each_thing_that_goes_is_told() -> None:
    made = plan(stage(5), stage(4))
    assert {each.rule for each in made.moves} == {"MW-D-050", "MW-D-052"}
    assert any("--allow-moves" in each for each in made.refused)


def test_a_node_that_never_served_comes_once_more() -> None:
    made = plan(stage(5), stage(5), again=frozenset({"gpu5"}))
    assert (made.nodes, made.installed) == (("gpu5",), ("head-1", "gpu1", "gpu2", "gpu3", "gpu4"))
    assert any("gpu5 came with an earlier growth" in each for each in made.notes)


def test_a_second_unit_brings_switches_and_cables_between_them_and_says_what_moves() -> None:
    pod = "dgx-superpod-h100"
    made = plan(stage(31, pod), stage(62, pod), said=ALLOWED)
    assert len(made.nodes) == 31
    assert any(not cable.takes for cable in made.cables)
    assert any(each.role == "leaf" for each in made.devices)
    assert bool(made.moves) == bool(made.refused)
    assert made.racks

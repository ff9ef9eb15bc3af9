"""Canaries, waves and limits: few hosts meet a change first, and a bad one spares the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.deploy.apply import apply
from millwright.deploy.batches import batches
from millwright.deploy.hands import Outcome
from millwright.deploy.inputs import Inputs
from millwright.deploy.orders import Orders
from millwright.deploy.plan import plan
from millwright.deploy.role import Role
from millwright.deploy.shares import Share, share
from millwright.errors import MillwrightError
from millwright.model.catalog import Catalog
from millwright.model.standing import Done
from millwright.ports import Limits, Play, Played, PlayEnded
from tests.unit.deploy.fakes import ROLES, TEXTS, Book, Hosts, Scheduler, hands, lab_inputs

NODES = 8
ENDS: tuple[PlayEnded, ...] = ("failed", "unreachable", "lost")


@pytest.fixture(scope="module")
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, NODES)


def carried(hosts: Hosts, book: Book, orders: Orders) -> list[Outcome]:
    made = plan(ROLES, hosts.inputs, book.rows(), TEXTS)
    return list(apply(made, ROLES, hosts.inputs, hands(hosts, book), orders))


def groups(hosts: Hosts, role: str) -> list[tuple[str, ...]]:
    """Return the hosts that a role was played on together."""
    return [p.nodes for start in hosts.starts for p in start if p.playbook == f"{role}.yml"]


def test_roles_of_a_stage_cost_one_start_for_canaries_and_one_for_the_others(
    inputs: Inputs,
) -> None:
    hosts = Hosts(inputs)
    carried(hosts, Book(), Orders())
    assert groups(hosts, "gpu-driver") == [("gpu1",), tuple(f"gpu{n}" for n in range(2, 9))]
    assert groups(hosts, "slurm-database") == [("head-1",)]
    assert len(hosts.starts) == 6


def test_what_stands_on_the_head_node_comes_in_a_batch_of_its_own(inputs: Inputs) -> None:
    made = plan(ROLES, inputs, {}, TEXTS)
    names = [[role.name for role in batch.roles] for batch in batches(made, ROLES, inputs)]
    assert names == [
        ["names", "limits", "kernel-parameters", "gpu-driver", "dcgm"],
        ["munge", "slurm-database", "slurm-controller"],
        ["slurm-node"],
    ]


def test_waves_are_as_large_as_was_said(inputs: Inputs) -> None:
    hosts = Hosts(inputs)
    carried(hosts, Book(), Orders(wave=Share(3)))
    assert [len(group) for group in groups(hosts, "slurm-node")] == [1, 3, 3, 1]


def test_a_lost_canary_is_followed_by_another_one(inputs: Inputs) -> None:
    hosts = Hosts(inputs, ends={("gpu-driver", "gpu1"): "unreachable"})
    outcomes = carried(hosts, Book(), Orders())
    assert groups(hosts, "gpu-driver")[:2] == [("gpu1",), ("gpu2",)]
    assert {o.host for o in outcomes if o.role == "dcgm" and o.well} == {
        f"gpu{n}" for n in range(2, 9)
    }


def test_canaries_that_are_lost_one_after_the_other_spare_the_others(inputs: Inputs) -> None:
    ends: dict[tuple[str, str], PlayEnded] = {
        ("gpu-driver", f"gpu{n}"): "unreachable" for n in range(1, 9)
    }
    hosts = Hosts(inputs, ends=ends)
    outcomes = carried(hosts, Book(), Orders())
    assert [group for group in groups(hosts, "gpu-driver")] == [("gpu1",), ("gpu2",)]
    left = [o for o in outcomes if o.role == "gpu-driver" and o.skipped]
    assert len(left) == 6
    assert "came to no end on gpu[1-2], one after the other" in left[0].verdict.detail


def test_a_host_that_is_silent_from_the_beginning_is_asked_once_and_played_never(
    inputs: Inputs,
) -> None:
    hosts = Hosts(inputs, silent={"gpu1"})
    outcomes = carried(hosts, Book(), Orders())
    assert not [played for played in hosts.played if played[1] == "gpu1"]
    whys = {o.verdict.detail for o in outcomes if o.host == "gpu1"}
    assert whys == {"not begun: it does not answer: no route"}
    assert groups(hosts, "gpu-driver")[0] == ("gpu2",)


def test_more_failures_than_allowed_spare_the_later_waves_and_what_stands_on_it(
    inputs: Inputs,
) -> None:
    bad: dict[tuple[str, str], PlayEnded] = {
        ("gpu-driver", "gpu2"): "failed",
        ("gpu-driver", "gpu3"): "failed",
    }
    hosts = Hosts(inputs, ends=bad)
    outcomes = carried(hosts, Book(), Orders(wave=Share(3)))
    spared = {o.host for o in outcomes if o.role == "gpu-driver" and o.skipped}
    assert spared == {"gpu4", "gpu5", "gpu6", "gpu7", "gpu8"}
    told = next(o.verdict.detail for o in outcomes if o.host == "gpu5" and o.role == "gpu-driver")
    assert told == "not begun: gpu-driver did not come right on gpu[2-3], 2 of a wave of 3"
    well = {o.host for o in outcomes if o.role == "slurm-node" and o.well}
    assert well == {"gpu1"}
    assert {o.host for o in outcomes if o.role == "kernel-parameters" and o.well} == {
        *(f"gpu{n}" for n in range(1, 9)),
        "head-1",
    }


def test_one_failure_more_may_be_allowed(inputs: Inputs) -> None:
    bad: dict[tuple[str, str], PlayEnded] = {
        ("gpu-driver", "gpu2"): "failed",
        ("gpu-driver", "gpu3"): "failed",
    }
    hosts = Hosts(inputs, ends=bad)
    outcomes = carried(hosts, Book(), Orders(wave=Share(3), max_failed=Share(2)))
    assert {o.host for o in outcomes if o.role == "slurm-node" and o.well} == {
        "gpu1",
        *(f"gpu{n}" for n in range(4, 9)),
    }


def test_an_interrupt_leaves_what_was_under_way_as_unknown(inputs: Inputs) -> None:
    hosts, book = Hosts(inputs, interrupts={("gpu-driver", "")}), Book()
    with pytest.raises(KeyboardInterrupt):
        carried(hosts, book, Orders())
    assert book.kept["gpu1", "gpu-driver"].standing == "unknown"
    assert book.kept["gpu1", "gpu-driver"].detail == "interrupted while it was done"
    assert ("gpu1", "dcgm") not in book.kept
    assert book.kept["gpu1", "kernel-parameters"].standing == "proven"
    assert ("gpu2", "names") not in book.kept


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "101%", "8 %", "1e3", "9" * 7, "10%%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(MillwrightError, match="takes a number of hosts or a percentage"):
        share(text, "--wave", 1)


@given(number=st.integers(1, 100), whole=st.integers(1, 10_000))
def test_a_percentage_is_never_none_and_never_more_than_all(number: int, whole: int) -> None:
    assert 1 <= share(f"{number}%", "--wave", 1).of(whole) <= whole


@settings(deadline=None, max_examples=60)
@given(
    broken=st.dictionaries(
        st.tuples(
            st.sampled_from([role.name for role in ROLES]),
            st.sampled_from([f"gpu{n}" for n in range(1, NODES + 1)] + ["head-1"]),
        ),
        st.sampled_from(ENDS),
        max_size=6,
    ),
    wave=st.integers(1, NODES),
)
def test_every_step_comes_out_once_and_no_wave_is_larger_than_said(
    inputs: Inputs, broken: dict[tuple[str, str], PlayEnded], wave: int
) -> None:
    hosts, book = Hosts(inputs, ends=broken), Book()
    steps = {(s.role.name, s.host) for s in plan(ROLES, inputs, {}, TEXTS).steps}
    outcomes = carried(hosts, book, Orders(wave=Share(wave)))
    assert sorted((o.role, o.host) for o in outcomes) == sorted(steps)
    for role in ROLES:
        shown = False
        for nodes in groups(hosts, role.name):
            assert len(nodes) <= max(wave, 1)
            assert shown or len(nodes) == 1
            shown = shown or ("proven" in _standings(book, role.name, nodes))
    well = {(o.role, o.host) for o in outcomes if o.well}
    assert well == {
        (role, host)
        for (host, role), done in book.kept.items()
        if done.standing in ("proven", "not testable")
    }
    assert not well & broken.keys()


def _standings(book: Book, role: str, nodes: tuple[str, ...]) -> set[str]:
    return {book.kept[node, role].standing for node in nodes if (node, role) in book.kept}


class FullBook(Book):
    """A ledger whose disk is full after so many rows."""

    def put(self, *done: Done) -> None:
        if len(self.kept) >= 3:
            raise MillwrightError("cannot write the ledger: database or disk is full")
        super().put(*done)


def test_a_full_disk_of_the_workspace_ends_the_run_and_nothing_counts_that_is_not_written(
    inputs: Inputs,
) -> None:
    hosts, book = Hosts(inputs), FullBook()
    with pytest.raises(MillwrightError, match="disk is full"):
        carried(hosts, book, Orders())
    assert len(book.kept) == 3
    assert {host for _, host in hosts.played} == {"gpu1"}
    whole = Book(dict(book.kept))
    assert all(outcome.well for outcome in carried(hosts, whole, Orders()))


class TellingHosts(Hosts):
    """Hosts whose plays take time: after each of their ends nothing is told for a while."""

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played | None]:
        for played in super().play(plays, limits):
            yield played
            yield from [None] * 20


def before(hosts: Hosts, first: tuple[str, str], then: tuple[str, str]) -> bool:
    """Return whether one role was played on a host before another one on another."""
    return hosts.played.index(first) < hosts.played.index(then)


def test_others_follow_a_canary_through_what_it_has_shown_while_it_goes_on(inputs: Inputs) -> None:
    hosts, book = TellingHosts(inputs), Book()
    outcomes = carried(hosts, book, Orders())
    assert before(hosts, ("names", "gpu2"), ("dcgm", "gpu1"))
    for role in ROLES:
        first = next(h for r, h in hosts.played if r == role.name)
        assert all(before(hosts, (role.name, first), each) for each in _others(hosts, role, first))
    steps = [(o.role, o.host) for o in outcomes]
    assert len(steps) == len(set(steps)) == len(plan(ROLES, inputs, {}, TEXTS).steps)
    assert all(o.well for o in outcomes)


def _others(hosts: Hosts, role: Role, first: str) -> list[tuple[str, str]]:
    return [(r, h) for r, h in hosts.played if r == role.name and h != first]


def test_nobody_is_given_a_role_that_no_canary_has_shown(inputs: Inputs) -> None:
    hosts = TellingHosts(inputs, ends={("gpu-driver", "gpu1"): "failed"})
    outcomes = carried(hosts, Book(), Orders(max_failed=Share(0)))
    assert [h for r, h in hosts.played if r == "gpu-driver"] == ["gpu1"]
    assert {h for r, h in hosts.played if r == "kernel-parameters"} == set(inputs.nodes)
    left = [o for o in outcomes if o.role == "gpu-driver" and o.skipped]
    assert sorted(o.host for o in left) == sorted(f"gpu{n}" for n in range(2, 9))
    assert "gpu-driver failed on gpu1 first" in left[0].verdict.detail


def test_a_host_that_fails_while_it_follows_is_given_nothing_more(inputs: Inputs) -> None:
    hosts = TellingHosts(inputs, ends={("limits", "gpu3"): "failed"})
    outcomes = carried(hosts, Book(), Orders())
    found = {(o.role, o.host): o for o in outcomes}
    assert found["limits", "gpu3"].verdict.standing == "failed"
    assert found["dcgm", "gpu3"].skipped
    assert len(outcomes) == len(found)
    assert all(o.well for (_, host), o in found.items() if host != "gpu3")


def test_nobody_follows_where_somebody_said_how_many_come_at_a_time(inputs: Inputs) -> None:
    hosts = TellingHosts(inputs)
    carried(hosts, Book(), Orders(wave=Share(3)))
    assert [len(group) for group in groups(hosts, "limits")] == [1, 3, 3, 2]


def test_who_has_one_role_to_do_follows_as_soon_as_that_is_shown(inputs: Inputs) -> None:
    hosts = TellingHosts(inputs)
    carried(hosts, Book(), Orders())
    assert before(hosts, ("munge", "head-1"), ("munge", "gpu1"))
    assert before(hosts, ("munge", "gpu1"), ("slurm-controller", "head-1"))


def test_nobody_follows_where_nodes_are_drained_for_it(inputs: Inputs) -> None:
    nodes = tuple(name for name in inputs.nodes if name != inputs.factory.head)
    hosts = TellingHosts(inputs, slurm=Scheduler(inputs.factory.head, nodes=nodes))
    assert all(o.well for o in carried(hosts, Book(), Orders()))
    assert before(hosts, ("dcgm", "gpu1"), ("names", "gpu2"))
    assert max(len(group) for group in groups(hosts, "gpu-driver")) <= 2


@pytest.mark.parametrize("bad", ["limits", "gpu-driver"])
def test_an_interrupt_while_others_follow_loses_nothing(inputs: Inputs, bad: str) -> None:
    hosts, book = TellingHosts(inputs, interrupts={(bad, "")}), Book()
    with pytest.raises(KeyboardInterrupt):
        carried(hosts, book, Orders())
    under_way = {role for (_, role), done in book.kept.items() if done.standing == "unknown"}
    assert bad in under_way
    hosts.interrupts.clear()
    again = carried(hosts, book, Orders())
    assert all(o.well for o in again)
    assert {done.standing for done in book.kept.values()} == {"proven"}


class BehindHosts(Hosts):
    """Hosts of which gpu4 is reached once gpu3 has been told to forward."""

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played | None]:
        yield from super().play(plays, limits)
        if ("limits", "gpu3") in self.played:
            self.silent.discard("gpu4")


def test_a_gateway_that_was_closed_is_opened_before_silent_hosts_are_given_up(
    catalog: Catalog,
) -> None:
    inputs = lab_inputs(catalog, 4)
    roles = tuple(replace(role, leads=role.name == "limits") for role in ROLES)
    book = Book()
    without = plan(roles, inputs, {}, TEXTS, frozenset(inputs.nodes) - {"gpu4"})
    list(apply(without, roles, inputs, hands(Hosts(inputs), book), Orders()))
    named = inputs.nodes["gpu3"].model_copy(update={"forwards": True})
    inputs = inputs.model_copy(update={"nodes": {**inputs.nodes, "gpu3": named}})
    made = plan(roles, inputs, book.rows(), {**TEXTS, "limits": "other files"})
    hosts = BehindHosts(inputs, silent={"gpu4"})
    outcomes = list(apply(made, roles, inputs, hands(hosts, book), Orders()))
    assert hosts.played[0] == ("limits", "gpu3")
    assert all(outcome.well for outcome in outcomes)
    steps = sorted((o.role, o.host) for o in outcomes)
    assert steps == sorted((s.role.name, s.host) for s in made.steps)
    assert {host for _, host in hosts.played} == set(inputs.nodes)


def test_a_host_that_stays_silent_behind_an_opened_gateway_is_told_once(catalog: Catalog) -> None:
    inputs = lab_inputs(catalog, 4)
    roles = tuple(replace(role, leads=role.name == "limits") for role in ROLES)
    book = Book()
    list(apply(plan(roles, inputs, {}, TEXTS), roles, inputs, hands(Hosts(inputs), book), Orders()))
    nodes = {
        name: node.model_copy(update={"forwards": name == "gpu3"})
        for name, node in inputs.nodes.items()
    }
    inputs = inputs.model_copy(update={"nodes": nodes})
    made = plan(roles, inputs, book.rows(), {**TEXTS, "limits": "other files"})
    hosts = Hosts(inputs, silent={"gpu4"})
    outcomes = list(apply(made, roles, inputs, hands(hosts, book), Orders()))
    assert [o.host for o in outcomes if o.skipped] == ["gpu4"]
    assert len(outcomes) == len(made.steps)

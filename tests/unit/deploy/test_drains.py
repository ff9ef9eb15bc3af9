"""Nodes are drained before they are disturbed, and only what was drained by us is given back."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.deploy.apply import apply, give_back_old_drains
from millwright.deploy.drains import held
from millwright.deploy.hands import Outcome
from millwright.deploy.inputs import Inputs
from millwright.deploy.orders import Orders
from millwright.deploy.plan import plan
from millwright.deploy.shares import Share
from millwright.model.catalog import Catalog
from millwright.model.drain import Drain
from tests.unit.deploy.fakes import (
    ROLES,
    TEXTS,
    Book,
    DrainBook,
    Hosts,
    Scheduler,
    hands,
    lab_inputs,
)

NODES = tuple(f"gpu{n}" for n in range(1, 5))
NEW_DRIVER = {**TEXTS, "gpu-driver": "other files"}


@pytest.fixture(scope="module")
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 4)


@dataclass
class Cluster:
    """A cluster that was deployed, and is given another driver."""

    inputs: Inputs
    hosts: Hosts = field(init=False)
    book: Book = field(default_factory=Book)
    drains: DrainBook = field(default_factory=DrainBook)
    slurm: Scheduler = field(init=False)

    def __post_init__(self) -> None:
        self.hosts = Hosts(self.inputs)
        self.carried(TEXTS)
        self.hosts.played.clear()
        self.slurm = self.hosts.slurm = Scheduler(self.inputs.factory.head, nodes=NODES)

    def carried(
        self, texts: dict[str, str] = NEW_DRIVER, orders: Orders | None = None, run: str = "r"
    ) -> list[Outcome]:
        made = plan(ROLES, self.inputs, self.book.rows(), texts)
        with_them = hands(self.hosts, self.book, self.drains, run)
        return list(apply(made, ROLES, self.inputs, with_them, orders or Orders()))


def test_nodes_are_drained_for_a_driver_a_quarter_at_a_time_and_given_back(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    assert all(outcome.well for outcome in cluster.carried())
    drained = [words for words in cluster.slurm.told if "State=DRAIN" in words]
    assert [words[2] for words in drained] == [f"NodeName={node}" for node in NODES]
    assert {words[-1] for words in drained} == {"Reason=millwright:r"}
    assert cluster.slurm.reasons == {}
    assert cluster.drains.open() == {}


def test_jobs_are_waited_for_and_never_ended(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.slurm.jobs = {"gpu1": 42.0}
    assert all(outcome.well for outcome in cluster.carried())
    assert cluster.hosts.waited >= 42.0


def test_a_node_that_jobs_do_not_leave_in_time_serves_again_untouched(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.slurm.jobs = {"gpu2": 1e6}
    outcomes = {o.host: o for o in cluster.carried(orders=Orders(drain_wait_s=60.0))}
    assert outcomes["gpu2"].skipped
    assert "jobs still run there after 60 s" in outcomes["gpu2"].verdict.detail
    assert ("gpu-driver", "gpu2") not in cluster.hosts.played
    assert cluster.slurm.reasons == {}
    assert outcomes["gpu4"].well


def test_what_somebody_else_drained_stays_drained(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.slurm.reasons["gpu3"] = "by hand"
    assert all(outcome.well for outcome in cluster.carried())
    assert cluster.slurm.reasons == {"gpu3": "by hand"}


def test_a_reason_that_somebody_wrote_over_ours_stays(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.drains.put(Drain("gpu3", "before", "then"))
    cluster.slurm.reasons["gpu3"] = "memory errors"
    cluster.carried()
    assert cluster.slurm.reasons == {"gpu3": "memory errors"}
    assert cluster.drains.open() == {}


def test_a_node_that_is_not_proven_stays_drained_with_a_reason_until_it_is(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.hosts.wrong["gpu2", "nvidia-smi"] = "No devices were found\n"
    cluster.carried()
    assert cluster.slurm.reasons == {"gpu2": "millwright:r: gpu-driver is failed there"}
    assert held(hands(cluster.hosts, cluster.book, cluster.drains)) == "gpu2"
    cluster.hosts.wrong.clear()
    assert all(outcome.well for outcome in cluster.carried(run="next"))
    assert cluster.slurm.reasons == {}
    assert cluster.drains.open() == {}


def test_a_run_that_was_killed_after_a_drain_is_recognised_by_the_next(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.drains.put(Drain("gpu2", "killed", "then"))
    cluster.slurm.reasons["gpu2"] = "millwright:killed"
    assert all(outcome.well for outcome in cluster.carried(run="next"))
    assert cluster.slurm.reasons == {}


def test_a_run_that_was_killed_before_it_gave_back_is_made_good(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.drains.put(Drain("gpu2", "killed", "then"))
    cluster.slurm.reasons["gpu2"] = "millwright:killed"
    made = plan(ROLES, inputs, cluster.book.rows(), TEXTS)
    assert made.steps == ()
    with_them = hands(cluster.hosts, cluster.book, cluster.drains)
    assert give_back_old_drains(made, ROLES, inputs, with_them) == {}
    assert cluster.slurm.reasons == {}


def test_a_node_that_was_not_said_is_not_given_back_either(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.drains.put(Drain("gpu2", "killed", "then"))
    cluster.slurm.reasons["gpu2"] = "millwright:killed"
    made = plan(ROLES, inputs, cluster.book.rows(), TEXTS, frozenset(("gpu1",)))
    with_them = hands(cluster.hosts, cluster.book, cluster.drains)
    assert give_back_old_drains(made, ROLES, inputs, with_them) == {}
    assert cluster.slurm.reasons == {"gpu2": "millwright:killed"}


def test_what_cannot_be_proven_again_is_not_given_back(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.drains.put(Drain("gpu2", "killed", "then"))
    cluster.slurm.reasons["gpu2"] = "millwright:killed"
    cluster.hosts.wrong["gpu2", "nvidia-smi"] = "No devices were found\n"
    made = plan(ROLES, inputs, cluster.book.rows(), TEXTS)
    with_them = hands(cluster.hosts, cluster.book, cluster.drains)
    assert give_back_old_drains(made, ROLES, inputs, with_them) == {"gpu2": "gpu-driver is failed"}
    assert cluster.slurm.reasons == {"gpu2": "millwright:killed"}


def test_an_interrupt_keeps_in_mind_what_was_drained(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.hosts.interrupts.add(("gpu-driver", ""))
    with pytest.raises(KeyboardInterrupt):
        cluster.carried()
    assert held(hands(cluster.hosts, cluster.book, cluster.drains)) == "gpu1"
    cluster.hosts.interrupts.clear()
    cluster.carried(run="next")
    assert cluster.slurm.reasons == {}


def test_who_does_not_want_to_wait_for_jobs_leaves_nodes_as_they_were(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.drains.put(Drain("gpu2", "killed", "then"))
    cluster.slurm.reasons["gpu2"] = "millwright:killed"
    cluster.slurm.jobs = {"gpu1": 1e6, "gpu2": 1e6}
    cluster.hosts.impatient_after_s = 20.0
    with pytest.raises(KeyboardInterrupt):
        cluster.carried(orders=Orders(wave=Share(4)), run="next")
    assert cluster.slurm.reasons == {"gpu2": "millwright:killed"}
    assert list(cluster.drains.open()) == ["gpu2"]


def test_where_slurm_does_not_answer_nodes_with_jobs_are_not_disturbed(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.slurm.silent = True
    cluster.slurm.jobs = {"gpu2": 10.0}
    outcomes = {o.host: o for o in cluster.carried()}
    assert outcomes["gpu2"].skipped
    assert "jobs may run there" in outcomes["gpu2"].verdict.detail
    assert outcomes["gpu1"].well


def test_where_slurm_does_not_answer_nodes_come_as_if_it_served_them(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.slurm.silent = True
    cluster.hosts.starts.clear()
    assert all(outcome.well for outcome in cluster.carried())
    assert [play.nodes for start in cluster.hosts.starts for play in start] == [
        (node,) for node in NODES
    ]


@settings(deadline=None, max_examples=40)
@given(
    theirs=st.sets(st.sampled_from(NODES)),
    bad=st.sets(st.sampled_from(NODES)),
    busy=st.sets(st.sampled_from(NODES)),
)
def test_nothing_is_undrained_that_we_did_not_drain(
    inputs: Inputs, theirs: set[str], bad: set[str], busy: set[str]
) -> None:
    cluster = Cluster(inputs)
    cluster.slurm.reasons |= dict.fromkeys(theirs, "by hand")
    cluster.slurm.jobs |= dict.fromkeys(busy, 1e6)
    for node in bad:
        cluster.hosts.wrong[node, "nvidia-smi"] = "No devices were found\n"
    outcomes = cluster.carried(orders=Orders(drain_wait_s=10.0))
    ours = {drain.host for drain in cluster.drains.kept}
    undrained = {
        name
        for words in cluster.slurm.told
        if "State=UNDRAIN" in words
        for name in words[2].removeprefix("NodeName=").split(",")
    }
    assert undrained <= ours
    assert not ours & theirs
    assert {h for h, why in cluster.slurm.reasons.items() if why == "by hand"} == theirs
    failed = {o.host for o in outcomes if not o.well and not o.skipped}
    assert cluster.slurm.reasons.keys() - theirs == failed - theirs
    assert not {host for _, host in cluster.hosts.played} & busy


def test_a_node_that_slurm_never_saw_is_asked_itself_and_not_drained(inputs: Inputs) -> None:
    cluster = Cluster(inputs)
    cluster.slurm.strange = {"gpu1", "gpu2"}
    cluster.slurm.jobs = {"gpu2": 1e6}
    outcomes = {o.host: o for o in cluster.carried()}
    assert outcomes["gpu1"].well
    assert "it never saw the node" in outcomes["gpu2"].verdict.detail
    assert not [drain for drain in cluster.drains.kept if drain.host in ("gpu1", "gpu2")]

"""Deploying: done once, proven, gone on with; what fails costs itself and not the others."""

from __future__ import annotations

import pytest

from millwright.deploy.apply import apply
from millwright.deploy.hands import Outcome
from millwright.deploy.inputs import Inputs, inputs_of
from millwright.deploy.orders import Orders
from millwright.deploy.plan import Plan, plan
from millwright.deploy.proving import verify
from millwright.deploy.roles import ROLES as ALL
from millwright.deploy.roles import until
from millwright.deploy.shares import Share
from millwright.deploy.undeployable import Undeployable
from millwright.design.solve import solve
from millwright.model.catalog import Catalog
from tests.conftest import superpod
from tests.unit.deploy.fakes import ROLES, TEXTS, Book, Hosts, hands, lab_inputs


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 4)


def planned(inputs: Inputs, book: Book, only: frozenset[str] | None = None) -> Plan:
    return plan(ROLES, inputs, book.rows(), TEXTS, only)


def carried(inputs: Inputs, hosts: Hosts, book: Book) -> list[Outcome]:
    made = planned(inputs, book)
    return list(apply(made, ROLES, inputs, hands(hosts, book), Orders()))


def standings(outcomes: list[Outcome]) -> dict[tuple[str, str], str]:
    return {(o.role, o.host): o.verdict.standing for o in outcomes}


def test_a_second_run_does_nothing(inputs: Inputs) -> None:
    hosts, book = Hosts(inputs), Book()
    assert set(standings(carried(inputs, hosts, book)).values()) == {"proven"}
    hosts.played.clear()
    assert carried(inputs, hosts, book) == []
    assert hosts.played == []


def test_each_role_is_played_on_the_hosts_it_is_for_and_on_no_other(inputs: Inputs) -> None:
    hosts = Hosts(inputs)
    carried(inputs, hosts, Book())
    nodes = ["gpu1", "gpu2", "gpu3", "gpu4"]
    assert [h for r, h in hosts.played if r == "slurm-controller"] == ["head-1"]
    assert sorted(h for r, h in hosts.played if r == "gpu-driver") == nodes
    assert sorted(h for r, h in hosts.played if r == "names") == [*nodes, "head-1"]
    assert sorted(h for s, h in hosts.laid if s == "munge-key") == [*nodes, "head-1"]


def test_a_new_node_costs_itself_and_what_must_know_it(catalog: Catalog, inputs: Inputs) -> None:
    book = Book()
    carried(inputs, Hosts(inputs), book)
    grown = lab_inputs(catalog, 5)
    steps = {(s.role.name, s.host) for s in planned(grown, book).steps}
    others = {step for step in steps if step[1] != "gpu5"}
    assert {role for role, host in steps if host == "gpu5"} >= {"gpu-driver", "slurm-node"}
    assert {role for role, _ in others} == {"names", "slurm-controller"}


def test_a_changed_role_is_done_again_everywhere(inputs: Inputs) -> None:
    book = Book()
    carried(inputs, Hosts(inputs), book)
    texts = {**TEXTS, "limits": "other files"}
    steps = plan(ROLES, inputs, book.rows(), texts).steps
    assert {(s.role.name, s.why) for s in steps} == {("limits", "changed")}
    assert len(steps) == 5


def test_a_host_that_fails_is_out_and_the_others_go_on(inputs: Inputs) -> None:
    hosts, book = Hosts(inputs, ends={("gpu-driver", "gpu3"): "failed"}), Book()
    found = standings(carried(inputs, hosts, book))
    assert found["gpu-driver", "gpu3"] == "failed"
    assert found["slurm-node", "gpu3"] == "unknown"
    assert found["slurm-node", "gpu4"] == "proven"
    assert ("dcgm", "gpu3") not in hosts.played


def test_the_next_run_goes_on_at_the_failed_host_and_role(inputs: Inputs) -> None:
    hosts, book = Hosts(inputs, ends={("gpu-driver", "gpu3"): "failed"}), Book()
    carried(inputs, hosts, book)
    hosts.ends.clear()
    hosts.played.clear()
    carried(inputs, hosts, book)
    assert hosts.played == [
        ("gpu-driver", "gpu3"),
        ("dcgm", "gpu3"),
        ("munge", "gpu3"),
        ("slurm-node", "gpu3"),
    ]


def test_a_play_that_is_green_with_a_wrong_proof_is_no_success(inputs: Inputs) -> None:
    hosts, book = Hosts(inputs, wrong={("gpu2", "nvidia-smi"): "No devices were found\n"}), Book()
    found = {(o.role, o.host): o.verdict for o in carried(inputs, hosts, book)}
    assert found["gpu-driver", "gpu2"].standing == "failed"
    assert "the design has 8 x h100" in found["gpu-driver", "gpu2"].detail


def test_another_version_than_the_designed_one_is_no_success(inputs: Inputs) -> None:
    said = "nvidia-driver-cuda 570.1-1\n"
    verdicts = carried(inputs, Hosts(inputs, wrong={("gpu2", "dpkg-query"): said}), Book())
    found = {(o.role, o.host): o.verdict for o in verdicts}
    assert found["gpu-driver", "gpu2"].standing == "failed"
    told = "nvidia-driver-cuda is 570.1-1, and the design says 580.95.05*"
    assert told in found["gpu-driver", "gpu2"].detail


def test_a_second_canary_that_fails_keeps_the_role_from_the_others(inputs: Inputs) -> None:
    hosts = Hosts(inputs, ends={("gpu-driver", f"gpu{n}"): "failed" for n in (1, 2)})
    outcomes = carried(inputs, hosts, Book())
    left = [o for o in outcomes if o.role == "gpu-driver" and o.skipped]
    assert [o.host for o in left] == ["gpu3", "gpu4"]
    assert "gpu-driver failed on gpu[1-2] first" in left[0].verdict.detail


def test_a_canary_with_a_defect_of_its_own_keeps_nobody(inputs: Inputs) -> None:
    hosts = Hosts(inputs, ends={("gpu-driver", "gpu1"): "failed"})
    found = standings(carried(inputs, hosts, Book()))
    assert (found["gpu-driver", "gpu1"], found["dcgm", "gpu1"]) == ("failed", "unknown")
    assert {found["slurm-node", f"gpu{n}"] for n in (2, 3, 4)} == {"proven"}


def test_where_no_host_may_fail_one_canary_keeps_the_role_from_the_others(inputs: Inputs) -> None:
    hosts, book = Hosts(inputs, ends={("gpu-driver", "gpu1"): "failed"}), Book()
    orders = Orders(max_failed=Share(0))
    outcomes = list(apply(planned(inputs, book), ROLES, inputs, hands(hosts, book), orders))
    left = [o.host for o in outcomes if o.role == "gpu-driver" and o.skipped]
    assert left == ["gpu2", "gpu3", "gpu4"]


def test_a_dead_canary_keeps_nobody(inputs: Inputs) -> None:
    hosts = Hosts(inputs, ends={("gpu-driver", "gpu1"): "unreachable"})
    found = standings(carried(inputs, hosts, Book()))
    assert found["gpu-driver", "gpu1"] == "unknown"
    assert found["slurm-node", "gpu2"] == "proven"


def test_without_the_head_nothing_of_the_cluster_is_begun(inputs: Inputs) -> None:
    hosts = Hosts(inputs, ends={("slurm-database", "head-1"): "failed"})
    outcomes = carried(inputs, hosts, Book())
    assert all(o.skipped for o in outcomes if o.role == "slurm-node")
    assert not [host for role, host in hosts.played if role == "slurm-node"]


def test_a_host_that_takes_no_secret_is_unknown_and_not_played(inputs: Inputs) -> None:
    hosts = Hosts(inputs, silent={"gpu4"})
    hosts.silent.clear()
    book = Book()
    made = planned(inputs, book)
    run = apply(made, ROLES, inputs, hands(hosts, book), Orders())
    for outcome in run:
        if (outcome.role, outcome.host) == ("dcgm", "gpu4"):
            hosts.silent.add("gpu4")
    assert ("munge", "gpu4") not in hosts.played
    assert book.kept["gpu4", "munge"].standing == "unknown"


def test_what_a_container_refuses_is_not_testable_and_never_proven(inputs: Inputs) -> None:
    keys = [p.key for p in inputs.factory.parameters.sysctl]
    lines = "".join("9\n" for _ in keys)
    excused = lines + '--\n{"refused": {' + ", ".join(f'"{key}": "9"' for key in keys) + "}}"
    hosts = Hosts(inputs, wrong={("gpu1", "sh"): excused})
    found = standings(carried(inputs, hosts, Book()))
    assert found["kernel-parameters", "gpu1"] == "not testable"
    hosts = Hosts(inputs, wrong={("gpu2", "sh"): lines + "--\n"})
    assert standings(carried(inputs, hosts, Book()))["kernel-parameters", "gpu2"] == "failed"


def test_a_daemon_is_given_time_to_come_up(inputs: Inputs) -> None:
    hosts = Hosts(inputs, slow={"gpu1": 3, "gpu2": 99})
    found = standings(carried(inputs, hosts, Book()))
    assert found["slurm-node", "gpu1"] == "proven"
    assert found["slurm-node", "gpu2"] == "failed"
    assert hosts.waited < 100


def test_verifying_notices_what_broke_and_plays_nothing(inputs: Inputs) -> None:
    hosts, book = Hosts(inputs), Book()
    carried(inputs, hosts, book)
    hosts.played.clear()
    hosts.wrong["gpu2", "dcgmi"] = "7 GPUs found.\n"
    hosts.silent.add("gpu3")
    found = standings(list(verify(ROLES, inputs, frozenset(inputs.nodes), hands(hosts, book))))
    assert found["dcgm", "gpu2"] == "failed"
    assert found["names", "gpu3"] == "unknown"
    assert hosts.played == []
    again = {(s.role.name, s.host) for s in planned(inputs, book).steps}
    assert ("dcgm", "gpu2") in again


def test_only_the_hosts_that_were_named_are_touched(inputs: Inputs) -> None:
    steps = planned(inputs, Book(), frozenset({"gpu2"})).steps
    assert {step.host for step in steps} == {"gpu2"}


def test_stages_are_apart() -> None:
    assert {role.stage for role in until("image")} == {"image"}
    assert until("cluster") == tuple(ALL)


def test_a_design_that_lacks_something_is_refused_by_name(catalog: Catalog) -> None:
    unknown = catalog.servers["dgx-h100"].model_copy(update={"host": None})
    lacking = catalog.model_copy(update={"servers": {**catalog.servers, "dgx-h100": unknown}})
    with pytest.raises(Undeployable, match="processors and memory of dgx-h100"):
        inputs_of(solve(superpod(1), lacking).cluster, lacking, superpod(1))

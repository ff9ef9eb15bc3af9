"""What stands before work is named with its nodes, and nothing is well that was not read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from millwright.manage.assess.assessing import Frame, assess
from millwright.manage.questions import OUT_OF_BAND, QUESTIONS
from millwright.model.assessment import AssessedFinding, Assessment
from millwright.model.catalog import Catalog
from millwright.model.heard import Heard
from tests.unit.manage.assess.fleet import MOUNTS, SYSCTL, Tools, heard, recording


def told(catalog: Catalog, nodes: Mapping[str, Mapping[str, Heard]], **silent: str) -> Assessment:
    return assess(recording(nodes, silent), catalog, Frame())


def one_apart(tools: Tools, **other: Any) -> dict[str, dict[str, Heard]]:
    nodes = {f"gpu{number}": tools.node() for number in range(1, 6)}
    return nodes | {"gpu3": tools.node(**other)}


def found(assessment: Assessment, id_: str) -> AssessedFinding:
    return next(each for each in assessment.findings if each.id == id_)


def test_healthy_peers_have_nothing_between_them_and_work(catalog: Catalog, tools: Tools) -> None:
    answer = told(catalog, one_apart(tools))
    assert (answer.answer, answer.obstacles) == ("ready", ())
    assert [each for each in answer.findings if each.topic in ("health", "drift")] == []
    (group,) = answer.shape.alike
    assert (group.role, group.gpus_per_node, len(group.nodes)) == ("compute", 8, 5)
    assert answer.shape.gpus == 40
    assert answer.shape.fabric == "InfiniBand, 8 x 400 Gb/s a node"


GARBLED = (
    "5",
    "null",
    "[1, null, {}]",
    '{"a": {"b": []}, "": null, "x": [1]}',
    "\0\1\x1b[31m",
    "[" * 9999,
)


@pytest.mark.parametrize("text", GARBLED)
def test_answers_that_make_no_sense_are_unknown_and_never_well(
    catalog: Catalog, tools: Tools, text: str
) -> None:
    told_by_all = {"gpu1": {each.id: heard(each.id, text) for each in (*QUESTIONS, OUT_OF_BAND)}}
    assert told(catalog, told_by_all).answer != "ready"
    for question in ("nvidia_smi_xml", "dmesg", "mounts", "kernel", "ibstat"):
        answer = told(catalog, one_apart(tools, **{question: text}))
        gaps = {gap.question: gap.nodes for gap in answer.unread}
        assert (answer.answer == "ready", gaps[question.replace("_", "-")]) == (False, ("gpu3",))


FULL = {"/": {**MOUNTS["/"], "blocks_free": 3}}
PLANTED: dict[str, dict[str, Any]] = {
    "health.disk-full": {"mounts": FULL},
    "health.mount-hangs": {"mounts": {**MOUNTS, "/data": {"source": "nas:/x", "kind": "nfs4",
                                                   "options": [], "answers": False}}},
    "health.clock-apart": {"clock": {"now": 1795659186.5 + 120}},
    "health.unit-failed": {"units": "Id=slurmd.service\nActiveState=failed\nResult=exit-code\n"},
    "health.fabric-manager-version": {"fabric_manager": "Fabric Manager version is : 570.1\n"},
    "gpu.none": {"nvidia_smi_xml": None},
    "drift.sysctl.net.core.somaxconn": {"sysctl": {**SYSCTL, "net.core.somaxconn": "128"}},
    "drift.package.slurm-wlm": {"dpkg": "bash\t5.2\tamd64\tii \nslurm-wlm\t21.08\tamd64\tii \n"},
    "drift.mtu.eth0": {"ip_link": [{"ifname": "eth0", "flags": ["UP"], "mtu": 1500,
                                    "operstate": "UP"}]},
    "hardening.root-by-key-only": {"sshd": "permitrootlogin yes\n"},
    "hardening.secret-readable": {"modes": {"/etc/munge/munge.key": ["0644", 101, 101]}},
}  # fmt: skip


@pytest.mark.parametrize("id_", PLANTED)
def test_what_is_planted_at_one_node_is_told_of_it_alone(
    catalog: Catalog, tools: Tools, id_: str
) -> None:
    answer = told(catalog, one_apart(tools, **PLANTED[id_]))
    finding = found(answer, id_)
    assert finding.nodes == ("gpu3",)
    assert finding.proofs[0].node == "gpu3"
    assert finding.source
    assert finding.command


def test_a_narrow_bus_and_a_missing_gpu_are_named_with_their_device(
    catalog: Catalog, tools: Tools
) -> None:
    narrow = tools.smi.replace("<current_link_width>16x", "<current_link_width>8x", 1)
    finding = found(told(catalog, one_apart(tools, nvidia_smi_xml=narrow)), "pcie.width")
    assert (finding.device, finding.found, finding.wanted) == ("gpu0", "x8", "x16")
    assert finding.proofs[0].at > 1
    first, second = tools.smi.index("<gpu "), tools.smi.index("<gpu ", tools.smi.index("<gpu ") + 1)
    short = tools.smi[:first] + tools.smi[second:]
    answer = told(catalog, one_apart(tools, nvidia_smi_xml=short))
    assert found(answer, "drift.gpu-count").wanted == "8"
    assert answer.answer == "not ready"


def test_a_port_that_is_down_blocks_work(catalog: Catalog, tools: Tools) -> None:
    down = tools.ibstat.replace("State: Active", "State: Down", 1)
    answer = told(catalog, one_apart(tools, ibstat=down))
    assert found(answer, "health.port-down").device == "mlx5_0"
    assert answer.obstacles[0].nodes == ("gpu3",)


def test_adapters_for_roce_are_judged_although_the_bus_calls_them_ethernet(
    catalog: Catalog, tools: Tools
) -> None:
    bus = "0000:1a:00.0 Ethernet controller [0200]: Mellanox MT2910 [ConnectX-7] [15b3:1021]\n"
    down = tools.ibstat.replace("State: Active", "State: Down", 1)
    answer = told(catalog, one_apart(tools, ibstat=down, lspci=bus))
    assert found(answer, "health.port-down").nodes == ("gpu3",)


def test_a_port_that_is_down_everywhere_is_perhaps_not_used(catalog: Catalog, tools: Tools) -> None:
    down = tools.ibstat.replace("State: Active", "State: Down", 1)
    nodes = {f"gpu{number}": tools.node(ibstat=down) for number in (1, 2, 3)}
    answer = told(catalog, nodes)
    finding = found(answer, "health.port-down")
    assert (finding.gravity, finding.blocks, len(finding.nodes)) == ("notice", False, 3)


def test_what_all_nodes_have_is_told_once(catalog: Catalog, tools: Tools) -> None:
    nodes = {f"gpu{number}": tools.node(sshd="permitrootlogin yes\n") for number in (1, 2, 10)}
    finding = found(told(catalog, nodes), "hardening.root-by-key-only")
    assert finding.nodes == ("gpu1", "gpu2", "gpu10")


def test_with_no_majority_nobody_is_blamed(catalog: Catalog, tools: Tools) -> None:
    nodes = {
        "gpu1": tools.node(),
        "gpu2": tools.node(sysctl={**SYSCTL, "net.core.somaxconn": "128"}),
    }
    finding = found(told(catalog, nodes), "drift.sysctl.net.core.somaxconn")
    assert (finding.nodes, finding.wanted, finding.blocks) == (("gpu1", "gpu2"), "", False)
    assert finding.message == "net.core.somaxconn differs: 4096 on gpu1, 128 on gpu2"


def test_clocks_of_nodes_that_recorded_themselves_are_not_compared(
    catalog: Catalog, tools: Tools
) -> None:
    nodes = one_apart(tools, clock={"now": 1795659186.5 + 120})
    nodes["gpu1"]["collected"] = heard("collected", "clock 0\n")
    answer = told(catalog, nodes)
    assert "health.clock-apart" not in {each.id for each in answer.findings}
    assert any(gap.question == "clock" for gap in answer.unread)


def test_what_was_not_read_is_unknown_and_never_ready(catalog: Catalog, tools: Tools) -> None:
    deaf = {
        name: {**tools.node(), "dmesg": heard("dmesg", "", 1, "dmesg: Operation not permitted")}
        for name in ("gpu1", "gpu2")
    }
    answer = told(catalog, deaf)
    assert answer.answer == "unknown"
    gap = next(each for each in answer.unread if each.question == "dmesg")
    assert (gap.nodes, "as root" in gap.remedy) == (("gpu1", "gpu2"), True)


def test_a_silent_node_is_first_and_not_judged(catalog: Catalog, tools: Tools) -> None:
    answer = told(catalog, {"gpu1": tools.node()}, gpu2="timed out")
    assert answer.answer == "not ready"
    assert answer.obstacles[0].message == "gpu2 did not answer"
    assert "gpu2" not in answer.nodes


def test_a_command_never_runs_what_a_node_said(catalog: Catalog, tools: Tools) -> None:
    name = "x;reboot"
    evil = {**MOUNTS, f"/{name}": {**FULL["/"], "source": "$(reboot)"}}
    finding = found(told(catalog, one_apart(tools, mounts=evil)), "health.disk-full")
    assert f"'/{name}'" in finding.command

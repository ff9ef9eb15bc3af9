"""What was accepted is no drift; one change in one node is one line, and of the right kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.driftbook import only, recorded
from millwright.manage.drift.compare import Ground, accepted, compared, seen_in, unheard
from millwright.manage.drift.kinds import Known
from millwright.manage.drift.mending import mending, orders
from millwright.model.drift import (
    ABSENT,
    Acceptance,
    Approval,
    Declared,
    Difference,
    DriftDocument,
    Picture,
)
from millwright.model.heard import Heard
from tests.unit.manage.assess.fleet import KERNEL, MOUNTS, SYSCTL, Tools, heard, recording

PEOPLE = {
    "people": {"root": {"uid": 0, "shell": "/bin/bash", "keys": [["ssh-rsa", "SHA256:a"]]}},
    "groups": {"sudo": ["ann"]},
    "sudoers": {"/etc/sudoers": [["root", False]]},
}
SS = 'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid={pid},fd=3))\n'
Fleet = dict[str, dict[str, Heard]]


def fleet(tools: Tools, **other: Any) -> Fleet:
    """Return five nodes, of which gpu3 has these answers."""
    base = {"people": PEOPLE, "listening": SS.format(pid=7), "unit_files": "ssh.service enabled\n"}
    nodes = {f"gpu{number}": tools.node(**base) for number in range(1, 6)}
    return nodes | {"gpu3": tools.node(**{**base, **other})}


def kept(
    nodes: Mapping[str, Mapping[str, Heard]],
    declared: Mapping[str, Mapping[str, Declared]] | None = None,
) -> dict[str, Picture]:
    """Return what is recorded of nodes once all of it was accepted."""
    pictures = seen_in(recording(nodes)).pictures
    return {name: accepted(p, (declared or {}).get(name, {})) for name, p in pictures.items()}


def told(nodes: Fleet, ground: Ground, **silent: str) -> DriftDocument:
    return compared(recording(nodes, silent), ground)


def swapped(tools: Tools) -> str:
    """Return the driver's answer with another first GPU."""
    first = tools.smi.split("<uuid>")[1].split("</uuid>")[0]
    return tools.smi.replace(first, "GPU-0badc0de-0000-4000-8000-000000000000")


def test_what_was_accepted_is_no_drift_until_something_changes(tools: Tools) -> None:
    nodes = fleet(tools, sysctl={**SYSCTL, "net.core.somaxconn": "128"})
    answer = told(nodes, Ground(recorded=kept(nodes)))
    assert (answer.answer, answer.differences, answer.unknown) == ("none", (), ())
    assert answer.compared > 100


PLANTED: dict[str, tuple[dict[str, Any], str]] = {
    "sysctl.kernel.numa_balancing": (
        {"sysctl": {**SYSCTL, "kernel.numa_balancing": "1"}},
        "unauthorised",
    ),
    "sysctl.net.core.somaxconn": (
        {"sysctl": {**SYSCTL, "net.core.somaxconn": "128"}},
        "unauthorised",
    ),
    "package.bash": ({"dpkg": "slurm-wlm\t22.05\tamd64\tii \n"}, "unauthorised"),
    "package.nmap": (
        {"dpkg": "bash\t5.2\tamd64\tii \nslurm-wlm\t22.05\tamd64\tii \nnmap\t7\tamd64\tii \n"},
        "unauthorised",
    ),
    "kernel": (
        {"kernel": {**KERNEL, "/proc/version": "Linux version 6.1.0-41-amd64 (x)"}},
        "unauthorised",
    ),
    "keys.root": (
        {"people": {**PEOPLE, "people": {"root": {"uid": 0, "shell": "/bin/bash", "keys": [
            ["ssh-rsa", "SHA256:a"], ["ssh-rsa", "SHA256:b"]]}}}},
        "unauthorised",
    ),
    "sudo./etc/sudoers.d/x": (
        {"people": {**PEOPLE, "sudoers": {"/etc/sudoers": [["root", False]],
                                          "/etc/sudoers.d/x": [["eve", True]]}}},
        "unauthorised",
    ),
    "unit.evil.service": (
        {"unit_files": "ssh.service enabled\nevil.service enabled\n"},
        "unauthorised",
    ),
    "listen.tcp.0.0.0.0:4444": (
        {"listening": SS.format(pid=7) + SS.format(pid=9).replace(":22 ", ":4444 ")},
        "unauthorised",
    ),
    "mount./data": (
        {"mounts": {**MOUNTS, "/data": {"source": "nas:/x", "kind": "nfs4", "options": ["ro"],
                                        "answers": True, "block_bytes": 1, "blocks": 1,
                                        "blocks_free": 1}}},
        "unauthorised",
    ),
    "sshd.permitrootlogin": (
        {"sshd": "port 22\npermitrootlogin yes\npasswordauthentication no\nx11forwarding no\n"},
        "unauthorised",
    ),
    "fabric-manager": (
        {"fabric_manager": "Fabric Manager version is : 570.1\n"},
        "unauthorised",
    ),
}  # fmt: skip


@pytest.mark.parametrize("item", PLANTED)
def test_one_change_in_one_node_is_one_line(item: str, tools: Tools) -> None:
    other, kind = PLANTED[item]
    answer = told(fleet(tools, **other), Ground(recorded=kept(fleet(tools))))
    (line,) = answer.differences
    assert (line.item, line.nodes, line.kind) == (item, ("gpu3",), kind)
    assert (answer.answer, answer.unknown) == ("drift", ())
    assert line.command.startswith("millwright ")
    again = told(fleet(tools, **other), Ground(recorded=kept(fleet(tools, **other))))
    assert again.answer == "none"


def test_another_gpu_in_the_same_place_is_to_be_accepted_by_tests(tools: Tools) -> None:
    nodes = fleet(tools, nvidia_smi_xml=swapped(tools))
    (line,) = told(nodes, Ground(recorded=kept(fleet(tools)))).differences
    assert (line.item, line.kind) == ("gpu.0", "hardware-swap")
    assert line.command == "millwright build plan --only gpu3"


def test_firmware_of_another_version_may_have_lost_its_settings(tools: Tools) -> None:
    version = tools.ibstat.split("Firmware version: ")[1].split("\n")[0]
    nodes = fleet(tools, ibstat=tools.ibstat.replace(version, "1.2.3"))
    (line,) = told(nodes, Ground(recorded=kept(fleet(tools)))).differences
    assert (line.item, line.kind) == ("adapter-firmware", "vendor-default-reset")


def test_counters_and_process_numbers_are_no_drift(tools: Tools) -> None:
    nodes = fleet(
        tools,
        listening=SS.format(pid=99) + SS.format(pid=1).replace(":22 ", ":45000 "),
        clock={"now": 1.0},
        nvidia_smi_xml=tools.smi.replace("<gpu_temp>3", "<gpu_temp>4"),
    )
    assert told(nodes, Ground(recorded=kept(fleet(tools)))).answer == "none"


values = st.dictionaries(
    st.from_regex(r"vm\.[a-z]{1,6}", fullmatch=True), st.sampled_from(["0", "1", "2 3", "x"])
)


@settings(max_examples=40, deadline=None)
@given(before=values, after=values)
def test_differences_are_those_of_the_settings_and_accepting_ends_them(
    before: dict[str, str], after: dict[str, str]
) -> None:
    old = {"n1": {"sysctl": heard("sysctl", json.dumps({"a.b": "1", **before}))}}
    new = {"n1": {"sysctl": heard("sysctl", json.dumps({"a.b": "1", **after}))}}
    answer = told(new, Ground(recorded=kept(old)))
    wanted = {k for k in before if k in after and before[k] != after[k]}
    assert {each.item for each in answer.differences} == {f"sysctl.{key}" for key in wanted}
    assert sum(gap.items for gap in answer.unknown) == len(before.keys() - after.keys())
    assert told(new, Ground(recorded=kept(new))).answer == "none"


def test_what_is_not_told_is_unknown_and_neither_drift_nor_well(tools: Tools) -> None:
    nodes = fleet(tools, sysctl=None)
    answer = told(nodes, Ground(recorded=kept(fleet(tools))), gpu9="no route")
    assert (answer.answer, answer.differences) == ("unanswered", ())
    assert [(gap.nodes, gap.question, gap.why) for gap in answer.unknown] == [
        (("gpu9",), "", "no route"),
        (("gpu3",), "sysctl", "it was not asked"),
    ]


def test_of_whom_nothing_is_recorded_its_peers_say_what_it_should_be(tools: Tools) -> None:
    other, _ = PLANTED["sysctl.kernel.numa_balancing"]
    answer = told(fleet(tools, **other), Ground())
    (line,) = answer.differences
    assert (line.peers, line.recorded, line.observed, line.kind) == ("0", None, "1", "unknown")
    assert len(answer.unknown[0].nodes) == 5


@pytest.mark.parametrize(
    ("declared", "recorded_", "seen", "kind"),
    [
        ("0", None, "0", None),
        ("0", None, "1", "unauthorised"),
        ("0", "0", "1", "unauthorised"),
        ("0", "1", "1", None),
        ("0", "1", "0", None),
        ("0", "1", "2", "unauthorised"),
        (None, "1", "1", None),
        (None, "1", "0", "unauthorised"),
    ],
)
def test_three_ways(declared: str | None, recorded_: str | None, seen: str, kind: str) -> None:
    named = {"n1": {"sysctl.a": Declared(declared, "kernel-parameters")} if declared else {}}

    def node(value: str) -> Fleet:
        return {"n1": {"sysctl": heard("sysctl", json.dumps({"a": value, "z": "1"}))}}

    before = kept(node(recorded_), named) if recorded_ else {}
    known = Known(last={("n1", "kernel-parameters"): "apply-1"})
    found = told(node(seen), Ground(before, named, known)).differences
    assert [each.kind for each in found] == ([kind] if kind else [])
    if kind and declared:
        assert orders(found) == (
            "millwright deploy verify --only n1",
            "millwright deploy apply --only n1",
        )


def test_a_design_that_moved_on_is_in_progress_and_no_drift() -> None:
    node = {"n1": {"sysctl": heard("sysctl", '{"a": "0", "z": "1"}')}}
    before = kept(node, {"n1": {"sysctl.a": Declared("0", "kernel-parameters")}})
    now = {"n1": {"sysctl.a": Declared("1", "kernel-parameters")}}
    answer = told(node, Ground(recorded=before, declared=now))
    assert [each.kind for each in answer.differences] == ["in-progress"]
    assert answer.answer == "none"


@pytest.mark.parametrize(
    ("item", "kind"), [("kernel", "in-progress"), ("keys.root", "unauthorised")]
)
def test_our_own_work_explains_a_change_but_not_who_may_come_in(
    item: str, kind: str, tools: Tools
) -> None:
    known = Known(at_work={"gpu3": "apply-1 drained it"})
    ground = Ground(recorded=kept(fleet(tools)), known=known)
    (line,) = told(fleet(tools, **PLANTED[item][0]), ground).differences
    assert line.kind == kind


def test_an_approval_is_for_its_nodes_and_items_alone(tools: Tools) -> None:
    approval = Approval(
        id="CHG-7", nodes="gpu[3-4]", item="sysctl.kernel.*", begin="", until="", why="x", by="ann"
    )
    ground = Ground(recorded=kept(fleet(tools)), known=Known([approval]))
    mine = told(fleet(tools, **PLANTED["sysctl.kernel.numa_balancing"][0]), ground)
    assert (mine.answer, mine.differences[0].kind) == ("none", "approved-change")
    other = told(fleet(tools, **PLANTED["sysctl.net.core.somaxconn"][0]), ground)
    assert other.answer == "drift"


def test_one_item_can_be_taken_alone_also_one_that_is_gone(tools: Tools) -> None:
    before = kept(fleet(tools))
    nodes = fleet(tools, dpkg="slurm-wlm\t23\tamd64\tii \n")
    (gpu3,) = (p for p in kept(nodes).values() if p.node == "gpu3")
    part = only(gpu3, ["package.bash"], before["gpu3"])
    first = Acceptance(at="1", by="ann", why="all", nodes=before)
    second = Acceptance(at="2", by="ann", why="x", items=("package.bash",), nodes={"gpu3": part})
    answer = told(nodes, Ground(recorded=recorded([first, second])))
    assert [each.item for each in answer.differences] == ["package.slurm-wlm"]


def test_nodes_with_the_same_difference_are_one_line(tools: Tools) -> None:
    nodes = fleet(tools)
    changed = {
        name: {
            **own,
            "sysctl": heard("sysctl", json.dumps({**SYSCTL, "net.core.somaxconn": "128"})),
        }
        for name, own in nodes.items()
    }
    (line,) = told(changed, Ground(recorded=kept(nodes))).differences
    assert line.nodes == ("gpu1", "gpu2", "gpu3", "gpu4", "gpu5")


def test_what_a_note_set_is_put_back_by_the_note() -> None:
    node = {"n1": {"sysctl": heard("sysctl", '{"a": "0", "z": "1"}')}}
    ground = Ground(declared={"n1": {"sysctl.a": Declared("1", "note:host-network")}})
    found = told(node, ground).differences
    assert orders(found) == ("millwright manage tune apply host-network --only n1",)


def test_where_a_role_was_never_applied_nobody_changed_anything() -> None:
    node = {"n1": {"sysctl": heard("sysctl", '{"a": "0", "z": "1"}')}}
    ground = Ground(declared={"n1": {"sysctl.a": Declared("1", "kernel-parameters")}})
    answer = told(node, ground)
    assert [(each.kind, answer.answer) for each in answer.differences] == [("unknown", "drift")]
    assert "never applied" in answer.differences[0].why


def test_a_setting_that_peers_need_not_share_is_compared_where_it_is_declared() -> None:
    node = {"n1": {"sysctl": heard("sysctl", '{"vm.min_free_kbytes": "5", "z": "1"}')}}
    key = "sysctl.vm.min_free_kbytes"
    same = told(node, Ground(declared={"n1": {key: Declared("5", "kernel-parameters")}}))
    assert (same.answer, same.compared) == ("none", 1)
    other = told(node, Ground(declared={"n1": {key: Declared("9", "kernel-parameters")}}))
    assert [each.observed for each in other.differences] == ["5"]


def test_a_file_that_cannot_be_read_is_not_gone(tools: Tools) -> None:
    nodes = fleet(tools, people={**PEOPLE, "sudoers": {"/etc/sudoers": None}})
    answer = told(nodes, Ground(recorded=kept(fleet(tools))))
    assert (answer.answer, answer.differences) == ("unanswered", ())
    assert answer.unknown[0].items == 1


def test_what_hung_cannot_be_recorded_and_is_named(tools: Tools) -> None:
    hung = {"sysctl": Heard("sysctl", "timeout", None, "", reason="it took more than 15 s")}
    (gap,) = unheard(recording({"gpu1": {**tools.node(), **hung}, "gpu2": tools.node()}))
    assert (gap.nodes, gap.question, gap.why) == (("gpu1",), "sysctl", "it took more than 15 s")


def test_the_log_of_packages_says_when_and_parts_no_line(tools: Tools) -> None:
    nodes = fleet(tools)
    for number in (1, 2):
        log = f"2026-11-2{number} 03:00:01 upgrade bash:amd64 5.2 5.3\n2026-11-30 x\n"
        new = "bash\t5.3\tamd64\tii \nslurm-wlm\t22.05\tamd64\tii \n"
        nodes[f"gpu{number}"] |= {"dpkg": heard("dpkg", new), "dpkg-log": heard("dpkg-log", log)}
    ground = Ground(recorded=kept(fleet(tools)))
    (line,) = told(nodes, ground).differences
    assert line.nodes == ("gpu1", "gpu2")
    words = [f"dpkg: upgrade at 2026-11-2{number} 03:00:01" for number in (1, 2)]
    assert line.who == "; ".join(words)


@pytest.mark.parametrize(
    ("item", "recorded_", "seen", "command"),
    [
        ("group.sudo", "jane", "jane mallory", "gpasswd --members jane sudo"),
        ("group.sudo", ABSENT, "mallory", "gpasswd --members '' sudo"),
        ("person.mallory", ABSENT, "uid=0 shell=/bin/sh",
         "usermod --lock --expiredate 1 mallory"),
        ("package.less", "590-2", "590-9", "apt-get -y --allow-downgrades install less=590-2"),
    ],
)  # fmt: skip
def test_who_may_come_in_is_put_back_by_one_command(
    item: str, recorded_: str, seen: str, command: str
) -> None:
    line = Difference(
        item=item, heart=item, nodes=("n1",), recorded=recorded_, observed=seen,
        kind="unauthorised", why="",
    )  # fmt: skip
    assert mending(line, "n1") == f"millwright manage exec n1 -- {command}"


def test_somebody_who_is_gone_is_looked_at_and_not_made_anew() -> None:
    line = Difference(
        item="person.jane", heart="account jane", nodes=("n1",), recorded="uid=1001 shell=/bin/sh",
        observed=ABSENT, kind="unauthorised", why="",
    )  # fmt: skip
    assert mending(line, "n1") == "millwright manage drift show n1"

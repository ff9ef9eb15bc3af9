"""Hosts of a lab: booted, told as they are, entered, and brought back when something ended them."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from millwright.lab import host
from tests.conftest import Answer, Run
from tests.lab.rehearsal import Rehearsal, await_that, rehearsal

ALL = {"head-1", *(f"gpu{number}" for number in range(1, 9))}


def test_every_host_runs_and_answers(lab: Rehearsal) -> None:
    hosts = lab.status()
    assert set(hosts) == ALL
    assert all(each["running"] and each["answers_ssh"] for each in hosts.values())
    assert {hosts[name]["profile"] for name in ALL - {"head-1"}} == {"h100"}
    answer = lab.done("manage", "exec", "head-1,gpu[1-8]", "--", "cat", "/etc/debian_version")
    assert answer.startswith("gpu[1-8],head-1 (9)  ok  SIMULATED\n  12."), answer


def test_status_says_that_it_is_simulated(lab: Rehearsal) -> None:
    document = json.loads(lab.done("lab", "status", "--json"))
    assert (document["schema"], document["simulated"]) == ("millwright.lab-status/1", True)
    assert "SIMULATED" in lab.done("lab", "status")


def test_a_second_up_leaves_alone_what_runs(lab: Rehearsal) -> None:
    begun = lab.shell("gpu1", "stat", "--format=%Y", "/proc/1")
    answer = lab.say("lab", "up")
    assert (answer.status, "booting 0 of 9 hosts" in answer.err) == (0, True)
    assert lab.shell("gpu1", "stat", "--format=%Y", "/proc/1") == begun


def test_a_host_that_was_killed_from_outside_is_told_and_booted_again(lab: Rehearsal) -> None:
    lab.shell("gpu2", "touch", "/root/mine")
    leader = host.leader(lab.marks, "gpu2")
    assert leader is not None
    os.kill(leader, signal.SIGKILL)
    await_that(lambda: "gpu2" not in host.running(lab.marks))
    told = lab.say("lab", "status")
    assert told.status == 3
    (row,) = [line for line in told.out.splitlines() if "gpu2" in line]
    assert ("off" in row, "no answer" in row) == (True, True)
    answer = lab.say("lab", "up")
    assert (answer.status, "booting 1 of 9 hosts" in answer.err) == (0, True)
    assert lab.tells("gpu2", "test", "-e", "/root/mine").status == 0


def test_a_supervisor_that_was_killed_makes_no_second_host(lab: Rehearsal) -> None:
    for pid, words in list(host.processes()):
        if any(word.endswith("/supervise.sh") for word in words) and "gpu3" in words:
            os.kill(pid, signal.SIGKILL)
    assert lab.say("lab", "up").status == 0
    keepers = [w for _, w in host.processes() if f"--machine={lab.marks.machine('gpu3')}" in w]
    assert len(keepers) == 1


def test_another_size_is_refused(lab: Rehearsal) -> None:
    answer = lab.say("lab", "up", "--nodes", "4")
    assert answer.status == 2
    assert "factory.yaml asks for 8 nodes, and --nodes for 4" in answer.err


def lab_down(lab: Rehearsal) -> str:
    return f"millwright -C {lab.root} lab down"


def refused(lab: Rehearsal, *words: str) -> Answer:
    reach = (lab.root / "reach.yaml").read_bytes()
    answer = lab.say("lab", "up", *words)
    assert (answer.status, lab_down(lab) in answer.err) == (2, True)
    assert (lab.root / "reach.yaml").read_bytes() == reach
    return answer


def test_what_another_lab_would_be_is_told_and_not_done(lab: Rehearsal) -> None:
    assert "has debian-12, and asked for is debian-13" in refused(lab, "--os", "debian-13").err
    assert "has hosts with drivers, and asked for is bare hosts" in refused(lab, "--bare").err
    assert "has 0 gateways, and asked for is 2 gateways" in refused(lab, "--gateways", "2").err
    spec = lab.root / "factory.yaml"
    text = spec.read_text()
    try:
        spec.write_text(text.replace("nodes: 8", "nodes: 5"))
        assert "has 8 nodes, and asked for is 5 nodes" in refused(lab).err
    finally:
        spec.write_text(text)
    assert lab.say("lab", "up").status == 0


def test_another_size_is_refused_before_anything_is_written(run: Run, tmp_path: Path) -> None:
    spec = rehearsal(tmp_path / "eight", 134, "{name: gpu, nodes: 8}").root / "factory.yaml"
    answer = run("-C", spec.parent, "lab", "up", "--nodes", "4")
    assert (answer.status, "asks for 8 nodes, and --nodes for 4" in answer.err) == (2, True)
    assert list(spec.parent.iterdir()) == [spec]


def test_an_unknown_system_is_refused_before_anything_is_written(run: Run, tmp_path: Path) -> None:
    answer = run("-C", tmp_path, "lab", "up", "--os", "windows-11")
    assert (answer.status, "debian-12 or debian-13" in answer.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_spec_is_refused_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "factory.yaml").write_text("schema: millwright.factory/1\nname: 7\n")
    assert run("-C", tmp_path, "lab", "up").status == 2
    assert [path.name for path in tmp_path.iterdir()] == ["factory.yaml"]


def test_a_reboot_inside_comes_back_by_itself(lab: Rehearsal) -> None:
    before = host.leader(lab.marks, "gpu4")
    lab.tells("gpu4", "systemctl", "reboot")
    await_that(lambda: host.leader(lab.marks, "gpu4") not in (before, None))
    await_that(lambda: lab.status()["gpu4"]["answers_ssh"])
    assert lab.shell("gpu4", "nvidia-smi", "-L").count("GPU ") == 8


def test_a_host_that_turns_itself_off_shows_as_off_until_it_is_healed(lab: Rehearsal) -> None:
    lab.tells("gpu4", "systemctl", "poweroff")
    await_that(lambda: "gpu4" not in host.running(lab.marks))
    assert lab.status()["gpu4"]["running"] is False
    inside = lab.tells("gpu4", "true")
    assert (inside.status, "gpu4 does not run" in inside.err) == (2, True)
    assert f"millwright -C {lab.root} lab heal gpu4" in inside.err
    assert lab.done("lab", "heal", "gpu4") == "gpu4  off  healed  SIMULATED\n"
    assert lab.status()["gpu4"]["answers_ssh"] is True


def test_a_shell_passes_exit_statuses_words_and_streams(lab: Rehearsal) -> None:
    assert lab.tells("gpu1", "sh", "-c", "exit 7").status == 7
    assert lab.tells("gpu1", "no-such-command").status == 127
    answer = lab.tells("gpu1", "sh", "-c", 'echo "$1"; echo "$0" >&2', "a b; $(id)", "c  d")
    assert answer == Answer(0, "c  d\n", "a b; $(id)\n")


def test_a_shell_carries_nothing_of_the_machine(lab: Rehearsal, run: Run) -> None:
    words = ("lab", "shell", "gpu1", "--", "env")
    told = run("-C", lab.root, *words, TOKEN_OF_MINE="secret").out
    assert "secret" not in told
    assert "HOME=/root" in told


def test_an_unknown_host_is_named(lab: Rehearsal) -> None:
    answer = lab.tells("gpu9", "true")
    assert (answer.status, "the lab has no host 'gpu9'" in answer.err) == (2, True)


def test_a_folder_without_a_lab_says_how_to_begin(run: Run, tmp_path: Path) -> None:
    begin = f"millwright -C {tmp_path} lab up"
    answer = run("-C", tmp_path, "lab", "status")
    assert (answer.status, f"{begin} --nodes 4\n" in answer.err) == (2, True)
    (tmp_path / "factory.yaml").touch()
    assert f"{begin}\n" in run("-C", tmp_path, "lab", "status").err


def test_hosts_reach_the_world_and_each_other(lab: Rehearsal) -> None:
    head = lab.status()["head-1"]["address"]
    assert "0% packet loss" in lab.shell("gpu1", "ping", "-c1", "-W2", head)
    way = lab.shell("gpu1", "ip", "route", "get", "192.0.2.200")
    assert "via 10.112.0.1" in way

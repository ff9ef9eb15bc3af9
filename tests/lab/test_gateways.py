"""Nodes on a network of their own, behind two gateways: jump hosts, trees, runner nodes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Answer, Run
from tests.lab.rehearsal import await_that

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

SPEC = """\
schema: millwright.factory/1
name: behind
blueprint: lab
compute: [{name: gpu, nodes: 4}]
networks: [{name: inband, cidr: 10.96.0.0/16}, {name: oob, cidr: 10.97.0.0/16}]
"""
DIED = "its gateway died while it was asked"


@dataclass(frozen=True)
class Behind:
    """The workspace of a lab whose nodes stand behind gateways."""

    root: Path
    run: Run

    def __call__(self, *words: str) -> Answer:
        return self.run("-C", self.root, *words)

    def ask(self, via: str, *words: str) -> Answer:
        return self("manage", "exec", "gpu[1-4]", "--via", via, *words)

    def inside(self, host: str, *words: str) -> str:
        return self("lab", "shell", host, "--", *words).out

    def while_it_runs(self, sign: str, act: tuple[str, ...], *words: str) -> Answer:
        """Run a command, and act as soon as a process of it is seen on gpu1."""
        answers: list[Answer] = []
        asking = threading.Thread(target=lambda: answers.append(self(*words)))
        asking.start()
        deadline = time.monotonic() + 30
        while not self.inside("gpu1", "pgrep", "-f", sign):
            assert time.monotonic() < deadline
        assert self(*act).status == 0
        asking.join()
        return answers[0]


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Iterator[Behind]:
    root = tmp_path_factory.mktemp("behind")
    (root / "factory.yaml").write_text(SPEC)
    site = Behind(root, run)
    up = site("lab", "up", "--gateways", "2")
    try:
        assert up.status == 0, up.err
        trusted = site("deploy", "trust", "--yes")
        assert trusted.status == 0, trusted.err
        yield site
    finally:
        assert site("lab", "down").status == 0


@pytest.fixture(autouse=True)
def healed(behind: Behind) -> Iterator[None]:
    yield
    assert behind("lab", "heal", "gw[1-2],gpu[1-4]").status == 0


def test_this_machine_has_no_way_to_nodes_but_through_gateways(behind: Behind) -> None:
    hosts = json.loads(behind("lab", "status", "--json").out)["hosts"]
    address = next(host["address"] for host in hosts if host["name"] == "gpu1")
    done = subprocess.run(
        ["ssh-keyscan", "-T", "2", address], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


def test_jump_hosts_and_tree_give_the_same_answer(behind: Behind) -> None:
    answers = [behind.ask(via, "--", "nvidia-smi", "-L") for via in ("direct", "tree")]
    assert [answer.status for answer in answers] == [0, 0], answers
    assert answers[0].out == answers[1].out
    assert answers[0].out.startswith("gpu[1-4] (4)  ok  alike but for UUIDs  SIMULATED\n")


def test_the_number_of_nodes_chooses_the_tree(behind: Behind) -> None:
    reach = behind.root / "reach.yaml"
    former = reach.read_text()
    reach.write_text(former.replace("tree:\n", "tree:\n  from_nodes: 4\n"))
    try:
        chosen = behind("manage", "exec", "gpu[1-4]", "--", "printenv", "SSH_CONNECTION")
        assert "10.96.1." in chosen.out
        gateways = {line.split()[0] for line in chosen.out.splitlines() if "10.96.1." in line}
        assert gateways <= {"10.96.1.1", "10.96.1.2"}
    finally:
        reach.write_text(former)


def test_nothing_that_was_lent_stays_on_a_gateway(behind: Behind) -> None:
    assert behind.ask("tree", "--", "true").status == 0
    for gateway in ("gw1", "gw2"):
        assert "millwright-" not in behind.inside(gateway, "ls", "/tmp")


def test_nodes_of_a_dead_gateway_are_asked_through_the_other(behind: Behind) -> None:
    behind("lab", "break", "gw1", "dead")
    answer = behind.ask("tree", "--", "hostname")
    assert answer.status == 0, answer
    direct = behind.ask("direct", "--", "hostname")
    assert direct.status == 3
    assert direct.out.count("UNKNOWN") == 1


def test_nodes_of_a_full_gateway_are_asked_through_the_other(behind: Behind) -> None:
    behind("lab", "break", "gw1", "full-disk:/tmp")
    answer = behind.ask("tree", "--", "hostname")
    assert answer.status == 0, answer


def test_a_gateway_that_dies_leaves_unknown_nodes_and_the_others_answers(behind: Behind) -> None:
    words = ("manage", "exec", "gpu[1-4]", "--via", "tree", "--", "sleep", "6")
    answer = behind.while_it_runs("sleep 6", ("lab", "break", "gw1", "dead"), *words)
    assert answer.status == 3, answer
    assert f"(2)  UNKNOWN  lost: {DIED}  SIMULATED" in answer.out
    assert "(2)  ok  SIMULATED" in answer.out
    assert behind("evidence", "verify").status == 0


def test_without_a_gateway_all_nodes_are_unknown(behind: Behind) -> None:
    behind("lab", "break", "gw[1-2]", "black-hole")
    begun = time.monotonic()
    answer = behind.ask("tree", "--", "true")
    assert time.monotonic() - begun < 40
    assert (answer.status, answer.out) == (
        3,
        "gpu[1-4] (4)  UNKNOWN  lost: no gateway answers  SIMULATED\n",
    )


def test_dead_silent_and_changed_nodes_are_told_apart_behind_gateways(behind: Behind) -> None:
    behind("lab", "break", "gpu1", "dead")
    behind("lab", "break", "gpu2", "black-hole")
    behind("lab", "break", "gpu3", "wrong-host-key")
    answer = behind.ask("tree", "--run-timeout", "25", "--", "hostname")
    assert answer.status == 3, answer
    assert "gpu4 (1)  ok" in answer.out
    assert "gpu3 (1)  UNKNOWN  lost: Host key verification failed." in answer.out
    assert answer.out.count("UNKNOWN  lost: ") == 3


def test_a_command_that_is_cut_off_behind_gateways_ends_on_its_node(behind: Behind) -> None:
    answer = behind.ask("tree", "--timeout", "1", "--", "sleep", "4711")
    assert (answer.status, "(4)  FAIL  timeout: no end within 1 s" in answer.out) == (1, True)
    deadline = time.monotonic() + 15
    while behind.inside("gpu1", "pgrep", "-f", "sleep 4711"):
        assert time.monotonic() < deadline


def test_output_beyond_the_limit_is_counted_behind_gateways(behind: Behind) -> None:
    words = ("manage", "exec", "gpu1", "--via", "tree", "--json", "--")
    script = "head -c 3000000 /dev/zero | tr '\\0' x | fold --width 999"
    node = json.loads(behind(*words, "sh", "-c", script).out)["nodes"]["gpu1"]
    assert len(node["stdout"]) == 1 << 20
    assert node["dropped_bytes"] == 3_003_003 + 1 - (1 << 20)


def test_ansible_is_root_on_nodes_from_here_and_from_runner_nodes(behind: Behind) -> None:
    here = behind("deploy", "reach", "gpu[1-4]", "--via", "direct")
    assert (here.status, here.out) == (0, "gpu[1-4] (4)  ok  3 tasks, 0 changed  SIMULATED\n")
    shared = json.loads(behind("deploy", "reach", "gpu[1-4]", "--via", "runners", "--json").out)
    assert {node["ended"] for node in shared["nodes"].values()} == {"ok"}
    assert {node["ran_on"] for node in shared["nodes"].values()} == {"gw1", "gw2"}
    assert shared["simulated"] is True
    ran = behind.root / "runs" / shared["run"]
    assert (ran / "plays" / "001-gw1-1" / "project" / "reach.yml").exists()
    assert len((ran / "evidence.jsonl").read_text().splitlines()) == 4


def test_no_secret_is_in_what_runner_nodes_are_sent(behind: Behind) -> None:
    told = json.loads(behind("deploy", "reach", "gpu1", "--via", "runners", "--json").out)
    for file in (behind.root / "runs" / told["run"]).rglob("*"):
        assert not file.is_file() or b"PRIVATE KEY" not in file.read_bytes()


def test_an_interrupt_ends_ansible_on_runner_nodes_and_takes_everything_back(
    behind: Behind,
) -> None:
    words = [sys.executable, "-m", "millwright", "-C", str(behind.root)]
    with subprocess.Popen(
        [*words, "deploy", "reach", "gpu[1-4]", "--via", "runners"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        await_that(lambda: "ansible-playbook" in behind.inside("gw1", "ps", "-eo", "args"))
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    for gateway in ("gw1", "gw2"):
        assert "ansible" not in behind.inside(gateway, "ps", "-eo", "args")
        assert "millwright-" not in behind.inside(gateway, "ls", "/tmp")


def test_nodes_of_a_runner_node_that_is_dead_are_worked_on_by_the_other(behind: Behind) -> None:
    behind("lab", "break", "gw2", "dead")
    told = json.loads(behind("deploy", "reach", "gpu[1-4]", "--via", "runners", "--json").out)
    assert {(n["ended"], n["ran_on"]) for n in told["nodes"].values()} == {("ok", "gw1")}


def test_a_node_that_ansible_does_not_reach_is_unknown_and_named(behind: Behind) -> None:
    behind("lab", "break", "gpu3", "dead")
    answer = behind("deploy", "reach", "gpu[1-4]", "--via", "runners")
    assert answer.status == 3
    assert "gpu3 (1)  UNKNOWN  unreachable at 'Answer': " in answer.out


def test_host_keys_are_vouched_for_by_the_labs_authority(behind: Behind) -> None:
    authority = behind.root / ".millwright" / "lab" / "host_ca.pub"
    pinned = behind.root / ".millwright" / "known_hosts"
    former = pinned.read_bytes()
    pinned.unlink()
    try:
        vouched = behind("deploy", "trust", "gw[1-2]", "--ca", str(authority))
        assert vouched.status == 0, vouched
        other = behind.root / ".millwright" / "lab" / "user_ca.pub"
        refused = behind("deploy", "trust", "gw1", "--ca", str(other))
        assert (refused.status, "is of another authority" in refused.out) == (1, True)
    finally:
        pinned.write_bytes(former)


def test_root_is_reached_by_sudo_and_a_password_that_no_command_reads(behind: Behind) -> None:
    reach = behind.root / "reach.yaml"
    former = reach.read_text()
    secret = behind.root / ".millwright" / "lab" / "engineer.password"
    become = f"become: {{password_file: {secret.relative_to(behind.root)}}}\n"
    reach.write_text(former.replace("user: root\n", f"user: engineer\n{become}"))
    try:
        assert behind("manage", "exec", "gw1", "--via", "direct", "--", "id", "-u").out == (
            "gw1 (1)  ok  SIMULATED\n  0\n"
        )
        assert behind("manage", "exec", "gw1", "--via", "direct", "--", "cat").out == (
            "gw1 (1)  ok  SIMULATED\n"
        )
        refused = behind.ask("tree", "--", "true")
        assert (refused.status, "not handed to gateways" in refused.err) == (2, True)
        right = secret.read_bytes()
        secret.write_bytes(b"wrong-password\n")
        wrong = behind("manage", "exec", "gw1", "--via", "direct", "--", "id", "-u")
        secret.write_bytes(right)
        assert wrong.status == 1
        assert "sudo: " in wrong.out
    finally:
        reach.write_text(former)
    for file in (behind.root / "runs").rglob("*"):
        assert not file.is_file() or right.strip() not in file.read_bytes()


def test_a_lab_marks_its_answers_whatever_the_workspace_says(
    behind: Behind, tmp_path: Path, run: Run
) -> None:
    key = behind.root / ".millwright" / "lab" / "id_ed25519"
    reach = f"schema: millwright.reach/1\nkey: {key}\nagent: false\n"
    (tmp_path / "reach.yaml").write_text(f"{reach}hosts: {{a: {{address: 172.30.77.11}}}}\n")
    assert run("-C", tmp_path, "deploy", "trust", "--yes").status == 0
    assert run("-C", tmp_path, "manage", "exec", "a", "--", "true").out == (
        "a (1)  ok  SIMULATED\n"
    )

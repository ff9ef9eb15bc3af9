"""Commands on real SSH servers: trusted first, folded answers, evidence, and every way to fail."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millwright.adapters.hostkeys import known_hosts
from millwright.adapters.routes import known_nodes
from millwright.adapters.ssh import SshShell
from millwright.adapters.workspace import Workspace
from millwright.ports import Limits
from tests.cli.hosts import Host, Site, needed, start_site
from tests.conftest import Run

pytestmark = pytest.mark.ssh

LONG = str(100_000 + os.getpid())
"""Seconds that no other test's `sleep` has."""


@pytest.fixture
def site(tmp_path: Path, run: Run) -> Iterator[Site]:
    made = start_site(tmp_path / "site", ["gpu1", "gpu2", "gpu3"])
    answer = run("-C", made.root, "deploy", "trust", "--yes")
    assert answer.status == 0, answer.err
    yield made
    for host in made.hosts.values():
        host.stop()
    for left in runs_here(f"sleep {LONG}"):
        os.kill(left, signal.SIGKILL)


def chain(site: Site) -> list[dict[str, object]]:
    (log,) = (site.root / "runs").glob("*/evidence.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_nobody_is_asked_before_it_is_trusted(tmp_path: Path, run: Run) -> None:
    made = start_site(tmp_path / "site", ["gpu1"])
    try:
        answer = run("-C", made.root, "manage", "exec", "gpu1", "--", "true")
        assert answer.status == 3
        assert "UNKNOWN  lost: its host key is not trusted yet" in answer.out
        unasked = run("-C", made.root, "deploy", "trust")
        assert unasked.status == 2
        assert "say --yes" in unasked.err
        assert "SHA256:" in unasked.out
        assert not (made.root / ".millwright" / "known_hosts").exists()
    finally:
        made.hosts["gpu1"].stop()


def test_trust_in_json_is_one_document(site: Site, run: Run) -> None:
    document = json.loads(run("-C", site.root, "deploy", "trust", "--json").out)
    assert {host["standing"] for host in document["hosts"]} == {"known"}
    (site.root / ".millwright" / "known_hosts").unlink()
    refused = run("-C", site.root, "deploy", "trust", "--json")
    assert refused.status == 2
    assert json.loads(refused.out)["schema"] == "millwright.error/1"


def test_equal_answers_are_folded_and_marked_simulated(site: Site, run: Run) -> None:
    answer = run("-C", site.root, "manage", "exec", "gpu[1-3]", "--", "echo", "$(id); hi there")
    assert answer.status == 0, answer
    assert answer.out == "gpu[1-3] (3)  ok  SIMULATED\n  $(id); hi there\n"


def test_every_answer_is_evidence_that_holds(site: Site, run: Run) -> None:
    answer = run("-C", site.root, "manage", "exec", "gpu[1-2]", "--json", "--", "uname")
    document = json.loads(answer.out)
    assert (document["schema"], document["simulated"]) == ("millwright.exec/1", True)
    assert document["nodes"]["gpu1"]["stdout"] == "Linux\n"
    lines = chain(site)
    assert {line["node"] for line in lines} == {"gpu1", "gpu2"}
    assert all(line["simulated"] and line["argv"] == ["uname"] for line in lines)
    told = run("-C", site.root, "evidence", "verify")
    assert told.status == 0
    assert "2 lines, whole; tail not protected" in told.out


def test_secrets_do_not_reach_evidence(site: Site, run: Run) -> None:
    words = ("manage", "exec", "gpu1", "--", "echo", "StoragePass=hunter22")
    assert "hunter22" in run("-C", site.root, *words).out
    (line,) = chain(site)
    assert line["redacted"] is True
    for file in (site.root / "runs").rglob("*"):
        assert not file.is_file() or b"hunter22" not in file.read_bytes()


def test_evidence_is_signed_and_an_output_goes_by_a_signed_word(
    site: Site, run: Run, tmp_path: Path
) -> None:
    mine = {"MILLWRIGHT_EVIDENCE_KEY": str(tmp_path / "home" / "key")}
    assert run("-C", site.root, "evidence", "key", **mine).status == 0
    run("-C", site.root, "manage", "exec", "gpu[1-3]", "--", "echo", "here", **mine)
    told = run("-C", site.root, "evidence", "verify")
    assert (told.status, "3 lines, whole; signed to its end by SHA256:" in told.out) == (0, True)
    (blob,) = (site.root / "runs").glob("*/blobs/*")
    removal = ("evidence", "remove", blob.parents[1].name, blob.name, "--reason", "a leak")
    assert run("-C", site.root, *removal, **mine).status == 2
    assert run("-C", site.root, *removal, "--yes", **mine).status == 0
    told = run("-C", site.root, "evidence", "verify")
    assert (told.status, "3 outputs removed by right" in told.out) == (0, True)
    auditors = tmp_path / "auditors.pub"
    auditors.write_bytes((site.root / ".millwright" / "evidence.pub").read_bytes())
    assert run("-C", site.root, "evidence", "verify", "--signers", auditors).status == 0
    run("-C", site.root, "manage", "exec", "gpu1", "--", "true")
    assert run("-C", site.root, "evidence", "verify", "--signers", auditors).status == 1


def test_a_failed_command_is_a_no_and_its_status_is_data(site: Site, run: Run) -> None:
    words = ("manage", "exec", "gpu[1-3]", "--json", "--", "sh", "-c", "echo no >&2; exit 7")
    answer = run("-C", site.root, *words)
    nodes = json.loads(answer.out)["nodes"]
    assert answer.status == 1
    assert nodes["gpu3"]["exit_status"] == 7
    assert nodes["gpu3"]["stderr"] == "no\n"


def test_a_dead_node_is_unknown_and_the_others_answer(site: Site, run: Run) -> None:
    site.hosts["gpu2"].stop()
    answer = run("-C", site.root, "manage", "exec", "gpu[1-3]", "--", "echo", "here")
    assert answer.status == 3
    assert "gpu[1,3] (2)  ok" in answer.out
    assert "gpu2 (1)  UNKNOWN  lost:" in answer.out
    assert len(chain(site)) == 3


def test_a_black_hole_costs_bounded_time(site: Site, run: Run) -> None:
    site.hosts["gpu2"].stop()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", site.hosts["gpu2"].port))
        silent.listen()
        begun = time.monotonic()
        answer = run("-C", site.root, "manage", "exec", "gpu[1-3]", "--", "true")
        assert time.monotonic() - begun < 30
    assert answer.status == 3
    assert "gpu[1,3] (2)  ok" in answer.out


def test_a_changed_host_key_is_refused_and_named(site: Site, run: Run) -> None:
    host = site.hosts["gpu3"]
    host.stop()
    host.make_key()
    host.start(site.authorized)
    answer = run("-C", site.root, "manage", "exec", "gpu[1-3]", "--", "true")
    assert answer.status == 3
    assert (
        "gpu3 (1)  UNKNOWN  lost: the host key of 127.0.0.1 is not the one that was" in answer.out
    )
    refused = run("-C", site.root, "deploy", "trust", "--yes")
    assert refused.status == 1
    assert "the host keys of gpu3 are not the pinned ones" in refused.err
    assert run("-C", site.root, "deploy", "trust", "--yes", "--replace").status == 0
    assert run("-C", site.root, "manage", "exec", "gpu[1-3]", "--", "true").status == 0


def test_a_command_that_does_not_end_is_cut_off(site: Site, run: Run) -> None:
    words = ("manage", "exec", "gpu[1-2]", "--timeout", "1", "--", "sleep", "60")
    answer = run("-C", site.root, *words)
    assert answer.status == 1
    assert "gpu[1-2] (2)  FAIL  timeout: no end within 1 s" in answer.out


def runs_here(words: str) -> list[int]:
    """Return the processes of this machine that are exactly this command."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if process.read_bytes() == words.replace(" ", "\0").encode() + b"\0":
                found.append(int(process.parent.name))
    return found


def test_a_command_that_is_cut_off_ends_on_its_node_too(site: Site, run: Run) -> None:
    words = ("manage", "exec", "gpu1", "--timeout", "1", "--", "sleep", LONG)
    assert run("-C", site.root, *words).status == 1
    ends_here(f"sleep {LONG}")


def test_a_hundred_megabytes_are_bounded(site: Site, run: Run) -> None:
    words = ("manage", "exec", "gpu1", "--json", "--", "head", "-c", "100000000", "/dev/zero")
    node = json.loads(run("-C", site.root, *words).out)["nodes"]["gpu1"]
    assert node["exit_status"] == 0
    assert len(node["stdout"]) == 1 << 20
    assert node["dropped_bytes"] == 100_000_000 - (1 << 20)


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        ("gpu9", "unknown nodes: gpu9"),
        ("gpu1;reboot", "is no node set"),
        ("$(id)", "is no node set"),
        ("@all", "is no node set"),
        ("gpu[1-99999999]", "more than 65536 nodes"),
        ("gpu[3-1]", "3-1 counts backwards"),
    ],
)
def test_a_wrong_node_name_asks_nobody(site: Site, run: Run, nodes: str, text: str) -> None:
    answer = run("-C", site.root, "manage", "exec", nodes, "--", "true")
    assert answer.status == 2
    assert text in answer.err
    assert not (site.root / "runs").exists()


def test_a_jump_host_is_gone_through(site: Site, run: Run) -> None:
    site.write_reach(jump="gpu1")
    answer = run("-C", site.root, "manage", "exec", "gpu[2-3]", "--", "printenv", "SSH_CONNECTION")
    assert answer.status == 0, answer.out


def test_a_jump_host_that_may_forward_since_a_moment_is_asked_anew(site: Site) -> None:
    site.write_reach(jump="gpu1")
    forwarding(site.hosts["gpu1"], "no")
    workspace = Workspace(site.root)
    known = known_nodes(workspace)
    with SshShell(known.routes, known_hosts(workspace), None, site.root) as shell:
        asked = [list(shell.run(["gpu1", "gpu2"], ("true",), Limits()))]
        forwarding(site.hosts["gpu1"], "yes")
        asked.append(list(shell.run(["gpu1", "gpu2"], ("true",), Limits())))
    ended = [{answer.node: answer.ended for answer in answers} for answers in asked]
    assert ended == [{"gpu1": "exit", "gpu2": "lost"}, {"gpu1": "exit", "gpu2": "exit"}]


def forwarding(host: Host, word: str) -> None:
    """Let a server forward, or not, from its next connection on."""
    host.stop()
    host.start((host.folder / "authorized_keys").read_text(), f"AllowTcpForwarding {word}\n")


def test_a_password_file_that_others_read_is_refused(site: Site, run: Run) -> None:
    site.write_reach(become="{password_file: secret}")
    (site.root / "secret").write_text("x\n")
    (site.root / "secret").chmod(0o644)
    answer = run("-C", site.root, "manage", "exec", "gpu1", "--", "true")
    assert answer.status == 2
    assert "may be read by others" in answer.err


def test_a_wrong_reach_file_is_told_with_its_place(site: Site, run: Run) -> None:
    (site.root / "reach.yaml").write_text("schema: millwright.reach/1\nusr: root\n")
    answer = run("-C", site.root, "manage", "exec", "gpu1", "--", "true")
    assert answer.status == 2
    assert "reach.yaml:2:1  usr  found unknown key 'usr'" in answer.err
    assert "did you mean 'user'?" in answer.err


def half_answered(site: Site) -> subprocess.Popen[bytes]:
    """Begin a run that gpu1 answers at once and the others not for long; wait for the answer."""
    script = f"case $SSH_CONNECTION in *$0) echo here;; *) exec sleep {LONG};; esac"
    port = str(site.hosts["gpu1"].port)
    words = ["-C", str(site.root), "manage", "exec", "gpu[1-3]", "--", "sh", "-c", script, port]
    running = subprocess.Popen(
        [sys.executable, "-m", "millwright", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (list(site.root.glob("runs/*/evidence.jsonl")) and chain(site)) or not runs_here(
        f"sleep {LONG}"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return running


def ends_here(words: str) -> None:
    deadline = time.monotonic() + 60
    while runs_here(words):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"jump": "gpu9"}, "jumps over gpu9, which nobody knows"),
        ({"jump": "gpu1"}, ""),
        ({"tree": "{gateways: [gw9], user_ca: ca}"}, "names the gateway gw9, which nobody knows"),
        ({"become": "{password_file: nowhere}"}, "cannot read"),
    ],
)
def test_a_way_that_leads_nowhere_is_refused_before_nodes_are_blamed(
    site: Site, run: Run, more: dict[str, str], told: str
) -> None:
    site.write_reach(**more)
    for words in (("manage", "exec", "gpu2", "--", "true"), ("deploy", "reach", "gpu2")):
        answer = run("-C", site.root, *words)
        assert (answer.status, told in answer.err) == (2 if told else 0, True), answer


def test_ways_in_a_circle_are_refused(site: Site, run: Run) -> None:
    text = (site.root / "reach.yaml").read_text()
    lines = [
        line.replace("}", f", jump: gpu{3 - int(line.strip()[3])}}}")
        if line.strip().startswith(("gpu1", "gpu2"))
        else line
        for line in text.splitlines()
    ]
    (site.root / "reach.yaml").write_text("\n".join(lines) + "\n")
    answer = run("-C", site.root, "manage", "exec", "gpu3", "--", "true")
    assert (answer.status, "jumps in a circle: gpu1 > gpu2 > gpu1" in answer.err) == (2, True)


def test_a_key_that_is_none_is_told_with_its_file(site: Site, run: Run) -> None:
    key = site.root / "user_key"
    key.rename(site.root / "away")
    answer = run("-C", site.root, "manage", "exec", "gpu1", "--", "true")
    assert (answer.status, "user_key: No such file" in answer.err) == (2, True)
    key.write_bytes((site.root / "user_key.pub").read_bytes())
    answer = run("-C", site.root, "manage", "exec", "gpu1", "--", "true")
    assert (answer.status, "user_key is no private key" in answer.err) == (2, True)


def test_an_agent_opens_nodes_without_a_key_in_the_workspace(site: Site, run: Run) -> None:
    sock = site.root / "agent.sock"
    with subprocess.Popen(
        [needed("ssh-agent"), "-D", "-a", str(sock)], stdout=subprocess.DEVNULL
    ) as agent:
        try:
            deadline = time.monotonic() + 60
            while not sock.exists():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            mine = {**os.environ, "SSH_AUTH_SOCK": str(sock)}
            words = [needed("ssh-add"), "-q", str(site.root / "user_key")]
            subprocess.run(words, env=mine, check=True, stderr=subprocess.DEVNULL)
            reach = site.root / "reach.yaml"
            said = reach.read_text().replace("key: user_key\n", "")
            reach.write_text(said.replace("agent: false", "agent: true"))
            words = ["-C", str(site.root), "manage", "exec", "gpu[1-3]", "--", "true"]
            assert run(*words, SSH_AUTH_SOCK=str(sock)).status == 0
            assert run(*words, SSH_AUTH_SOCK="").status == 3
        finally:
            agent.kill()


def test_whatever_is_no_authority_is_refused(site: Site, run: Run) -> None:
    for words in (("deploy", "trust", "--ca"), ("evidence", "verify", "--signers")):
        answer = run("-C", site.root, *words, site.root / "reach.yaml")
        assert answer.status == 2, answer


def test_an_interrupt_keeps_and_shows_what_was_answered(site: Site, run: Run) -> None:
    with half_answered(site) as running:
        os.killpg(running.pid, signal.SIGINT)
        begun = time.monotonic()
        out, err = running.communicate(timeout=60)
        assert time.monotonic() - begun < 30
    assert running.returncode == 130
    assert out == b"gpu1 (1)  ok  SIMULATED\n  here\n"
    assert err == b"interrupted\n"
    assert [line["node"] for line in chain(site)] == ["gpu1"]
    assert run("-C", site.root, "evidence", "verify").status == 0
    ends_here(f"sleep {LONG}")


def test_a_kill_leaves_what_was_answered_whole_and_signed(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(tmp_path / "home" / "key"))
    assert run("-C", site.root, "evidence", "key").status == 0
    with half_answered(site) as running:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate(timeout=60)
    told = run("-C", site.root, "evidence", "verify")
    assert (
        told.status,
        "1 line, whole, 1 of 3 nodes answered; cut off: signed to line 1" in told.out,
    ) == (
        0,
        True,
    )
    assert run("-C", site.root, "manage", "exec", "gpu[1-3]", "--", "true").status == 0

"""Jobs on nodes outlive whoever began them: real processes, kept by the program that is sent."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from millwright.adapters.spool import ShellSpool, told
from millwright.ports import Answer, Job, Limits, SpoolOrder, SpoolTold, Unit


@dataclass
class HereShell:
    """A Shell whose nodes are folders of this machine."""

    root: Path

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        for node in nodes:
            words = [sys.executable, *argv[1:-1], argv[-1].replace("NODE", node)]
            done = subprocess.run(words, input=given, capture_output=True, check=False, timeout=30)
            yield Answer(node, tuple(argv), "exit", done.returncode, 0.1, done.stdout, done.stderr)


@pytest.fixture
def spool(tmp_path: Path) -> ShellSpool:
    return ShellSpool(HereShell(tmp_path), "run", f"{tmp_path}/NODE", systemd=False)


def tell(spool: ShellSpool, order: SpoolOrder) -> SpoolTold:
    (found,) = spool.tend([order])
    return found


def ended(spool: ShellSpool, node: str, key: str, within_s: float = 20.0) -> Unit:
    """Return a job once it is at its end."""
    deadline = time.monotonic() + within_s
    while True:
        unit = tell(spool, SpoolOrder(node, ask=(key,))).units[key]
        if unit.state not in ("begins", "runs"):
            return unit
        assert time.monotonic() < deadline, unit
        time.sleep(0.05)


def job(key: str, *argv: str, limit_s: float = 20.0) -> Job:
    return Job(key, argv, limit_s)


def test_a_job_goes_on_while_nobody_is_connected_and_is_fetched_later(spool: ShellSpool) -> None:
    first = tell(spool, SpoolOrder("a", (job("t.0.1", "sh", "-c", "sleep 0.3; echo out; exit 7"),)))
    assert first.units["t.0.1"].state in ("begins", "runs")
    found = ended(spool, "a", "t.0.1")
    assert (found.state, found.ended, found.exit_status, found.stdout) == (
        "done",
        "exit",
        7,
        b"out\n",
    )
    assert found.boot_id == first.boot_id != ""


def test_a_job_that_was_begun_is_not_begun_again(spool: ShellSpool, tmp_path: Path) -> None:
    count = tmp_path / "count"
    order = SpoolOrder("a", (job("t.0.1", "sh", "-c", f"echo x >> {count}"),))
    for _ in range(3):
        tell(spool, order)
    ended(spool, "a", "t.0.1")
    tell(spool, order)
    assert count.read_text() == "x\n"


def test_words_reach_the_program_as_they_are(spool: ShellSpool) -> None:
    words = ("printf", "%s|", "$(id)", "a b", "%h ${HOME}", ";", "'")
    tell(spool, SpoolOrder("a", (job("t.0.1", *words),)))
    assert ended(spool, "a", "t.0.1").stdout == b"$(id)|a b|%h ${HOME}|;|'|"


def test_a_job_that_hears_no_signal_is_ended_at_its_limit(spool: ShellSpool) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    tell(spool, SpoolOrder("a", (job("t.0.1", sys.executable, "-c", deaf, limit_s=0.5),)))
    found = ended(spool, "a", "t.0.1")
    assert (found.state, found.ended, found.exit_status) == ("done", "timeout", None)


def test_a_program_that_is_not_there_is_told_as_a_shell_would(spool: ShellSpool) -> None:
    tell(spool, SpoolOrder("a", (job("t.0.1", "no-such-program"),)))
    found = ended(spool, "a", "t.0.1")
    assert (found.exit_status, found.stderr) == (
        127,
        b"no-such-program: No such file or directory\n",
    )


def test_what_is_too_much_is_dropped_and_counted(spool: ShellSpool) -> None:
    tell(spool, SpoolOrder("a", (job("t.0.1", "head", "-c", "6000000", "/dev/zero"),)))
    found = ended(spool, "a", "t.0.1")
    assert (len(found.stdout), found.dropped_bytes) == (4 << 20, 6_000_000 - (4 << 20))


def test_a_job_is_ended_and_forgotten_where_that_is_ordered(spool: ShellSpool) -> None:
    tell(spool, SpoolOrder("a", (job("t.0.1", "sleep", "60"),)))
    deadline = time.monotonic() + 10
    while tell(spool, SpoolOrder("a", ask=("t.0.1",))).units["t.0.1"].state != "runs":
        assert time.monotonic() < deadline
    tell(spool, SpoolOrder("a", end=("t.0.1",)))
    assert ended(spool, "a", "t.0.1").ended == "signal"
    tell(spool, SpoolOrder("a", forget=("t.0.1",)))
    assert tell(spool, SpoolOrder("a", ask=("t.0.1",))).units["t.0.1"].state == "none"


def test_what_a_job_wrote_into_a_file_is_counted_where_it_is_too_much(spool: ShellSpool) -> None:
    write = "echo out; head -c 5000000 /dev/zero > told.txt"
    tell(spool, SpoolOrder("a", (Job("t.0.1", ("sh", "-c", write), 20.0, output="told.txt"),)))
    found = ended(spool, "a", "t.0.1")
    assert (len(found.stdout), found.dropped_bytes) == (4 << 20, 5_000_004 - (4 << 20))


def test_a_server_is_ended_before_the_next_one_wants_its_port(
    spool: ShellSpool, tmp_path: Path
) -> None:
    """A locked file stands for the port, of a server that takes its time to go."""
    port = tmp_path / "port"
    serve = f"""\
import fcntl, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(time.sleep(0.7)))
with open({str(port)!r}, "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    file.write("x")
    file.flush()
    time.sleep(60)
"""
    first, late = (job(f"t.{n}.1.serve", sys.executable, "-c", serve) for n in (0, 1))
    tell(spool, SpoolOrder("a", (first,)))
    served(port, "x")
    tell(spool, SpoolOrder("a", (late,), end=(first.key,)))
    served(port, "xx")
    assert tell(spool, SpoolOrder("a", ask=(late.key,))).units[late.key].state == "runs"
    tell(spool, SpoolOrder("a", end=(late.key,)))
    assert ended(spool, "a", late.key).ended == "signal"


def test_a_job_that_is_forgotten_while_it_ends_does_not_end_the_next_one_of_its_name(
    spool: ShellSpool, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    slow = f"""\
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(time.sleep(1.5)))
open({str(marks)!r}, "a").write("x")
time.sleep(60)
"""
    same = job("t.0.1.serve", sys.executable, "-c", slow)
    tell(spool, SpoolOrder("a", (same,)))
    served(marks, "x")
    tell(spool, SpoolOrder("a", end=(same.key,)))
    tell(spool, SpoolOrder("a", forget=(same.key,)))
    tell(spool, SpoolOrder("a", (same,)))
    served(marks, "xx")
    time.sleep(1.7)
    assert tell(spool, SpoolOrder("a", ask=(same.key,))).units[same.key].state == "runs"
    tell(spool, SpoolOrder("a", end=(same.key,)))
    assert ended(spool, "a", same.key).ended == "signal"


def served(port: Path, marks: str, within_s: float = 10.0) -> None:
    """Wait until so many have had a port."""
    deadline = time.monotonic() + within_s
    while not port.exists() or port.read_text() != marks:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_job_whose_node_started_again_is_gone(spool: ShellSpool, tmp_path: Path) -> None:
    tell(spool, SpoolOrder("a", (job("t.0.1", "sleep", "30"),)))
    time.sleep(0.3)
    tell(spool, SpoolOrder("a", end=("t.0.1",)))
    ended(spool, "a", "t.0.1")
    folder = tmp_path / "a" / "run" / "t.0.1"
    (folder / "result.json").unlink()
    for name in ("order.json", "begun.json"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace('"boot_id": "', '"boot_id": "earlier-'))
    found = tell(spool, SpoolOrder("a", ask=("t.0.1",))).units["t.0.1"]
    assert (found.state, found.boot_id.startswith("earlier-")) == ("gone", True)


def test_files_lie_where_a_job_runs_and_go_with_it(spool: ShellSpool, tmp_path: Path) -> None:
    wanted = Job("t.0.1", ("cat", "input.txt"), 20.0, {"MODE": "x"}, {"input.txt": "words\n"})
    tell(spool, SpoolOrder("a", (wanted,)))
    assert ended(spool, "a", "t.0.1").stdout == b"words\n"
    assert not (tmp_path / "a" / "run" / "t.0.1" / "work").exists()


def test_nodes_that_are_told_different_things_are_all_asked(spool: ShellSpool) -> None:
    orders = [SpoolOrder(n, (job("t.0.1", "echo", n),)) for n in ("a", "b", "c")]
    assert {found.node for found in spool.tend(orders)} == {"a", "b", "c"}
    assert [ended(spool, n, "t.0.1").stdout for n in "abc"] == [b"a\n", b"b\n", b"c\n"]


@pytest.mark.parametrize("key", ["../x", "", ".x", "a/b", "a b"])
def test_a_key_that_leads_elsewhere_is_refused(spool: ShellSpool, key: str) -> None:
    assert "no key" in tell(spool, SpoolOrder("a", (job(key, "true"),))).reason


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"{}",
        b'{"boot_id": 1, "units": []}',
        b'{"boot_id": "x", "units": {"a": {"state": "odd"}}}',
        b'{"boot_id": "x", "units": {"a": {"state": "done", "ended": "exit", "stdout": "%"}}}',
    ],
)
def test_a_node_that_says_something_else_was_not_reached(said: bytes) -> None:
    assert not told(Answer("a", ("x",), "exit", 0, 0.1, said)).reached

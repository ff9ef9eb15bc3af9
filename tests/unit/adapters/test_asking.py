"""Many questions in one go: each keeps its words, time and bytes, and costs itself alone."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters import interview
from millwright.adapters.asking import ShellAsker
from millwright.ports import Answer, Limits, Question

ECHO = ("sh", "-c", 'printf "%s" "$1"', "sh")


def ran(node: str, argv: Sequence[str], limits: Limits, given: bytes) -> Answer:
    """Return what a command does on this machine, as a node over SSH would answer."""
    try:
        done = subprocess.run(
            list(argv), input=given, capture_output=True, timeout=limits.command_s, check=False
        )
    except FileNotFoundError:
        return Answer(node, tuple(argv), "exit", 127, 0.0, b"", b"not found")
    return Answer(node, tuple(argv), "exit", done.returncode, 0.0, done.stdout, done.stderr)


Says = Callable[[Answer], Answer]


@dataclass
class Nodes:
    """Nodes that are this machine; `says` changes what one answers to the program as a whole."""

    says: Mapping[str, Says] = field(default_factory=dict)
    told: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def run(
        self,
        nodes: Sequence[str],
        argv: Sequence[str],
        limits: Limits,
        given: bytes | Mapping[str, bytes] = b"",
    ) -> Iterator[Answer]:
        for node in nodes:
            self.told.append((node, tuple(argv)))
            own = given if isinstance(given, bytes) else given[node]
            answer = ran(node, argv, limits, own)
            changed = self.says.get(node) if tuple(argv) == interview.WORDS else None
            yield changed(answer) if changed else answer


def asked(nodes: Nodes, *questions: Question) -> dict[tuple[str, tuple[str, ...]], Answer]:
    """Return the answers by node and words; each question has exactly one."""
    answers = list(ShellAsker(nodes).ask(questions))
    found = {(answer.node, answer.argv): answer for answer in answers}
    assert len(found) == len(answers) == len(questions)
    return found


def two(node: str) -> list[Question]:
    """Return two questions of one node."""
    return [Question(node, (*ECHO, "one")), Question(node, (*ECHO, "two"))]


def said(found: Mapping[tuple[str, tuple[str, ...]], Answer], node: str) -> set[bytes]:
    """Return what a node said."""
    return {answer.stdout for (name, _), answer in found.items() if name == node}


def test_all_questions_of_a_node_cost_it_one_conversation() -> None:
    nodes = Nodes()
    found = asked(nodes, *two("gpu1"), *two("gpu2"), Question("gpu2", ("false",)))
    assert sorted(node for node, _ in nodes.told) == ["gpu1", "gpu2"]
    assert said(found, "gpu1") == {b"one", b"two"}
    assert found["gpu2", ("false",)].exit_status == 1
    assert all(answer.ended == "exit" for answer in found.values())


def test_one_question_to_all_nodes_needs_no_program_there() -> None:
    nodes = Nodes()
    asked(nodes, Question("gpu1", ("true",)), Question("gpu2", ("true",)))
    assert nodes.told == [("gpu1", ("true",)), ("gpu2", ("true",))]


def test_a_word_is_a_word_and_never_shell_text() -> None:
    words = ["", " ", "$(id)", "`id`", "a;b", "'", '"', "\\", "\n", "*", "-e", "ä\u2028", "\x7f"]
    questions = [Question("gpu1", (*ECHO, word)) for word in words]
    found = asked(Nodes(), *questions)
    assert [found["gpu1", each.argv].stdout.decode() for each in questions] == words


def test_a_question_that_hangs_is_a_timeout_and_the_others_are_answered() -> None:
    hung = Question("gpu1", ("sh", "-c", "echo begun; sleep 60"), 0.5)
    begun = time.monotonic()
    found = asked(Nodes(), hung, *two("gpu1"))
    assert time.monotonic() - begun < 20
    answer = found["gpu1", hung.argv]
    assert (answer.ended, answer.exit_status, answer.stdout) == ("timeout", None, b"begun\n")
    assert answer.reason == "no end within 0.5 s"
    assert {b"one", b"two"} <= said(found, "gpu1")


def test_a_question_that_no_signal_but_the_last_one_ends_does_not_hold_the_others() -> None:
    deaf = Question("gpu1", ("sh", "-c", "trap '' TERM; sleep 60 & wait; sleep 60"), 0.3)
    found = asked(Nodes(), deaf, *two("gpu1"))
    assert found["gpu1", deaf.argv].ended == "timeout"


def test_hostile_bytes_are_kept_as_they_are_and_forge_no_answer() -> None:
    forged = json.dumps(
        {"n": 0, "ended": "exit", "status": 0, "s": 0, "out": "", "err": "", "dropped": 0}
    )
    whole = b"\xff\x00\n\x1b[2J" + forged.encode() + b"\n"
    octal = "".join(f"\\{byte:03o}" for byte in whole)
    loud = Question("gpu1", ("sh", "-c", f"printf '{octal}'; printf '{octal}' >&2; exit 7"), 90.0)
    found = asked(Nodes(), Question("gpu1", ("false",), 100.0), loud)
    assert found["gpu1", ("false",)].exit_status == 1
    answer = found["gpu1", loud.argv]
    assert (answer.stdout, answer.stderr, answer.exit_status) == (whole, whole, 7)


def test_what_is_too_much_is_dropped_and_counted() -> None:
    flood = Question("gpu1", ("head", "-c", str(interview.KEPT_BYTES + 5), "/dev/zero"))
    found = asked(Nodes(), flood, Question("gpu1", ("true",)))
    answer = found["gpu1", flood.argv]
    assert (len(answer.stdout), answer.dropped_bytes) == (interview.KEPT_BYTES, 5)


def test_a_command_that_is_not_there_is_an_answer_as_a_shell_gives_it() -> None:
    found = asked(Nodes(), Question("gpu1", ("no-such-command",)), Question("gpu1", ("true",)))
    assert found["gpu1", ("no-such-command",)].exit_status == 127


def test_a_command_that_a_signal_ends_is_no_exit() -> None:
    argv = ("sh", "-c", "kill -9 $$")
    found = asked(Nodes(), Question("gpu1", argv), Question("gpu1", ("true",)))
    assert (found["gpu1", argv].ended, found["gpu1", argv].exit_status) == ("signal", None)


@pytest.mark.parametrize(
    "whole",
    [
        b"",
        b"sh: 1: python3: not found\n",
        b"welcome to gpu1\n\xff\xfe{]\n",
        b"[" * 100_000,
        b"7\n" * 1000,
        b'{"n": true, "ended": "exit", "status": 0}\n',
        b'{"n": 0, "ended": "exit", "status": 0, "s": NaN, "out": "", "err": "", "dropped": 0}\n',
        b'{"n": 0, "ended": "exit", "status": 1e9, "s": 0, "out": "", "err": "", "dropped": 0}\n',
        b'{"n": 0, "ended": "well", "status": 0, "s": 0, "out": "", "err": "", "dropped": 0}\n',
        b'{"n": 0, "ended": "exit", "status": 0, "s": 0, "out": "?", "err": "", "dropped": 0}\n',
        b'{"n": 9, "ended": "exit", "status": 0, "s": 0, "out": "", "err": "", "dropped": 0}\n',
    ],
)
def test_a_node_without_python_or_with_words_of_its_own_is_asked_one_by_one(whole: bytes) -> None:
    def garbled(answer: Answer) -> Answer:
        return Answer(answer.node, answer.argv, "exit", 127, 0.0, whole)

    nodes = Nodes({"gpu1": garbled})
    found = asked(nodes, *two("gpu1"), *two("gpu2"))
    assert said(found, "gpu1") == said(found, "gpu2") == {b"one", b"two"}
    assert [argv for node, argv in nodes.told if node == "gpu1"][1:] == [
        q.argv for q in two("gpu1")
    ]


def test_words_of_a_login_shell_before_the_answers_cost_nothing() -> None:
    def greeted(answer: Answer) -> Answer:
        stdout = b"welcome!\n" + answer.stdout + b"\nbye"
        return Answer(answer.node, answer.argv, "exit", 0, 0.0, stdout)

    nodes = Nodes({"gpu1": greeted})
    assert said(asked(nodes, *two("gpu1")), "gpu1") == {b"one", b"two"}
    assert len(nodes.told) == 1


@pytest.mark.parametrize("ended", ["lost", "timeout"])
def test_a_node_that_is_lost_midway_has_answered_what_it_answered(ended: str) -> None:
    def torn(answer: Answer) -> Answer:
        stdout = answer.stdout.splitlines(keepends=True)[0] + b'{"n": 1, "ended'
        reason = "the connection broke"
        if ended == "lost":
            return Answer(answer.node, answer.argv, "lost", None, 1.0, stdout, reason=reason)
        return Answer(answer.node, answer.argv, "timeout", None, 1.0, stdout, reason=reason)

    nodes = Nodes({"gpu1": torn})
    found = asked(nodes, *two("gpu1"))
    assert sorted(answer.ended for answer in found.values()) == sorted(["exit", ended])
    assert len(nodes.told) == 1
    (other,) = [answer for answer in found.values() if answer.ended == ended]
    assert (other.reason, other.stdout, other.exit_status) == ("the connection broke", b"", None)


def test_the_program_takes_its_commands_with_it_when_it_is_ended() -> None:
    wait = Question("gpu1", ("sh", "-c", "echo $$ >&2; exec sleep 60"), 60.0)
    tell = Question("gpu1", ("sh", "-c", "sleep 0.3; ps -o pid= -o args= -e"), 50.0)
    program = subprocess.Popen(list(interview.WORDS), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(interview.given([wait, tell]))
    program.stdin.close()
    told = json.loads(program.stdout.readline())
    rows = [row.split() for row in base64.b64decode(told["out"]).decode().splitlines()]
    (sleeper,) = [
        int(row[0]) for row in rows if row[1:] == ["sleep", "60"] and is_ours(row[0], program.pid)
    ]
    program.send_signal(signal.SIGTERM)
    assert program.wait(10) == 1
    deadline = time.monotonic() + 10
    while is_there(sleeper):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    program.stdout.close()


def is_ours(pid: str, parent: int) -> bool:
    """Return whether a process is the child of another one."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1]) == parent
    except OSError:
        return False


def is_there(pid: int) -> bool:
    """Return whether a process runs; one that has ended and is not collected does not."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@given(st.binary(max_size=200))
def test_no_output_of_a_node_is_a_bug_of_ours(raw: bytes) -> None:
    questions = two("gpu1")
    whole = Answer("gpu1", interview.WORDS, "exit", 0, 0.0, raw)
    assert set(interview.answers(questions, whole)) <= {0, 1}

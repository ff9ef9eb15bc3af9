"""How a role is proven on a host: questions, and what the design says their answers must be.

A role is done when its proof equals the design, not when its play is green. What a host cannot
show is `not testable` there, and never proven.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from millwright.deploy.sections.accelerators import Package
from millwright.model.standing import Standing
from millwright.ports import Answer


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a proof came out, and what was found in words."""

    standing: Standing
    detail: str


Judge = Callable[[str], Verdict]


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a host; `judge` is given what it said where the command was content.

    `patience_s` is how long a daemon may take until its answer is the right one, `command_s` how
    long one answer may take. `asked` names the host that is asked where it is another one than the
    one to be proven: only the head node tells what runs across nodes; `instead` is asked where that
    host does not answer. `turn` says that it is asked when all questions of earlier turns have
    their answer: it looks at what they bring about, or they would disturb it.
    """

    argv: tuple[str, ...]
    judge: Judge
    patience_s: float = 0.0
    asked: str = ""
    command_s: float = 30.0
    instead: Check | None = None
    turn: int = 0


PROVEN = Verdict("proven", "")


def judged(check: Check, answer: Answer) -> Verdict:
    """Return the verdict of one answer: a command that failed proves nothing well."""
    if answer.ended != "exit":
        return Verdict("unknown", f"{answer.ended}: {answer.reason}")
    if answer.exit_status != 0:
        said = (answer.stderr or answer.stdout).decode("utf-8", "backslashreplace").strip()
        words = " ".join(check.argv[:3])
        return Verdict("failed", f"{words} ended with {answer.exit_status}: {said[:200]}")
    return check.judge(answer.stdout.decode("utf-8", "backslashreplace"))


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of all: one that fails fails them, one that is unknown leaves them so."""
    order: Sequence[Standing] = ("failed", "unknown", "not testable", "proven")
    return min(verdicts, key=lambda verdict: order.index(verdict.standing))


def equals(wanted: str, what: str) -> Judge:
    """Return a judge that wants one text; `what` says in words what was asked."""

    def judge(text: str) -> Verdict:
        found = text.strip()
        if found == wanted:
            return PROVEN
        return Verdict("failed", f"{what} is {found[:120]!r}, and the design says {wanted!r}")

    return judge


def active(service: str, patience_s: float = 0.0) -> Check:
    """Return the question whether a service of systemd runs."""
    return Check(("systemctl", "is-active", service), equals("active", service), patience_s)


def excused(text: str) -> frozenset[str]:
    """Return what a role found that this host's kernel refuses, from its own word on the host."""
    try:
        refused = json.loads(text)["refused"]
        return frozenset(str(key) for key in refused)
    except (ValueError, KeyError, TypeError):
        return frozenset()


def versions(packages: Sequence[Package]) -> Check:
    """Return the question whether packages stand in the versions that they are pinned to."""
    wanted = {package.name: package.version for package in packages}

    def judge(text: str) -> Verdict:
        found = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
        wrong = [
            f"{name} is {found.get(name, 'not there')}, and the design says {version}"
            for name, version in wanted.items()
            if not fnmatchcase(found.get(name, ""), version)
        ]
        return Verdict("failed", "; ".join(wrong)) if wrong else PROVEN

    return Check(("dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *wanted), judge)

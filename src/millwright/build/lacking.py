"""What nodes lack before a burn-in can measure them, and what brings it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.model.buildplan import BuildPlan
from millwright.model.burnin import Need
from millwright.model.nodeset import folded
from millwright.ports import Answer

LEAST_FREE_MIB = 1024
ASKED = """\
import json, os, shutil, sys
path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
place = next(p for p in ("/var/lib/millwright", "/var/lib", "/") if os.path.isdir(p))
told = os.statvfs(place)
lacks = [word for word in sys.argv[1:] if shutil.which(word, path=path) is None]
free = told.f_bavail * told.f_frsize >> 20
sys.stdout.write(json.dumps({"lacks": lacks, "free_mib": free}) + "\\n")
"""
"""Constant: which programs a node has not, and how much room there is for what tests say."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a node has not: which tests want it, and the words that bring it.

    `silent` says that the node did not answer, and nobody knows what it has.
    """

    node: str
    what: str
    tests: tuple[str, ...] = ()
    fix: str = ""
    silent: bool = False


def questions(plan: BuildPlan) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield nodes and what they are asked: those that need the same are asked together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for node, needs in _needs(plan).items():
        words = ("python3", "-Ic", ASKED, *sorted(needs))
        groups.setdefault(words, []).append(node)
    for words, nodes in groups.items():
        yield tuple(nodes), words


def _needs(plan: BuildPlan) -> Mapping[str, dict[str, tuple[Need, list[str]]]]:
    """Return by node and program what it is, and the tests that want it."""
    found: dict[str, dict[str, tuple[Need, list[str]]]] = {}
    for test in plan.tests:
        for node in test.names():
            for need in test.needs:
                _, tests = found.setdefault(node, {}).setdefault(need.binary, (need, []))
                tests.append(test.test)
    return found


def lacking(plan: BuildPlan, answers: Sequence[Answer]) -> list[Lack]:
    """Return what nodes lack by what they answered; one that was not asked is not spoken of."""
    needs = _needs(plan)
    return [lack for answer in answers for lack in _of(answer, needs.get(answer.node, {}))]


def _of(answer: Answer, needs: Mapping[str, tuple[Need, list[str]]]) -> Iterator[Lack]:
    try:
        told = json.loads(answer.stdout) if answer.succeeded else {}
        lacks, free = list(told["lacks"]), int(told["free_mib"])
    except (ValueError, RecursionError, KeyError, TypeError):
        reason = answer.reason or answer.stderr.decode("utf-8", "backslashreplace").strip()[:200]
        yield Lack(answer.node, f"does not answer: {reason or 'said nothing'}", silent=True)
        return
    for binary in lacks:
        need, tests = needs[binary]
        yield Lack(answer.node, _named(need), tuple(tests), _fix(need, answer.node))
    if free < LEAST_FREE_MIB:
        yield Lack(answer.node, f"{free} MiB of room below /var/lib", (), "make room: 1 GiB")


def _named(need: Need) -> str:
    return f"{need.binary} (package {need.package})" if need.package else need.binary


def _fix(need: Need, node: str) -> str:
    if need.role:
        return f"millwright deploy apply --until boot --only {node}  (role {need.role})"
    return "its vendor brings it; nothing here installs it"


def told_together(lacks: Sequence[Lack]) -> Iterator[tuple[str, Lack]]:
    """Yield each lack once, with the nodes that share it; the words that bring it name them all."""
    groups: dict[tuple[str, tuple[str, ...]], list[Lack]] = {}
    for lack in lacks:
        groups.setdefault((lack.what, lack.tests), []).append(lack)
    for shared in groups.values():
        names = folded(lack.node for lack in shared)
        first = shared[0]
        fix = first.fix.replace(f"--only {first.node} ", f"--only {names} ")
        yield names, Lack(names, first.what, first.tests, fix, first.silent)

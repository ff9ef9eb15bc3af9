"""`build bisect`: groups are asked for one by one until the nodes at fault are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from millwright.build.bisecting import Asked, next_or_found
from millwright.build.bisection import Isolation
from millwright.errors import MillwrightError
from tests.conftest import Run

SUSPECTS = tuple(f"gpu{at}" for at in range(1, 17))
GOOD = tuple(f"gpu{at}" for at in range(17, 33))


def told(fails: Callable[[frozenset[str]], bool]) -> tuple[Isolation, int]:
    """Return what is found where somebody answers every group, and how many answers it took."""
    passed: set[frozenset[str]] = set()
    failed: set[frozenset[str]] = set()
    while True:
        found = next_or_found(Asked(SUSPECTS, GOOD, frozenset(passed), frozenset(failed)))
        if isinstance(found, Isolation):
            return found, len(passed | failed)
        group = frozenset(found)
        assert len(found) == len(SUSPECTS)
        (failed if fails(group) else passed).add(group)


def test_two_faults_are_found_at_the_size_at_which_they_show() -> None:
    found, answers = told(lambda group: bool(group & {"gpu3", "gpu11"}))
    assert (found.faulty, found.boundary, found.padded) == (("gpu11", "gpu3"), (), True)
    assert answers < 20


def test_nodes_that_fail_only_together_are_named_together() -> None:
    found, _ = told(lambda group: {"gpu2", "gpu15"} <= group)
    assert (found.faulty, found.boundary) == ((), (("gpu15", "gpu2"),))


def test_the_command_names_the_next_group_and_then_the_fault(run: Run) -> None:
    words = ["build", "bisect", "gpu[1-2]", "--good", "gpu[3-6]"]
    first = run(*words)
    assert (first.status, first.out.strip()) == (3, "gpu[1-2]")
    words += ["--failed", "gpu[1-2]"]
    while (answer := run(*words, "--json")).status == 3:
        group = json.loads(answer.out)["next"]
        words += ["--failed" if "gpu2" in group else "--passed", ",".join(group)]
    assert answer.status == 1
    found = json.loads(answer.out)["found"]
    assert (found["faulty"], found["padded"], found["confirmed_with_others"]) == (
        ["gpu2"], True, True,
    )  # fmt: skip
    assert "gpu2" in run(*words).out


def test_too_few_good_nodes_are_told(run: Run) -> None:
    said = run("build", "bisect", "gpu[1-2]", "--good", "gpu3", "--failed", "gpu[1-2]",
               "--failed", "gpu1,gpu3", "--passed", "gpu2,gpu3")  # fmt: skip
    assert (said.status, "too few good nodes to confirm" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("passed", "failed", "why"),
    [({"gpu1"}, {"gpu1"}, "passed and failed"), ({"gpu1", "gpu9"}, set(), "nobody asked")],
)
def test_answers_that_cannot_be_are_refused(passed: set[str], failed: set[str], why: str) -> None:
    groups = [frozenset({frozenset(each)}) if each else frozenset() for each in (passed, failed)]
    with pytest.raises(MillwrightError, match=why):
        next_or_found(Asked(("gpu1", "gpu2"), ("gpu3",), *groups))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "who fails together, and who is good?"),
        (("--resume",), "no groups were searched here"),
        (("gpu1", "--resume"), "a search that goes on knows its nodes"),
        (("gpu1", "--good", "gpu2", "--run", "x", "--passed", "gpu1"), "answer for themselves"),
    ],
)
def test_what_says_too_little_or_two_things_at_once_is_refused(
    words: tuple[str, ...], why: str, tmp_path: Path, run: Run
) -> None:
    said = run("-C", tmp_path, "build", "bisect", *words)
    assert (said.status, why in said.err) == (2, True)

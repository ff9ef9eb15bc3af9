"""Jobs of a drill, in words that Slurm 22.05 reads as 24.11 does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from millwright.journeys.drillslurm import DrillQueue
from millwright.ports import Answer, Limits


class Head:
    """A head node that keeps what it is told, and answers the same each time."""

    def __init__(self, out: str = "") -> None:
        self.out = out
        self.told: list[tuple[str, ...]] = []

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        self.told.append(tuple(argv))
        yield Answer(nodes[0], tuple(argv), "exit", 0, 0.1, self.out.encode())


def queue(head: Head, user: str = "") -> DrillQueue:
    return DrillQueue(("head-1", head), lambda answer: None, user, lambda node: "gpu")


@pytest.mark.parametrize(
    ("user", "first"),
    [("ada", ("runuser", "-u", "ada", "--", "srun")), ("", ("srun",))],
)
def test_srun_is_given_no_user_which_it_takes_no_more(user: str, first: tuple[str, ...]) -> None:
    head = Head()
    assert queue(head, user).runs("drl-20261126-100000", "gpu1") == ""
    assert head.told[0][: len(first)] == first
    assert not any(word.startswith("--uid") for word in head.told[0])


def test_sbatch_is_told_whose_the_job_is_and_its_text_is_constant() -> None:
    head = Head("7\n")
    assert queue(head, "ada").begin("drl-20261126-100000", "gpu1") == ""
    (words,) = head.told
    assert words[:2] == ("sbatch", "--uid=ada")
    assert "--exclusive" in words
    assert [word for word in words if word.startswith("--wrap=")] == ["--wrap=exec sleep 3500"]


@pytest.mark.parametrize(
    ("line", "state", "nodes", "reason"),
    [
        ("7|RUNNING|gpu1|None", "RUNNING", "gpu1", "None"),
        ("7|PENDING||BeginTime", "PENDING", "", "BeginTime"),
        ("7|PENDING||(ReqNodeNotAvail, UnavailableNodes:gpu1|2)", "PENDING", "",
         "(ReqNodeNotAvail, UnavailableNodes:gpu1|2)"),
        ("", "", "", ""),
    ],
)  # fmt: skip
def test_how_a_job_stands_is_read(line: str, state: str, nodes: str, reason: str) -> None:
    stand = queue(Head(f"{line}\n")).job("drl-20261126-100000")
    assert (stand.state, stand.nodes, stand.reason, stand.silent) == (state, nodes, reason, "")

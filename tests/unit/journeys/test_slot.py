"""How Slurm's words of a node are read: only what says that jobs come there counts as serving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from millwright.journeys.remedyslurm import SlurmHead
from millwright.ports import Answer, Limits


class Head:
    """A head node that answers every question with the same line of sinfo."""

    def __init__(self, line: str) -> None:
        self.line = line

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, stdin: bytes = b""
    ) -> Iterable[Answer]:
        return [Answer(nodes[0], tuple(argv), "exit", 0, 0.1, self.line.encode())]


@pytest.mark.parametrize(
    ("state", "serves"),
    [
        ("idle", True),
        ("mixed-", True),
        ("allocated+", True),
        ("completing", True),
        ("planned", True),
        ("reserved", True),
        ("idle$", True),
        ("blocked", True),
        ("idle*", False),
        ("allocated*", False),
        ("inval", False),
        ("unknown*", False),
        ("unknown", False),
        ("future", False),
        ("reboot^", False),
        ("powered_down", False),
        ("down*", False),
        ("drained", False),
        ("draining", False),
        ("", False),
    ],
)
def test_a_node_serves_only_where_slurm_says_so_and_hears_it(state: str, serves: bool) -> None:
    slot = SlurmHead("head-1", Head(f"gpu1|{state}|none\n"), lambda answer: None).look("gpu1")
    assert slot.serves is serves
    assert slot.quiet is state.endswith("*")


def test_a_node_of_which_slurm_says_nothing_does_not_serve() -> None:
    slot = SlurmHead("head-1", Head(""), lambda answer: None).look("gpu1")
    assert (slot.serves, slot.told) == (False, "the scheduler has it not at all")

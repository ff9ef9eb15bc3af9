"""How Slurm's words of a node are read: only what says that jobs come there counts as serving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from millwright.journeys.remedyslurm import SlurmHead, kept_out
from millwright.manage.remedy.rails import is_ours
from millwright.ports import Answer, Limits


class Head:
    """A head node that answers every question with the same line of sinfo."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.told: list[tuple[str, ...]] = []

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        self.told.append(tuple(argv))
        yield Answer(nodes[0], tuple(argv), "exit", 0, 0.1, self.line.encode())


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


@pytest.mark.parametrize(
    ("line", "away", "ours"),
    [
        ("gpu1|idle|none", False, False),
        ("gpu1|idle*|none", True, True),
        ("gpu1|inval|gres/gpu count reported lower than configured (7 < 8)", True, True),
        ("gpu1|inval|Low RealMemory (reported:1 < 100.00% of configured:2)", True, True),
        ("gpu1|inval|jane: memory", True, False),
        ("gpu1|unknown*|none", True, True),
        ("gpu1|drained|jane: memory", True, False),
        ("gpu1|down*|Not responding", True, True),
    ],
)
def test_a_node_counts_as_left_only_where_jobs_come_there(
    line: str, away: bool, ours: bool
) -> None:
    out, silent = SlurmHead("head-1", Head(f"{line}\n"), lambda answer: None).out(("gpu1",))
    assert ("gpu1" in out, silent) == (away, "")
    assert is_ours(out.get("gpu1", "")) is ours


@pytest.mark.parametrize(
    ("line", "drained"),
    [
        ("gpu1|idle|none", True),
        ("gpu1|down*|Not responding", True),
        ("gpu1|drained|millwright-remedy:inc-1", True),
        ("gpu1|drained|jane: memory", False),
    ],
)
def test_what_somebody_else_keeps_out_keeps_his_words(line: str, drained: bool) -> None:
    head = Head(f"{line}\n")
    why = kept_out(SlurmHead("head-1", head, lambda answer: None), "gpu1", "ours")
    assert ("Reason=ours" in head.told[-1]) is drained
    assert why == ("" if drained else "somebody else keeps it out: jane: memory")

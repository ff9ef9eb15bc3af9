"""Since when things run, as hosts and Slurm tell it; what they do not tell is UNKNOWN."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.journeys.growproof import ShellWitness
from millwright.manage.grow.proof import proven
from millwright.model.growth import HostLife, Noted, Restart, Service
from millwright.ports import Answer, Limits

HOST = {"boot": "b.1", "services": [["munge.service", 10, 100], ["user@0.service", 11, 110]]}


@dataclass
class Shell:
    """Answers by the first word of a command."""

    said: dict[str, tuple[int, str]]
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        self.asked.append(tuple(argv))
        status, text = self.said[argv[0]]
        for node in nodes:
            yield Answer(node, tuple(argv), "exit", status, 0.1, text.encode())


def witness(said: dict[str, tuple[int, str]]) -> ShellWitness:
    return ShellWitness(Shell(said), "head-1", lambda answer: None, lambda: "t")


def test_services_are_kept_by_process_and_start_without_sessions_of_people() -> None:
    told = witness(
        {"python3": (0, json.dumps(HOST)), "squeue": (0, "7|2026-11-26T09:00:00|gpu1\n")}
    )
    noted = told.note(["gpu1"])
    (life,) = noted.hosts
    assert life.services == (Service(unit="munge", pid=10, started=100),)
    assert [(job.id, job.nodes) for job in noted.jobs] == [("7", "gpu1")]


@pytest.mark.parametrize(
    "said", [(1, ""), (0, "no json"), (0, "{}"), (0, '{"boot": "b", "services": []}')]
)
def test_a_host_whose_answer_cannot_be_read_is_silent(said: tuple[int, str]) -> None:
    noted = witness({"python3": said, "squeue": (0, "")}).note(["gpu1"])
    assert noted.hosts[0].silent
    assert proven(noted, noted, (), {}).unknown


def test_jobs_that_slurm_does_not_tell_of_are_unknown_and_not_none() -> None:
    for said in ((1, ""), (0, "what\n")):
        noted = witness({"python3": (0, json.dumps(HOST)), "squeue": said}).note(["gpu1"])
        assert proven(noted, noted, (), {}).unknown


def test_a_job_that_was_requeued_once_did_not_end_by_itself() -> None:
    text = "7|REQUEUED\n7|COMPLETED\n8|CANCELLED by 0\n9|RUNNING\n"
    ends = witness({"sacct": (0, text)}).ends(["7", "8", "9"])
    assert ends == {"7": "REQUEUED", "8": "CANCELLED"}


services = st.dictionaries(
    st.sampled_from(["munge", "slurmd", "ssh", "rsyslog"]),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    min_size=1,
)


def life(found: dict[str, tuple[int, int]], boot: str = "b") -> HostLife:
    every = tuple(Service(unit=u, pid=p, started=s) for u, (p, s) in sorted(found.items()))
    return HostLife(host="gpu1", boot=boot, services=every)


@given(services, services)
def test_every_process_that_is_not_the_same_is_named_and_no_other(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> None:
    one, other = (Noted(at="t", hosts=(life(each),)) for each in (before, after))
    changed = {unit for unit, process in before.items() if after.get(unit) != process}
    found = proven(one, other, (), {})
    assert {told.partition(" ")[0] for told in found.restarted} == changed
    foreseen = [Restart(unit=unit, hosts=("gpu1",), why="so") for unit in before]
    assert not proven(one, other, foreseen, {}).restarted


def test_a_host_that_started_again_is_named_whatever_was_foreseen() -> None:
    one, other = (Noted(at="t", hosts=(life({"ssh": (1, 1)}, boot),)) for boot in "ab")
    found = proven(one, other, [Restart(unit="ssh", hosts=("gpu1",), why="so")], {})
    assert found.restarted == ("gpu1 started again as a whole",)

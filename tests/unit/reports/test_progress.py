"""The cells of a run: hosts x roles, folded by rack, told from one thread and drawn by another."""

from __future__ import annotations

import re

from millwright.cli.heat import drawn_heat
from millwright.reports.progress import LETTERS, Progress, heat_rows, short_names

CELLS = [(role, f"gpu{n}") for role in ("names", "gpu-driver", "slurm-node") for n in (1, 2)]


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_role_is_followed_from_waiting_to_its_proof() -> None:
    clock = Clock()
    seen = Progress(CELLS, clock)
    seen.begun("names", ["gpu1", "gpu2"])
    seen.task("names", "Write names")
    assert seen.running() == ("names",)
    seen.played("names", "gpu1")
    assert seen.cells["names", "gpu1"] == "is proven"
    assert seen.outcome("names", "gpu1", "proven") is None
    clock.at = 4.0
    lap = seen.outcome("names", "gpu2", "failed")
    assert lap is not None
    assert (lap.role, lap.hosts, lap.seconds) == ("names", ("gpu1", "gpu2"), 4.0)
    assert seen.counts()["failed"] == 1


def test_laps_that_overlap_add_up_to_the_run() -> None:
    clock = Clock()
    seen = Progress(CELLS, clock)
    seen.begun("names", ["gpu1"])
    clock.at = 2.0
    seen.begun("gpu-driver", ["gpu1"])
    clock.at = 5.0
    first = seen.outcome("names", "gpu1", "proven")
    clock.at = 6.0
    second = seen.outcome("gpu-driver", "gpu1", "proven")
    assert first is not None
    assert second is not None
    assert first.seconds + second.seconds == 6.0


def test_what_was_not_begun_is_no_failure_of_its_own() -> None:
    seen = Progress(CELLS, Clock())
    assert seen.outcome("slurm-node", "gpu1", "unknown", skipped=True) is None
    assert seen.cells["slurm-node", "gpu1"] == "left"


def test_the_time_left_is_told_only_from_history() -> None:
    clock = Clock()
    assert Progress(CELLS, clock, {"names": 5.0}).seconds_left() is None
    seen = Progress(CELLS, clock, {"names": 5.0, "gpu-driver": 60.0, "slurm-node": 5.0})
    assert seen.seconds_left() == 70.0
    seen.begun("names", ["gpu1", "gpu2"])
    clock.at = 2.0
    assert seen.seconds_left() == 68.0
    clock.at = 20.0
    assert seen.seconds_left() == 65.0


def test_many_hosts_are_folded_by_rack_and_many_racks_together() -> None:
    hosts = [f"gpu{n:03}" for n in range(1, 129)]
    racks = {host: f"r{n // 4:02}" for n, host in enumerate(hosts)}
    seen = Progress([("names", host) for host in hosts], Clock())
    seen.outcome("names", "gpu007", "failed")
    rows = list(heat_rows(seen, racks, ("names",), 32))
    assert len(rows) == 32
    assert [row.label for row in rows if row.states == ("failed",)] == ["r01 (4)"]
    few = list(heat_rows(seen, racks, ("names",), 10))
    assert len(few) <= 10
    assert few[0].label == "r00..r03 (16)"
    assert few[0].states == ("failed",)


def test_the_picture_fits_its_terminal_and_reads_without_colour() -> None:
    roles = [f"role-{n}" for n in range(40)]
    hosts = [f"gpu{n:04}" for n in range(2000)]
    seen = Progress([(role, host) for role in roles for host in hosts], Clock())
    seen.begun("role-20", hosts)
    seen.outcome("role-20", "gpu0003", "failed")
    seen.task("role-20", "a \x1b[31mlong\n task " * 20)
    text = drawn_heat(seen, {}, "deploy", (80, 24)).plain
    lines = text.split("\n")
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in text
    assert re.search(r"no rack \(2000\).* F ", text)


def test_short_names_differ() -> None:
    names = ["slurm-node", "slurm-names", "slurm-database", "slurm-controller", "munge", "sn"]
    assert len(set(short_names(names).values())) == len(names)
    assert len(set(LETTERS.values())) == len(LETTERS)

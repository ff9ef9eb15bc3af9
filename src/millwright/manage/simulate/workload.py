"""What a simulated fleet does all day: jobs of many sizes, their phases, the hours of people."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DAY = 1440
_WHILE = 30
_LONG_BEFORE, _WELL_AFTER = 100, 60
_JOB_MINUTES = (90, 900)
_IDLE_MINUTES = (0, 60)
_CHECKPOINT_EVERY = (35, 90)
_CHECKPOINT_MINUTES = (1, 4)
_CHECKPOINT_LOAD = 0.12
_DAY_SWING = 0.06


@dataclass(frozen=True, slots=True)
class Workload:
    """By minute and node: how much is done (0 to 1), and the number of the job (-1 for none)."""

    load: NDArray[np.float64]
    job: NDArray[np.int64]

    def works(self, node: int, minute: int) -> bool:
        """Return whether a node does one job for half an hour around a minute, and after it."""
        span = slice(max(minute - _WHILE, 0), minute + _WHILE)
        mine = self.job[span, node]
        return bool(mine[0] >= 0 and (mine == mine[0]).all())

    def crew(self, node: int, minute: int) -> tuple[tuple[int, ...], int]:
        """Return who does one job with a node from long before a minute until well after it, and
        when that job ends; nobody where there is no such job.
        """
        job = int(self.job[minute, node])
        early, late = minute - _LONG_BEFORE, minute + _WELL_AFTER
        if job < 0 or early < 0 or late >= len(self.job):
            return (), 0
        members = np.flatnonzero(self.job[minute] == job)
        if (self.job[early, members] != job).any() or (self.job[late, members] != job).any():
            return (), 0
        last = int(np.flatnonzero((self.job == job).any(axis=1))[-1])
        return tuple(members.tolist()), last + 1


def workload(nodes: int, minutes: int, dice: random.Random) -> Workload:
    """Return a schedule: blocks of neighbouring nodes run job after job, with pauses between."""
    load = np.zeros((minutes, nodes))
    job = np.full((minutes, nodes), -1, dtype=np.int64)
    number, first = 0, 0
    while first < nodes:
        width = min(nodes - first, dice.choice((1, 4, 8, 12, 16)))
        minute = -dice.randrange(0, _JOB_MINUTES[0])
        while minute < minutes:
            length = dice.randrange(*_JOB_MINUTES)
            begin, end = max(minute, 0), min(minute + length, minutes)
            if end > begin:
                load[begin:end, first : first + width] = _phases(end - begin, dice)[:, None]
                job[begin:end, first : first + width] = number
            number += 1
            minute += length + dice.randrange(*_IDLE_MINUTES)
        first += width
    clock = 2 * np.pi * (np.arange(minutes) + dice.randrange(_DAY)) / _DAY
    return Workload(load * (1 - _DAY_SWING * (1 + np.sin(clock)) / 2)[:, None], job)


def _phases(minutes: int, dice: random.Random) -> NDArray[np.float64]:
    """Return how hard a job works: full, but for checkpoints, on a level of its own."""
    found = np.full(minutes, dice.uniform(0.82, 1.0))
    every = dice.randrange(*_CHECKPOINT_EVERY)
    pause = dice.randrange(*_CHECKPOINT_MINUTES)
    for begin in range(every, minutes, every):
        found[begin : begin + pause] = _CHECKPOINT_LOAD
    return found

"""Whether what ran before still runs, by when each process was started: nothing else shows it.

A process is the same where the host's own start, its number and its start time are. What cannot be
compared is UNKNOWN, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from millwright.model.growth import HostLife, Noted, Proof, Restart, Service

ENDED_WELL = frozenset(("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "DEADLINE", "OUT_OF_MEMORY"))
"""How a job ends by itself or by its owner's word; any other end is a disturbance."""


def proven(
    before: Noted,
    after: Noted,
    foreseen: Collection[Restart],
    ends: Mapping[str, str],
) -> Proof:
    """Return what was started again since `before`.

    `ends` tells by its number how a job ended that runs no more. A restart that was `foreseen`
    counts apart.
    """
    expected = {(host, each.unit) for each in foreseen for host in each.hosts}
    now = {life.host: life for life in after.hosts}
    restarted: list[str] = []
    announced: list[str] = []
    unknown: list[str] = []
    services = hosts = 0
    for life in before.hosts:
        other = now.get(life.host, HostLife(host=life.host, silent="it was not asked again"))
        if life.silent or other.silent:
            unknown.append(f"{life.host}: {life.silent or other.silent}")
            continue
        hosts += 1
        services += len(life.services)
        for unit, told in _changed(life, other):
            (announced if (life.host, unit) in expected else restarted).append(told)
    jobs = _Jobs(before, after, ends)
    return Proof(
        at=after.at,
        restarted=(*restarted, *jobs.disturbed()),
        foreseen=tuple(announced),
        unknown=(*unknown, *jobs.unknown()),
        ended=tuple(jobs.ended()),
        services=services,
        hosts=hosts,
        jobs=len(before.jobs),
    )


def _changed(before: HostLife, after: HostLife) -> Iterator[tuple[str, str]]:
    """Yield each service of a host that is not the process that it was."""
    if before.boot != after.boot:
        yield "", f"{before.host} started again as a whole"
        return
    now = {each.unit: each for each in after.services}
    for each in before.services:
        other = now.get(each.unit)
        if other is None:
            yield each.unit, f"{each.unit} of {before.host} runs no more"
        elif not _same(each, other):
            yield each.unit, f"{each.unit} of {before.host} was started again"


def _same(one: Service, other: Service) -> bool:
    return (one.pid, one.started) == (other.pid, other.started)


class _Jobs:
    """Jobs of people, before and after."""

    def __init__(self, before: Noted, after: Noted, ends: Mapping[str, str]) -> None:
        self._before = before
        self._after = after
        self._now = {job.id: job for job in after.jobs}
        self._ends = ends

    @property
    def _silent(self) -> str:
        return self._before.jobs_silent or self._after.jobs_silent

    def disturbed(self) -> Iterator[str]:
        """Yield jobs that were started again, or did not end by themselves."""
        if self._silent:
            return
        for job in self._before.jobs:
            other = self._now.get(job.id)
            end = self._ends.get(job.id, "")
            if other is not None and other.since != job.since:
                yield f"job {job.id} was started again"
            elif other is None and end and end not in ENDED_WELL:
                yield f"job {job.id} ended as {end}"

    def ended(self) -> Iterator[str]:
        """Yield jobs that came to their own end meanwhile."""
        for job in self._before.jobs:
            end = self._ends.get(job.id, "")
            if job.id not in self._now and end in ENDED_WELL:
                yield f"job {job.id} ended by itself: {end}"

    def unknown(self) -> Iterator[str]:
        """Yield what nobody can tell of jobs."""
        if self._silent:
            yield f"jobs: {self._silent}"
            return
        for job in self._before.jobs:
            if job.id not in self._now and not self._ends.get(job.id):
                yield f"job {job.id} runs no more, and nobody tells how it ended"

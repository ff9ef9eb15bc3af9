"""How far a deployment has come, cell by cell of hosts x roles: what a live view is drawn from.

It is told from the threads that work and read from the one that draws: every cell is there from
the beginning, so that nobody ever sees a table change its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

LETTERS: Mapping[str, str] = {
    "waits": ".",
    "runs": "r",
    "is proven": "p",
    "proven": "#",
    "not testable": "n",
    "failed": "F",
    "unknown": "?",
    "left": "-",
    "none": " ",
}
"""Every state of a cell and its letter, so that it can be read without colour."""
_URGENT = ("failed", "unknown", "runs", "is proven", "left", "waits", "not testable", "proven")
_OVER = ("proven", "not testable", "failed", "unknown", "left")


@dataclass(frozen=True, slots=True)
class Lap:
    """A role that came to its end on hosts together."""

    role: str
    hosts: tuple[str, ...]
    seconds: float


@dataclass(slots=True)
class _Batch:
    """Hosts on which a role was begun together, since when, and which of them are at work."""

    role: str
    hosts: tuple[str, ...]
    since: float
    left: set[str] = field(default_factory=set)


class Progress:
    """The cells of one run, each a role on a host. `now` counts seconds."""

    def __init__(
        self,
        cells: Iterable[tuple[str, str]],
        now: Callable[[], float],
        expected: Mapping[str, float] | None = None,
    ) -> None:
        self.cells = dict.fromkeys(cells, "waits")
        self.roles = tuple(dict.fromkeys(role for role, _ in self.cells))
        self.hosts = tuple(dict.fromkeys(host for _, host in self.cells))
        self.tasks = dict.fromkeys(self.roles, "")
        self._expected = dict(expected or {})
        self._begun_at: dict[str, float | None] = dict.fromkeys(self.roles)
        self._now, self._since = now, now()
        self._lap_ended = self._since
        self._batches: list[_Batch] = []

    def begun(self, role: str, hosts: Sequence[str]) -> None:
        """Take that a play begins on hosts."""
        for host in hosts:
            self._set(role, host, "runs")
        if role in self._begun_at and self._begun_at[role] is None:
            self._begun_at[role] = self._now()
        self._batches.append(_Batch(role, tuple(hosts), self._now(), set(hosts)))

    def task(self, role: str, task: str) -> None:
        """Take that a task of a role begins."""
        if role in self.tasks:
            self.tasks[role] = task

    def played(self, role: str, host: str) -> None:
        """Take that Ansible has ended on a host: its proof comes next."""
        self._set(role, host, "is proven")

    def outcome(self, role: str, host: str, standing: str, *, skipped: bool = False) -> Lap | None:
        """Take how a role came out on a host; return the lap that ends with it, if one does.

        `skipped` says that it was not begun.
        """
        self._set(role, host, "left" if skipped else standing)
        for batch in self._batches:
            if batch.role == role and host in batch.left:
                batch.left.discard(host)
                if not batch.left:
                    self._batches.remove(batch)
                    return self._lap(batch)
                return None
        return None

    def _lap(self, batch: _Batch) -> Lap:
        """Return what a batch took; no second counts twice, so that laps add up to the run."""
        begun, self._lap_ended = max(batch.since, self._lap_ended), self._now()
        return Lap(batch.role, batch.hosts, self._lap_ended - begun)

    def _set(self, role: str, host: str, state: str) -> None:
        if (role, host) in self.cells:
            self.cells[role, host] = state

    def counts(self) -> dict[str, int]:
        """Return how many cells are in each state."""
        found = dict.fromkeys(LETTERS, 0)
        for state in self.cells.values():
            found[state] += 1
        return found

    def running(self) -> tuple[str, ...]:
        """Return the roles that are at work."""
        return tuple(role for role in self.roles if self._states(role) & {"runs", "is proven"})

    def seconds(self) -> float:
        """Return how long the run has taken so far."""
        return self._now() - self._since

    def seconds_left(self) -> float | None:
        """Return how long the rest takes by its own history; nothing where a role has none."""
        left = 0.0
        for role in self.roles:
            if self._states(role) <= set(_OVER):
                continue
            if role not in self._expected:
                return None
            begun = self._begun_at[role]
            spent = 0.0 if begun is None else self._now() - begun
            left += max(0.0, self._expected[role] - spent)
        return left

    def _states(self, role: str) -> set[str]:
        return {self.cells[role, host] for host in self.hosts if (role, host) in self.cells}


@dataclass(frozen=True, slots=True)
class HeatRow:
    """Some hosts, and the most urgent state of each role on them."""

    label: str
    states: tuple[str, ...]


def heat_rows(
    progress: Progress, racks: Mapping[str, str], roles: Sequence[str], most: int
) -> Iterator[HeatRow]:
    """Yield the rows of a heat map: hosts, or racks where they are too many, or racks together."""
    for label, hosts in _grouped(progress.hosts, racks, most):
        yield HeatRow(label, tuple(_urgent(progress, role, hosts) for role in roles))


def _urgent(progress: Progress, role: str, hosts: Sequence[str]) -> str:
    there = {progress.cells[role, host] for host in hosts if (role, host) in progress.cells}
    return next((state for state in _URGENT if state in there), "none")


def _grouped(
    hosts: Sequence[str], racks: Mapping[str, str], most: int
) -> Iterator[tuple[str, Sequence[str]]]:
    most = max(1, most)
    if len(hosts) <= most:
        yield from ((host, (host,)) for host in hosts)
        return
    by_rack: dict[str, list[str]] = {}
    for host in hosts:
        by_rack.setdefault(racks.get(host, "no rack"), []).append(host)
    names = list(by_rack)
    size = -(-len(names) // most)
    for at in range(0, len(names), size):
        some = names[at : at + size]
        there = [host for rack in some for host in by_rack[rack]]
        label = some[0] if len(some) == 1 else f"{some[0]}..{some[-1]}"
        yield f"{label} ({len(there)})", there


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return two letters for each name, no two alike while letters last."""
    taken: dict[str, str] = {}
    for name in names:
        words = name.split("-")
        first = words[0][:1]
        second = [word[:1] for word in words[1:]]
        rest = [*second, *words[0][1:], *"".join(words[1:]), *"0123456789"]
        pairs = (first + letter for letter in rest)
        taken[name] = next((p for p in pairs if p not in taken.values()), name[:2])
    return taken

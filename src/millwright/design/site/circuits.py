"""Power supplies spread over feeds, circuits and phases, and what is left when a feed is lost.

Supply by supply goes to the feeds in turn, there to the circuit and the phase that carries least.
A machine divides its draw evenly over the supplies that live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from millwright.design.site.figures import Figures
from millwright.design.site.loads import Load
from millwright.model.parts import Pdu
from millwright.model.site import SitePower
from millwright.model.siteload import Redundancy
from millwright.units import circuit_kva

PHASES = 3


@dataclass(slots=True)
class Circuit:
    """One breaker with what hangs on it. `limit_w` is None where nobody says what it carries."""

    feed: int
    phases: int
    limit_w: float | None
    seats: list[Seat] = field(default_factory=list)

    def phase_watts(self, lost: int | None) -> list[float]:
        """Return the draw of each phase after the loss of a feed, or of none."""
        watts = [0.0] * self.phases
        if self.feed != lost:
            for seat in self.seats:
                watts[seat.phase] += seat.machine.share_w(lost)
        return watts


@dataclass(slots=True)
class Seat:
    """A supply of a machine on a phase of a circuit."""

    machine: Plugged
    phase: int
    supply_w: int


@dataclass(slots=True)
class Plugged:
    """A machine with its supplies counted by feed."""

    load: Load
    by_feed: list[int]

    def left(self, lost: int | None) -> int:
        """Return how many supplies live after the loss of a feed."""
        return sum(n for feed, n in enumerate(self.by_feed) if feed != lost)

    def share_w(self, lost: int | None) -> float:
        """Return what each living supply gives."""
        left = self.left(lost)
        return (self.load.max_w or 0) / left if left else 0.0

    def stops(self, lost: int) -> bool:
        """Return whether fewer supplies live than the machine needs."""
        supplies = self.load.supplies
        return supplies is not None and self.left(lost) < supplies.required


@dataclass(frozen=True, slots=True)
class Wired:
    """What wiring a rack comes to; None is 'not known'.

    `stopped` names each model that a lost feed stops, with the supplies that live and that it
    needs. `crowded` holds (outlets used, outlets there, kind) where a PDU has too few.
    """

    redundancy: Redundancy | None
    circuits: int
    phases: int
    limit_w: float | None
    worst_w: float
    worst_phase_w: float
    imbalance: float
    stopped: tuple[tuple[str, int, int, int], ...]
    crowded: tuple[tuple[int, int, str], ...]

    @property
    def overloaded(self) -> bool:
        """Return whether a circuit or a phase carries more than it may after a loss."""
        if self.limit_w is None:
            return False
        phase_limit = self.limit_w / self.phases
        return self.worst_w > self.limit_w + 1e-6 or self.worst_phase_w > phase_limit + 1e-6


def circuit_limit_w(power: SitePower, pdu: Pdu | None, figures: Figures) -> float | None:
    """Return what one circuit carries for long: the derated breaker, or what the PDU is made for
    where that is less (its rating is derated already)."""
    limits = []
    if power.voltage_v is not None and power.breaker_a is not None:
        kva = circuit_kva(power.voltage_v, power.breaker_a, power.phases or PHASES)
        limits.append(kva * figures.breaker_share)
    if pdu is not None and pdu.power_kva is not None:
        limits.append(pdu.power_kva.value)
    return min(limits) * figures.power_factor * 1000 if limits else None


def laid_out(power: SitePower, pdu: Pdu | None, pdus: int, figures: Figures) -> list[Circuit]:
    """Return the circuits of a rack: one for each PDU, or one a feed where it has none."""
    feeds = power.feeds or 1
    limit = circuit_limit_w(power, pdu, figures)
    phases = power.phases or PHASES
    return [Circuit(n % feeds, phases, limit) for n in range(max(pdus, feeds) if pdus else feeds)]


def wire(
    loads: Sequence[Load], power: SitePower, rack: tuple[Pdu | None, int], figures: Figures
) -> Wired:
    """Return how a rack stands on its feeds; `rack` is the model and the number of its PDUs."""
    pdu, pdus = rack
    circuits = laid_out(power, pdu, pdus, figures)
    feeds = power.feeds or 1
    plugged = [_plugged(load, circuits, feeds) for load in loads if load.max_w]
    losses: list[int | None] = [None]
    if power.feeds and power.feeds > 1:
        losses += range(power.feeds)
    sums = {lost: [circuit.phase_watts(lost) for circuit in circuits] for lost in losses}
    totals = {lost: [sum(phases) for phases in of] for lost, of in sums.items()}
    limit = circuits[0].limit_w
    worst = max(max(of) for of in totals.values())
    wired = Wired(
        redundancy=None,
        circuits=len(circuits),
        phases=circuits[0].phases,
        limit_w=limit,
        worst_w=worst,
        worst_phase_w=max(w for of in sums.values() for phases in of for w in phases),
        imbalance=_imbalance(sums[None]),
        stopped=_stopped(plugged, power.feeds),
        crowded=_crowded(circuits, pdu, figures),
    )
    return _graded(wired, loads, power.feeds)


def _plugged(load: Load, circuits: Sequence[Circuit], feeds: int) -> Plugged:
    machine = Plugged(load, [0] * feeds)
    count = load.supplies.count if load.supplies else min(2, len(circuits))
    watts = load.supplies.watts if load.supplies else (load.max_w or 0)
    present = sorted({circuit.feed for circuit in circuits})
    first = min(present, key=lambda f: _fed(circuits, f))
    order = present[present.index(first) :] + present[: present.index(first)]
    for number in range(count):
        feed = order[number % len(order)]
        machine.by_feed[feed] += 1
    for feed in present:
        for _ in range(machine.by_feed[feed]):
            circuit = min((c for c in circuits if c.feed == feed), key=_carried)
            phases = circuit.phase_watts(None)
            circuit.seats.append(Seat(machine, phases.index(min(phases)), watts))
    return machine


def _carried(circuit: Circuit) -> float:
    return sum(circuit.phase_watts(None))


def _fed(circuits: Sequence[Circuit], feed: int) -> float:
    return round(sum(_carried(c) for c in circuits if c.feed == feed), 6)


def _imbalance(phases: Sequence[Sequence[float]]) -> float:
    """Return the greatest (most - least) / mean over circuits."""
    found = [
        (max(of) - min(of)) / (sum(of) / len(of)) for of in phases if len(of) > 1 and sum(of) > 0
    ]
    return round(max(found, default=0.0), 3)


def _stopped(
    plugged: Sequence[Plugged], feeds: int | None
) -> tuple[tuple[str, int, int, int], ...]:
    found = {}
    for machine in plugged:
        supplies = machine.load.supplies
        for lost in range(feeds or 0):
            if supplies is not None and feeds and feeds > 1 and machine.stops(lost):
                left = min(machine.left(f) for f in range(feeds))
                found[machine.load.model] = (left, supplies.count, supplies.required)
    return tuple((model, *told) for model, told in found.items())


def _crowded(
    circuits: Sequence[Circuit], pdu: Pdu | None, figures: Figures
) -> tuple[tuple[int, int, str], ...]:
    if pdu is None or pdu.outlets_c13 is None or pdu.outlets_c19 is None:
        return ()
    found = set()
    for circuit in circuits:
        large = sum(seat.supply_w > figures.c13_watts for seat in circuit.seats)
        small = len(circuit.seats) - large
        room = pdu.outlets_c19.value
        if large > room:
            found.add((large, room, "C19"))
        beside = pdu.outlets_c13.value + max(0, room - large)
        if small > beside:
            found.add((small, beside, "C13 and left C19"))
    return tuple(sorted(found))


def _graded(wired: Wired, loads: Sequence[Load], feeds: int | None) -> Wired:
    grade: Redundancy | None = None
    if feeds == 1:
        grade = "N"
    elif feeds:
        unknown = any(load.supplies is None or load.max_w is None for load in loads)
        if wired.stopped or wired.overloaded:
            grade = "degraded"
        elif not unknown and wired.limit_w is not None:
            grade = "2N" if feeds == 2 else "N+1"
    return replace(wired, redundancy=grade)

"""What it means that a fault comes again: the same GPU points at hardware, different ones at the
application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from millwright.manage.faults.incidents import Incident

OF_JOBS = ("xid:13", "xid:31")
"""Faults that a job or a GPU may be the cause of."""

WINDOW_S = 24 * 3600.0

Cause = Literal["hardware", "application", "undecided"]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What points where: `device` is the GPU in question where hardware is suspected."""

    node: str
    fault: str
    cause: Cause
    device: str | None
    why: str


def suspicions(incidents: Iterable[Incident]) -> tuple[Suspicion, ...]:
    """Return what is to be thought of every fault of jobs, within 24 hours before its last.

    An incident that struck several GPUs at once is a job over several GPUs, and points at none of
    them. Incidents without times count as within one day.
    """
    struck: dict[tuple[str, str], list[Incident]] = {}
    for incident in incidents:
        for fault in dict.fromkeys(s.fault for s in incident.strikes if s.fault in OF_JOBS):
            struck.setdefault((incident.node, fault), []).append(incident)
    return tuple(_suspicion(node, fault, each) for (node, fault), each in struck.items())


def _suspicion(node: str, fault: str, incidents: Sequence[Incident]) -> Suspicion:
    sets = [_devices(each, fault) for each in _recent(incidents)]
    alone = [next(iter(devices)) for devices in sets if len(devices) == 1]
    everybody = {device for devices in sets for device in devices}
    again = sorted(device for device in set(alone) if alone.count(device) >= 2)
    if again and everybody == set(again[:1]):
        told = f"{alone.count(again[0])} times within 24 hours on the same GPU, and on no other"
        return Suspicion(node, fault, "hardware", again[0], f"{told}: diagnose it")
    if again:
        told = f"again on {', '.join(again)}, and on other GPUs as well: it points both ways"
        return Suspicion(node, fault, "undecided", None, f"{told}; diagnose it when it idles")
    if len(everybody) > 1:
        told = f"on {len(everybody)} GPUs: the application"
        return Suspicion(node, fault, "application", None, told)
    return Suspicion(node, fault, "undecided", None, "once: it says nothing of the hardware yet")


def _recent(incidents: Sequence[Incident]) -> list[Incident]:
    last = max((i.began_s for i in incidents if i.began_s is not None), default=None)
    if last is None:
        return list(incidents)
    return [i for i in incidents if i.began_s is None or last - i.began_s < WINDOW_S]


def _devices(incident: Incident, fault: str) -> set[str]:
    return {s.device for s in incident.strikes if s.fault == fault and s.device is not None}

"""Signals of the kernel log, which is the truth for what hardware reports: every kind of event.

The ring buffer is read first; what it has lost already is taken from the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from millwright.manage.faults.incidents import incidents
from millwright.manage.faults.judging import judged
from millwright.manage.faults.naming import device_of, fault_of
from millwright.manage.health.signals import Seen, Source, source
from millwright.manage.health.view import Unheard, View
from millwright.model.fault import Advice
from millwright.probes.kernel_events import Event
from millwright.probes.kernel_log import KernelLog

SIGNALS = {
    "xid": "kernel_xid",
    "sxid": "kernel_sxid",
    "fallen-off-bus": "kernel_fallen_off_bus",
    "amdgpu-ras": "kernel_amdgpu_ras",
    "amdgpu-reset": "kernel_amdgpu_reset",
    "amdgpu-timeout": "kernel_amdgpu_reset",
    "amdgpu-fault": "kernel_amdgpu_fault",
    "oom": "kernel_oom",
    "hung-task": "kernel_hung_task",
    "lockup": "kernel_lockup",
    "stall": "kernel_lockup",
    "mce": "kernel_mce",
    "edac": "kernel_edac",
    "pcie-error": "kernel_pcie_error",
    "cable": "kernel_cable",
    "nvme": "kernel_disk_error",
    "io-error": "kernel_disk_error",
    "thermal": "kernel_cpu_thermal",
    "link-down": "kernel_link_down",
    "nvme-disabled": "kernel_disk_error",
    "nvme-no-path": "kernel_disk_error",
    "md-disk": "kernel_disk_error",
    "read-only": "kernel_disk_error",
    "nic-command": "kernel_nic",
    "nic-health": "kernel_nic",
    "nic-unrecoverable": "kernel_nic",
    "slot-power": "kernel_nic",
    "queue-stuck": "kernel_nic",
    "panic": "kernel_lockup",
    "file-max": "kernel_limits",
    "peermem": "kernel_limits",
}
"""By the kind of an event. Crashes of programs are their own matter."""


def events_of(view: View) -> tuple[Event, ...]:
    """Return the events of a node since it booted. Raises Unheard where neither log is told."""
    try:
        ring: KernelLog = view.facts("dmesg")
    except Unheard as first:
        try:
            log: KernelLog = view.facts("journalctl")
        except Unheard:
            raise first from None
        if not log.lines:
            raise
        return log.events
    seen = {event.text for event in ring.events}
    return (*(event for event in _journal(view) if event.text not in seen), *ring.events)


def _journal(view: View) -> tuple[Event, ...]:
    try:
        log: KernelLog = view.facts("journalctl")
    except Unheard:
        return ()
    return log.events


def _kernel(view: View) -> Iterator[Seen]:
    """Tell what happened, equal faults of a device once, with how often they came.

    Where the catalogue of faults is at hand, its advice on each strike goes with it, and what the
    driver itself asks for before all.
    """
    events = events_of(view)
    said = _advised(view, events)
    told: dict[tuple[str, str, str], Seen] = {}
    for event in events:
        signal = SIGNALS.get(event.kind)
        if signal is None:
            continue
        fault, device = fault_of(event) or "", device_of(event) or event.process or ""
        key = (signal, device, fault)
        before = told.get(key)
        told[key] = Seen(
            signal=signal,
            device=device,
            value=1.0 if event.code is None else str(event.code),
            note=before.note if before else event.text[:300],
            since=before.since if before else event.at,
            count=event.count + (before.count if before else 0),
            fault=fault,
            said=said.get((fault, device_of(event))),
        )
    yield from told.values()


def _advised(view: View, events: tuple[Event, ...]) -> dict[tuple[str, str | None], Advice]:
    """Return the advice on what struck which device; the last incident's word counts."""
    if view.faults is None:
        return {}
    return {
        (each.strike.fault, each.strike.device): each.advice
        for incident in incidents(view.node, events)
        for each in judged(incident, view.faults)
    }


SOURCES: Iterable[Source] = (source("dmesg", _kernel, *sorted(set(SIGNALS.values()))),)

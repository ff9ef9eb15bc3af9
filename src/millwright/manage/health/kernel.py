"""Signals of the kernel log, which is the truth for what hardware reports: every kind of event.

The ring buffer is read first; what it has lost already is taken from the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from millwright.manage.health.signals import Seen, Source, source
from millwright.manage.health.view import Unheard, View
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
    """Tell what happened, equal events of a device once, with how often they came."""
    told: dict[tuple[str, str, int | None], Seen] = {}
    for event in events_of(view):
        signal = SIGNALS.get(event.kind)
        if signal is None:
            continue
        device = event.device or event.process or ""
        key = (signal, device, event.code)
        before = told.get(key)
        told[key] = Seen(
            signal=signal,
            device=device,
            value=1.0 if event.code is None else str(event.code),
            note=before.note if before else event.text[:300],
            since=before.since if before else event.at,
            count=event.count + (before.count if before else 0),
            fault=f"{event.kind}:{event.code}" if event.code is not None else "",
        )
    yield from told.values()


SOURCES: Iterable[Source] = (source("dmesg", _kernel, *sorted(set(SIGNALS.values()))),)

"""Signals of management controllers: sensors and event logs by IPMI, parts and power by Redfish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from millwright.manage.health.signals import Seen, Source, source
from millwright.manage.health.view import Unheard, View
from millwright.probes.ipmi_sel import Event
from millwright.probes.redfish_facts import LogEntry, Machine

RECENT = timedelta(days=7)
"""Older entries of an event log are history; an estimate."""
_BAD_STATES = re.compile(
    r"failure detected|predictive failure|ac lost|redundancy lost|non-redundant|"
    r"critical|non-recoverable|transition to off line|device absent",
    re.IGNORECASE,
)
_EVENTS = (
    (re.compile(r"power supply|psu|ac lost|redundancy", re.IGNORECASE), "sel_power"),
    (re.compile(r"\bfan\b", re.IGNORECASE), "sel_fan"),
    (re.compile(r"uncorrectable|\becc\b|memory", re.IGNORECASE), "sel_memory"),
    (re.compile(r"critical interrupt|bus |pci|machine check|ierr", re.IGNORECASE), "sel_bus"),
    (re.compile(r"temperature|thermal", re.IGNORECASE), "sel_thermal"),
    (re.compile(r"drive|disk", re.IGNORECASE), "sel_drive"),
)
_GOOD = re.compile(
    r"presence detected|log area|system boot|s0/g0|power (?:up|on)|OS Boot|restart|initiated|"
    r"timestamp clock|fully redundant|drive present|correctable ecc logging limit .*deassert",
    re.IGNORECASE,
)


def _sensors(view: View) -> Iterator[Seen]:
    sensors = view.facts("ipmitool").sensors
    if not sensors:
        raise Unheard("ipmitool: no sensor is told")
    for sensor in sensors:
        state = sensor.state or ""
        bad = sensor.status in ("cr", "nr") or bool(_BAD_STATES.search(state))
        note = state if sensor.value is None else f"{sensor.value:g} {sensor.unit or ''}".strip()
        yield Seen("sensor_critical", sensor.name, float(bad), note)
        yield Seen("sensor_noncritical", sensor.name, float(sensor.status == "nc"), note)


def _log(view: View) -> Iterator[Seen]:
    """Tell what was asserted within a week and not taken back since, by sensor."""
    open_: dict[tuple[str, str], Event] = {}
    for event in view.facts("ipmi-sel").events:
        key = (event.sensor or event.kind or "", event.event)
        if event.asserted is False:
            open_.pop(key, None)
        else:
            open_[key] = event
    for (sensor, text), event in open_.items():
        whole = f"{event.kind or ''} {sensor} {text}"
        if _GOOD.search(whole) or not _recent(event, view):
            continue
        signal = next((name for pattern, name in _EVENTS if pattern.search(whole)), None)
        if signal:
            yield Seen(signal, sensor, 1.0, text, event.at)


def _recent(event: Event, view: View) -> bool:
    """Return whether an entry is of the last days; one without a date may be, and counts."""
    now = _date(view.at, ("%Y-%m-%d",))
    when = _date(event.at or "", ("%m/%d/%Y", "%m/%d/%y", "%b-%d-%Y", "%Y-%m-%d"))
    return now is None or when is None or now - when <= RECENT


def _date(text: str, forms: tuple[str, ...]) -> datetime | None:
    day = re.match(r"[A-Za-z0-9/-]+", text)
    told = day[0].partition("T")[0] if day and "T" in day[0][8:] else day[0] if day else ""
    for form in forms:
        try:
            return datetime.strptime(told, form)
        except ValueError:
            continue
    return None


def _redfish(view: View) -> Iterator[Seen]:
    machine: Machine = view.facts("redfish")
    if not machine.systems:
        raise Unheard("redfish: no system is told")
    for system in machine.systems:
        if system.power_state is not None:
            yield Seen("power_off", "", float(system.power_state.lower() != "on"), "")
        yield from _part("system_ailing", system.name or system.path, system.health, None)
    for supply in machine.supplies:
        yield from _part("psu_ailing", supply.name or supply.path, supply.health, supply.state)
    for fan in machine.fans:
        yield from _part("fan_ailing", fan.name or fan.path, fan.health, fan.state)
    for sensor in machine.temperatures:
        yield from _part("sensor_critical", sensor.name or sensor.path, sensor.health, sensor.state)
    wanted = view.expected.supplies if view.expected else None
    if wanted and machine.supplies:
        there = sum((supply.state or "").lower() != "absent" for supply in machine.supplies)
        note = f"{there} of {wanted} are there"
        yield Seen("psus_missing", "", float(wanted - there), note)


def _redfish_log(view: View) -> Iterator[Seen]:
    """Tell what the controller's own log holds open of the last days, by what it is about.

    Nothing is well of a log that was not told, unless the same log was read over IPMI.
    """
    machine: Machine = view.facts("redfish")
    paths = [*(each.path for each in machine.log), *(each.path for each in machine.collections)]
    if not any("/logservices/" in path.lower() for path in paths):
        if not view.has("ipmi-sel"):
            for unknown in (*SEL_SIGNALS, "log_critical"):
                yield Seen(unknown, "", None, "the controller tells no event log")
        return
    for entry in _open_entries(machine.log):
        words = " ".join(filter(None, (entry.sensor, entry.message_id, entry.message)))
        if _GOOD.search(words) or not _fresh(entry, view):
            continue
        signal = next((name for pattern, name in _EVENTS if pattern.search(words)), "")
        if signal or (entry.severity or "").lower() == "critical":
            about = entry.sensor or entry.message_id or entry.path.rpartition("/")[2]
            said = entry.message or entry.message_id or "without a word"
            yield Seen(signal or "log_critical", about, 1.0, said[:300], entry.created)


def _open_entries(log: Iterable[LogEntry]) -> Iterator[LogEntry]:
    """Yield entries that complain of something and were not taken back by a later one."""
    open_: dict[tuple[str, str], LogEntry] = {}
    for entry in sorted(log, key=lambda each: each.created or ""):
        key = (entry.sensor or "", entry.message_id or entry.message or entry.path)
        if (entry.code or "").lower() == "deassert" or entry.resolved:
            open_.pop(key, None)
        elif (entry.severity or "").lower() in ("warning", "critical"):
            open_[key] = entry
    yield from open_.values()


def _fresh(entry: LogEntry, view: View) -> bool:
    """Return whether an entry is of the last days; one without a date may be, and counts."""
    now, when = (_date(text, ("%Y-%m-%d",)) for text in (view.at, entry.created or ""))
    return now is None or when is None or now - when <= RECENT


def _part(signal: str, device: str, health: str | None, state: str | None) -> Iterator[Seen]:
    if (state or "").lower() in ("absent", "disabled"):
        return
    if health is None:
        yield Seen(signal, device, None, "the controller does not say its health")
        return
    yield Seen(signal, device, float(health.lower() != "ok"), health)


SEL_SIGNALS = ("sel_power", "sel_fan", "sel_memory", "sel_bus", "sel_thermal", "sel_drive")
SOURCES: Iterable[Source] = (
    source("ipmitool", _sensors, "sensor_critical", "sensor_noncritical"),
    source("ipmi-sel", _log, *SEL_SIGNALS),
    source(
        "redfish",
        _redfish,
        *("power_off", "system_ailing", "psu_ailing", "fan_ailing", "psus_missing"),
        "sensor_critical",
    ),
    source("redfish", _redfish_log, *SEL_SIGNALS, "log_critical"),
)

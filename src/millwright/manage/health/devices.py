"""Signals of switches and power strips, told by their SNMP agents: asked by the head node, or
recorded by whoever asked them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from millwright.manage.health.signals import Seen, Source, source
from millwright.manage.health.view import Elsewhere, Unheard, View, object_of, words_of
from millwright.manage.questions import DEVICE
from millwright.probes import snmpwalk
from millwright.probes.snmp_facts import Agent, AgentSensor, Interface, Strip

_CRITICAL = frozenset({"above-critical", "below-critical", "critical", "fault", "fail", "alarmed"})
_WARNING = frozenset({"above-warning", "below-warning", "warning", "nonoperational"})
_OPTIC = re.compile(r"xcvr|transceiver|\bdom\b|optic|sfp|laser|\b[rt]x\b", re.IGNORECASE)
"""Sensors of optics: those of empty cages are unavailable, and nothing is wrong."""
SIGNALS = (
    "switch_port_down", "switch_errors", "switch_discards", "agent_sensor_critical",
    "agent_sensor_warning", "strip_overload", "strip_near_overload", "strip_supply", "outlet_off",
)  # fmt: skip


def _recorded(view: View) -> Iterator[Seen]:
    if DEVICE.id not in view.heard:
        raise Elsewhere
    agent: Agent = view.facts(DEVICE.id)
    yield from _of(agent, "")


def _asked(view: View) -> Iterator[Seen]:
    """Tell what each agent told, as its own device; one that did not answer is unknown."""
    told = view.told("snmp")
    if told.get("asked") is not True:
        raise Elsewhere
    if refused := words_of(told.get("refused")):
        raise Unheard(refused)
    for name, answer in object_of(told.get("devices")).items():
        yield from _answered(name, object_of(answer))
    wrong = told.get("wrong")
    if isinstance(wrong, list) and wrong:
        why = f"{len(wrong)} lines of targets are no name and address: {str(wrong[0])[:80]}"
        yield from _unknown(why)


def _answered(name: str, answer: dict[str, Any]) -> Iterator[Seen]:
    why = words_of(answer.get("why"))
    reading = snmpwalk.read(words_of(answer.get("text")))
    if not why and reading.problems:
        why = reading.problems[0].message
    if why:
        yield from _unknown(f"{name} over SNMP: {why}"[:200])
        return
    yield from _of(reading.facts, name)


def _unknown(why: str) -> Iterator[Seen]:
    for signal in SIGNALS:
        yield Seen(signal, "", None, why)


def _of(agent: Agent, node: str) -> Iterator[Seen]:
    for port in agent.interfaces:
        for seen in _port(port, agent.up_s):
            yield replace(seen, node=node)
    for sensor in agent.sensors:
        yield from _sensor(sensor, node)
    for strip in agent.strips:
        for seen in _strip(strip):
            yield replace(seen, node=node)
    for outlet in agent.outlets:
        value = None if outlet.on is None else float(not outlet.on)
        why = "" if value is not None else f"{outlet.name} says neither on nor off"
        yield Seen("outlet_off", outlet.name, value, why, node=node)


def _strip(strip: Strip) -> Iterator[Seen]:
    note = "" if strip.power_w is None else f"{strip.power_w:g} W"
    note = note if strip.load is not None else f"{strip.name} does not say its load"
    for signal, word in (("strip_overload", "overload"), ("strip_near_overload", "near-overload")):
        value = None if strip.load is None else float(strip.load == word)
        yield Seen(signal, strip.name, value, note)
    if strip.supply_alarm is not None:
        yield Seen("strip_supply", strip.name, float(strip.supply_alarm))


def _port(port: Interface, up_s: float | None) -> Iterator[Seen]:
    """Tell of a port that is switched on; a cable is only wanted where somebody wrote which."""
    if port.admin_up is not True:
        return
    if port.alias:
        value = None if port.up is None else float(not port.up)
        why = port.alias if value is not None else f"{port.name} does not say whether it is up"
        yield Seen("switch_port_down", port.name, value, why)
    for signal, counts in (
        ("switch_errors", (port.in_errors, port.out_errors)),
        ("switch_discards", (port.in_discards, port.out_discards)),
    ):
        there = [count for count in counts if count is not None]
        if there:
            yield Seen(signal, port.name, float(sum(there)), port.alias, up_s=up_s)


def _sensor(sensor: AgentSensor, node: str) -> Iterator[Seen]:
    state = sensor.state
    if state in (None, "unavailable"):
        if not _OPTIC.search(sensor.name):
            why = f"{sensor.name} is {state or 'of no state that is known'}"
            yield Seen("agent_sensor_critical", sensor.name, None, why, node=node)
        return
    shown = state if sensor.value is None else f"{sensor.value:g} {sensor.unit}, {state}"
    yield Seen("agent_sensor_critical", sensor.name, float(state in _CRITICAL), shown, node=node)
    yield Seen("agent_sensor_warning", sensor.name, float(state in _WARNING), shown, node=node)


SOURCES: Iterable[Source] = (
    source("snmp", _asked, *SIGNALS, of="head"),
    source(DEVICE.id, _recorded, *SIGNALS),
)

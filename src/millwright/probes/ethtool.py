"""`ethtool` of an Ethernet port: settings, -i, -S, -k and -m, alone or one after the other.

`ethtool --json` with -k or -m is read as well. A port's name stands only in settings and features;
what is told without one has the device of the output, which is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes import ethtool_facts as facts
from millwright.probes import ethtool_json, metrics
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.ethtool_facts import Counter, Driver, Feature, Port
from millwright.probes.pairs import Pair, Pairs, pair_of
from millwright.probes.reading import Problem, Reading, count, is_simulated
from millwright.units import gbps

TOOL = "ethtool"
_HEADS = re.compile(r"(?P<what>Settings|Features|NIC statistics)(?: for (?P<port>[^\s:]{1,40}))?:$")
_FEATURE = re.compile(
    r"(?P<on>on|off)(?: \[(?P<note>fixed|requested on|requested off|not requested)\])?$"
)
_FAILURE = re.compile(
    r"Cannot |netlink error|ethtool:|No data available|no stats available"
    r"|.*(?:command not found|Operation not permitted|Operation not supported|No such device)"
)
_DRIVER_KEYS = frozenset(("driver", "version", "firmware-version", "bus-info"))
_SECTIONS = {"Settings": "settings", "Features": "features", "NIC statistics": "counters"}
_COUNTED = {
    "link_down_events_phy": metrics.NIC_CARRIER_LOST,
    "rx_symbol_err_phy": metrics.NIC_SYMBOL_ERRORS,
    "rx_crc_errors_phy": metrics.NIC_RECEIVE_ERRORS,
    "rx_crc_errors": metrics.NIC_RECEIVE_ERRORS,
    "rx_discards_phy": metrics.NIC_RECEIVE_DISCARDS,
    "tx_discards_phy": metrics.NIC_TRANSMIT_DISCARDS,
    "rx_out_of_buffer": metrics.NIC_OUT_OF_BUFFER,
}


@dataclass(slots=True)
class _Draft:
    """What is told of one port while its lines go by; sections by name."""

    name: str | None = None
    sections: dict[str, Pairs] = field(default_factory=dict)
    module: list[Pair] = field(default_factory=list)


def command(port: str, option: str = "") -> list[str]:
    """Return what to ask a node about a port: its settings, or -i, -S, -k, -m."""
    return ["ethtool", option, port] if option else ["ethtool", port]


def read(text: str) -> Reading[facts.Ports]:
    """Return what is said of each port; what the driver cannot tell is a problem."""
    if text.removeprefix("\ufeff").lstrip().startswith("["):
        ports, problems = ethtool_json.ports_of(text)
    else:
        ports, problems = _told(text)
    if not ports and not problems:
        problems.append(Problem("nothing is told of any port"))
    measured = tuple(found for port in ports for found in _measured(port))
    return Reading(TOOL, facts.Ports(tuple(ports)), measured, tuple(problems), is_simulated(text))


def _told(text: str) -> tuple[list[Port], list[Problem]]:
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    problems = lines.problems + told.problems
    problems += [p for draft in lines.drafts for it in draft.sections.values() for p in it.problems]
    return [_port(draft, problems) for draft in lines.drafts], problems


class _Lines:
    """Sorts lines under the section that they follow."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.problems: list[Problem] = []
        self._section: str | None = None

    def take(self, line: Line) -> None:
        """Read one whole line."""
        text = line[1].strip()
        pair = pair_of(line)
        if not text:
            return
        if found := _HEADS.match(text):
            self._open(_SECTIONS[found["what"]], found["port"])
        elif _FAILURE.match(text) and not (pair and self._section == "counters"):
            self.problems.append(Problem(shown(text), line[0]))
        elif pair is None:
            # Link modes go on over several lines; only settings have such lines.
            if self._section != "settings":
                self.problems.append(not_understood(line))
        else:
            self._pair(line, pair)

    def _open(self, section: str, port: str | None = None) -> None:
        draft = self.drafts[-1] if self.drafts else None
        other = draft is None or section in draft.sections
        named = port is not None and draft is not None and draft.name not in (None, port)
        if draft is None or other or named:
            draft = _Draft(port)
            self.drafts.append(draft)
        draft.name = draft.name or port
        draft.sections[section] = Pairs()
        self._section = section

    def _pair(self, line: Line, pair: Pair) -> None:
        begins = {"driver": "driver", "Identifier": "module"}.get(pair.key)
        if begins and self._section != begins and (pair.indent == 0 or begins == "module"):
            self._open(begins)
        if self._section is None and pair.key in _DRIVER_KEYS:
            self._open("driver")
            self.problems.append(Problem("the driver is not told", line[0]))
        if self._section is None:
            self.problems.append(not_understood(line))
            return
        draft = self.drafts[-1]
        if self._section == "counters":
            # Drivers put their queue before the name: `[0]: rx_packets: 12`.
            name, _, value = line[1].rpartition(":")
            draft.sections["counters"].put(Pair(line[0], 0, name.strip(), value.strip()))
        elif self._section == "module":
            draft.module.append(pair)
        else:
            draft.sections[self._section].put(pair)


def _port(draft: _Draft, problems: list[Problem]) -> Port:
    settings = draft.sections.get("settings")
    driver = draft.sections.get("driver")
    return Port(
        name=draft.name,
        settings=facts.settings_of(settings.get) if settings else None,
        driver=_driver(driver) if driver else None,
        module=facts.module_of(draft.module, problems) if "module" in draft.sections else None,
        counters=tuple(_counters(draft.sections.get("counters"), problems)),
        features=tuple(_features(draft.sections.get("features"), problems)),
    )


def _driver(pairs: Pairs) -> Driver:
    return Driver(
        name=pairs.get("driver"),
        version=pairs.get("version"),
        firmware=pairs.get("firmware-version"),
        bus=pairs.get("bus-info"),
    )


def _counters(pairs: Pairs | None, problems: list[Problem]) -> Iterator[Counter]:
    for name, value in pairs or ():
        number = count(value)
        if number is None:
            problems.append(Problem(f"{shown(name)} is no number: {shown(value)}"))
        else:
            yield Counter(name, number)


def _features(pairs: Pairs | None, problems: list[Problem]) -> Iterator[Feature]:
    for name, value in pairs or ():
        found = _FEATURE.match(value)
        if found is None:
            problems.append(Problem(f"{shown(name)} is neither on nor off: {shown(value)}"))
        else:
            yield Feature(name, found["on"] == "on", found["note"] == "fixed")


def _measured(port: Port) -> Iterator[Measurement]:
    device = port.name or ""
    if port.settings and port.settings.link and port.settings.speed_mbps is not None:
        yield metrics.NIC_PORT_RATE.of(gbps(port.settings.speed_mbps), device)
    for counter in port.counters:
        if metric := _COUNTED.get(counter.name):
            yield metric.of(counter.value, device, counter=counter.name)
    if port.module is None:
        return
    if port.module.temperature_c is not None:
        yield metrics.OPTIC_TEMPERATURE.of(port.module.temperature_c, device)
    if port.module.voltage_v is not None:
        yield metrics.OPTIC_VOLTAGE.of(port.module.voltage_v, device)
    for lane in port.module.lanes:
        yield from _light(device, lane)


def _light(device: str, lane: facts.Lane) -> Iterator[Measurement]:
    told: tuple[tuple[Callable[..., Measurement], float | None], ...] = (
        (metrics.OPTIC_RECEIVED.of, lane.received_dbm),
        (metrics.OPTIC_SENT.of, lane.sent_dbm),
        (metrics.OPTIC_BIAS.of, lane.bias_ma),
    )
    for of, value in told:
        if value is not None:
            yield of(value, device, lane=lane.number)

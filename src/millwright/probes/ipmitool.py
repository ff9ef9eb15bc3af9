"""`ipmitool`: sensors (`sdr`, `sdr elist`, `sensor`), power, network, log, and other settings.

A sensor that is not readable has no value; a line by which the tool says that it failed is a
problem. Sensors may share a name: then what they belong to (`entity`) tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.ipmi_sel import Event, cells_of, event_of
from millwright.probes.pairs import pair_of
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "ipmitool"
_VALUE = re.compile(
    r"(?P<value>-?\d{1,9}(?:\.\d{1,6})?) (?P<unit>degrees [CF]|percent|%|[A-Za-z]+)"
    r"(?:, (?P<states>.+))?$"
)
_SAYS_NOTHING = re.compile(r"(?:No Reading|Not Readable|Disabled|na|Not Available|)$")
_ENTITY = re.compile(r"\d{1,3}\.\d{1,3}$")
_NUMBER = re.compile(r"[0-9A-Fa-f]{1,2}h$")
_FAILURE = re.compile(
    r"(?:Unable|Could not|Error|Invalid|Get \w+ (?:ID )?command failed|No data|ipmitool)\b"
    r"|.*(?:command not found|No such file or directory)"
)
_METRICS = {
    "degrees C": metrics.BMC_TEMPERATURE,
    "RPM": metrics.BMC_FAN_SPEED,
    "Watts": metrics.BMC_POWER,
    "Volts": metrics.BMC_VOLTAGE,
    "Amps": metrics.BMC_CURRENT,
}
_POWER = {
    "instantaneous power reading": "now",
    "minimum during sampling period": "minimum",
    "maximum during sampling period": "maximum",
    "average power reading over sample period": "average",
}
_WATTS = re.compile(r"(?P<watts>\d{1,7}) Watts$")
_SETTING = re.compile(r"[^:]{1,80}(?: :|:  |:$)")
_ADDRESS = re.compile(r"IPv6 (?P<kind>Static|Dynamic) Address (?P<index>\d{1,3})$")


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor: `value` with its `unit`, or `state` where it tells no number.

    `status` is ipmitool's: ok, ns (no sensor), nc, cr, nr (worse and worse).
    """

    name: str
    number: str | None
    entity: str | None
    status: str
    value: float | None
    unit: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Power:
    """`dcmi power reading`: watts of the whole machine, over the controller's own period."""

    now_w: int | None
    minimum_w: int | None
    maximum_w: int | None
    average_w: int | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv6 address of the controller; `::/0` is one that is not set, and None."""

    kind: str
    index: int
    source: str | None
    address: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A line of `lan print`, `mc info`, `fru print` or `chassis status`, under its heading."""

    section: str | None
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Controller:
    """All that an output says of a management controller."""

    sensors: tuple[Sensor, ...]
    power: Power | None
    addresses: tuple[Address, ...]
    settings: tuple[Setting, ...]
    events: tuple[Event, ...]

    def setting(self, name: str) -> str | None:
        """Return what a setting says; None where it is not told, or told differently twice."""
        told = {each.value for each in self.settings if each.name.lower() == name.lower()}
        return words(told.pop()) if len(told) == 1 else None

    @property
    def mac(self) -> str | None:
        """The controller's own MAC address, of `lan print`."""
        return self.setting("MAC Address")


def command(*words_: str) -> list[str]:
    """Return what to ask a node about its own controller, as root."""
    return ["ipmitool", *(words_ or ("sdr", "elist"))]


def read(text: str) -> Reading[Controller]:
    """Return sensors, power, addresses and settings; what failed is a problem."""
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    problems = lines.problems + told.problems
    facts = Controller(
        sensors=tuple(lines.sensors),
        power=_power(lines.settings),
        addresses=tuple(_addresses(lines.settings)),
        settings=tuple(lines.settings),
        events=tuple(lines.events),
    )
    if not (facts.sensors or facts.settings or facts.events) and not problems:
        problems.append(Problem("nothing is told"))
    return Reading(TOOL, facts, tuple(_measured(facts)), tuple(problems), is_simulated(text))


class _Lines:
    """Sorts rows of columns apart from settings, which stand under headings."""

    def __init__(self) -> None:
        self.sensors: dict[Sensor, None] = {}
        self.settings: list[Setting] = []
        self.events: dict[Event, None] = {}
        self.problems: list[Problem] = []
        self._section: str | None = None

    def take(self, line: Line) -> None:
        """Read one whole line."""
        text = line[1].strip()
        if not text:
            self._section = None
        elif "|" in text:
            self._row(line)
        elif _FAILURE.match(text):
            self.problems.append(Problem(shown(text), line[0]))
        else:
            self._setting(line)

    def _row(self, line: Line) -> None:
        cells = cells_of(line[1])
        if event := event_of(cells):
            self.events[event] = None
        elif sensor := _sensor(cells):
            self.sensors[sensor] = None
        else:
            self.problems.append(not_understood(line))

    def _setting(self, line: Line) -> None:
        pair = pair_of(line)
        text = line[1].strip()
        if pair is None or not _SETTING.match(text):
            # Lists go on below their heading with lines that have no key of their own.
            if not text.startswith(":") and not (self._section and line[1][:1] in " \t"):
                self.problems.append(not_understood(line))
        elif not pair.value and pair.key != "IP Header":
            self._section = pair.key
        else:
            section = self._section if pair.indent else None
            self.settings.append(Setting(section, pair.key, pair.value))
            if pair.key.startswith("FRU Device Description"):
                self._section = pair.value


def _sensor(cells: list[str]) -> Sensor | None:
    if len(cells) == 3:
        return _told(cells[0], cells[1], cells[2])
    if len(cells) == 5 and _NUMBER.match(cells[1]) and _ENTITY.match(cells[3]):
        return _told(cells[0], cells[4], cells[2], cells[1], cells[3])
    if len(cells) == 10:
        reading = cells[1] if cells[2] == "discrete" else f"{cells[1]} {cells[2]}"
        return _told(cells[0], "na" if cells[1] == "na" else reading, cells[3])
    return None


def _told(
    name: str, reading: str, status: str, own: str | None = None, entity: str | None = None
) -> Sensor | None:
    if not name or not re.fullmatch(r"[a-z]{2,4}|0x[0-9a-f]{1,4}", status):
        return None
    found = _VALUE.match(reading)
    value = number(found["value"]) if found and status != "ns" else None
    if found is None and _SAYS_NOTHING.match(reading):
        return Sensor(name, own, entity, status, None, None, None)
    return Sensor(
        name=name,
        number=own,
        entity=entity,
        status=status,
        value=value,
        unit=found["unit"] if found else None,
        state=words(found["states"] if found else reading),
    )


def _power(settings: list[Setting]) -> Power | None:
    told = {_POWER[key]: each.value for each in settings if (key := each.name.lower()) in _POWER}
    if not told:
        return None
    state = next((e.value for e in settings if e.name.lower() == "power reading state is"), None)
    watts = {
        key: int(found["watts"]) for key, value in told.items() if (found := _WATTS.match(value))
    }
    return Power(
        now_w=watts.get("now"),
        minimum_w=watts.get("minimum"),
        maximum_w=watts.get("maximum"),
        average_w=watts.get("average"),
        state=state,
    )


def _addresses(settings: list[Setting]) -> Iterator[Address]:
    sections = dict.fromkeys(each.section for each in settings if each.section)
    for section in sections:
        if found := _ADDRESS.match(section or ""):
            said = {each.name.lower(): each.value for each in settings if each.section == section}
            address = said.get("address")
            yield Address(
                kind=found["kind"].lower(),
                index=int(found["index"]),
                source=words(said.get("source/type")),
                address=None if address in ("::/0", "::/128") else words(address),
                status=words(said.get("status")),
            )


def _measured(facts: Controller) -> Iterator[Measurement]:
    for sensor in facts.sensors:
        params = {"entity": sensor.entity} if sensor.entity else {}
        if sensor.value is None or sensor.unit is None:
            continue
        if metric := _METRICS.get(sensor.unit):
            yield metric.of(sensor.value, sensor.name, **params)
        elif sensor.unit in ("percent", "%") and "fan" in sensor.name.lower():
            yield metrics.BMC_FAN_DUTY.of(sensor.value, sensor.name, **params)
    power = facts.power
    if power and power.now_w is not None and power.state == "activated":
        yield metrics.BMC_POWER.of(power.now_w, "dcmi")

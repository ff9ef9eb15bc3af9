"""What ethtool says of a port, as values: settings, driver, counters, features and its module."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from millwright.probes.endings import shown
from millwright.probes.pairs import Pair
from millwright.probes.quantity import words
from millwright.probes.reading import Problem

_MBPS = re.compile(r"(?P<mbps>\d{1,7})Mb/s$")
_LANES = re.compile(r"(?P<lanes>\d{1,3})$")
_DBM = re.compile(r"(?:.* / )?(?P<dbm>-?\d{1,3}\.\d{1,4}) dBm$")
_MA = re.compile(r"(?P<ma>\d{1,4}\.\d{1,4}) mA$")
_CELSIUS = re.compile(r"(?P<c>-?\d{1,3}(?:\.\d{1,4})?) degrees C\b")
_VOLT = re.compile(r"(?P<v>\d{1,2}\.\d{1,5}) V$")
_METRES = re.compile(r"(?P<m>\d{1,6}(?:\.\d{1,3})?)m$")
_CHANNEL = re.compile(r"(?P<what>.*?) ?\(channel (?P<lane>\d{1,2})\)$")
_LIGHT = {
    "laser bias current": "bias_ma",
    "laser tx bias current": "bias_ma",
    "laser output power": "sent_dbm",
    "transmit avg optical power": "sent_dbm",
    "receiver signal average optical power": "received_dbm",
    "receiver signal oma": "received_dbm",
    "rcvr signal avg optical power": "received_dbm",
}
_LENGTHS = re.compile(r"(?:length \((?!smf,km)[^)]{1,40}\)|cable assembly length)$")
Get = Callable[..., str | None]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a port is set. Without a link its speed says nothing, and is None."""

    speed_mbps: int | None
    duplex: str | None
    port: str | None
    lanes: int | None
    auto_negotiation: bool | None
    link: bool | None


@dataclass(frozen=True, slots=True)
class Driver:
    """What drives a port, and the firmware it runs."""

    name: str | None
    version: str | None
    firmware: str | None
    bus: str | None


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter under its driver's own name."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Feature:
    """An offload; `fixed` where the driver lets nobody change it."""

    name: str
    on: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """Light and current of one lane; a module with one lane has number 1."""

    number: int
    sent_dbm: float | None = None
    received_dbm: float | None = None
    bias_ma: float | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """An alarm or a warning of a module."""

    name: str
    raised: bool


@dataclass(frozen=True, slots=True)
class Module:
    """A transceiver or a cable, as its memory says. `length_m` is the longest that is not zero."""

    identifier: str | None
    connector: str | None
    vendor: str | None
    part_number: str | None
    serial: str | None
    revision: str | None
    date: str | None
    types: tuple[str, ...]
    length_m: float | None
    temperature_c: float | None
    voltage_v: float | None
    lanes: tuple[Lane, ...]
    flags: tuple[Flag, ...]

    @property
    def raised(self) -> tuple[str, ...]:
        """Alarms and warnings that are on."""
        return tuple(flag.name for flag in self.flags if flag.raised)


@dataclass(frozen=True, slots=True)
class Port:
    """What one output says of a port: parts that were not asked for are None."""

    name: str | None
    settings: Settings | None = None
    driver: Driver | None = None
    module: Module | None = None
    counters: tuple[Counter, ...] = ()
    features: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class Ports:
    """All ports of an output."""

    ports: tuple[Port, ...]


def settings_of(get: Get) -> Settings:
    """Return a port's settings from what stands under each key."""
    speed = _MBPS.match(get("Speed") or "")
    lanes = _LANES.match(get("Lanes") or "")
    link = {"yes": True, "no": False}.get(get("Link detected") or "")
    duplex = get("Duplex")
    return Settings(
        speed_mbps=int(speed["mbps"]) if speed else None,
        duplex=None if duplex is None or duplex.startswith("Unknown") else duplex,
        port=get("Port"),
        lanes=int(lanes["lanes"]) if lanes else None,
        auto_negotiation={"on": True, "off": False}.get(get("Auto-negotiation") or ""),
        link=link,
    )


@dataclass(slots=True)
class _Draft:
    """A module while its lines go by."""

    words: dict[str, str | None] = field(default_factory=dict)
    types: list[str] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    lanes: dict[int, dict[str, float | None]] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)


_MANY = ("Transceiver type", "Option")


def module_of(pairs: Iterable[Pair], problems: list[Problem]) -> Module:
    """Return the module that these lines tell of; what is told twice differently is dropped."""
    draft = _Draft()
    for pair in pairs:
        key = pair.key.lower()
        if pair.key in _MANY:
            if pair.key == _MANY[0] and pair.value not in draft.types:
                draft.types.append(pair.value)
        elif draft.words.setdefault(key, pair.value) != pair.value:
            problems.append(Problem(f"{shown(pair.key)} is told twice, differently", pair.at))
            draft.words[key] = None
    for key, value in draft.words.items():
        _sort(draft, key, value or "")
    get = draft.words.get
    return Module(
        identifier=words(get("identifier")),
        connector=words(get("connector")),
        vendor=words(get("vendor name")),
        part_number=words(get("vendor pn")),
        serial=words(get("vendor sn")),
        revision=words(get("vendor rev")),
        date=words(get("date code")),
        types=tuple(draft.types),
        length_m=max(draft.lengths, default=None),
        temperature_c=_found(_CELSIUS, get("module temperature")),
        voltage_v=_found(_VOLT, get("module voltage")),
        lanes=tuple(Lane(number, **draft.lanes[number]) for number in sorted(draft.lanes)),
        flags=tuple(Flag(name, raised) for name, raised in draft.flags.items()),
    )


def _sort(draft: _Draft, key: str, value: str) -> None:
    if value in ("On", "Off") and (key.split(" (")[0].endswith(("alarm", "warning"))):
        draft.flags[key] = value == "On"
    if _LENGTHS.match(key) and (length := _found(_METRES, value)):
        draft.lengths.append(length)
    found = _CHANNEL.match(key)
    what, lane = (found["what"], int(found["lane"])) if found else (key, 1)
    if name := _LIGHT.get(what.strip()):
        amount = _found(_MA if name == "bias_ma" else _DBM, value)
        if amount is not None:
            draft.lanes.setdefault(lane, {})[name] = amount


def _found(pattern: re.Pattern[str], text: str | None) -> float | None:
    found = pattern.match(text or "")
    return float(found[1]) if found else None

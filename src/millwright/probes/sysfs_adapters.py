"""Adapters of the fabrics as the kernel's files under /sys tell them: a mapping of path to text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import shown
from millwright.probes.ibrates import gbps
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, count

_PORT = re.compile(
    r"(?:.*/)?(?P<device>[^/]{1,60})/ports/(?P<port>\d{1,3})/(?:(?P<group>hw_counters|counters)/)?"
    r"(?P<key>[^/]+)$"
)
_DEVICE = re.compile(r"(?:.*/)?(?P<device>[^/]{1,60})/(?P<key>[a-z_]+)$")
_SLOT = re.compile(r"/(?P<slot>[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])/infiniband/")
_DEVICE_KEYS = frozenset(
    ("fw_ver", "hca_type", "board_id", "node_guid", "sys_image_guid", "node_desc", "hw_rev")
)
_RATE = re.compile(
    r"(?P<gbps>\d{1,5}(?:\.\d)?) Gb/sec(?: \((?P<lanes>\d{1,2})X (?P<speed>\w+)\))?$"
)
_NUMBERED = re.compile(r"\d{1,3}: (?P<word>.+)$")
_COUNTER_WORDS = ("N/A (no PMA)", "N/A")
_MEASURED = {
    "link_downed": metrics.IB_LINK_DOWNED,
    "link_error_recovery": metrics.IB_LINK_RECOVERIES,
    "symbol_error": metrics.IB_SYMBOL_ERRORS,
    "port_rcv_errors": metrics.IB_RECEIVE_ERRORS,
    "port_xmit_discards": metrics.IB_TRANSMIT_DISCARDS,
    "port_xmit_wait": metrics.IB_TRANSMIT_WAIT,
}


@dataclass(frozen=True, slots=True)
class PortCounter:
    """A counter of a port; `hardware` where it stands among the driver's own."""

    name: str
    value: int
    hardware: bool


@dataclass(frozen=True, slots=True)
class AdapterPort:
    """A port; a rate of one that is down is its driver's default and says nothing."""

    number: int
    state: str | None
    physical_state: str | None
    rate_gbps: float | None
    lanes: int | None
    speed: str | None
    link_layer: str | None
    lid: int | None
    counters: tuple[PortCounter, ...]

    @property
    def active(self) -> bool:
        """Whether traffic can pass."""
        return self.state == "ACTIVE" and self.physical_state == "LinkUp"

    def counter(self, name: str) -> int | None:
        """Return a counter's value; None where the port does not have it."""
        return next((each.value for each in self.counters if each.name == name), None)


@dataclass(frozen=True, slots=True)
class SysfsAdapter:
    """An adapter; `slot` is where its path names the PCI device."""

    name: str
    slot: str | None
    kind: str | None
    board: str | None
    firmware: str | None
    node_guid: str | None
    description: str | None
    ports: tuple[AdapterPort, ...]


@dataclass(slots=True)
class _Draft:
    slot: str | None = None
    words: dict[str, str] = field(default_factory=dict)
    ports: dict[int, dict[str, str]] = field(default_factory=dict)
    counters: dict[int, dict[tuple[str, bool], str]] = field(default_factory=dict)


def adapters_of(files: Mapping[str, str]) -> tuple[list[SysfsAdapter], list[Problem]]:
    """Return adapters in the order of their numbers, and what does not say what it should."""
    drafts: dict[str, _Draft] = {}
    for path, text in files.items():
        _take(path, text.strip(), drafts)
    drafts = {name: draft for name, draft in drafts.items() if draft.ports or draft.words}
    problems: list[Problem] = []
    found = [_adapter(name, drafts[name], problems) for name in sorted(drafts, key=_by_number)]
    return found, problems


def measured(adapter: SysfsAdapter) -> Iterator[Measurement]:
    """Yield rates of ports that are active, and counters of all."""
    for port in adapter.ports:
        if port.active and port.rate_gbps is not None:
            yield metrics.IB_PORT_RATE.of(port.rate_gbps, adapter.name, port=port.number)
        for counter in port.counters:
            if counter.name in _MEASURED and not counter.hardware:
                metric = _MEASURED[counter.name]
                yield metric.of(counter.value, adapter.name, port=port.number)


def _take(path: str, text: str, drafts: dict[str, _Draft]) -> None:
    if found := _PORT.match(path):
        draft = drafts.setdefault(found["device"], _Draft())
        port = int(found["port"])
        draft.ports.setdefault(port, {})
        if found["group"]:
            key = (found["key"], found["group"] == "hw_counters")
            draft.counters.setdefault(port, {})[key] = text
        else:
            draft.ports[port][found["key"]] = text
    elif (found := _DEVICE.match(path)) and found["key"] in _DEVICE_KEYS:
        drafts.setdefault(found["device"], _Draft()).words[found["key"]] = text
    else:
        return
    if slot := _SLOT.search(path):
        drafts[found["device"]].slot = slot["slot"]


def _by_number(name: str) -> tuple[str, int, str]:
    found = re.search(r"(\d{1,6})$", name)
    return (name[: found.start()], int(found[1]), name) if found else (name, -1, name)


def _adapter(name: str, draft: _Draft, problems: list[Problem]) -> SysfsAdapter:
    ports = tuple(
        _port(name, number, draft.ports[number], draft.counters.get(number, {}), problems)
        for number in sorted(draft.ports)
    )
    if not ports:
        problems.append(Problem(f"{shown(name)} shows no port"))
    return SysfsAdapter(
        name=name,
        slot=draft.slot,
        kind=words(draft.words.get("hca_type")),
        board=words(draft.words.get("board_id")),
        firmware=words(draft.words.get("fw_ver")),
        node_guid=words(draft.words.get("node_guid")),
        description=words(draft.words.get("node_desc")),
        ports=ports,
    )


def _port(
    name: str,
    number: int,
    told: Mapping[str, str],
    counters: Mapping[tuple[str, bool], str],
    problems: list[Problem],
) -> AdapterPort:
    where = f"{shown(name)} port {number}"
    problems += [
        Problem(f"{where} does not say its {key}")
        for key in ("state", "phys_state", "rate", "link_layer")
        if not told.get(key)
    ]
    rate = _RATE.match(told.get("rate", ""))
    if told.get("rate") and not _agrees(rate):
        problems.append(Problem(f"{where} says no rate: {shown(told['rate'])}"))
        rate = None
    return AdapterPort(
        number=number,
        state=_word(told.get("state")),
        physical_state=_word(told.get("phys_state")),
        rate_gbps=float(rate["gbps"]) if rate else None,
        lanes=int(rate["lanes"]) if rate and rate["lanes"] else None,
        speed=rate["speed"] if rate else None,
        link_layer=words(told.get("link_layer")),
        lid=_lid(told.get("lid")),
        counters=tuple(_counters(where, counters, problems)),
    )


def _agrees(rate: re.Match[str] | None) -> bool:
    """Return whether a rate is what its lanes carry; a speed without a known name is not asked."""
    if rate is None:
        return False
    if not rate["lanes"]:
        return True
    try:
        told = gbps(int(rate["lanes"]), rate["speed"])
    except KeyError:
        return True
    return abs(told - float(rate["gbps"])) <= 0.05 * told + 1


def _counters(
    where: str, told: Mapping[tuple[str, bool], str], problems: list[Problem]
) -> Iterator[PortCounter]:
    for (name, hardware), text in sorted(told.items()):
        value = count(text)
        if value is not None:
            yield PortCounter(name, value, hardware)
        elif text not in _COUNTER_WORDS:
            problems.append(Problem(f"{where}: {shown(name)} is no number: {shown(text)}"))


def _word(text: str | None) -> str | None:
    """Return a state's word: the kernel writes its number before it (`4: ACTIVE`)."""
    found = _NUMBERED.match(text or "")
    return found["word"] if found else words(text)


def _lid(text: str | None) -> int | None:
    return int(text, 16) if text and re.fullmatch(r"0x[0-9a-f]{1,4}", text) else None

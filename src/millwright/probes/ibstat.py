"""`ibstat` and `ibstatus`: the adapters of the fabrics and the state of their ports.

Lists of port GUIDs (`ibstat -p`, or a host name before each GUID) are read as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.metrics import IB_PORT_ACTIVE, IB_PORT_RATE
from millwright.probes.reading import Problem, Reading, count, is_simulated, number, said

TOOL = "ibstat"
_ADAPTER = re.compile(r"CA:? '(?P<name>[^']+)'$")
_DEVICE = re.compile(r"Infiniband device '(?P<name>[^']+)' port (?P<port>[0-9]{1,3}) status:$")
_PORT = re.compile(r"Port (?P<port>[0-9]{1,3}):$")
_FIELD = re.compile(r"(?P<key>[A-Za-z][A-Za-z _]*?):\s+(?P<value>.+)$")
_GUID = re.compile(r"(?:0x)?(?P<guid>[0-9a-f]{16})$")
_HOST = re.compile(r"\S+_hostname (?P<host>\S+)$")
_RATE = re.compile(r"(?P<gbps>[0-9.]{1,8})(?: Gb/sec)?(?: \((?P<width_speed>[^)]+)\))?$")
_LINK_LAYERS = ("IB", "InfiniBand", "Ethernet")
_FAILURE = re.compile(r"ib(?:panic|warn|stat)\b|\bcommand not found\b|No such file")


@dataclass(frozen=True, slots=True)
class Port:
    """A port as the adapter sees it; `width_speed` is ibstatus's `4X NDR`.

    `rate_gbps` of a port that is down is a default of its driver and says nothing.
    """

    number: int
    state: str | None = None
    physical_state: str | None = None
    rate_gbps: float | None = None
    width_speed: str | None = None
    base_lid: int | None = None
    sm_lid: int | None = None
    lmc: int | None = None
    capability_mask: str | None = None
    guid: str | None = None
    gid: str | None = None
    link_layer: str | None = None

    @property
    def active(self) -> bool:
        """Whether traffic can pass."""
        return self.state == "Active" and self.physical_state == "LinkUp"

    @property
    def told(self) -> bool:
        """Whether enough was said to know that: a port that is not Active needs no more."""
        return self.state is not None and (
            self.state != "Active" or self.physical_state is not None
        )


@dataclass(frozen=True, slots=True)
class Adapter:
    """A channel adapter; what ibstatus does not say of it is None."""

    name: str
    kind: str | None
    firmware: str | None
    hardware: str | None
    node_guid: str | None
    system_guid: str | None
    port_count: int | None
    ports: tuple[Port, ...]


@dataclass(frozen=True, slots=True)
class ListedGuid:
    """A port GUID of a bare list, with its host where the list names one."""

    guid: str
    host: str | None


@dataclass(frozen=True, slots=True)
class Adapters:
    """The adapters of a node, in the order of the output; `guids` where it is a bare list."""

    adapters: tuple[Adapter, ...]
    guids: tuple[ListedGuid, ...] = ()


@dataclass(slots=True)
class _Draft:
    """An adapter while its lines go by: its own fields, and those of each port."""

    name: str
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    ports: dict[int, dict[str, str]] = field(default_factory=dict)


def command() -> list[str]:
    """Return what to ask a node."""
    return ["ibstat"]


def read(text: str) -> Reading[Adapters]:
    """Return adapters and ports; a port that does not say its state to the end is a problem."""
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    if told.cut:
        lines.take_cut(told.cut)
    problems = [*lines.problems, *(found for draft in lines.drafts for found in _gaps(draft))]
    if not lines.drafts and not lines.guids:
        problems.append(Problem("no adapter is listed"))
    adapters = tuple(_adapter(draft) for draft in lines.drafts)
    measurements = (*_rates(adapters), *_states(adapters))
    facts = Adapters(adapters, tuple(lines.guids))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


class _Lines:
    """Sorts lines under the adapter and the port that they follow."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.guids: list[ListedGuid] = []
        self.problems: list[Problem] = []
        self._host: str | None = None
        self._fields: dict[str, str] | None = None

    def take(self, line: Line) -> None:
        """Read one whole line."""
        text = line[1].strip()
        if not text or self._head(line, text):
            return
        if found := _FIELD.match(text):
            self._field(line, found["key"].lower().replace("_", " "), found["value"])
        elif found := _HOST.match(text):
            self._host = found["host"]
        elif found := _GUID.match(text):
            self.guids.append(ListedGuid(found["guid"], self._host))
            self._host = None
        else:
            self.problems.append(not_understood(line))

    def take_cut(self, line: Line) -> None:
        """Read a last line without newline, which only a word of a closed list survives."""
        found = _FIELD.match(line[1].strip())
        if found and found["value"] in _LINK_LAYERS:
            self.take(line)
        else:
            self.problems.append(Problem(f"the last line may be cut: {shown(line[1])}", line[0]))

    def _head(self, line: Line, text: str) -> bool:
        if _FAILURE.match(text):
            self.problems.append(Problem(shown(text), line[0]))
        elif found := _ADAPTER.match(text):
            self._open(line, found["name"])
        elif found := _DEVICE.match(text):
            if not self.drafts or self.drafts[-1].name != found["name"]:
                self._open(line, found["name"])
            self._port(line, int(found["port"]))
        elif found := _PORT.match(text):
            self._port(line, int(found["port"]))
        else:
            return False
        return True

    def _open(self, line: Line, name: str) -> None:
        if any(draft.name == name for draft in self.drafts):
            self.problems.append(Problem(f"adapter {name} is listed twice", line[0]))
        self.drafts.append(_Draft(name, line[0]))
        self._fields = self.drafts[-1].fields

    def _port(self, line: Line, port: int) -> None:
        if not self.drafts or port in self.drafts[-1].ports:
            self.problems.append(Problem(f"port {port} belongs to no adapter", line[0]))
            self._fields = None
            return
        self._fields = self.drafts[-1].ports.setdefault(port, {})

    def _field(self, line: Line, key: str, value: str) -> None:
        if self._fields is None:
            self.problems.append(not_understood(line))
        elif self._fields.setdefault(key, value) != value:
            self.problems.append(Problem(f"{key} is told twice, differently", line[0]))
            self._fields[key] = ""
            self._fields = None


def _gaps(draft: _Draft) -> list[Problem]:
    """Return what an adapter should have said and did not."""
    missing = [
        Problem(f"{draft.name} port {port} does not say its {key}", draft.line)
        for port, fields in draft.ports.items()
        for key in ("state", "rate", "link layer")
        if key not in fields
    ]
    told = count(draft.fields.get("number of ports"))
    if told is not None and draft.ports and told != len(draft.ports):
        missing.append(
            Problem(f"{draft.name} has {told} ports, {len(draft.ports)} are told", draft.line)
        )
    if not draft.ports:
        missing.append(Problem(f"{draft.name} shows no port", draft.line))
    return missing


def _adapter(draft: _Draft) -> Adapter:
    return Adapter(
        name=draft.name,
        kind=said(draft.fields.get("ca type")),
        firmware=said(draft.fields.get("firmware version")),
        hardware=said(draft.fields.get("hardware version")),
        node_guid=said(draft.fields.get("node guid")),
        system_guid=said(draft.fields.get("system image guid")),
        port_count=count(draft.fields.get("number of ports")),
        ports=tuple(_port(at, fields) for at, fields in draft.ports.items()),
    )


def _port(at: int, fields: dict[str, str]) -> Port:
    rate = _RATE.match(fields.get("rate", ""))
    return Port(
        number=at,
        state=_word(fields.get("state")),
        physical_state=_word(fields.get("physical state", fields.get("phys state"))),
        rate_gbps=number(rate["gbps"]) if rate else None,
        width_speed=rate["width_speed"] if rate else None,
        base_lid=_lid(fields.get("base lid")),
        sm_lid=_lid(fields.get("sm lid")),
        lmc=count(fields.get("lmc")),
        capability_mask=said(fields.get("capability mask")),
        guid=said(fields.get("port guid")),
        gid=said(fields.get("default gid")),
        link_layer=said(fields.get("link layer")),
    )


def _word(value: str | None) -> str | None:
    """Return a state in ibstat's words: ibstatus numbers it and shouts (`4: ACTIVE`)."""
    word = (value or "").rpartition(": ")[2].strip()
    return said(word.capitalize() if word.isupper() else word)


def _lid(value: str | None) -> int | None:
    if value and re.fullmatch(r"0x[0-9a-fA-F]{1,8}", value):
        return int(value, 16)
    return count(value)


def _rates(adapters: tuple[Adapter, ...]) -> list[Measurement]:
    return [
        IB_PORT_RATE.of(port.rate_gbps, adapter.name, port=port.number)
        for adapter in adapters
        for port in adapter.ports
        if port.active and port.rate_gbps is not None
    ]


def _states(adapters: tuple[Adapter, ...]) -> list[Measurement]:
    """Return which ports are up, of adapters whose ports are all told: others may be mixed up."""
    return [
        IB_PORT_ACTIVE.of(float(port.active), adapter.name, port=port.number)
        for adapter in adapters
        for port in adapter.ports
        if port.told and adapter.port_count in (None, len(adapter.ports))
    ]

"""`lldpctl` in its forms: json, json0, keyvalue and plain: who is at the other end of each port."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.json_node import Node, document
from millwright.probes.pairs import pair_of
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "lldpctl"
ALIASES = ("lldp",)
_KEY_VALUE = re.compile(
    r"lldp\.(?P<port>\S{1,60}?)\.(?P<key>via|rid|age|(?:chassis|port|vlan|ppvid|pi|lldp-med"
    r"|unknown-tlvs|ttl)(?:\.[^=]{1,120})?)=(?P<value>.*)$"
)
_HEAD = re.compile(
    r"Interface:\s+(?P<port>[^\s,]{1,60}), via: (?P<via>[^,]{1,20})(?:, RID: (?P<rid>\d{1,10}))?"
    r"(?:, Time: (?P<age>.{1,60}))?$"
)
_ID_KINDS = ("ifname", "mac", "local", "ifalias", "ip", "inventory")
_FAILURE = re.compile(r".*(?:command not found|unable to|Cannot|cannot|Permission denied|\[WARN)")
_PLAIN = {
    "SysName": "chassis.name",
    "SysDescr": "chassis.descr",
    "MgmtIP": "chassis.mgmt-ip",
    "PortDescr": "port.descr",
    "TTL": "port.ttl",
    "VLAN": "vlan.vlan-id",
}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What one port hears. `port_id_kind` says whether `port_id` is a name, a MAC or the like."""

    interface: str
    via: str | None = None
    age: str | None = None
    chassis: str | None = None
    chassis_id_kind: str | None = None
    chassis_id: str | None = None
    chassis_description: str | None = None
    management: tuple[str, ...] = ()
    port_id_kind: str | None = None
    port_id: str | None = None
    port_description: str | None = None
    vlans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """All neighbours, in the order of the output; a port may have several."""

    neighbours: tuple[Neighbour, ...]
    local: str | None = None


@dataclass(slots=True)
class _Draft:
    """A neighbour while its lines go by; a list of words under each key."""

    interface: str
    line: int
    told: dict[str, list[str]] = field(default_factory=dict)

    def put(self, key: str, value: str) -> None:
        """Keep what is said, once."""
        values = self.told.setdefault(key, [])
        if value and value not in values:
            values.append(value)


def command() -> list[str]:
    """Return what to ask a node."""
    return ["lldpctl", "-f", "json"]


def read(text: str) -> Reading[Neighbours]:
    """Return who is heard; a port that hears nobody is not told of by the tool either."""
    told = text.removeprefix("\ufeff").lstrip()
    local = None
    if told.startswith("{") or "\n{" in told:
        tree, problems = document(text, expected=_is_lldp)
        local = next((name for name, _ in tree.at(*_LOCAL).members), None)
        found = neighbours_of(tree, problems)
    else:
        drafts, problems = _lines(text)
        problems += [] if told else [Problem("nothing is told")]
        found = tuple(_neighbour(draft, problems) for draft in drafts)
    return Reading(TOOL, Neighbours(found, local), (), tuple(problems), is_simulated(text))


def neighbours_of(tree: Node, problems: list[Problem]) -> tuple[Neighbour, ...]:
    """Return the neighbours of a JSON document of either form; append what is wrong with them."""
    drafts = [draft for entry in _listed(tree.at("lldp")) for draft in _interfaces(entry)]
    return tuple(_neighbour(draft, problems) for draft in drafts)


_LOCAL = ("lldp_loc_chassis", "local-chassis", "chassis")


def _is_lldp(node: Node) -> bool:
    return node.at("lldp").value is not None


def _listed(node: Node) -> tuple[Node, ...]:
    """Return the entries of a list, or the one thing that stands there without one."""
    return node.entries or ((node,) if isinstance(node.value, dict) else ())


def _interfaces(lldp: Node) -> Iterator[_Draft]:
    """Yield neighbours: json names an entry by its only key, json0 inside of it."""
    for entry in _listed(lldp.at("interface")):
        if name := entry.at("name").said:
            yield _draft(name, entry)
            continue
        for name, told in entry.members:
            for each in _listed(told):
                yield _draft(name, each)


def _draft(name: str, entry: Node) -> _Draft:
    draft = _Draft(name, 0)
    for key in ("via", "age", "rid"):
        draft.put(key, entry.at(key).said or "")
    for chassis in _listed(entry.at("chassis")):
        _chassis(draft, chassis)
    for port in _listed(entry.at("port")):
        _identity(draft, "port", port)
    for vlan in _listed(entry.at("vlan")):
        draft.put("vlan.vlan-id", vlan.at("vlan-id").said or "")
    return draft


def _chassis(draft: _Draft, chassis: Node) -> None:
    """Take a chassis: under its name where it has one, else as it stands."""
    if chassis.at("id").value is not None:
        draft.put("chassis.name", _value(chassis.at("name")))
        _identity(draft, "chassis", chassis)
        return
    for name, told in chassis.members:
        if isinstance(told.value, dict):
            draft.put("chassis.name", name)
            _identity(draft, "chassis", told)


def _identity(draft: _Draft, what: str, node: Node) -> None:
    for identity in _listed(node.at("id")):
        if kind := identity.at("type").said:
            draft.put(f"{what}.{kind}", identity.at("value").said or "")
    draft.put(f"{what}.descr", _value(node.at("descr")))
    management = node.at("mgmt-ip")
    for each in management.entries or (management,):
        draft.put(f"{what}.mgmt-ip", _value(each))


def _value(node: Node) -> str:
    """Return words that stand bare, or as json0 has them: in a list of objects with a value."""
    entry = node.entries[0] if node.entries else node
    return entry.at("value").said or entry.said or ""


def _lines(text: str) -> tuple[list[_Draft], list[Problem]]:
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    return lines.drafts, lines.problems + told.problems


class _Lines:
    """Sorts lines of the two text forms under the neighbour that they follow."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.problems: list[Problem] = []
        self._description = False
        self._plain = False

    def take(self, line: Line) -> None:
        """Read one whole line; a description may go on over several, and is kept to its first."""
        at, text = line
        stripped = text.strip()
        if found := _KEY_VALUE.match(text):
            self._key_value(at, found)
        elif found := _HEAD.match(stripped):
            self._plain = True
            draft = _Draft(found["port"], at)
            self.drafts.append(draft)
            for key in ("via", "age"):
                draft.put(key, found[key] or "")
        elif _FAILURE.match(text) and not self._description:
            self.problems.append(Problem(shown(text), at))
        elif self._plain and text[:1] in (" ", "\t"):
            self._said(line)
        elif stripped.strip("-") and stripped != "LLDP neighbors:" and not self._description:
            self.problems.append(not_understood(line))

    def _key_value(self, at: int, found: re.Match[str]) -> None:
        key, value = found["key"], found["value"]
        draft = self.drafts[-1] if self.drafts else None
        again = draft is not None and key in ("via", "rid") and key in draft.told
        if draft is None or draft.interface != found["port"] or again:
            draft = _Draft(found["port"], at)
            self.drafts.append(draft)
        draft.put(key, value)
        self._description = key.endswith("descr")

    def _said(self, line: Line) -> None:
        pair = pair_of(line)
        if pair is None or not self.drafts:
            return
        draft = self.drafts[-1]
        if pair.key in ("ChassisID", "PortID"):
            kind, _, value = pair.value.partition(" ")
            draft.put(f"{'chassis' if pair.key == 'ChassisID' else 'port'}.{kind}", value.strip())
        elif key := _PLAIN.get(pair.key):
            draft.put(key, pair.value.split(",")[0] if pair.key == "VLAN" else pair.value)


def _neighbour(draft: _Draft, problems: list[Problem]) -> Neighbour:
    chassis_kind, chassis = _identified(draft, "chassis", problems)
    port_kind, port = _identified(draft, "port", problems)
    if chassis is None and not draft.told.get("chassis.name"):
        line = draft.line or None
        problems.append(Problem(f"{draft.interface} hears nobody who says a name", line))
    return Neighbour(
        interface=draft.interface,
        via=_one(draft, "via", problems),
        age=_one(draft, "age", problems),
        chassis=_one(draft, "chassis.name", problems),
        chassis_id_kind=chassis_kind,
        chassis_id=chassis,
        chassis_description=words("\n".join(draft.told.get("chassis.descr", []))),
        management=tuple(draft.told.get("chassis.mgmt-ip", ())),
        port_id_kind=port_kind,
        port_id=port,
        port_description=_one(draft, "port.descr", problems),
        vlans=tuple(draft.told.get("vlan.vlan-id", ())),
    )


def _identified(draft: _Draft, what: str, problems: list[Problem]) -> tuple[str | None, str | None]:
    """Return the kind and the value of an identity."""
    for kind in _ID_KINDS:
        if f"{what}.{kind}" in draft.told:
            value = _one(draft, f"{what}.{kind}", problems)
            return (kind, value) if value else (None, None)
    return None, None


def _one(draft: _Draft, key: str, problems: list[Problem]) -> str | None:
    """Return the one thing that is said; None where nothing is, or two things are."""
    values = draft.told.get(key, [])
    if len(values) > 1:
        problems.append(Problem(f"{draft.interface}: {key} is told twice, differently", draft.line))
        return None
    return words(values[0]) if values else None

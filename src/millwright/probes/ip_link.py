"""`ip -j link` and `ip -j addr`: interfaces with their addresses, also those burnt in."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.probes.json_node import Node, document
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "ip-link"


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface. `permanent` is its own address where a bond lent it another one."""

    name: str
    kind: str | None
    address: str | None
    permanent: str | None
    state: str | None
    mtu: int | None
    master: str | None
    flags: tuple[str, ...]

    @property
    def own_address(self) -> str | None:
        """The address that is the hardware's."""
        return self.permanent or self.address


@dataclass(frozen=True, slots=True)
class Interfaces:
    """All interfaces of a host."""

    interfaces: tuple[Interface, ...]


def command() -> list[str]:
    """Return what to ask a node; `-d` tells permanent addresses."""
    return ["ip", "-d", "-j", "link"]


def read(text: str) -> Reading[Interfaces]:
    """Return every interface; one without a name is a problem."""
    tree, problems = document(text, expected=lambda node: isinstance(node.value, list))
    found = []
    for entry in tree.entries:
        name = entry.at("ifname").said
        if name is None:
            problems.append(Problem("an interface has no name"))
        else:
            found.append(_interface(name, entry))
    if not found and not problems:
        problems.append(Problem("no interface is told"))
    return Reading(TOOL, Interfaces(tuple(found)), (), tuple(problems), is_simulated(text))


def _interface(name: str, entry: Node) -> Interface:
    flags = (each.said for each in entry.at("flags").entries)
    return Interface(
        name=name,
        kind=entry.at("linkinfo", "info_kind").said or entry.at("link_type").said,
        address=entry.at("address").said,
        permanent=entry.at("permaddr").said,
        state=entry.at("operstate").said,
        mtu=entry.at("mtu").whole,
        master=entry.at("master").said,
        flags=tuple(filter(None, flags)),
    )

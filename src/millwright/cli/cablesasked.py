"""Asks a site about its cables: the subnet from one node of it, LLDP from every node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from millwright.adapters.hostkeys import known_hosts
from millwright.adapters.recording import recorder
from millwright.adapters.routes import known_nodes
from millwright.adapters.ssh import SshShell
from millwright.build import cablelistings
from millwright.cli.buildcables import show
from millwright.cli.cabling import ETHERNET, INFINIBAND, Cabling, cabling_of
from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import MillwrightError
from millwright.model.cabling import Listing
from millwright.model.cluster import Cluster
from millwright.ports import Answer, Limits, Shell
from millwright.probes import ibnetdiscover, lldpctl

_SUBNET = Limits(command_s=300.0, output_bytes=64 << 20)
_TRIED = 4
"""Nodes that are asked for the subnet, one after the other, before it is given up."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who can be asked, and where answers are kept."""

    shell: Shell
    keep: Callable[[Answer], object]
    nodes: tuple[str, ...]
    simulated: bool

    def ask(self, nodes: Sequence[str], argv: list[str], limits: Limits) -> Iterator[Answer]:
        """Yield answers, each kept as evidence before it is looked at."""
        for answer in self.shell.run(nodes, argv, limits):
            self.keep(answer)
            yield answer


def compare_live(door: Door, format_: str | None, given: Mapping[str, str]) -> None:
    """Ask for what the design has, compare, and show it."""
    workspace = workspace_of(door)
    known = known_nodes(workspace)
    names = tuple(known.routes)
    with (
        SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as shell,
        recorder(workspace, "cables", simulated=known.simulated) as record,
    ):
        record.secrets = shell.secrets
        record.begin(("millwright", "build", "cables"), names)
        site = Asked(shell, record.keep, names, known.simulated)
        asked = list(_asked(door, site, format_))
    if not asked:
        raise MillwrightError("the design has no cables of that kind")
    show(door, asked, given, "live")


def _asked(door: Door, site: Asked, format_: str | None) -> Iterator[tuple[Cabling, Listing]]:
    for protocol, ask, own in (
        (INFINIBAND, subnet, "ibnetdiscover"),
        (ETHERNET, heard, "lldp"),
    ):
        if format_ in (None, own):
            try:
                cabling = cabling_of(door, protocol)
            except MillwrightError:
                if format_ is not None:
                    raise
                continue
            yield cabling, ask(site, cabling)


def subnet(site: Asked, cabling: Cabling) -> Listing:
    """Return the subnet as the first node tells it that can; nobody who can is a problem."""
    problems = []
    for node in _who(site.nodes, cabling.cluster)[:_TRIED]:
        for answer in site.ask([node], ibnetdiscover.command(), _SUBNET):
            listing = cablelistings.of_fabric(ibnetdiscover.read(_text(answer)))
            if answer.succeeded and listing.links:
                return _as_simulated(listing) if site.simulated else listing
            problems.append(f"{node}: ibnetdiscover: {_why(answer)}")
    return Listing((), reporters=frozenset(), problems=problems, simulated=site.simulated)


def _as_simulated(listing: Listing) -> Listing:
    """Return a listing of a simulated subnet: its speeds are those of the simulator alone."""
    links = [replace(link, gbps=None) for link in listing.links]
    return replace(listing, links=links, simulated=True)


def _who(nodes: Sequence[str], cluster: Cluster) -> list[str]:
    """Return nodes in the order in which they are likely to see the subnet: managers first."""
    order = ("fabric-manager", "management", "compute")
    roles = {device.name: device.role for device in cluster.devices}
    able = [node for node in nodes if roles.get(node) in order]
    return sorted(able, key=lambda node: order.index(roles[node]))


def heard(site: Asked, cabling: Cabling) -> Listing:
    """Return what every node hears; who does not answer leaves its cables open."""
    told, silent = {}, []
    for answer in site.ask(site.nodes, lldpctl.command(), Limits()):
        if answer.succeeded:
            told[answer.node] = lldpctl.read(_text(answer))
        else:
            silent.append(f"{answer.node} (lldpctl: {_why(answer)})")
    listing = cablelistings.of_lldp(told, cabling.boxes, silent)
    return replace(listing, simulated=listing.simulated or site.simulated)


def _text(answer: Answer) -> str:
    return answer.stdout.decode("utf-8", "backslashreplace")


def _why(answer: Answer) -> str:
    said = answer.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
    if answer.ended != "exit":
        return answer.reason or answer.ended
    return (said[-1] if said else f"exit {answer.exit_status}")[:160]

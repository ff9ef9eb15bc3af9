"""Joins a sweep with the cables of the design: what the subnet shows elsewhere than planned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.cli.door import Door
    from millwright.cli.sweeps import Seen
    from millwright.manage.health.view import CableSeen
    from millwright.model.cabling import CableFinding, Compared


def misplaced(door: Door, seen: Seen) -> tuple[CableSeen, ...] | str:
    """Return the cables that are not as designed, or why that cannot be said."""
    everybody = seen.recording.nodes.values()
    heard = [told["ibnetdiscover"] for told in everybody if "ibnetdiscover" in told]
    whole = [each for each in heard if each.whole]
    if not whole or seen.cluster is None:
        return "no subnet was seen beside a design"
    try:
        compared = _compared(door, whole[0].text, simulated=seen.simulated)
    except MillwrightError as error:
        return error.message
    if compared.problems or not compared.ok:
        return compared.problems[0] if compared.problems else "nothing of it is as designed"
    hosts = frozenset(seen.expected)
    return tuple(_seen(f) for f in compared.findings if f.planned and not _port_s_own(f, hosts))


def _port_s_own(finding: CableFinding, hosts: frozenset[str]) -> bool:
    """Return whether a link of a node is only not there: the node says so of its port itself."""
    absent = finding.kind in ("missing", "down")
    return absent and any(end[0] in hosts for each in finding.planned for end in each.ends)


def _compared(door: Door, text: str, *, simulated: bool) -> Compared:
    from millwright.build import cablelistings
    from millwright.build.cables import compare
    from millwright.cli.cabling import INFINIBAND, cabling_of
    from millwright.probes import ibnetdiscover

    listing = cablelistings.of_fabric(ibnetdiscover.read(text))
    if simulated:
        # The speeds of a simulated subnet are those of its simulator.
        links = [replace(link, gbps=None) for link in listing.links]
        listing = replace(listing, links=links, simulated=True)
    cabling = cabling_of(door, INFINIBAND)
    return compare(listing, cabling.plan, cabling.boxes, {})


def _seen(finding: CableFinding) -> CableSeen:
    from millwright.manage.health.view import CableSeen

    ends = [each.a for each in finding.planned]
    named = " and ".join(f"{node} {port}" for node, port in ends)
    other = ", ".join(f"{each.b[0]} {each.b[1]}" for each in finding.planned)
    text = f"{finding.kind}: {named}, planned to {other}"
    return CableSeen(ends[0][0], ends[0][1], text)

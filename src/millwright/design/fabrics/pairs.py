"""How a pair of in-band leaves divides its cages, and how many nodes it can serve."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from millwright.design.fabrics.guests import Guest
from millwright.design.fabrics.lines import ratio_of
from millwright.design.fabrics.ports import PortPlan
from millwright.errors import Infeasible
from millwright.model.catalog import Switch
from millwright.model.fabricspec import InbandFabric
from millwright.units import ceil_div


@dataclass(frozen=True, slots=True)
class Face:
    """The front of a leaf: cages for nodes at the bottom, `top` cages for uplinks and
    neighbours."""

    switch: Switch
    up: PortPlan
    uplinks: int
    isl: int
    site: int

    @property
    def top(self) -> int:
        """Return the cages that are not for endpoints."""
        return self.up.cages_for(self.uplinks) + self.up.cages_for(self.isl) + self.site


def face(spec: InbandFabric, up: PortPlan, cores: int, isl: int) -> Face:
    """Return how the front of a leaf is divided."""
    site = 0 if cores else up.cages_for(ceil_div(spec.site_uplinks, 2))
    return Face(up.switch, up, cores * spec.uplinks_per_core, isl, site)


def isl_links(spec: InbandFabric, guests: tuple[Guest, ...], slots: int, up: PortPlan) -> int:
    """Return the links between the two leaves of a pair that serves `slots` nodes."""
    if spec.isl_ratio is None:
        return spec.isl_links
    own = [guest for guest in guests if guest.fabric == "inband"]
    load = sum(Fraction(g.plan.gbps) * g.width for g in own) * slots
    if own:
        load += Fraction(own[0].plan.gbps) * spec.reserved_ports
    return ceil(load / ratio_of(spec.isl_ratio) / Fraction(up.gbps))


def kept(spec: InbandFabric, guests: tuple[Guest, ...], up: PortPlan) -> int:
    """Return the cages that are kept for infrastructure."""
    own = next((g.plan for g in guests if g.fabric == "inband"), up)
    return own.cages_for(spec.reserved_ports)


def nodes_per_pair(spec: InbandFabric, guests: tuple[Guest, ...], up: PortPlan, cores: int) -> int:
    """Return the nodes of a pair: as specified, or as many as the leaf has room for."""

    def fits(nodes: int) -> bool:
        top = face(spec, up, cores, isl_links(spec, guests, nodes, up)).top
        used = sum(g.plan.cages_for(nodes * g.width) for g in guests)
        return top + used + kept(spec, guests, up) <= up.cages

    if spec.nodes_per_pair is not None and fits(spec.nodes_per_pair):
        return spec.nodes_per_pair
    asked = spec.nodes_per_pair or 4096
    most = max((n for n in range(1, min(asked, 513)) if fits(n)), default=0)
    if not most or not guests:
        return _no_room(spec, up, bool(guests))
    return most


def _no_room(spec: InbandFabric, up: PortPlan, has_guests: bool) -> int:
    if not has_guests:
        return spec.nodes_per_pair or 4096
    raise Infeasible(
        f"{up.switch.name} has no room for a node beside its uplinks and reserved ports",
        rule="MW-D-019",
        where="fabrics.inband",
        hint="lower `reserved_ports`, or choose a switch with more ports",
    )

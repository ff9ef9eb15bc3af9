"""A plan that was copied from a listing: what lies there is what was planned."""

from __future__ import annotations

from millwright.model.cabling import NO_LABEL, Box, Listing, Planned, Spot


def plan_of(listing: Listing) -> tuple[list[Planned], dict[str, Box]]:
    """Return the plan that a listing fits; who has no name is called by a planned one."""
    ports: dict[str, dict[str, str]] = {}
    kinds = {}
    plan = []
    for at, link in enumerate(listing.links):
        ends = []
        for spot in link.spots:
            name = _name(spot)
            label = f"card-{at}" if spot.label == NO_LABEL else spot.label
            ports.setdefault(name, {})[label] = f"port {label}"
            kinds[name] = spot.kind
            ends.append((name, f"port {label}"))
        plan.append(Planned(str(at), "compute", 0, ends[0], ends[1], link.gbps))
    boxes = {
        name: Box(name, kinds[name], kinds[name], labels=labels) for name, labels in ports.items()
    }
    return plan, boxes


def _name(spot: Spot) -> str:
    return f"planned {spot.unit}" if spot.name is None else spot.name

"""Which port of the plan a label of the fabric means: as the plan says, or as most links show.

Adapters are `mlx5_5` to some drivers and `HCA-6` to others; hosts call their Ethernet ports by the
names of their kernel. What neither is planned nor follows is learned by model: a label means the
port that most links of all devices of that model show, if that is more than half of them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from millwright.model.cabling import NO_LABEL, Box, End, Planned, SeenLink, Spot

_HCA = re.compile(r"HCA-(?P<number>\d{1,3})(?P<rest>/\d{1,3})$", re.IGNORECASE)
Labels = Mapping[tuple[str, str], str]
"""Ports by model and label."""


def port_of(spot: Spot, box: Box, learned: Labels) -> str | None:
    """Return the planned port of an end; None where nothing says which it is."""
    if port := _told(spot, box):
        return port
    if port := learned.get((box.model, spot.label)):
        return port
    if found := _HCA.match(spot.label):
        # Drivers count adapters from 0, the fabric's own names from 1; some sites count only those
        # of one fabric, which shows in the links and was learned then.
        return box.labels.get(f"mlx5_{int(found['number']) - 1}{found['rest']}")
    return None


def _told(spot: Spot, box: Box) -> str | None:
    """Return the port that the plan itself calls so."""
    if spot.label in box.labels:
        return box.labels[spot.label]
    return spot.label if spot.label in box.labels.values() else None


def learn(
    links: Sequence[SeenLink],
    plan: Sequence[Planned],
    boxes: Mapping[str, Box],
    devices: Mapping[str, str],
) -> dict[tuple[str, str], str]:
    """Return ports by model and label, for labels that no plan tells."""
    between: dict[tuple[str, str], list[tuple[str, End]]] = defaultdict(list)
    for each in plan:
        for one, other in (each.ends, each.ends[::-1]):
            between[one[0], other[0]].append((one[1], other))
    shown: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for link in links:
        for own, peer in (link.spots, link.spots[::-1]):
            device, far = devices.get(own.unit), devices.get(peer.unit)
            if device is None or far is None or own.label == NO_LABEL:
                continue
            if _told(own, boxes[device]) is not None:
                continue
            there = _told(peer, boxes[far])
            fitting = [
                port for port, end in between[device, far] if there is None or end == (far, there)
            ]
            if len(fitting) == 1:
                shown[boxes[device].model, own.label][fitting[0]] += 1
    return _majorities(shown)


def _majorities(shown: Mapping[tuple[str, str], Counter[str]]) -> dict[tuple[str, str], str]:
    """Return what more than half of the links show, if no other label of the model shows it."""
    found: dict[tuple[str, str], str] = {}
    for key, votes in shown.items():
        port, most = votes.most_common(1)[0]
        if most * 2 > votes.total():
            found[key] = port
    claimed = Counter((model, port) for (model, _), port in found.items())
    return {key: port for key, port in found.items() if claimed[key[0], port] == 1}

"""Which part a value is of, wherever that stands: by the serial numbers that a run has told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from millwright.model.measurements import Measurements

Place = tuple[str, str]
"""A node, and a device of it; without a device the node itself."""
Identity = tuple[str, str]
"""A serial number, and of a node's the device of it that has no number of its own."""

_NOT_FILLED = re.compile(r"[\W_0]*|\[?n/?a\]?|none|unknown|not specified|default string", re.I)
"""What tools print for a serial number that nobody wrote."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a run: where each serial number was seen, and what was seen at each place.

    `doubtful` are numbers of several nodes, and places of several numbers: nothing is theirs.
    """

    places: Mapping[str, tuple[Place, ...]]
    serials: Mapping[Place, str]
    doubtful: tuple[str, ...] = ()

    def identity(self, place: Place) -> Identity | None:
        """Return whose a value of this place is; None where no serial number says so."""
        if own := self.serials.get(place):
            return own, ""
        node = self.serials.get((place[0], ""))
        return (node, place[1]) if node else None


def parts_of(columns: Measurements) -> Parts:
    """Return the parts that rows tell of. A number that is filled with nothing is none."""
    told: dict[Place, set[str]] = {}
    for (node, device), said in columns.serials.items():
        known = {each.strip() for each in said if not _NOT_FILLED.fullmatch(each.strip())}
        if known:
            told[columns.nodes[node], columns.devices[device]] = known
    of_serial: dict[str, set[Place]] = defaultdict(set)
    for place, serials in told.items():
        for serial in serials:
            of_serial[serial].add(place)
    several = {s for s, places in of_serial.items() if len({node for node, _ in places}) > 1}
    torn = {place for place, serials in told.items() if len(serials) > 1}
    lost = several | {serial for place in torn for serial in told[place]}
    places = {s: tuple(sorted(at)) for s, at in sorted(of_serial.items()) if s not in lost}
    doubtful = [f"{serial} is told of several nodes" for serial in sorted(several)]
    doubtful += [f"{spot(place)} tells {len(told[place])} serial numbers" for place in sorted(torn)]
    serials_at = {place: serial for serial, at in places.items() for place in at}
    return Parts(places, serials_at, tuple(doubtful))


def spot(place: Place) -> str:
    """Return a place in words."""
    return " ".join(part for part in place if part)

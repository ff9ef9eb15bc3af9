"""Cables as a person who lays them sees them: from this end, to the far one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class End:
    """One end of a cable; rack and unit are empty where the design places nothing."""

    device: str
    port: str
    rack: str
    u: str
    label: str

    @property
    def place(self) -> str:
        """Return rack and unit in the form that is printed on labels: `gpu-r01-U09`."""
        if not self.rack:
            return "site"
        return f"{self.rack}-U{int(self.u):02d}" if self.u else self.rack


@dataclass(frozen=True, slots=True)
class Cabled:
    """A cable, its ends in the order of the design; what is not known is empty."""

    id: str
    fabric: str
    rail: str
    a: End
    b: End
    medium: str
    length_m: str
    part_number: str


def cabled(rows: Iterable[Mapping[str, object]]) -> tuple[Cabled, ...]:
    """Return the cables of a list whose columns have the names of `cables.csv`."""
    return tuple(_cable({key: str(value) for key, value in row.items()}) for row in rows)


def _cable(row: dict[str, str]) -> Cabled:
    keys = ("medium", "length_m", "part_number")
    start = (row["id"], row["fabric"], row["rail"])
    return Cabled(*start, _end(row, "a"), _end(row, "b"), *(row[key] for key in keys))


def _end(row: dict[str, str], side: str) -> End:
    keys = (f"{side}_device", f"{side}_port", f"{side}_rack", f"{side}_u", f"label_{side}")
    return End(*(row[key] for key in keys))


def ends_by_rack(cables: Iterable[Cabled]) -> dict[str, list[tuple[End, End, Cabled]]]:
    """Return, for each rack, near end, far end and cable, from the top of the rack downwards.

    A cable within one rack is listed at both of its ends; the site is the rack without a name.
    """
    racks: dict[str, list[tuple[End, End, Cabled]]] = {}
    for cable in cables:
        for near, far in ((cable.a, cable.b), (cable.b, cable.a)):
            racks.setdefault(near.rack, []).append((near, far, cable))
    for members in racks.values():
        members.sort(key=lambda member: _turn(member[0]))
    return racks


def _turn(end: End) -> tuple[object, ...]:
    return (-int(end.u or 0), *natural(end.device), "", *natural(end.port))


def natural(text: str) -> tuple[str, ...]:
    """Return a key that sorts numbers in a text by size: `gpu2` before `gpu10`."""
    return tuple(_padded(text))


def _padded(text: str) -> Iterator[str]:
    for part in re.split(r"(\d+)", text):
        yield part.zfill(12) if part.isdigit() else part

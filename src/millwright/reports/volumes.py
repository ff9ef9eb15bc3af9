"""Long documents in volumes, so that neither a reader nor the machine that sets them chokes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millwright.model.cluster import RackUnit

ENDS_A_VOLUME = 7_000
"""Cable ends that one volume holds: some 230 sheets of paper, and about a gigabyte to set them."""

Parts = Sequence[Sequence[RackUnit]]


def shares(racks: Sequence[RackUnit], ends: Mapping[str, int]) -> list[list[RackUnit]]:
    """Return the racks in their order, as many together as a volume holds; at least one."""
    parts: list[list[RackUnit]] = [[]]
    held = 0
    for rack in racks:
        count = ends.get(rack.name, 0)
        if parts[-1] and held + count > ENDS_A_VOLUME:
            parts.append([])
            held = 0
        parts[-1].append(rack)
        held += count
    return parts


def suffix_of(number: int, parts: Parts) -> str:
    """Return what a volume's file name ends with: nothing where there is only one."""
    return f"-{number}" if len(parts) > 1 else ""


def part_of(number: int, parts: Parts) -> str:
    """Return which volume this is, in words, with what it holds; nothing where it is whole."""
    if len(parts) == 1:
        return ""
    racks = parts[number - 1]
    return f"Volume {number} of {len(parts)}: {racks[0].name} to {racks[-1].name}. Altogether "

"""Widths and speeds of InfiniBand links in the words of its tools."""

from __future__ import annotations

_LANE_GBPS = {
    "SDR": 2.5,
    "DDR": 5.0,
    "QDR": 10.0,
    "FDR10": 10.0,
    "FDR": 14.0,
    "EDR": 25.0,
    "HDR": 50.0,
    "NDR": 100.0,
    "XDR": 200.0,
}
"""What a lane carries, after coding, as tools print it (IBTA speed names)."""

WIDTH_AND_SPEED = (
    r"(?P<width>[0-9]{1,2})x(?P<speed>" + "|".join(sorted(_LANE_GBPS, reverse=True)) + ")"
)
"""A pattern of `4xNDR`; longer names come first, so that FDR10 is not FDR."""


def gbps(lanes: int, speed: str) -> float:
    """Return what so many lanes of a named speed carry together."""
    return lanes * _LANE_GBPS[speed]

"""A rack as it is seen from the front: what stands where, unit by unit, counted from below."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from millwright.reports.page import Tone
from millwright.reports.picture import Box, Paint, Picture, Shape, Sign, Stroke, Words, fitting

UNIT = 13.0
LEFT, RIGHT, TOP = 26.0, 286.0, 26.0
WIDTH = 330.0


@dataclass(frozen=True, slots=True)
class Mounted:
    """A device in a rack: its lowest unit, its height in units, and how it stands, if known."""

    name: str
    model: str
    u: int
    height_u: int
    computes: bool = False
    tone: Tone | None = None


def elevation(
    rack: str, height_u: int, mounted: Iterable[Mounted], strips: tuple[str, ...] = ()
) -> Picture:
    """Return the front of a rack; `strips` are what is mounted beside the units (PDUs)."""
    devices = sorted(mounted, key=lambda device: -device.u)
    bottom = TOP + height_u * UNIT
    shapes: list[Shape] = [
        Words((LEFT + RIGHT) / 2, 16, rack, 12, "ink", "middle", bold=True),
        Box(LEFT, TOP, RIGHT - LEFT, bottom - TOP, "sheet", "soft", 2),
    ]
    for u in range(1, height_u + 1):
        y = bottom - (u - 1) * UNIT
        shapes.append(Words(LEFT - 5, y - 3.6, str(u), 8, "soft", "end"))
        if u > 1:
            shapes.append(Stroke(((LEFT + 1, y), (RIGHT - 1, y)), "rule", 0.6))
    for device in devices:
        shapes += _device(device, bottom)
    for index, strip in enumerate(strips[:4]):
        x = RIGHT + 5 + index * 9
        shapes.append(Box(x, TOP + 6, 6, bottom - TOP - 12, "panel", "soft", 1.5, tip=strip))
    if strips:
        shapes.append(Words(RIGHT + 5, bottom + 12, f"{len(strips)} PDU", 8, "soft"))
    return Picture(
        f"Rack {rack}, front",
        _told(height_u, devices, strips),
        WIDTH,
        bottom + 18,
        tuple(shapes),
    )


def _device(device: Mounted, bottom: float) -> list[Shape]:
    height = device.height_u * UNIT
    top = bottom - (device.u - 1) * UNIT - height
    tip = f"{device.name}: {device.model}, U{device.u}"
    edge: Paint = "accent" if device.computes else "soft"
    body: list[Shape] = [
        Box(LEFT + 2, top + 0.8, RIGHT - LEFT - 4, height - 1.6, "panel", edge, 1.5, tip=tip),
        Box(LEFT + 2, top + 0.8, 4, height - 1.6, edge),
    ]
    middle = top + height / 2 + 3.4
    end = RIGHT - 8
    if device.tone is not None:
        body.append(Sign(end - 3, middle - 3.2, 7, device.tone))
        end -= 14
    room = end - LEFT - 14
    name = fitting(device.name, room * 0.52, 9.5)
    body.append(Words(LEFT + 12, middle, name, 9.5, "ink", bold=True))
    body.append(Words(end, middle, fitting(device.model, room * 0.46, 8.5), 8.5, "soft", "end"))
    return body


def _told(height_u: int, devices: list[Mounted], strips: tuple[str, ...]) -> str:
    places = "; ".join(
        f"U{d.u}{f' to U{d.u + d.height_u - 1}' if d.height_u > 1 else ''}: {d.name}"
        for d in devices
    )
    beside = f" Beside the units: {', '.join(strips)}." if strips else ""
    return f"{height_u} rack units, from above. {places or 'Empty'}.{beside}"

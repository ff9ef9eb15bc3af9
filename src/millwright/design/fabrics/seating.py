"""Seats the fabric manager on the leaf ports of the node that it displaces."""

from __future__ import annotations

from dataclasses import dataclass, replace

from millwright.design.fabrics.draft import Drawing, Lay, Plug
from millwright.design.fabrics.leaves import Entry, LeafDraft
from millwright.design.fabrics.manager import Seat
from millwright.design.fabrics.media import FIBRES


@dataclass(frozen=True, slots=True)
class Chair:
    """A port that the displaced node left free: which leaf, by position, and which port."""

    leaf: int
    port: int


def chairs_of(leaves: list[LeafDraft], place: int) -> list[Chair]:
    """Return the displaced node's ports on the first plane, one of each leaf first."""
    found: list[tuple[int, Chair]] = []
    for index, leaf in enumerate(leaves):
        block = leaf.block
        for turn in range(block.width):
            number, port = divmod(place * block.width + turn, block.per_leaf)
            if block.key[0] == 1 and number == leaf.number:
                found.append((turn, Chair(index, port)))
    return [chair for _, chair in sorted(found, key=lambda pair: pair[0])]


def seat_manager(
    drawing: Drawing,
    leaves: list[LeafDraft],
    table: list[list[Entry]],
    place: int,
    seats: tuple[Seat, ...],
    lay: Lay,
) -> None:
    """Give the displaced node's leaf ports to the fabric manager.

    A splitter fibre may not share a twin cage with a straight one: the cage-mate's link moves to
    the displaced node's port of a leaf that holds no splitter.
    """
    chairs = chairs_of(leaves, place)
    spare = chairs[len(seats) :]
    moved = 0
    for seat, chair in zip(seats, chairs, strict=False):
        leaf = leaves[chair.leaf]
        if seat.tails > 1 and leaf.wiring.down.lanes == 2 and spare:
            moved += _move_mate(table, chair, spare)
        _lay_seat(drawing, seat, leaf, chair.port, lay)
        _plug_seat(drawing, seat, leaf, chair.port, table[chair.leaf], lay.medium)
    _tell_moves(drawing, moved)


def _lay_seat(drawing: Drawing, seat: Seat, leaf: LeafDraft, port: int, lay: Lay) -> None:
    plan, device = leaf.wiring.down, leaf.device
    cage, lane = divmod(port, plan.lanes)
    name = plan.name(cage + 1, lane + 1)
    tails = [name if seat.tails == 1 else f"{name}/{t + 1}" for t in range(seat.tails)]
    run = replace(
        lay,
        cable=seat.cable or lay.cable,
        gbps=seat.gbps,
        ends=("fabric-manager", "leaf"),
        plane=device.plane or 0,
        rail=device.rail or 0,
    )
    ends = [device.name] * seat.tails
    drawing.lay(run, (seat.devices, seat.ports), (ends, tails), f"{device.name}:manager")
    drawing.buy(run.cable, "compute", 1)


def _plug_seat(
    drawing: Drawing, seat: Seat, leaf: LeafDraft, port: int, entries: list[Entry], medium: str
) -> None:
    if medium not in FIBRES:
        return
    drawing.plug(Plug(seat.connector, medium, seat.gbps, 1, "compute-manager"), seat.tails)
    plan = leaf.wiring.down
    cage = port // plan.lanes
    if not any(entry.port // plan.lanes == cage for entry in entries):
        drawing.plug(Plug(plan.switch.connector, medium, plan.gbps, plan.lanes, "compute"), 1)


def _move_mate(table: list[list[Entry]], chair: Chair, spare: list[Chair]) -> int:
    """Move the link beside a splitter to the next free port; return how many links moved."""
    mates = [entry for entry in table[chair.leaf] if entry.port == chair.port ^ 1]
    if not mates:
        return 0
    target = spare.pop(0)
    table[chair.leaf].remove(mates[0])
    table[target.leaf].append(replace(mates[0], port=target.port))
    return 1


def _tell_moves(drawing: Drawing, moved: int) -> None:
    if moved:
        drawing.remark(
            "MW-D-014",
            "warn",
            "fabrics.compute.manager",
            f"{moved} links of the node beside the displaced place land on a leaf of another rail, "
            "because both ports of a twin cage must carry the same kind of fibre and the fabric "
            "manager's splitters take their own",
            "their traffic crosses a spine; put the node last in the scheduler's topology, or use "
            "`manager: none` with the subnet manager of the switches",
        )

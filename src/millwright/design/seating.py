"""Seats the fabric manager on the leaf ports of the node that it displaces."""

from __future__ import annotations

from dataclasses import replace

from millwright.design.draft import Drawing, Lay, Plug
from millwright.design.leaves import Entry, LeafDraft
from millwright.design.manager import Seat
from millwright.design.media import FIBRES


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
    the
    displaced node's port of a leaf that holds no splitter.
    """
    home = [i for i, leaf in enumerate(leaves) if leaf.block.key[0] == 1]
    moved: list[str] = []
    for nth, seat in enumerate(seats):
        index = home[nth % len(home)]
        leaf = leaves[index]
        plan = leaf.wiring.down
        port = place * leaf.block.width % leaf.block.per_leaf
        if seat.tails > 1 and plan.lanes == 2:
            spare = home[(nth + len(seats)) % len(home)]
            moved += _move_mate(table, index, spare, port)
        cage, lane = divmod(port, plan.lanes)
        name = plan.name(cage + 1, lane + 1)
        tails = [name if seat.tails == 1 else f"{name}/{t + 1}" for t in range(seat.tails)]
        run = replace(
            lay,
            cable=seat.cable or lay.cable,
            gbps=seat.gbps,
            ends=("fabric-manager", "leaf"),
            plane=leaf.device.plane or 0,
            rail=leaf.device.rail or 0,
        )
        drawing.lay(
            run,
            (seat.devices, seat.ports),
            ([leaf.device.name] * seat.tails, tails),
            f"{leaf.device.name}:manager",
        )
        drawing.buy(run.cable, "compute", 1)
        _plug_seat(drawing, seat, leaf, port, table[index], lay.medium)
    _tell_moves(drawing, len(moved))


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


def _move_mate(table: list[list[Entry]], index: int, spare: int, port: int) -> list[str]:
    mates = [entry for entry in table[index] if entry.port == port ^ 1]
    if not mates or spare == index or any(e.port == port for e in table[spare]):
        return []
    table[index].remove(mates[0])
    table[spare].append(mates[0])
    table[spare][-1] = Entry(mates[0].position, mates[0].line, port)
    return ["moved"]


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

"""The leaves of one rail group: their names, which node takes which port, and the cables down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.draft import Draft, Drawing, Lay, Plug
from millwright.design.fabrics.lines import Block, Line
from millwright.design.fabrics.media import FIBRES
from millwright.design.fabrics.ports import PortPlan
from millwright.model.fabricspec import ComputeFabric


@dataclass(frozen=True, slots=True)
class Wiring:
    """How one pool meets the compute fabric."""

    lines: tuple[Line, ...]
    down: PortPlan
    up: PortPlan
    capacity: int


@dataclass(slots=True)
class LeafDraft:
    """A leaf with what the wiring needs: its block, its number within the block, and its ports."""

    device: Draft
    block: Block
    number: int
    wiring: Wiring


@dataclass(frozen=True, slots=True)
class Entry:
    """One port of a leaf that is taken: by which place of the group, through which line."""

    position: int
    line: int
    port: int


def group_leaves(
    spec: ComputeFabric, pool: PoolPlan, group: int, blocks: tuple[Block, ...], wiring: Wiring
) -> list[LeafDraft]:
    """Return the leaves of a rail group, key by key."""
    birth = pool.unit_birth(pool.first_slot(group))
    leaves = []
    for block in blocks:
        for number in range(block.leaves):
            device = Draft(
                name=_leaf_name(spec, pool, group, block, number),
                role="leaf",
                kind="switch",
                model=wiring.down.switch.name,
                birth=birth,
                fabric="compute",
                pool=pool.name,
                unit=group // pool.groups_per_unit + 1,
                group=group + 1,
                plane=block.key[0] if spec.planes > 1 else None,
                rail=block.key[1] or None,
                height_u=wiring.down.switch.height_u.value,
            )
            leaves.append(LeafDraft(device, block, number, wiring))
    return leaves


def _leaf_name(spec: ComputeFabric, pool: PoolPlan, group: int, block: Block, number: int) -> str:
    plane, rail, tor = block.key
    parts = [pool.prefixed("leaf")]
    if spec.planes > 1:
        parts.append(f"p{plane}")
    parts.append(f"{group + 1:02d}")
    side = "ab"[tor] if spec.dual_tor else ""
    if rail or side:
        parts.append(f"{rail or ''}{side}")
    if block.leaves > 1:
        parts.append(f"{number + 1}")
    return "-".join(parts)


def entries(
    leaves: list[LeafDraft], lines: tuple[Line, ...], members: list[str | None]
) -> list[list[Entry]]:
    """Return, for each leaf, the ports that the nodes of the group take."""
    first: dict[tuple[int, int, int], int] = {}
    for index, leaf in enumerate(leaves):
        first.setdefault(leaf.block.key, index)
    table: list[list[Entry]] = [[] for _ in leaves]
    present = [position for position, name in enumerate(members) if name is not None]
    turn: Counter[tuple[int, int, int]] = Counter()
    for number, line in enumerate(lines):
        base = first[line.key]
        block, nth = leaves[base].block, turn[line.key]
        turn[line.key] += 1
        for position in present:
            nth_leaf, port = divmod(position * block.width + nth, block.per_leaf)
            table[base + nth_leaf].append(Entry(position, number, port))
    return table


def lay_group(
    drawing: Drawing,
    leaves: list[LeafDraft],
    table: list[list[Entry]],
    members: list[str | None],
    lay: Lay,
) -> None:
    """Cable the nodes of a group to its leaves and count the transceivers of the leaves."""
    for leaf, entries in zip(leaves, table, strict=True):
        if not entries:
            continue
        plan, lines = leaf.wiring.down, leaf.wiring.lines
        names = plan.names(1, leaf.block.per_leaf)
        drawing.lay(
            replace(lay, plane=leaf.device.plane or 0, rail=leaf.device.rail or 0),
            ([members[e.position] or "" for e in entries], [lines[e.line].port for e in entries]),
            ([leaf.device.name] * len(entries), [names[e.port] for e in entries]),
            f"{leaf.device.name}:down",
        )
        drawing.buy(lay.cable, "compute", len(entries))
        if lay.medium in FIBRES:
            cages = len({entry.port // plan.lanes for entry in entries})
            drawing.plug(
                Plug(plan.switch.connector, lay.medium, plan.gbps, plan.lanes, "compute"), cages
            )


def plug_nodes(drawing: Drawing, wiring: Wiring, medium: str, nodes: int) -> None:
    """Count the transceivers on the side of the nodes."""
    if medium not in FIBRES:
        return
    cages = Counter((line.cage, line.connector, line.gbps) for line in wiring.lines)
    for (_, connector, gbps), ports in cages.items():
        drawing.plug(Plug(connector, medium, gbps, ports, "compute"), nodes)

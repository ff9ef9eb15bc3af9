"""Draws a sized tree: spines and cores as devices, and every link from leaf to spine to core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from millwright.design.fabrics.clos import (
    Leaf,
    Limits,
    Pod,
    Tree,
    core_order,
    core_sets,
    spine_births,
)
from millwright.design.fabrics.draft import Draft, Drawing, Lay, Plug
from millwright.design.fabrics.media import FIBRES
from millwright.design.fabrics.ports import PortPlan
from millwright.model.catalog import Switch


@dataclass(frozen=True, slots=True)
class LeafEnd:
    """A leaf as the tree sees it: its device, and its uplink ports in order."""

    device: Draft
    ports: Sequence[str]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a tree stands: fabric and plane, the models of its switches, its cable and its names.

    `prefix` goes before `spine-01`; `cable` is the catalogue name (empty where none fits).
    """

    fabric: str
    plane: int
    leaf_model: Switch
    spine: PortPlan
    core: PortPlan
    up: PortPlan
    medium: str
    cable: str
    prefix: str = ""
    limits: Limits = field(default_factory=lambda: Limits(1, 1))


@dataclass(slots=True)
class Upper:
    """The switches above the leaves, and how many ports of each are taken from below and from
    above."""

    spines: list[Draft] = field(default_factory=list)
    cores: list[Draft] = field(default_factory=list)
    loads: dict[str, int] = field(default_factory=dict)
    cages: dict[str, int] = field(default_factory=dict)
    ups: dict[str, int] = field(default_factory=dict)


def draw_tree(
    drawing: Drawing, tree: Tree, leaves: Sequence[Leaf], ends: Sequence[LeafEnd], stand: Stand
) -> Upper:
    """Add spines, cores and their links to the drawing; return the new switches."""
    upper = Upper()
    by_pod: list[list[Draft]] = []
    for number, pod in enumerate(tree.pods, start=1):
        births = spine_births(pod, leaves, stand.limits)
        _tell_steps(drawing, stand, [ends[birth].device for birth in births])
        spines = [
            _spine(stand, tree, number, index, ends[births[index]].device.birth)
            for index in range(pod.spines)
        ]
        by_pod.append(spines)
        taken = _link_pod(drawing, [ends[i] for i in pod.leaves], pod, spines, stand)
        lanes = stand.spine.lanes
        upper.cages.update((n, len({p // lanes for p in ports})) for n, ports in taken.items())
        upper.loads.update((name, len(ports)) for name, ports in taken.items())
        if not pod.even:
            _warn_uneven(drawing, stand, leaves[pod.leaves[0]].uplinks, pod.spines)
    upper.spines = [spine for spines in by_pod for spine in spines]
    if tree.tiers == 3:
        _link_cores(drawing, tree, leaves, by_pod, stand, upper)
    drawing.devices.extend(upper.spines)
    drawing.devices.extend(upper.cores)
    _count_plugs(drawing, ends, upper, tree, stand)
    return upper


def _spine(stand: Stand, tree: Tree, pod: int, index: int, birth: int) -> Draft:
    plane = f"p{stand.plane}-" if stand.plane else ""
    place = f"{pod:02d}-{index + 1:02d}" if tree.tiers == 3 else f"{index + 1:02d}"
    return _switch(f"{stand.prefix}spine-{plane}{place}", "spine", stand, birth, pod)


def _switch(name: str, role: str, stand: Stand, birth: int, pod: int | None) -> Draft:
    model = (stand.spine if role == "spine" else stand.core).switch
    return Draft(
        name=name,
        role="spine" if role == "spine" else "core",
        kind="switch",
        model=model.name,
        birth=birth,
        fabric=stand.fabric,
        plane=stand.plane or None,
        pod=pod,
        height_u=model.height_u.value,
    )


def _link_pod(
    drawing: Drawing, ends: Sequence[LeafEnd], pod: Pod, spines: list[Draft], stand: Stand
) -> dict[str, set[int]]:
    """Cable the leaves of a pod to its spines; return the ports taken on each spine, from 0."""
    names = stand.spine.names(1, stand.spine.ports)
    taken: dict[str, set[int]] = {spine.name: set() for spine in spines}
    for end, seats in zip(ends, _seats(ends, pod, stand), strict=True):
        count = len(end.ports)
        drawing.lay(
            _lay(stand, "leaf", "spine", end.device.rail or 0),
            ([end.device.name] * count, end.ports),
            ([spines[s].name for s, _ in seats], [names[port] for _, port in seats]),
            f"{end.device.name}:up",
        )
        drawing.buy(stand.cable, stand.fabric, count)
        for spine, port in seats:
            taken[spines[spine].name].add(port)
    return taken


def _seats(ends: Sequence[LeafEnd], pod: Pod, stand: Stand) -> Iterator[list[tuple[int, int]]]:
    """Yield, for each leaf, (spine, port) of its uplinks in order.

    Equal leaves take turns: the first link to every spine, then the second, each turn in a block of
    spine ports of its own. So when the spines double, half of the links stay where they are.
    """
    ports = stand.limits.spine_ports // (1 if stand.limits.tiers == 2 else 2)
    uplinks = {len(end.ports) for end in ends}
    if pod.even and len(uplinks) == 1:
        count = uplinks.pop()
        block = ports // (count // pod.spines)
        for leaf in range(len(ends)):
            yield [(j % pod.spines, j // pod.spines * block + leaf) for j in range(count)]
        return
    free, start = [0] * pod.spines, 0
    for end in ends:
        seats = []
        for j in range(len(end.ports)):
            spine = (start + j) % pod.spines
            seats.append((spine, free[spine]))
            free[spine] += 1
        start = (start + len(end.ports)) % pod.spines
        yield seats


def _lay(stand: Stand, a: str, b: str, rail: int = 0) -> Lay:
    return Lay(
        fabric=stand.fabric,
        medium=stand.medium,
        cable=stand.cable,
        gbps=stand.up.gbps,
        ends=(a, b),
        plane=stand.plane,
        rail=rail,
    )


def _link_cores(
    drawing: Drawing,
    tree: Tree,
    leaves: Sequence[Leaf],
    by_pod: list[list[Draft]],
    stand: Stand,
    upper: Upper,
) -> None:
    order = core_order(tree.pods, leaves, stand.limits)
    shares = [load // tree.core_groups for _, load in order]
    sets = core_sets(shares, stand.limits.core_ports) or []
    names = stand.core.names(1, stand.core.ports)
    position = 0
    for number, size in enumerate(sets):
        members: list[tuple[Draft, Sequence[str]]] = []
        used = 0
        for ((p, s), _), share in zip(
            order[position : position + size], shares[position : position + size], strict=True
        ):
            if p < len(by_pod):
                members.append((by_pod[p][s], names[used : used + share]))
            used += share
        first = number * tree.core_groups
        _link_set(drawing, members, range(first, first + tree.core_groups), stand, upper)
        position += size
    _warn_split_sets(drawing, tree, sets, stand)


def _link_set(
    drawing: Drawing, members: Sequence[tuple[Draft, Sequence[str]]], numbers: range, stand: Stand,
    upper: Upper,
) -> None:  # fmt: skip
    """Cable one set of cores; one whose spines are all planned alone does not stand yet."""
    if not members:
        return
    birth = min(spine.birth for spine, _ in members)
    cores = [_core(stand, number, birth) for number in numbers]
    for spine, names in members:
        _link_spine(drawing, spine, cores, names, stand)
        upper.ups[spine.name] = len(names) * len(cores)
    upper.cores.extend(cores)
    taken = sum(len(names) for _, names in members)
    upper.loads.update((core.name, taken) for core in cores)


def _core(stand: Stand, index: int, birth: int) -> Draft:
    plane = f"p{stand.plane}-" if stand.plane else ""
    return _switch(f"{stand.prefix}core-{plane}{index + 1:02d}", "core", stand, birth, None)


def _link_spine(
    drawing: Drawing, spine: Draft, cores: list[Draft], names: Sequence[str], stand: Stand
) -> None:
    share = len(names)
    count = share * len(cores)
    drawing.lay(
        _lay(stand, "spine", "core"),
        ([spine.name] * count, stand.spine.last_names(count)),
        ([core.name for core in cores for _ in range(share)], list(names) * len(cores)),
        f"{spine.name}:up",
    )
    drawing.buy(stand.cable, stand.fabric, count)


def _count_plugs(
    drawing: Drawing, ends: Sequence[LeafEnd], upper: Upper, tree: Tree, stand: Stand
) -> None:
    if stand.medium not in FIBRES:
        return
    leaf_cages = sum(stand.up.cages_for(len(end.ports)) for end in ends)
    drawing.plug(_plug(stand, stand.up), leaf_cages)
    spine_cages = sum(upper.cages[spine.name] for spine in upper.spines)
    if tree.tiers == 3:
        spine_cages += sum(stand.spine.cages_for(upper.ups[s.name]) for s in upper.spines)
    drawing.plug(_plug(stand, stand.spine), spine_cages)
    core_cages = sum(stand.core.cages_for(upper.loads[c.name]) for c in upper.cores)
    drawing.plug(_plug(stand, stand.core), core_cages)


def _plug(stand: Stand, plan: PortPlan) -> Plug:
    return Plug(plan.switch.connector, stand.medium, plan.gbps, plan.lanes, stand.fabric)


def _tell_steps(drawing: Drawing, stand: Stand, born_with: Sequence[Draft]) -> None:
    """Say at which sizes spines are added, since cables that are already there move then."""
    units = sorted({leaf.unit or 1 for leaf in born_with})
    if len(units) < 2 or stand.plane > 1:
        return
    steps = [(unit, sum((leaf.unit or 1) <= unit for leaf in born_with)) for unit in units]
    told = ", ".join(f"{count} from scalable unit {unit} on" for unit, count in steps)
    drawing.remark(
        "MW-D-024",
        "info",
        f"fabrics.{stand.fabric}.spines",
        f"spines come in steps ({told}): where a smaller size is built first, leaf uplinks "
        "move at each step",
        f"`spines: {steps[-1][1]}` from the first unit on moves none of them",
    )


def _warn_uneven(drawing: Drawing, stand: Stand, uplinks: int, spines: int) -> None:
    fitting = next((d for d in range(spines, uplinks + 1) if uplinks % d == 0), uplinks)
    drawing.remark(
        "MW-D-012",
        "warn",
        f"fabrics.{stand.fabric}.spines",
        f"{uplinks} uplinks per leaf do not spread evenly over {spines} spines: some pairs of "
        "leaf and "
        "spine get one link more than others",
        f"{fitting} spines would give every pair the same number of links",
    )


def _warn_split_sets(drawing: Drawing, tree: Tree, sets: Sequence[int], stand: Stand) -> None:
    pods = tree.planned
    if len({pod.spines for pod in tree.pods}) == 1 and all(size % pods == 0 for size in sets):
        return
    drawing.remark(
        "MW-D-013",
        "info",
        f"fabrics.{stand.fabric}",
        f"the {pods} pods do not share every set of cores in equal parts: traffic between two "
        "pods may "
        "find slightly less than its full bandwidth",
        "a number of pods that divides the core ports spreads evenly",
    )

"""An order becomes a plan: exact versions for each node, in waves, with the way back known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from millwright.errors import MillwrightError
from millwright.manage.remedy.fleet import Fleet
from millwright.manage.remedy.rails import Bounds, Hour, most_out
from millwright.manage.update.matrix import Piece, behind_controller, clashes, pieces
from millwright.manage.update.versions import newest, upstream
from millwright.manage.update.waves import now_held, standing, waved
from millwright.model.catalog import Catalog
from millwright.model.nodeset import folded
from millwright.model.remedyplan import Rail
from millwright.model.update import NodeUpdate, UpdateLimits, UpdateOrder, UpdatePlan


@dataclass(frozen=True, slots=True)
class Packages:
    """What a node has of some packages, and what its package sources offer of them."""

    installed: Mapping[str, str] = field(default_factory=dict)
    offered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan is made from. `controller` is the version of Slurm's controller, where known."""

    fleet: Fleet
    bounds: Bounds
    moment: Hour
    catalog: Catalog
    factory: str
    simulated: bool
    controller: str = ""

    @property
    def limits(self) -> UpdateLimits:
        """Return what a wave takes."""
        return self.catalog.update_limits["default"]


def asked_of(order: UpdateOrder, nodes: Iterable[str], basis: Basis) -> dict[str, tuple[str, ...]]:
    """Return by node the packages that have to be looked at."""
    found = {}
    for node in nodes:
        server = basis.catalog.servers.get(basis.fleet.posts[node].sku)
        names = [name for each in pieces(order, server, basis.catalog) for name in each.packages]
        known = ("nvidia-driver-cuda", "datacenter-gpu-manager-4-core", "doca-ofed", "slurmd")
        found[node] = tuple(dict.fromkeys((*names, *known)))
    return found


def planned(order: UpdateOrder, seen: Mapping[str, Packages], basis: Basis, at: str) -> UpdatePlan:
    """Return the plan of an order for the nodes that were looked at.

    Raises MillwrightError with everything that does not go together, is offered nowhere, or has no
    way back.
    """
    wrong: dict[str, list[str]] = {}
    updates = []
    for node, packages in seen.items():
        server = basis.catalog.servers.get(basis.fleet.posts[node].sku)
        listed = tuple(pieces(order, server, basis.catalog))
        made, problems = _node(node, listed, packages, order)
        if not packages.silent and listed:
            problems = (*clashes(order, listed, basis.catalog, packages.installed), *problems)
        for told in problems:
            wrong.setdefault(told, []).append(node)
        updates.append(made)
    if "slurm" in order.set:
        _with_controller(order.set["slurm"], basis.controller, wrong)
    if wrong:
        _refuse(wrong)
    return _plan(order, updates, basis, at)


def _with_controller(wanted: str, controller: str, wrong: dict[str, list[str]]) -> None:
    told = (
        behind_controller(wanted, controller)
        if controller
        else "which Slurm the controller has is not known, and nodes' may not be newer"
    )
    if told:
        wrong[told] = []


def _refuse(wrong: Mapping[str, Sequence[str]]) -> None:
    lines = [f"{folded(nodes)}: {told}" if nodes else told for told, nodes in wrong.items()]
    raise MillwrightError(
        "the order cannot be carried out: " + "; ".join(lines), hint="nothing was done"
    )


def _node(
    node: str, listed: Sequence[Piece], packages: Packages, order: UpdateOrder
) -> tuple[NodeUpdate, tuple[str, ...]]:
    """Return what a node gets, and what is wrong with that."""
    if packages.silent:
        why = f"it does not tell its packages: {packages.silent}"
        return NodeUpdate(node=node, fate="held", why=why), ()
    wanted: dict[str, str] = {}
    problems: list[str] = []
    changed: list[Piece] = []
    for piece in listed:
        found, told = _resolved(piece, packages)
        problems += told
        wanted |= found
        if any(packages.installed.get(name) != version for name, version in found.items()):
            changed.append(piece)
    wanted = {n: v for n, v in wanted.items() if packages.installed.get(n) != v}
    if not wanted:
        why = "" if listed else "nothing of the order is for it"
        return NodeUpdate(node=node, fate="unchanged", why=why), tuple(problems)
    before = {n: packages.installed[n] for n in wanted if n in packages.installed}
    gone = tuple(_no_way_back(wanted, before, packages))
    if gone and not order.no_way_back:
        problems += [f"{told}; --no-way-back would do it nevertheless" for told in gone]
    boots = any(piece.boots for piece in changed)
    services = tuple(dict.fromkeys(name for piece in changed for name in piece.services))
    made = NodeUpdate(
        node=node, fate="update", why="; ".join(gone), wanted=wanted, before=before, boots=boots,
        services=() if boots else services, back=not gone,
    )  # fmt: skip
    return made, tuple(problems)


def _resolved(piece: Piece, packages: Packages) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    lacking: dict[str, list[str]] = {}
    for name in piece.packages:
        there = packages.installed.get(name)
        if there is None and not piece.all_of:
            continue
        offered = packages.offered.get(name, ())
        version = newest((*offered, *((there,) if there else ())), piece.version)
        if version is None:
            told = ", ".join(dict.fromkeys(offered)) or "no version of it"
            lacking.setdefault(told, []).append(name)
        else:
            found[name] = version
    return found, [
        f"{', '.join(names)} {piece.version}: no package source offers it, but {told}"
        for told, names in lacking.items()
    ]


def _no_way_back(
    wanted: Mapping[str, str], before: Mapping[str, str], packages: Packages
) -> Iterator[str]:
    for name in wanted:
        old = before.get(name)
        if old is None:
            yield f"{name} is not there yet, so there is no version to go back to"
        elif old not in packages.offered.get(name, ()):
            yield f"{name} {old} is offered no more, so there is no way back to it"


def _plan(order: UpdateOrder, updates: Sequence[NodeUpdate], basis: Basis, at: str) -> UpdatePlan:
    kept = tuple(_held(each, basis) for each in updates)
    due = [each.node for each in kept if each.fate == "update"]
    found = waved(due, basis.fleet, basis.bounds, basis.moment, order.canary)
    nodes = tuple(
        _refit(each, found.left[each.node]) if each.node in found.left else each for each in kept
    )
    limits = basis.limits
    bake = limits.bake_minutes.value if order.bake_minutes is None else order.bake_minutes
    allowed = order.allowed_failures
    plan = UpdatePlan(
        factory=basis.factory,
        at=at,
        simulated=basis.simulated,
        order=order,
        nodes=nodes,
        waves=found.waves,
        most_out=most_out(len(basis.fleet.computing), basis.bounds("most_out_share")),
        bake_minutes=bake,
        allowed_failures=limits.allowed_failures.value if allowed is None else allowed,
        minutes=0,
        minutes_source=f"{limits.source}, {limits.confidence}; waiting for jobs is not in it",
        firmware=tuple(_firmware(order)),
        notes=tuple(_notes(order, nodes, basis)),
    )
    return plan.model_copy(update={"minutes": minutes_of(plan, limits)})


def _held(update: NodeUpdate, basis: Basis) -> NodeUpdate:
    rails = standing(update.node, basis.fleet, basis.bounds, basis.moment)
    return _refit(update, rails) if update.fate == "update" and rails else update


def _refit(update: NodeUpdate, rails: tuple[Rail, ...]) -> NodeUpdate:
    told = "; ".join(f"{rail.name}: {rail.told}" for rail in rails)
    return update.model_copy(update={"fate": "held", "why": told[:2000], "rails": rails})


def minutes_of(plan: UpdatePlan, limits: UpdateLimits) -> float:
    """Return how long all waves take, without the wait for jobs; gates come one by one."""
    total = 0.0
    for wave in plan.waves:
        boots = any(plan.of(node).boots for node in wave)
        total += limits.install_minutes.value + boots * limits.boot_minutes.value
        total += len(wave) * limits.validate_minutes.value + plan.bake_minutes
    return total


def _firmware(order: UpdateOrder) -> Iterator[str]:
    for part, version in order.set.items():
        if part.startswith("firmware:"):
            name = part.partition(":")[2]
            yield f"{name} {version}: planned only; its vendor's tool does it on a drained node"


def _notes(order: UpdateOrder, nodes: Sequence[NodeUpdate], basis: Basis) -> Iterator[str]:
    due = [each.node for each in nodes if each.fate == "update"]
    frozen = [n for n in due if _frozen(n, basis)]
    if frozen:
        yield f"{folded(frozen)}: a freeze window or another rail holds now; they wait until then"
    if no_back := [n.node for n in nodes if n.fate == "update" and not n.back]:
        yield f"{folded(no_back)}: there is no way back; one that fails is kept out"
    told: dict[str, str] = {}
    for node in due:
        server = basis.catalog.servers.get(basis.fleet.posts[node].sku)
        for piece in pieces(order, server, basis.catalog):
            if piece.matrix and not _pinned(piece):
                told[piece.part] = piece.matrix
    for part, matrix in told.items():
        yield (
            f"the platform matrix pins {part} {matrix}: once this is done, lay {order.set[part]}* "
            "over it in catalog/*.yaml, or `deploy apply` puts the old version back"
        )


def _frozen(node: str, basis: Basis) -> bool:
    return bool(now_held(node, basis.fleet, basis.bounds, basis.moment))


def _pinned(piece: Piece) -> bool:
    """Return whether the matrix holds the very version that is ordered."""
    pattern = piece.matrix.partition(":")[2] or piece.matrix
    return piece.version == piece.matrix or fnmatchcase(upstream(piece.version), pattern)


def undoing(plan: UpdatePlan, done: Iterable[str], basis: Basis, at: str) -> UpdatePlan:
    """Return the plan that takes updates of nodes back, as far as there is a way back."""
    listed = set(done)
    nodes = [
        each.model_copy(update={"wanted": each.before, "before": each.wanted, "rails": ()})
        for each in plan.nodes
        if each.node in listed and each.back
    ]
    made = _plan(plan.order, nodes, basis, at)
    return made.model_copy(
        update={"firmware": (), "notes": ("this takes it back: the old versions again",)}
    )


def narrowed(basis: Basis, share: float | None) -> Basis:
    """Return a basis with the smaller share of nodes that may be out: an order allows no more
    than the site does."""
    if share is None or share >= basis.bounds("most_out_share"):
        return basis
    own = basis.bounds.own.model_copy(update={"most_out_share": share})
    return replace(basis, bounds=replace(basis.bounds, own=own))

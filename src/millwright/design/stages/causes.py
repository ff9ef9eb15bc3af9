"""Why a stage moves what stands, with the figures that say so, and which key would avoid it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from millwright.design.fabrics.ports import negotiated
from millwright.design.solve import Design
from millwright.design.stages.compared import Shift
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster, FabricSummary
from millwright.model.stages import Cause, Move

SPINES = "MW-D-053"
TIERS = "MW-D-054"
OWN_SWITCHES = "MW-D-055"
EXCHANGED = "MW-D-056"
HANDED_ANEW = "MW-D-057"
Media = dict[str, tuple[list[str], list[str]]]
"""Of each fabric the media that it no longer has, and those that it did not have before."""
STRUCTURE = (OWN_SWITCHES, TIERS, SPINES)


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of what happens to one fabric, before its moves are counted."""

    rule: str
    fabric: str
    reason: str

    @property
    def where(self) -> str:
        """Return the part of the spec that it is about."""
        return f"fabrics.{self.fabric}" if self.fabric else "devices"


def told(
    old: Design, new: Design, shifts: Iterable[Shift], catalog: Catalog
) -> tuple[tuple[Move, ...], tuple[Cause, ...]]:
    """Return every move with its reason, and the reasons with how much each of them moves."""
    structural = {
        name: why
        for name, before in old.cluster.fabrics.items()
        if (why := _structure(old.cluster, new.cluster, name, before, catalog)) is not None
    }
    media = _media(old, new)
    moves, counts, reasons = [], dict[tuple[str, str], Counter[str]](), dict[tuple[str, str], Why]()
    for shift in shifts:
        why = _why(shift, structural, media)
        moves.append(
            Move(
                shift.what, shift.name, shift.before, shift.after, shift.fabric, why.rule,
                why.reason,
            )
        )  # fmt: skip
        key = (why.rule, why.fabric)
        reasons.setdefault(key, why)
        counts.setdefault(key, Counter())[shift.what] += 1
    causes = tuple(
        Cause(
            rule=why.rule, where=why.where, reason=why.reason, cables=counts[key]["cable"],
            devices=counts[key]["device"], racks=counts[key]["rack"],
            addresses=counts[key]["address"],
        )
        for key, why in reasons.items()
    )  # fmt: skip
    return tuple(moves), causes


def _why(shift: Shift, structural: dict[str, Why], media: Media) -> Why:
    own = structural.get(shift.fabric)
    if shift.what == "cable" and " by " in shift.before:
        gone, come = media.get(shift.fabric, ([], []))
        if own is None or (gone and come):
            return _exchange(shift.fabric, gone, come)
    if own is not None:
        return own
    if structural:
        return min(structural.values(), key=lambda why: STRUCTURE.index(why.rule))
    reason = (
        "ports and places are handed out in the order in which devices become necessary, and the "
        "larger design needs other devices earlier"
    )
    return Why(HANDED_ANEW, shift.fabric, reason)


def _media(old: Design, new: Design) -> Media:
    was, now = (_laid(design) for design in (old, new))
    return {
        fabric: (sorted(kinds - now.get(fabric, set())), sorted(now.get(fabric, set()) - kinds))
        for fabric, kinds in was.items()
    }


def _laid(design: Design) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for fabric, medium in set(zip(design.cables.fabric, design.cables.medium, strict=True)):
        found.setdefault(fabric, set()).add(medium)
    return found


def _exchange(fabric: str, gone: list[str], come: list[str]) -> Why:
    if gone and come:
        reason = (
            f"{', '.join(gone)} does not reach over the larger floor, so that the fabric is laid "
            f"with {', '.join(come)}"
        )
    else:
        reason = "its route or its reach is another one: the same ends need another cable"
    return Why(EXCHANGED, fabric, reason)


def _structure(
    old: Cluster, new: Cluster, fabric: str, before: FabricSummary, catalog: Catalog
) -> Why | None:
    after = new.fabrics.get(fabric)
    if after is None:
        return None
    if before.carried_by != after.carried_by:
        return Why(OWN_SWITCHES, fabric, _own_switches(fabric, before, after))
    if before.tiers != after.tiers:
        return Why(TIERS, fabric, _another_tier(old, new, fabric, catalog))
    spines, cores = (_levels(each, fabric) for each in (old, new))
    for role, word in (("spine", "spines"), ("core", "cores")):
        was, now = spines[role], cores[role]
        if any(now.get(part, count) != count for part, count in was.items()):
            return Why(SPINES, fabric, _steps(role, word, was, now, (before, after)))
    return None


def _levels(cluster: Cluster, fabric: str) -> dict[str, Counter[tuple[int, int]]]:
    """Return how many spines and cores each plane and pod has."""
    found: dict[str, Counter[tuple[int, int]]] = {"spine": Counter(), "core": Counter()}
    for device in cluster.devices:
        if device.fabric == fabric and device.role in found:
            found[device.role][device.plane or 0, device.pod or 0] += 1
    return found


def _own_switches(fabric: str, before: FabricSummary, after: FabricSummary) -> str:
    if after.carried_by is None:
        return (
            f"{before.carried_by} carried it beside its own traffic up to this size, and from here "
            f"on {fabric} has {after.leaf_switches} leaves of its own"
        )
    return f"{fabric} is carried by {after.carried_by} from here on"


def _steps(
    role: str,
    word: str,
    was: Counter[tuple[int, int]],
    now: Counter[tuple[int, int]],
    fabrics: tuple[FabricSummary, FabricSummary],
) -> str:
    each = "plane" if fabrics[0].planes > 1 else "pod" if len(was) > 1 else ""
    parts = f" in a {each}" if each else ""
    below = "leaf" if role == "spine" else "spine"
    a, b = max(was.values()), max(now.values())
    return (
        f"{a} {word}{parts} have not the ports for the links from below, so that there are {b}: "
        f"each {below} spreads its uplinks evenly over all of them, and plugs a part of them anew"
    )


def _another_tier(old: Cluster, new: Cluster, fabric: str, catalog: Catalog) -> str:
    before, after = old.fabrics[fabric], new.fabrics[fabric]
    leaves = max(_leaves(new, fabric), default=0)
    if before.tiers == 1:
        had = max(_leaves(old, fabric), default=0)
        return (
            f"{had} leaves without spines carried {old.nodes:,} nodes; {new.nodes:,} take "
            f"{leaves}, which spines have to join: the ports between leaves are exhausted"
        )
    model = next(d.model for d in old.devices if (d.fabric, d.role) == (fabric, "spine"))
    ports = negotiated(catalog.switches[model], before.link_gbps).ports
    planes = " of a plane" if before.planes > 1 else ""
    return (
        f"{leaves:,} leaves{planes} are more than the {ports} ports of a {model}, one for each "
        f"leaf: {before.tiers} tiers become {after.tiers}, and spines turn half of their ports "
        "to cores"
    )


def _leaves(cluster: Cluster, fabric: str) -> Iterator[int]:
    counts = Counter(
        device.plane or 0
        for device in cluster.devices
        if (device.fabric, device.role) == (fabric, "leaf")
    )
    yield from counts.values()

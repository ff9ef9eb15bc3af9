"""Stickers for cables: one a cable end, in the order in which a rack is cabled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from millwright.model.cluster import Cluster
from millwright.reports.cabling import Cabled, End, ends_by_rack, natural
from millwright.reports.page import SIMULATED, Label, Labels, Page, Section, Volume
from millwright.reports.volumes import part_of, shares, suffix_of

COLUMNS = (
    "rack",
    "u",
    "device",
    "port",
    "label",
    "place",
    "far_place",
    "far_label",
    "cable_id",
    "fabric",
    "medium",
    "part_number",
)
Coded = Callable[[str], tuple[str, ...]]
"""Gives the symbol of a text, one text a row, 1 for dark."""


def label_volumes(
    cluster: Cluster, cables: Iterable[Cabled], coded: Coded, by: str
) -> tuple[Volume, ...]:
    """Return the sheets of labels, rack by rack. The symbol holds the cable's id, the same on both
    ends, so that a scanner says whether two ends belong together."""
    racks = ends_by_rack(cables)
    symbols: dict[str, tuple[str, ...]] = {}

    def label(near: End, far: End, cable: Cabled) -> Label:
        symbol = symbols.get(cable.id) or symbols.setdefault(cable.id, coded(cable.id))
        near_text, far_text = f"{near.device} {near.port}", f"> {far.device} {far.port}"
        return Label(near_text, far_text, f"{near.place} > {far.place}", cable.id, symbol)

    def section(rack: str) -> Section:
        labels = Labels(tuple(label(*member) for member in racks.get(rack, ())))
        lead = f"{len(labels.labels):,} cable ends, from the top of the rack downwards."
        title = rack or "Equipment of the site"
        return Section(f"rack-{rack}", title, (labels,), lead=lead, fresh=True, group="Racks")

    ends = sum(map(len, racks.values()))
    parts = shares(cluster.rack_units, {rack: len(members) for rack, members in racks.items()})
    volumes = []
    for number, members in enumerate(parts, 1):
        names = [rack.name for rack in members if rack.name in racks]
        names += [""] if number == len(parts) and "" in racks else []
        line = (
            f"{part_of(number, parts)}{ends:,} labels for {ends // 2:,} cables: one for each end. "
            "The code of a label holds the cable's id and is the same on both of its ends."
        )
        page = Page(
            what="Cable labels",
            title=cluster.name,
            first_line=line,
            sections=tuple(map(section, names)),
            by=by,
            notices=(SIMULATED,) if cluster.simulated else (),
        )
        volumes.append(Volume(suffix_of(number, parts), page))
    return tuple(volumes)


def _racks(racks: Iterable[str]) -> Sequence[str]:
    return sorted(racks, key=lambda rack: (not rack, natural(rack)))


def label_rows(cables: Iterable[Cabled]) -> list[tuple[str, ...]]:
    """Return one row an end in the order of COLUMNS, for label printers."""
    racks = ends_by_rack(cables)
    return [
        (
            near.rack,
            near.u,
            near.device,
            near.port,
            near.label,
            near.place,
            far.place,
            far.label,
            cable.id,
            cable.fabric,
            cable.medium,
            cable.part_number,
        )
        for rack in _racks(racks)
        for near, far, cable in racks[rack]
    ]

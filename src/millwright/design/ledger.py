"""Every figure of a design that a report prints, with what it was counted or reckoned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from millwright.design.site.loads import weakest
from millwright.model.catalog import Catalog
from millwright.model.cluster import BomLine, Cluster
from millwright.model.sizing import Number
from millwright.model.sourced import Confidence
from millwright.model.spec import Factory

COUNTS = (
    "leaf_switches", "spine_switches", "core_switches", "node_leaf_links", "manager_links",
    "leaf_spine_links", "spine_core_links", "planes", "tiers",
)  # fmt: skip
DRAWN = "design"
"""The source of what was counted from what is drawn, device by device and cable by cable."""


@dataclass(slots=True)
class _Ledger:
    numbers: dict[str, Number] = field(default_factory=dict)

    def counted(self, name: str, value: float, unit: str = "", note: str = "") -> None:
        self.numbers[name] = Number(
            value=value, unit=unit, source=DRAWN, confidence="derived", note=note
        )

    def reckoned(self, name: str, number: tuple[float, str], formula: str, *inputs: str) -> None:
        sure: Confidence = weakest("derived", *(self.numbers[each].confidence for each in inputs))
        value, unit = number
        self.numbers[name] = Number(
            value=value, unit=unit, formula=formula, inputs=inputs, source="reckoned",
            confidence=sure,
        )  # fmt: skip


def ledger(
    factory: Factory, cluster: Cluster, bom: Sequence[BomLine], catalog: Catalog
) -> dict[str, Number]:
    """Return the figures by name: sizes, fabrics, bill, power, cooling."""
    book = _Ledger()
    _sizes(cluster, book)
    for line in bom:
        note = f"{line.description}; item: {line.source} ({line.confidence})"
        book.counted(f"bill.{line.item}.{line.location}", line.quantity, line.unit, note)
    _draws(cluster, catalog, book)
    _site(factory, cluster, book)
    return book.numbers


def _sizes(cluster: Cluster, book: _Ledger) -> None:
    for pool in cluster.pools:
        book.counted(f"pools.{pool.name}.nodes", pool.nodes, "", f"of {pool.server}")
        book.counted(f"pools.{pool.name}.gpus", pool.gpus, "", f"of {pool.server}")
    for what in ("nodes", "gpus"):
        names = [f"pools.{pool.name}.{what}" for pool in cluster.pools]
        book.reckoned(what, (getattr(cluster, what), ""), " + ".join(names), *names)
    for kind in ("compute", "management"):
        book.counted(f"racks.{kind}", getattr(cluster.racks, kind), "", "racks on the floor")
    parts = ("racks.compute", "racks.management")
    book.reckoned("racks.total", (cluster.racks.total, ""), " + ".join(parts), *parts)
    if cluster.cables is not None:
        book.counted("cables", cluster.cables.rows, "", "rows of cables.csv")
    for name, fabric in cluster.fabrics.items():
        for key in COUNTS:
            book.counted(f"fabrics.{name}.{key}", getattr(fabric, key))


def _draws(cluster: Cluster, catalog: Catalog, book: _Ledger) -> None:
    """Keep what each model draws, and how many of it there are."""
    counts = Counter(
        (device.kind, device.model)
        for device in cluster.devices
        if device.kind != "pdu" and not device.external
    )
    for (kind, model), count in sorted(counts.items()):
        shelves = {
            "server": catalog.servers, "switch": catalog.switches, "appliance": catalog.appliances,
        }  # fmt: skip
        entry = shelves[kind].get(model)  # type: ignore[attr-defined]
        book.counted(f"devices.{model}.count", count, "", f"{kind}: placed")
        told = getattr(entry, "power_max_w", None)
        if told is not None:
            book.numbers[f"devices.{model}.power_max_w"] = Number(
                value=told.value, unit="W", source=told.source, confidence=told.confidence,
                note=told.note,
            )  # fmt: skip


def _site(factory: Factory, cluster: Cluster, book: _Ledger) -> None:
    power, cooling = cluster.power, cluster.cooling
    if power.it_known_kw is None:
        return
    models = [n.removesuffix(".power_max_w") for n in book.numbers if n.endswith(".power_max_w")]
    formula = " + ".join(f"{m}.count x {m}.power_max_w" for m in models)
    inputs = [f"{model}.{key}" for model in models for key in ("count", "power_max_w")]
    book.reckoned("power.it_max_kw", (power.it_known_kw, "kW"), f"({formula}) / 1000", *inputs)
    pue = factory.site.power.pue
    if power.facility_max_kw is not None and pue is not None:
        book.numbers["power.pue"] = Number(value=pue, source="factory.yaml", confidence="spec")
        names = ("power.it_max_kw", "power.pue")
        book.reckoned("power.facility_max_kw", (power.facility_max_kw, "kW"), " x ".join(names),
                      *names)  # fmt: skip
    if cooling.heat_kw is None:
        return
    book.reckoned("cooling.heat_kw", (cooling.heat_kw, "kW"), "power.it_max_kw: heat equals power",
                  "power.it_max_kw")  # fmt: skip
    for key, unit, formula in (
        ("btu_per_h", "BTU/h", "3412.14 x cooling.heat_kw"),
        ("tons", "tons", "cooling.heat_kw / 3.517"),
        ("airflow_cfm", "CFM", "heat into air, over 1.08 x rise of the air, at this altitude"),
        ("coolant_l_per_min", "l/min", "14.33 x heat into liquid / rise of the liquid"),
    ):
        value = getattr(cooling, key)
        if value:
            book.reckoned(f"cooling.{key}", (value, unit), formula, "cooling.heat_kw")

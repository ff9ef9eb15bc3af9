"""What is to be built, with every name looked up: the spec, the blueprint and the catalogue in one
value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from millwright.errors import Infeasible
from millwright.model.blueprint import Blueprint, ComputeRack, ManagementRack, Placed
from millwright.model.catalog import Appliance, Catalog, Port, Server, Switch
from millwright.model.fabricspec import Fabrics, resolved
from millwright.model.spec import Factory, Pool

T = TypeVar("T")

DEFAULT_RACK_U = 48
DEFAULT_MANAGEMENT_USABLE_U = 36


@dataclass(frozen=True, slots=True)
class Appliances:
    """One kind of appliance that the blueprint places."""

    placed: Placed
    model: Appliance


@dataclass(frozen=True, slots=True)
class Brief:
    """The whole request. `nodes_per_unit` is None where no blueprint says what a scalable
    unit is."""

    factory: Factory
    catalog: Catalog
    fabrics: Fabrics
    blueprint: Blueprint | None
    appliances: tuple[Appliances, ...]
    compute_rack: ComputeRack
    management_rack: ManagementRack
    rack_height_u: int

    @property
    def nodes_per_unit(self) -> int | None:
        """Return the blueprint's scalable unit in nodes."""
        return self.blueprint.nodes_per_unit if self.blueprint else None

    @property
    def hostname_digits(self) -> int:
        """Return how many digits a node number has at least."""
        return self.blueprint.hostname_digits if self.blueprint else 3

    @property
    def is_simulated(self) -> bool:
        """Return whether the blueprint describes no hardware that can be bought."""
        return bool(self.blueprint and self.blueprint.simulated)

    def oob_ports(self, server: Server) -> tuple[Port, ...]:
        """Return the out-of-band ports of a server that are cabled."""
        limit = self.fabrics.oob.node_ports if self.fabrics.oob else None
        return server.ports_of("oob")[:limit]

    def switch(self, name: str | None, where: str) -> Switch:
        """Return a switch model; `where` is the key that should have named it."""
        if name is None:
            raise Infeasible(
                f"{where} is not said, and no blueprint says it",
                rule="MW-D-002",
                where=where,
                hint="name a switch of `millwright catalog list switches`, or a blueprint",
            )
        return found(self.catalog.switches, name, where)

    def server_of(self, pool: Pool, index: int) -> Server:
        """Return the pool's server, or the blueprint's where the pool names none."""
        where = f"compute[{index}].server"
        name = pool.server or (self.blueprint.server if self.blueprint else None)
        if name is None:
            raise Infeasible(
                f"{where} is not said, and no blueprint says it", rule="MW-D-002", where=where
            )
        return found(self.catalog.servers, name, where)


def found(entries: Mapping[str, T], name: str, where: str) -> T:
    """Return a catalogue entry.

    Raises Infeasible where it is missing; specs read from a file never get here, since their names
    are checked on reading.
    """
    try:
        return entries[name]
    except KeyError:
        raise Infeasible(
            f"{where}: {name!r} is not in the catalogue", rule="MW-D-002", where=where
        ) from None


def brief_of(factory: Factory, catalog: Catalog) -> Brief:
    """Return the request with its blueprint resolved and its fabrics laid over."""
    blueprint = (
        found(catalog.blueprints, factory.blueprint, "blueprint") if factory.blueprint else None
    )
    fabrics = resolved(blueprint.fabrics, factory.fabrics) if blueprint else factory.fabrics
    compute_rack = blueprint.compute_rack if blueprint else _plain_compute_rack(catalog)
    management_rack = blueprint.management_rack if blueprint else _plain_management_rack(catalog)
    return Brief(
        factory=factory,
        catalog=catalog,
        fabrics=fabrics,
        blueprint=blueprint,
        appliances=_appliances(blueprint, fabrics, catalog),
        compute_rack=compute_rack,
        management_rack=management_rack,
        rack_height_u=_rack_height(factory, catalog, compute_rack),
    )


def _rack_height(factory: Factory, catalog: Catalog, rack: ComputeRack) -> int:
    wished = getattr(factory.site.rack, "height_u", None)
    if wished is not None:
        return int(wished)
    known = catalog.racks.get(rack.model)
    return known.height_u.value if known else DEFAULT_RACK_U


def _plain_rack_name(catalog: Catalog) -> str:
    fitting = sorted(n for n, r in catalog.racks.items() if r.height_u.value == DEFAULT_RACK_U)
    return fitting[0] if fitting else f"rack-{DEFAULT_RACK_U}u"


def _plain_compute_rack(catalog: Catalog) -> ComputeRack:
    return ComputeRack(model=_plain_rack_name(catalog), nodes_per_rack=4)


def _plain_management_rack(catalog: Catalog) -> ManagementRack:
    return ManagementRack(model=_plain_rack_name(catalog), usable_u=DEFAULT_MANAGEMENT_USABLE_U)


def _appliances(
    blueprint: Blueprint | None, fabrics: Fabrics, catalog: Catalog
) -> tuple[Appliances, ...]:
    wanted = {
        "compute": fabrics.compute is not None and fabrics.compute.manager == "ufm",
        "storage": fabrics.storage is not None and fabrics.storage.manager == "ufm",
    }
    placed = [p for p in (blueprint.appliances if blueprint else ()) if _needed(p, wanted)]
    for fabric, is_wanted in wanted.items():
        if is_wanted and not any(p.manages == fabric for p in placed):
            placed.append(_own_manager(fabric, catalog))
    return tuple(
        Appliances(p, found(catalog.appliances, p.model, f"appliance {p.name}")) for p in placed
    )


def _needed(placed: Placed, wanted: Mapping[str, bool]) -> bool:
    return placed.manages is None or wanted[placed.manages]


def _own_manager(fabric: str, catalog: Catalog) -> Placed:
    models = sorted(n for n, a in catalog.appliances.items() if a.role == "fabric-manager")
    if not models:
        raise Infeasible(
            "the catalogue has no fabric manager appliance",
            rule="MW-D-003",
            where=f"fabrics.{fabric}.manager",
            hint="add one to catalog/*.yaml, or write `manager: none`",
        )
    return Placed.model_validate(
        {"model": models[0], "name": f"ufm-{fabric}", "count": 2, "ha_links": 1, "manages": fabric}
    )

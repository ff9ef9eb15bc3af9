"""The four fabrics of a factory as a person specifies them; blueprints use the same words.

Every key may be left out: what the user does not say comes from the blueprint, and what the
blueprint does not say is derived by the fabric engine. `resolved` lays the user's keys over the
blueprint's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from millwright.model.base import Frozen, Gbps, Name

Count = Annotated[int, Field(ge=1, le=4096)]
Ratio = Annotated[float, Field(ge=1.0, le=64.0)]
Medium = Literal["mmf", "smf", "dac", "acc", "aoc", "cat5e", "cat6"]
F = TypeVar("F", bound=Frozen)


class ComputeFabric(Frozen):
    """East-west: every GPU's NIC to every other.

    `nodes_per_rail_group` is how many nodes share the leaves of one set of rails (a scalable unit,
    for most designs). `planes` splits each NIC over that many separate fabrics. `dual_tor` gives
    each NIC two ports on two leaves of the same fabric. `spine_scope` says which leaves share a
    spine group when there are three tiers: all of a plane, those of one rail, or those of one rail
    and one scalable unit. `pods`, for three tiers: cores are built for so many pods from the first
    day, and each pod with all its spines and their links to the cores, so that growth up to there
    moves none. `isl_ratio`, for a single tier: downlink bandwidth of a leaf over the
    bandwidth to its neighbour. `collapsed_up_to_units`: up to this many scalable units the in-band
    pair carries this fabric as well.
    """

    switch: Name | None = None
    spine_switch: Name | None = None
    core_switch: Name | None = None
    nodes_per_rail_group: Count | None = None
    oversubscription: Ratio = 1.0
    planes: Annotated[int, Field(ge=1, le=8)] = 1
    rail_optimized: bool = True
    dual_tor: bool = False
    manager: Literal["ufm", "none"] = "none"
    tiers: Literal[1, 2, 3] | None = None
    spines: Count | None = None
    pods: Count | None = None
    spine_scope: Literal["plane", "rail", "rail-and-unit"] = "plane"
    uplinks_per_leaf: Count | None = None
    uplink_gbps: Gbps | None = None
    min_leaves: Count = 1
    isl_ratio: Ratio | None = None
    collapsed_up_to_units: Annotated[int, Field(ge=0, le=4096)] = 0
    medium: Medium | None = None


class StorageFabric(Frozen):
    """Between nodes and storage devices.

    `storage_links_per_unit` ports are kept for storage devices in each scalable unit, on the node
    leaves or, with `separate_storage_leaves`, on leaves of their own that are not oversubscribed.
    `shared_with`: the fabric that carries storage traffic when there is no fabric of its own.
    """

    switch: Name | None = None
    spine_switch: Name | None = None
    oversubscription: Ratio = 1.0
    node_ports_per_leaf: Count | None = None
    storage_links_per_unit: Annotated[int, Field(ge=0, le=4096)] = 0
    separate_storage_leaves: bool = False
    spines: Count | None = None
    manager: Literal["ufm", "none"] = "none"
    shared_with: Literal["inband"] | None = None
    medium: Medium | None = None


class InbandFabric(Frozen):
    """North-south and in-band management: pairs of leaves, each node on both of a pair, and cores
    above.

    `isl_links` join the two leaves of a pair; `isl_ratio`, where given instead, is pair downlink
    bandwidth over inter-switch bandwidth. `uplinks_per_core` go from each leaf to each core;
    `site_uplinks` leave for the customer's network. `reserved_ports` of each leaf are kept for
    infrastructure.
    """

    switch: Name | None = None
    core_switch: Name | None = None
    cores: Annotated[int, Field(ge=0, le=16)] = 0
    nodes_per_pair: Count | None = None
    reserved_ports: Annotated[int, Field(ge=0, le=512)] = 8
    isl_links: Annotated[int, Field(ge=0, le=64)] = 2
    isl_ratio: Ratio | None = None
    uplinks_per_core: Annotated[int, Field(ge=1, le=64)] = 2
    site_uplinks: Annotated[int, Field(ge=0, le=64)] = 4
    access_switch: Name | None = None
    access_pairs: Annotated[int, Field(ge=0, le=8)] = 0
    medium: Medium | None = None
    isl_medium: Medium = "dac"
    site_medium: Medium = "smf"


class OobFabric(Frozen):
    """Out-of-band: BMCs, switch management ports, power distribution units, appliances.

    `nodes_per_switch` keeps the switch beside the racks it serves; without it, ports alone decide.
    `uplinks` go from each switch to the in-band fabric. `spare_ports` are cabled for equipment of
    the site.
    """

    switch: Name | None = None
    nodes_per_switch: Count | None = None
    node_ports: Count | None = None
    min_switches: Annotated[int, Field(ge=1, le=64)] = 1
    uplinks: Annotated[int, Field(ge=0, le=8)] = 2
    connects_pdus: bool = True
    spare_ports: Annotated[int, Field(ge=0, le=1024)] = 0
    medium: Medium = "cat5e"


class Fabrics(Frozen):
    """All four; a fabric that is null in a blueprint is not built."""

    compute: ComputeFabric | None = None
    storage: StorageFabric | None = None
    inband: InbandFabric | None = None
    oob: OobFabric | None = None

    def switch_names(self) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield (path, name) of every switch model that is named."""
        for fabric_name in ("compute", "storage", "inband", "oob"):
            fabric = getattr(self, fabric_name)
            if fabric is None:
                continue
            for key in ("switch", "spine_switch", "core_switch", "access_switch"):
                name = getattr(fabric, key, None)
                if name is not None:
                    yield (fabric_name, key), name


def laid_over(base: F | None, wish: F | None) -> F | None:
    """Return `base` with every key that `wish` says explicitly; either alone where the other is
    missing."""
    if base is None or wish is None:
        return wish if base is None else base
    return base.model_copy(update={key: getattr(wish, key) for key in wish.model_fields_set})


def resolved(base: Fabrics, wish: Fabrics) -> Fabrics:
    """Return the blueprint's fabrics with the user's keys laid over them."""
    return Fabrics(
        compute=laid_over(base.compute, wish.compute),
        storage=laid_over(base.storage, wish.storage),
        inband=laid_over(base.inband, wish.inband),
        oob=laid_over(base.oob, wish.oob),
    )

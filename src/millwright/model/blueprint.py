"""A published design as data: what a spec may leave unsaid."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from millwright.model.base import Frozen, Name
from millwright.model.fabricspec import Fabrics
from millwright.model.hostnames import HostNames
from millwright.model.nodeset import expanded
from millwright.model.sourced import Entry


class ComputeRack(Frozen):
    """How servers stand: `nodes_per_rack` of them, with `pdus` units of one model."""

    model: Name
    nodes_per_rack: PositiveInt
    pdu: Name | None = None
    pdus: Annotated[int, Field(ge=0, le=12)] = 0


class ManagementRack(Frozen):
    """How everything else stands: at most `usable_u` units of equipment in a rack."""

    model: Name
    usable_u: PositiveInt
    pdu: Name | None = None
    pdus: Annotated[int, Field(ge=0, le=12)] = 0


class Placed(Frozen):
    """Appliances of a blueprint: `count` in all. `ha_links` join them two by two, back to back.

    `hostnames` is a node set of as many names, where they have their own already.
    """

    model: Name
    name: Name
    count: PositiveInt
    ha_links: Annotated[int, Field(ge=0, le=4)] = 0
    manages: Literal["compute", "storage"] | None = None
    hostnames: HostNames | None = None

    @model_validator(mode="after")
    def _names_each(self) -> Self:
        if self.hostnames and len(expanded(self.hostnames)) != self.count:
            raise ValueError(f"{self.hostnames} does not name {self.count}")
        return self


class Blueprint(Entry):
    """A published design: one server, one scalable unit, four fabrics, racks and appliances."""

    server: Name
    nodes_per_unit: PositiveInt
    units_max: PositiveInt | None = None
    """Largest size that the source describes; beyond it the design says so."""
    compute_rack: ComputeRack
    management_rack: ManagementRack
    fabrics: Fabrics
    appliances: tuple[Placed, ...] = ()
    hostname_digits: Annotated[int, Field(ge=1, le=6)] = 3
    simulated: bool = False

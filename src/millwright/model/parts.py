"""What machines are joined by and stand in: cables, transceivers, racks, power distribution."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt

from millwright.model.base import Gbps
from millwright.model.fabricspec import Medium
from millwright.model.sourced import Entry, Sourced

Connector = Annotated[str, Field(pattern=r"^[a-z0-9+-]+$", max_length=24)]
"""Form factor of a plug, with `-finned` or `-flat` where the top matters: `osfp-finned`, `qsfp112`,
`rj45`."""


class Cable(Entry):
    """A cable assembly or fibre.

    `splits` > 1 marks a splitter: one head, that many tails. `links` is how many logical links one
    assembly carries from cage to cage (2 for a twin-port copper cable).
    """

    medium: Medium
    speed_gbps: Sourced[Gbps]
    reach_m: Sourced[PositiveFloat]
    splits: PositiveInt = 1
    links: PositiveInt = 1
    part_number: str | None = None
    ordered_as: str | None = None
    """How the vendor names it by its length: `{length}` stands for metres in three digits."""
    lengths_m: tuple[PositiveInt, ...] = ()
    """Lengths that are sold; the usual steps where nobody says."""
    connectors: tuple[Connector, ...] = ()
    """Plugs of an assembly with fixed ends; empty for a fibre that plugs into transceivers."""


class Transceiver(Entry):
    """A pluggable that turns `ports` ports of a cage into fibres of one medium."""

    medium: Medium
    connector: Connector
    ports: PositiveInt
    port_speed_gbps: Sourced[Gbps]
    power_max_w: Sourced[PositiveFloat] | None = None
    part_number: str | None = None


class Rack(Entry):
    """A rack as bought."""

    vendor: str = ""
    part_number: str | None = None
    height_u: Sourced[PositiveInt]
    weight_kg: Sourced[PositiveFloat] | None = None
    max_weight_kg: Sourced[PositiveFloat] | None = None


class Pdu(Entry):
    """A rack power distribution unit."""

    vendor: str = ""
    part_number: str | None = None
    height_u: Annotated[int, Field(ge=0, le=12)] = 0
    """Rack units that it takes; 0 for one that stands upright beside them."""
    weight_kg: Sourced[PositiveFloat] | None = None
    power_kva: Sourced[PositiveFloat] | None = None
    outlets_c13: Sourced[Annotated[int, Field(ge=0)]] | None = None
    outlets_c19: Sourced[Annotated[int, Field(ge=0)]] | None = None

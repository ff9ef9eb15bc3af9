"""Switches as they are sold, and the ways in which their cages are split."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from millwright.model.base import Frozen, Gbps, ShortText
from millwright.model.machines import Cooling, PowerSupplies
from millwright.model.parts import Connector
from millwright.model.sourced import Entry, Sourced


class Breakout(Frozen):
    """A way to split a cage: `ports_per_cage` ports of `port_speed_gbps` each."""

    port_speed_gbps: Gbps
    ports_per_cage: PositiveInt


class Switch(Entry):
    """A switch as the vendor sells it.

    Counts ports, not cages: a switch with 32 twin-port cages of 2 x 400G has 64 ports of 400G.
    `port_name` and `child_port_name` hold `{cage}`, `{lane}` and `{lane0}` (lane counted from 0).
    Uplinks of another speed are numbered on after the cages.
    """

    vendor: str = ""
    part_number: str | None = None
    protocol: Literal["infiniband", "ethernet"]
    port_count: Sourced[PositiveInt]
    port_speed_gbps: Sourced[Gbps]
    cage_count: Sourced[PositiveInt]
    connector: Connector
    breakouts: tuple[Breakout, ...] = ()
    uplink_count: Sourced[Annotated[int, Field(ge=0)]] | None = None
    uplink_speed_gbps: Sourced[Gbps] | None = None
    uplink_connector: Connector | None = None
    port_name: Annotated[str, Field(max_length=200)] = ""
    child_port_name: ShortText = "{cage}/{lane}"
    uplink_port_name: ShortText = "{cage}"
    height_u: Sourced[PositiveInt]
    weight_kg: Sourced[PositiveFloat] | None = None
    power_typical_w: Sourced[PositiveInt] | None = None
    power_max_w: Sourced[PositiveInt] | None = None
    psu: Sourced[PowerSupplies] | None = None
    cooling: Cooling = "air"
    manager_port: bool = False
    """True where the fabric manager has a port of its own and displaces no node."""

    @model_validator(mode="after")
    def _ports_fill_cages(self) -> Self:
        if self.port_count.value % self.cage_count.value:
            raise ValueError(
                f"port_count {self.port_count.value} is not a multiple of cage_count "
                f"{self.cage_count.value}"
            )
        if self.ports_per_cage > 1 and self.port_name and "{lane" not in self.port_name:
            raise ValueError("port_name names the ports of a cage alike: it needs {lane}")
        return self

    @property
    def native_port_name(self) -> str:
        """Return how ports of the native speed are named; by cage, and lane, where nobody says."""
        return self.port_name or ("{cage}" if self.ports_per_cage == 1 else "{cage}/{lane}")

    @property
    def ports_per_cage(self) -> int:
        """Return how many ports of the native speed one cage carries."""
        return self.port_count.value // self.cage_count.value

    def lanes_at(self, speed_gbps: float) -> int | None:
        """Return how many ports of that speed a cage gives, or None where it cannot run at it."""
        if speed_gbps == self.port_speed_gbps.value:
            return self.ports_per_cage
        for breakout in self.breakouts:
            if breakout.port_speed_gbps == speed_gbps:
                return breakout.ports_per_cage
        return None

    def radix_at(self, speed_gbps: float) -> int | None:
        """Return how many ports of that speed the switch has, or None where it cannot run at it."""
        lanes = self.lanes_at(speed_gbps)
        return None if lanes is None else lanes * self.cage_count.value

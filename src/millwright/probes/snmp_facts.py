"""What an SNMP agent of a switch or a power strip tells: ports, sensors, loads, outlets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interface:
    """A port of the interfaces MIB (RFC 2863). Counters are since the agent's last start.

    `admin_up` is what somebody ordered, `up` what is; `alias` is what somebody wrote beside it.
    """

    index: str
    name: str
    alias: str = ""
    admin_up: bool | None = None
    up: bool | None = None
    speed_mbps: int | None = None
    in_errors: int | None = None
    out_errors: int | None = None
    in_discards: int | None = None
    out_discards: int | None = None


@dataclass(frozen=True, slots=True)
class AgentSensor:
    """A sensor of the entity-sensor MIB (RFC 3433), or of an inlet or outlet of a power strip.

    `state` is the agent's own word, such as `ok`, `unavailable`, `above-critical`.
    """

    name: str
    value: float | None
    unit: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Strip:
    """A power strip as a whole. `load` is `low`, `normal`, `near-overload` or `overload`."""

    name: str
    load: str | None = None
    power_w: float | None = None
    supply_alarm: bool | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet of a power strip, on or off."""

    name: str
    on: bool | None


@dataclass(frozen=True, slots=True)
class Agent:
    """Everything that one agent told, `up_s` seconds after its last start."""

    name: str | None
    description: str | None
    up_s: float | None
    interfaces: tuple[Interface, ...]
    sensors: tuple[AgentSensor, ...]
    strips: tuple[Strip, ...]
    outlets: tuple[Outlet, ...]

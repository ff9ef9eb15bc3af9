"""Where the factory stands, who runs beside it, and which rules hold there."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen, Name, ShortText, Text
from millwright.model.certificate import Authority
from millwright.model.objective import Slo
from millwright.model.packages import Packages

Jurisdiction = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
"""ISO 3166-1 alpha-2, or ISO 3166-2 for a subdivision."""

Domain = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*$", max_length=253),
]
"""A name of the DNS, and all names below it."""
Kilowatts = Annotated[float, Field(gt=0, le=1e6)]
Metres = Annotated[float, Field(gt=0, le=100)]


class RackLimits(Frozen):
    """What one rack position of the site can take.

    `nodes` insists on so many servers in a rack: where they do not fit, there is no design.
    `reserved_u` units of each rack of servers stay free for a switch, panels and blanking.
    """

    height_u: Annotated[int, Field(ge=6, le=64)] | None = None
    max_power_kw: Kilowatts | None = None
    max_weight_kg: Annotated[float, Field(gt=0, le=10_000)] | None = None
    nodes: Annotated[int, Field(ge=1, le=64)] | None = None
    reserved_u: Annotated[int, Field(ge=0, le=48)] = 0


class SitePower(Frozen):
    """What the site can feed.

    `available_kw` is for the machines; where it has to feed their cooling too, `pue` tells how much
    is left. Each rack PDU hangs on a breaker of `breaker_a` at `voltage_v` (between phases where
    there are three), and on one of `feeds` independent feeds, in turn.
    """

    available_kw: Kilowatts | None = None
    voltage_v: Annotated[int, Field(ge=100, le=1000)] | None = None
    phases: Literal[1, 3] | None = None
    breaker_a: Annotated[float, Field(gt=0, le=6300)] | None = None
    feeds: Annotated[int, Field(ge=1, le=4)] | None = None
    redundancy: Literal["N", "N+1", "2N"] | None = None
    pue: Annotated[float, Field(ge=1.0, le=3.0)] | None = None
    price_per_kwh: Annotated[float, Field(ge=0, le=100)] | None = None


class SiteCooling(Frozen):
    """What the site can carry away."""

    kind: Literal["air", "liquid", "hybrid"] | None = None
    available_kw: Kilowatts | None = None
    supply_c: Annotated[float, Field(ge=-20, le=60)] | None = None


class SiteFloor(Frozen):
    """Rows of racks and the way of cables between them; what is not said is the catalogue's figure.

    Each row has `compute_per_row` racks of servers, half of them on either side of
    `management_per_row` racks for all else. `rows` is how many there are room for. Cables rise to a
    tray `tray_m` above the racks and follow it along and across the rows; `slack_m` lies at each
    end.
    """

    rows: Annotated[int, Field(ge=1, le=1000)] | None = None
    compute_per_row: Annotated[int, Field(ge=1, le=200)] | None = None
    management_per_row: Annotated[int, Field(ge=1, le=100)] | None = None
    rack_width_m: Metres | None = None
    rack_depth_m: Metres | None = None
    aisle_m: Metres | None = None
    tray_m: Annotated[float, Field(ge=0, le=20)] | None = None
    slack_m: Annotated[float, Field(ge=0, le=20)] | None = None


class Site(Frozen):
    """The building."""

    name: Name | None = None
    jurisdiction: Jurisdiction | None = None
    altitude_m: Annotated[float, Field(ge=-430, le=6000)] | None = None
    rack: RackLimits = RackLimits()
    power: SitePower = SitePower()
    cooling: SiteCooling = SiteCooling()
    floor: SiteFloor = SiteFloor()


class Zone(Frozen):
    """A place where work and data may live.

    `agreement` names the contract under which somebody else may hold protected data there.
    `networks` and `domains` say which addresses and names are in it: by them it is known where a
    mount, a backup or a measurement goes.
    """

    name: Name
    kind: Literal["on-prem", "cloud", "edge", "research"]
    jurisdiction: Jurisdiction | None = None
    provider: ShortText | None = None
    region: ShortText | None = None
    wan_mbps: Annotated[float, Field(gt=0, le=1e7)] | None = None
    agreement: ShortText | None = None
    networks: Annotated[tuple[IPv4Network | IPv6Network, ...], Field(max_length=64)] = ()
    domains: Annotated[tuple[Domain, ...], Field(max_length=64)] = ()


class Software(Frozen):
    """What runs on the nodes.

    `parameters` names those of the catalogue that are set on wish only; `ofed` the stack that
    drives the fabric's adapters, where that is not the distribution's own.
    """

    os: Literal["debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04", "rocky-9"] | None = None
    scheduler: Literal["slurm", "kubernetes", "none"] | None = None
    monitoring: Literal["prometheus", "none"] | None = None
    packages: Packages = Packages()
    parameters: Annotated[tuple[Name, ...], Field(max_length=32)] = ()
    ofed: Name | None = None


class Service(Frozen):
    """A service that the site already runs."""

    kind: ShortText | None = None
    uri: ShortText | None = None
    base: ShortText | None = None
    to: ShortText | None = None


Endpoint = Service | ShortText | tuple[ShortText, ...]


class Pki(Service):
    """The site's own authority; `certificates` are those that hosts must trust, in PEM."""

    certificates: Annotated[tuple[Authority, ...], Field(max_length=16)] = ()


Distinguished = Annotated[str, Field(pattern=r"^[A-Za-z0-9=,. _@-]+$", max_length=200)]
"""A name of a directory, without the letters that end a value somewhere."""
DirectoryGroup = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9])?$", max_length=64)
]


class Identity(Service):
    """The site's directory of people.

    `bind` is who asks it (the password is none of a spec's), `probe` somebody whom every host must
    know, `groups` whose members may come in: nobody where none is said.
    """

    bind: Distinguished | None = None
    probe: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9._-]*$", max_length=32)] | None = None
    groups: Annotated[tuple[DirectoryGroup, ...], Field(max_length=16)] = ()


class Services(Frozen):
    """What the site already runs, and the factory must use."""

    identity: Identity | ShortText | tuple[ShortText, ...] | None = None
    dns: Endpoint | None = None
    ntp: Endpoint | None = None
    proxy: Endpoint | None = None
    pki: Pki | ShortText | tuple[ShortText, ...] | None = None
    siem: Endpoint | None = None
    secrets: Endpoint | None = None
    tickets: Endpoint | None = None


class Network(Frozen):
    """An address range that the site gives to the factory."""

    name: Literal["inband", "oob", "storage", "compute"] | Name
    cidr: IPv4Network | IPv6Network
    vlan: Annotated[int, Field(ge=1, le=4094)] | None = None


class Security(Frozen):
    """Duties that reach into every layer."""

    fips: bool = False
    sovereignty: bool | ShortText | None = None


class Tier(Frozen):
    """A service level: what may be touched when, and what people do meanwhile."""

    name: Name
    min_replicas: Annotated[int, Field(ge=0, le=10_000)] = 1
    rto_min: Annotated[float, Field(ge=0, le=1e6)] | None = None
    rpo_min: Annotated[float, Field(ge=0, le=1e6)] | None = None
    remedy_mode: Literal["observe", "advise", "auto"] = "advise"
    freeze: tuple[ShortText, ...] = ()
    downtime_procedure: Text | None = None
    slo: Slo | None = None


class Feed(Frozen):
    """A stream of clinical data from a system of the hospital."""

    name: Name
    protocol: Literal["dicom", "hl7", "fhir", "file"]
    owner: ShortText | None = None
    rate: Annotated[float, Field(gt=0, le=1e9)] | ShortText | None = None
    studies_per_day: Annotated[float, Field(gt=0, le=1e7)] | None = None
    fallback: ShortText | None = None


class Budget(Frozen):
    """What may be spent, in the spec's currency, on servers at once."""

    capex: Annotated[float, Field(gt=0, le=1e12)] | None = None


class Patching(Frozen):
    """How quickly a published vulnerability must be closed."""

    critical_days: Annotated[int, Field(ge=0, le=3650)] = 15
    high_days: Annotated[int, Field(ge=0, le=3650)] = 30


class Compliance(Frozen):
    """Which rule books apply."""

    frameworks: tuple[Name, ...] = ()
    retention_years: Annotated[float, Field(ge=0, le=100)] | None = None

"""Which cable and which transceiver join two plugs: chosen from the catalogue, never invented."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.model.catalog import Catalog
from millwright.model.fabricspec import Medium
from millwright.model.parts import Cable, Transceiver

FIBRES = ("mmf", "smf")
"""Media that need a transceiver at both ends; all others come with their plugs."""


def default_medium(gbps: float) -> Medium:
    """Return multimode fibre up to 400G per port; none exists at 200G-PAM4 lanes, so single mode
    above."""
    return "mmf" if gbps <= 400 else "smf"


def cable_for(
    catalog: Catalog,
    medium: str,
    gbps: float,
    *,
    connector: str | None = None,
    splits: int = 1,
    links: int = 1,
) -> Cable | None:
    """Return the slowest cable that carries the speed, preferring plugs that fit; None where there
    is none."""
    fitting = [
        cable
        for cable in catalog.cables.values()
        if (cable.medium, cable.splits, cable.links) == (medium, splits, links)
        and cable.speed_gbps.value >= gbps
    ]
    return min(fitting, key=lambda c: _rank(c, connector), default=None)


def _rank(cable: Cable, connector: str | None) -> tuple[bool, float, str]:
    mismatch = (
        bool(cable.connectors) and connector is not None and connector not in cable.connectors
    )
    return mismatch, cable.speed_gbps.value, cable.name


def fits(cable: Cable, connector: str) -> bool:
    """Return whether a fixed end of the assembly goes into a cage: generations of one form do."""
    forms = {_form(end) for end in cable.connectors}
    return not forms or _form(connector) in forms


def _form(connector: str) -> str:
    return connector[:4]


@dataclass(frozen=True, slots=True)
class Pick:
    """A medium and the catalogue name of its cable; the name is empty where the catalogue
    has none."""

    medium: str
    cable: str

    @property
    def is_fibre(self) -> bool:
        """Return whether transceivers are needed."""
        return self.medium in FIBRES


def pick(catalog: Catalog, wished: str, gbps: float, connector: str | None = None) -> Pick:
    """Return the wished medium where a cable of that speed exists, else the usual fibre of the
    speed."""
    for medium in (wished, default_medium(gbps), "smf"):
        cable = cable_for(catalog, medium, gbps, connector=connector)
        if cable is not None:
            return Pick(medium, cable.name)
    return Pick(wished, "")


def transceiver_for(
    catalog: Catalog, connector: str, medium: str, gbps: float, ports: int
) -> Transceiver | None:
    """Return the slowest transceiver that fits a cage and gives `ports` fibres of at least that
    speed."""
    fitting = [
        plug
        for plug in catalog.transceivers.values()
        if (plug.connector, plug.medium, plug.ports) == (connector, medium, ports)
        and plug.port_speed_gbps.value >= gbps
    ]
    return min(fitting, key=lambda plug: (plug.port_speed_gbps.value, plug.name), default=None)

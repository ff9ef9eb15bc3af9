"""The numbers of the building's trade that a design counts with, taken from the catalogue once."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.model.catalog import Catalog
from millwright.units import air_density_share


@dataclass(frozen=True, slots=True)
class Figures:
    """Each field is the entry of `site_figures` whose name it has, with dashes."""

    breaker_share: float
    power_factor: float
    typical_share: float
    air_rise: float
    water_rise: float
    coolant_factor: float
    liquid_share: float
    derate_above: float
    inlet_limit: float
    inlet_metres_per_kelvin: float
    c13_watts: float

    def altitude_factor(self, altitude_m: float | None) -> float:
        """Return how much of its heat the same stream of air still carries: 1 up to the altitude
        from which it is derated, above that the density of air against the density there."""
        if altitude_m is None or altitude_m <= self.derate_above:
            return 1.0
        return air_density_share(altitude_m) / air_density_share(self.derate_above)

    def warmest_inlet_c(self, altitude_m: float | None) -> float:
        """Return the warmest air that machines of class A2 may take in at that altitude."""
        above = max(0.0, (altitude_m or 0.0) - self.derate_above)
        return self.inlet_limit - above / self.inlet_metres_per_kelvin


def figures_of(catalog: Catalog) -> Figures:
    """Return the figures in force."""
    return Figures(
        *(
            catalog.site_figures[name.replace("_", "-")].value.value
            for name in Figures.__dataclass_fields__
        )
    )

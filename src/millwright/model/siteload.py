"""What a floor has to carry: figures of the site, the load of a rack, power and heat of it all."""

from __future__ import annotations

from typing import Literal

from millwright.model.base import Frozen
from millwright.model.sourced import Confidence, Entry, Sourced

Redundancy = Literal["2N", "N+1", "N", "degraded"]
"""What is left after the loss of any one feed. `N`: there is one feed, and its loss stops all.
Nothing is said where supplies of a machine, or what a circuit bears, are not known."""


class SiteFigure(Entry):
    """A number of the building's trade that every design uses: a share, a factor, a limit."""

    value: Sourced[float]


class RackLoad(Frozen):
    """What one rack draws, weighs and gives off; null is 'not known', never zero.

    `known_max_kw` is the sum over devices whose greatest draw is known; `max_kw` is null where one
    of them is not. Heat equals power: `air_kw` and `liquid_kw` sum to `known_max_kw`. A circuit's
    load is the greatest that any of the rack's breakers sees after the loss of a feed.
    """

    max_kw: float | None = None
    known_max_kw: float = 0.0
    typical_kw: float | None = None
    weight_kg: float | None = None
    air_kw: float = 0.0
    liquid_kw: float = 0.0
    airflow_cfm: float = 0.0
    coolant_l_per_min: float = 0.0
    circuits: int = 0
    circuit_limit_kw: float | None = None
    circuit_worst_kw: float | None = None
    phase_worst_kw: float | None = None
    phase_imbalance: float | None = None
    redundancy: Redundancy | None = None
    unknown: tuple[str, ...] = ()
    """Models whose greatest draw nobody says."""


class Power(Frozen):
    """Electrical power in kW; null is 'not computed', never zero.

    `it_known_kw` counts what is known, whatever is missing. `facility_max_kw` is IT times the
    site's PUE. `confidence` is that of the weakest figure behind `it_max_kw`.
    """

    it_max_kw: float | None = None
    it_typical_kw: float | None = None
    facility_max_kw: float | None = None
    it_known_kw: float | None = None
    confidence: Confidence | None = None
    typical_confidence: Confidence | None = None
    redundancy: Redundancy | None = None
    feeds: int | None = None
    available_kw: float | None = None
    unknown: tuple[str, ...] = ()


class CoolingLoad(Frozen):
    """What has to be carried away; null is 'not computed', never zero.

    Heat equals power. The airflow is that which carries the air's share at the temperature rise of
    the catalogue's figures, at the site's altitude.
    """

    heat_kw: float | None = None
    airflow_cfm: float | None = None
    heat_air_kw: float | None = None
    heat_liquid_kw: float | None = None
    btu_per_h: float | None = None
    tons: float | None = None
    coolant_l_per_min: float | None = None
    altitude_factor: float | None = None
    available_kw: float | None = None

"""Whether the site carries what was drawn: remarks, and reasons why there is no design."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.design.brief import Brief
from millwright.design.fabrics.draft import Drawing
from millwright.design.site.burdens import Kind
from millwright.design.site.figures import figures_of
from millwright.model.nodeset import folded
from millwright.model.siteload import CoolingLoad, Power
from millwright.units import kw


@dataclass(frozen=True, slots=True)
class Refusal:
    """A limit of the site that the whole design exceeds.

    `needed_kw` of the site's `given_kw`; `what` is 'power' or 'cooling'. `given_kw` is what is left
    after derating.
    """

    rule: str
    where: str
    what: str
    needed_kw: float
    given_kw: float
    message: str


def refusals(
    brief: Brief, kinds: Sequence[Kind], power: Power, cooling: CoolingLoad
) -> tuple[Refusal, ...]:
    """Return every limit of the site that is exceeded, kind of cooling first."""
    found = [*_wrong_cooling(brief, kinds, power)]
    needed = power.it_known_kw or 0.0
    given = brief.factory.site.power.available_kw
    if given is not None and needed > given:
        found.append(
            Refusal(
                "MW-D-060",
                "site.power.available_kw",
                "power",
                needed,
                given,
                f"the machines draw up to {needed:g} kW, and the site gives {given:g} kW: "
                f"{round(needed - given, 3):g} kW are missing",
            )
        )
    return (*found, *_too_warm(brief, power, cooling))


def _too_warm(brief: Brief, power: Power, cooling: CoolingLoad) -> Iterator[Refusal]:
    given, needed = brief.factory.site.cooling.available_kw, power.it_known_kw or 0.0
    if given is None:
        return
    factor = cooling.altitude_factor or 1.0
    is_liquid = brief.factory.site.cooling.kind == "liquid"
    left = given if is_liquid else round(given * factor, 3)
    if needed <= left:
        return
    thin = f", {left:g} kW at {brief.factory.site.altitude_m:g} m" if left < given else ""
    yield Refusal(
        "MW-D-061",
        "site.cooling.available_kw",
        "cooling",
        needed,
        left,
        f"the machines give off up to {needed:g} kW of heat, and the site carries away "
        f"{given:g} kW{thin}: {round(needed - left, 3):g} kW are missing",
    )


def _wrong_cooling(brief: Brief, kinds: Sequence[Kind], power: Power) -> Iterator[Refusal]:
    if brief.factory.site.cooling.kind != "air":
        return
    wet = sorted({load.model for kind in kinds for load in kind.loads if load.liquid_share})
    if wet:
        yield Refusal(
            "MW-D-067",
            "site.cooling.kind",
            "cooling",
            power.it_known_kw or 0.0,
            0.0,
            f"the site cools with air, and {', '.join(wet)} needs liquid",
        )


def remark_on_site(drawing: Drawing, brief: Brief, kinds: Sequence[Kind], power: Power) -> None:
    """Add what the site's figures say of racks and feeds."""
    _stopped(drawing, brief, kinds)
    for kind in kinds:
        _circuits(drawing, brief, kind)
        _rack_limit(drawing, brief, kind)
    _altitude(drawing, brief)
    _facility(drawing, brief, power)
    if power.unknown:
        drawing.remark(
            "MW-D-068",
            "warn",
            "catalog",
            f"nobody says what {', '.join(power.unknown)} draws at most: power and cooling are not "
            "known as a whole",
            "give the entries `power_max_w` in catalog/*.yaml",
        )


def _named(*kinds: Kind) -> str:
    names = [rack.name for kind in kinds for rack in kind.racks]
    return f"racks {folded(names)} ({len(names)})"


def _asked(brief: Brief) -> str:
    redundancy = brief.factory.site.power.redundancy
    return f"; {redundancy} was asked for" if redundancy else ""


def _stopped(drawing: Drawing, brief: Brief, kinds: Sequence[Kind]) -> None:
    feeds = brief.factory.site.power.feeds or 1
    groups: dict[tuple[str, int, int, int], list[Kind]] = {}
    for kind in kinds:
        for stopped in kind.wired.stopped:
            groups.setdefault(stopped, []).append(kind)
    for (model, left, count, required), alike in groups.items():
        drawing.remark(
            "MW-D-063",
            "warn",
            "site.power",
            f"degraded: after the loss of one of {feeds} feeds {left} of {count} supplies of "
            f"{model} live, and it needs {required}; {_named(*alike)}{_asked(brief)}",
            _more_feeds(count, required, feeds),
        )


def _more_feeds(count: int, required: int, feeds: int) -> str:
    for more in range(feeds + 1, 7):
        if count - -(-count // more) >= required:
            left = count - -(-count // more)
            return f"{more} independent feeds leave {left} where {required} are needed"
    return "no number of feeds up to six keeps it running: its supplies have too little to spare"


def _circuits(drawing: Drawing, brief: Brief, kind: Kind) -> None:
    wired = kind.wired
    if wired.limit_w is not None and wired.overloaded:
        feeds = brief.factory.site.power.feeds or 1
        when = "degraded: after the loss of a feed " if feeds > 1 else ""
        drawing.remark(
            "MW-D-064",
            "warn",
            "site.power",
            f"{when}a circuit of {_named(kind)} carries {kw(wired.worst_w):g} kW, with "
            f"{kw(wired.worst_phase_w):g} kW on one phase; derated it bears "
            f"{kw(wired.limit_w):g} kW on {wired.phases} phases{_asked(brief)}",
            "fewer nodes in a rack (`site.rack.nodes`), more PDUs or larger breakers",
        )
    for used, there, what in wired.crowded:
        drawing.remark(
            "MW-D-065",
            "warn",
            "racks",
            f"{used} supplies hang on a PDU with {there} outlets ({what}); {_named(kind)}",
            "more PDUs, or fewer nodes in a rack",
        )


def _rack_limit(drawing: Drawing, brief: Brief, kind: Kind) -> None:
    rack, load = brief.factory.site.rack, kind.load
    if rack.max_power_kw is not None and load.known_max_kw > rack.max_power_kw:
        drawing.remark(
            "MW-D-021",
            "warn",
            "site.rack.max_power_kw",
            f"{_named(kind)} draw up to {load.known_max_kw:g} kW, and the site gives a rack "
            f"{rack.max_power_kw:g} kW",
        )
    if rack.max_weight_kg is not None and (load.weight_kg or 0) > rack.max_weight_kg:
        drawing.remark(
            "MW-D-022",
            "warn",
            "site.rack.max_weight_kg",
            f"{_named(kind)} weigh {load.weight_kg:g} kg, and the site carries "
            f"{rack.max_weight_kg:g} kg",
        )


def _altitude(drawing: Drawing, brief: Brief) -> None:
    site, figures = brief.factory.site, figures_of(brief.catalog)
    factor = figures.altitude_factor(site.altitude_m)
    if factor == 1.0:
        return
    warmest = figures.warmest_inlet_c(site.altitude_m)
    supply = site.cooling.supply_c
    hot = supply is not None and supply > warmest
    drawing.remark(
        "MW-D-066",
        "warn" if hot else "info",
        "site.altitude_m",
        f"at {site.altitude_m:g} m the same air carries {factor:.0%} of its heat, and machines "
        f"take in air of {warmest:.1f} C at most"
        + (f"; the site supplies {supply:g} C" if supply is not None else ""),
        "supply colder air" if hot else "",
    )


def _facility(drawing: Drawing, brief: Brief, power: Power) -> None:
    given, needed = brief.factory.site.power.available_kw, power.facility_max_kw
    if given is None or needed is None or needed <= given:
        return
    drawing.remark(
        "MW-D-069",
        "warn",
        "site.power.available_kw",
        f"with cooling the site draws up to {needed:g} kW (PUE {brief.factory.site.power.pue:g}); "
        f"the {given:g} kW suffice only where they feed the machines alone",
        "ask the site what `available_kw` counts",
    )

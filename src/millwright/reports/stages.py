"""Growth in stages as a person reads it on a terminal; `stagespage` sets the same on a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.model.nodeset import folded
from millwright.model.stages import Cost, GrowthStages, Reserved, Stage, Way
from millwright.reports.table import Cell, Table, left, right, told

BAR = 24
CATEGORIES = ("rack", "server", "switch", "appliance", "pdu", "cable", "transceiver")
NAMED = 3


@dataclass(frozen=True, slots=True)
class StagesView:
    """A heading, what stands below it, the tables in their order, and the verdict at the end."""

    heading: str
    lines: tuple[str, ...]
    tables: tuple[Table, ...]
    verdict: tuple[str, ...]


def stages_view(plan: GrowthStages) -> StagesView:
    """Return all that a terminal shows of a plan."""
    tables = [stages_table(plan), bought_table(plan), kept_table(plan), proof_table(plan)]
    tables += [causes_table(plan)] if plan.moved else []
    tables += [ways_table(plan)] if plan.ways else []
    return StagesView(
        heading(plan), tuple(_lines(plan)), tuple(t for t in tables if t.rows), verdict(plan)
    )


def heading(plan: GrowthStages) -> str:
    """Return the title: whose growth, in how many stages, by which guess and which way."""
    count = len(plan.stages) - 1
    way = f" · way {plan.way}" if plan.way else ""
    stages = f"{count} stage{'' if count == 1 else 's'}"
    return f"{plan.name} · growth in {stages} after day one, {plan.case} case{way}"


def _lines(plan: GrowthStages) -> Iterator[str]:
    if plan.simulated:
        yield "SIMULATED: this design describes no hardware that can be bought"
    most = max(stage.nodes for stage in plan.stages)
    for stage in plan.stages:
        bar = "█" * max(1, round(BAR * stage.nodes / most))
        sign = "×" if stage.refused else ""
        spread = _spread(stage.needed)
        yield (
            f"{name_of(stage):<10} {bar:<{BAR}}  {told(stage.nodes)} nodes{spread}{sign and ' '}"
            f"{'cannot be built' if sign else ''}"
        ).rstrip()
    yield from plan.notes


def _spread(needed: tuple[int | None, ...]) -> str:
    known = [count for count in needed if count is not None]
    if len(set(known)) < 2:
        return ""
    return f" ({told(min(known))} to {told(max(known))} may be needed)"


def name_of(stage: Stage) -> str:
    """Return what a stage is called: day one, or so many months on."""
    return "day one" if stage.number == 0 else f"month {stage.after_months}"


def stages_table(plan: GrowthStages) -> Table:
    """Return one row a stage: how large it is, what it draws, what it costs, what it moves."""
    columns = (
        *left("stage"),
        *right("nodes", "GPUs", "racks", "switches", "cables", "kW at most", "breakers", "moves"),
        *left("buys, as far as prices are known"),
    )
    rows = tuple(_stage_row(plan, stage) for stage in plan.stages)
    return Table("Stages", columns, rows)


def _stage_row(plan: GrowthStages, stage: Stage) -> tuple[Cell, ...]:
    if stage.refused is not None:
        why = f"{stage.refused.rule}: {stage.refused.message}"
        return (name_of(stage), stage.nodes, *[None] * 7, why)
    kw = _kw(stage.it_max_kw, plan.site_kw)
    moves = stage.checked.moved if stage.number else None
    return (
        name_of(stage), stage.nodes, stage.gpus, stage.racks, stage.switches, stage.cables, kw,
        stage.circuits, moves, cost_told(stage.cost),
    )  # fmt: skip


def _kw(kw: float | None, site_kw: float | None) -> str:
    if kw is None:
        return "not known"
    return f"{kw:,.1f} of {site_kw:,g}" if site_kw else f"{kw:,.1f}"


def cost_told(cost: Cost | None, *, signed: bool = False) -> str:
    """Return a sum in words, with the number of items that nobody has a price of."""
    if cost is None:
        return ""
    if cost.known is None and not cost.unpriced:
        return "nothing"
    sign = "+" if signed else ""
    known = (
        f"{cost.known:{sign},.0f} {cost.currency} ({cost.confidence})"
        if cost.known is not None
        else "not known"
    )
    names = list(cost.unpriced)
    if not names:
        return known
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if names[NAMED:] else "")
    return f"{known}; no price of {shown}"


def bought_table(plan: GrowthStages) -> Table:
    """Return one row an item, with the pieces that each stage buys."""
    found: dict[tuple[str, str, str], dict[int, int]] = defaultdict(dict)
    for stage in plan.stages:
        for line in stage.bought:
            found[line.category, line.location, line.item][stage.number] = line.quantity
    order = sorted(found, key=lambda k: (CATEGORIES.index(k[0]), k[1], k[2]))
    built = [stage for stage in plan.stages if stage.refused is None]
    rows = tuple(
        (*key, *(found[key].get(stage.number) for stage in built), sum(found[key].values()))
        for key in order
    )
    columns = (
        *left("category", "location", "item"),
        *right(*(name_of(stage) for stage in built), "in all"),
    )
    return Table("What is bought when", columns, rows)


Group = tuple[str, str]


def kept_table(plan: GrowthStages) -> Table:
    """Return what is kept free, folded: how many of it each stage takes, and where it lies."""
    counts: dict[Group, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    members: dict[Group, list[Reserved]] = defaultdict(list)
    for each in plan.reserved:
        group = (_kind(each), _of_what(each))
        counts[group][each.taken] += 1
        members[group].append(each)
    later = [stage for stage in plan.stages if stage.number and stage.refused is None]
    rows = tuple(
        (
            *group,
            sum(each.since == 0 for each in members[group]),
            *(counts[group].get(stage.number) for stage in later),
            _where(members[group]),
        )
        for group in counts
    )
    columns = (
        *left("kept free", "of"),
        *right("from day one", *(f"taken {name_of(stage)}" for stage in later)),
        *left("where"),
    )
    return Table("What is kept free, and when it is taken", columns, rows)


def _kind(each: Reserved) -> str:
    words = {
        "port": "ports", "rack units": "places in racks", "floor position": "rack positions",
        "circuit": "breakers", "address": "addresses",
    }  # fmt: skip
    return words[each.what]


def _of_what(each: Reserved) -> str:
    if each.what == "circuit":
        return f"{each.where}, {each.name}"
    if each.what == "address":
        return f"{each.where}, {each.kind}"
    if each.what == "floor position":
        return f"{each.kind} racks"
    return f"{each.kind} racks" if each.what == "rack units" else each.kind


def _where(members: list[Reserved]) -> str:
    what = members[0].what
    if what == "address":
        return f"{members[0].name} to {members[-1].name}"
    names = list(dict.fromkeys(each.taker if what == "circuit" else each.where for each in members))
    if what == "floor position":
        return ", ".join(names)
    text = folded(names)
    return text if len(text) <= 60 else f"{text[:57].rsplit(',', 1)[0]}, ..."


def proof_table(plan: GrowthStages) -> Table:
    """Return what was compared with the stage before, one by one, and what is not the same."""
    rows = tuple(
        (
            name_of(stage),
            *(
                f"{told(getattr(stage.checked, f'{what}_moved'))} of "
                f"{told(getattr(stage.checked, what))}"
                for what in ("cables", "devices", "racks", "addresses")
            ),
        )
        for stage in plan.stages
        if stage.number and stage.refused is None
    )
    columns = left(
        "against the stage before", "cables moved", "devices moved", "racks moved",
        "addresses moved",
    )  # fmt: skip
    return Table("Compared end by end", columns, rows)


def causes_table(plan: GrowthStages) -> Table:
    """Return why things move: one row a reason."""
    rows = tuple(
        (
            name_of(stage), cause.rule, cause.where, cause.cables or None, cause.devices or None,
            cause.racks or None, cause.addresses or None, cause.reason,
        )
        for stage in plan.stages
        for cause in stage.causes
    )  # fmt: skip
    columns = (
        *left("stage", "rule", "where"),
        *right("cables", "devices", "racks", "addresses"),
        *left("reason"),
    )
    return Table("Why something moves", columns, rows)


def ways_table(plan: GrowthStages) -> Table:
    """Return the other ways to build from day one, with what they move and cost beside the spec."""
    rows = tuple(_way_row(plan, way) for way in plan.ways)
    columns = (
        *left("way", "what it is"),
        *right("moves"),
        *left("more on day one", "more in all"),
        *right("more kW"),
        *left("factory.yaml says"),
    )
    return Table("Other ways from day one", columns, rows)


def _way_row(plan: GrowthStages, way: Way) -> tuple[Cell, ...]:
    name = f"{way.name} (best)" if way.name == plan.best else way.name
    if way.refused is not None and way.moved is None:
        why = f"{way.refused.rule}: {way.refused.message}"
        return name, way.title, None, why, "", None, way.says
    kw = f"{way.end_kw:+,.1f}" if way.end_kw is not None else None
    return (
        name, way.title, way.moved, cost_told(way.day_one_cost, signed=True),
        cost_told(way.end_cost, signed=True), kw, way.says,
    )  # fmt: skip


def verdict(plan: GrowthStages) -> tuple[str, ...]:
    """Return what it comes to, in one or two sentences."""
    lines = []
    for stage in plan.stages:
        if stage.refused is not None:
            lines.append(
                f"{name_of(stage)} cannot be built: {stage.refused.rule} {stage.refused.where}: "
                f"{stage.refused.message}"
            )
            lines += [f"  {stage.refused.hint}"] if stage.refused.hint else []
    looked = sum(stage.checked.cables for stage in plan.stages)
    if not plan.moved:
        lines.append(
            f"nothing installed moves: {told(looked)} comparisons of installed cables, both ends "
            "each, and all devices, racks and addresses"
        )
        return tuple(lines)
    lines.append(
        f"{told(plan.moved)} installed things move; `--show moves` lists each with both ends"
    )
    best = next((way for way in plan.ways if way.name == plan.best), None)
    if best is not None and plan.way != best.name:
        lines.append(
            f"none would with {best.name}: {best.says} "
            f"({cost_told(best.end_cost, signed=True)} in all); `--way best` plans it"
        )
    elif best is None:
        lines.append("no way was found that moves nothing")
    return tuple(lines)

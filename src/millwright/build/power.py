"""What feeds nodes, how much they draw of it, and when one more may start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.model.buildplan import Feed
from millwright.model.burnin import Draw, Load
from millwright.model.catalog import Catalog, Server
from millwright.model.cluster import Cluster, Device
from millwright.model.nodeset import expanded, folded
from millwright.model.spec import Factory

UNKNOWN_W = 1000.0
"""What a server is taken to draw of which nobody says anything: one without GPUs."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Watts of one server at rest, under load, and under a power virus."""

    idle: float
    load: float
    virus: float

    def at(self, load: Load) -> float:
        """Return what it draws in one of these."""
        return {"idle": self.idle, "load": self.load, "virus": self.virus}[load]


def draws_of(server: Server, catalog: Catalog, draw: Draw) -> Draws:
    """Return what a server draws: shares of its most, or of what its GPUs' most lets suppose."""
    most = (
        float(server.power_max_w.value) if server.power_max_w else _supposed(server, catalog, draw)
    )
    shares = (draw.idle_share, draw.load_share, draw.virus_share)
    return Draws(*(round(share.value * most, 1) for share in shares))


def _supposed(server: Server, catalog: Catalog, draw: Draw) -> float:
    gpu = catalog.gpus.get(server.gpu or "")
    if gpu is None or draw.gpu_share.value == 0:
        return UNKNOWN_W
    return float(gpu.tdp_w.value * server.gpu_count.value) / draw.gpu_share.value


def feeds_of(
    cluster: Cluster, catalog: Catalog, factory: Factory, nodes: Sequence[str], draw: Draw
) -> tuple[Feed, ...]:
    """Return what feeds the nodes, rack by rack, and how much of it may be used at once."""
    by_rack: dict[str, list[str]] = {}
    wanted = set(nodes)
    for device in cluster.devices:
        if device.name in wanted:
            by_rack.setdefault(device.rack or "no rack", []).append(device.name)
    units: dict[str, list[Device]] = {}
    for device in cluster.devices:
        if device.role == "pdu" and device.rack:
            units.setdefault(device.rack, []).append(device)
    limit = factory.site.rack.max_power_kw
    return tuple(
        _feed(rack, names, _units_w(units.get(rack, ()), catalog, draw), limit)
        for rack, names in by_rack.items()
    )


def _units_w(units: Sequence[Device], catalog: Catalog, draw: Draw) -> float | None:
    """Return what the units of a rack may carry; nothing where one of them says nothing."""
    models = [catalog.pdus.get(unit.model) for unit in units]
    ratings = [model.power_kva.value for model in models if model and model.power_kva]
    if not units or len(ratings) < len(units):
        return None
    share = draw.feed_share.value if len(units) > 1 else 1.0
    return 1000.0 * sum(ratings) * share


def _feed(rack: str, names: Sequence[str], units_w: float | None, limit: float | None) -> Feed:
    site_w = None if limit is None else 1000.0 * limit
    told = [
        (units_w, "its distribution units, one side of two"),
        (site_w, "site.rack.max_power_kw"),
    ]
    known = [(watts, why) for watts, why in told if watts is not None]
    budget, why = min(known, default=(None, "nobody says what it carries: starts are only spread"))
    return Feed(name=rack, nodes=folded(names), budget_w=budget, why=why)


class PowerBook:
    """Keeps what is drawn from each feed, and when one more node may begin.

    `extra` is what a node draws above its rest. Two starts under load on one feed lie `stagger_s`
    apart; all nodes of a feed count at rest at least.
    """

    def __init__(
        self, feeds: Sequence[Feed], idle_w: Mapping[str, float], stagger_s: float
    ) -> None:
        self._feed_of = {name: feed.name for feed in feeds for name in expanded(feed.nodes)}
        self._budget = {feed.name: feed.budget_w for feed in feeds}
        self._idle = dict(idle_w)
        self._stagger = stagger_s
        self._last: dict[str, float] = {}
        self.drawn = dict.fromkeys(self._budget, 0.0)
        for name, feed in self._feed_of.items():
            self.drawn[feed] += self._idle.get(name, 0.0)

    def over(self, nodes: Sequence[str], draw_w: float) -> tuple[str, ...]:
        """Return the feeds that cannot carry it if these nodes draw so much now."""
        return tuple(
            feed
            for feed, extra in self._extra(nodes, draw_w).items()
            if (budget := self._budget[feed]) is not None
            and self.drawn[feed] + extra > budget + 1e-6
        )

    def may_begin(self, nodes: Sequence[str], draw_w: float, now: float) -> bool:
        """Return whether nodes may begin to draw so much at that time."""
        extra = self._extra(nodes, draw_w)
        soon = any(now < self._last[f] + self._stagger - 1e-9 for f in extra if f in self._last)
        return not soon and not self.over(nodes, draw_w)

    def next_at(self, nodes: Sequence[str], draw_w: float) -> float:
        """Return the earliest time at which the spread of starts lets them begin."""
        feeds = self._extra(nodes, draw_w)
        return max((self._last[f] + self._stagger for f in feeds if f in self._last), default=0.0)

    def begin(self, nodes: Sequence[str], draw_w: float, now: float) -> None:
        """Take that nodes begin to draw so much."""
        for feed, extra in self._extra(nodes, draw_w).items():
            self.drawn[feed] += extra
            self._last[feed] = now

    def end(self, nodes: Sequence[str], draw_w: float) -> None:
        """Take that nodes rest again."""
        for feed, extra in self._extra(nodes, draw_w).items():
            self.drawn[feed] -= extra

    def _extra(self, nodes: Sequence[str], draw_w: float) -> dict[str, float]:
        """Return what each feed carries more; who draws no more than at rest starts nothing."""
        found: dict[str, float] = {}
        for name, extra in self._above_rest(nodes, draw_w):
            feed = self._feed_of[name]
            found[feed] = found.get(feed, 0.0) + extra
        return found

    def _above_rest(self, nodes: Sequence[str], draw_w: float) -> Iterator[tuple[str, float]]:
        for name in nodes:
            extra = draw_w - self._idle.get(name, 0.0)
            if extra > 0 and name in self._feed_of:
                yield name, extra

"""A test of the catalogue made ready for the nodes of one pool: nothing of it is left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.build.bounds import bit_errors_told
from millwright.build.commands import Slots, fill, filled
from millwright.build.linkcover import Way
from millwright.build.power import Draws
from millwright.build.rounds import Pairing, Rounds, rounds_of
from millwright.build.sizes import slots_of
from millwright.model.buildplan import Expected, PlannedTest
from millwright.model.burnin import BurnIn, Class, Yield
from millwright.model.catalog import Server
from millwright.model.cluster import PoolSize
from millwright.model.nodeset import folded

GRACE = 0.1
"""A test may take a tenth longer than it was told to run, beside its spare seconds."""

COVERS = "every cable on the way of these flows carries their rate, in the direction that they go"
COVERS_NOT = "what routes of another time do; flows that begin late may overlap those before"


@dataclass(frozen=True, slots=True)
class Pool:
    """Nodes of one server model that are tested together."""

    size: PoolSize
    server: Server
    names: tuple[str, ...]
    vendor: str | None
    infiniband: bool
    draws: Draws
    simulated: bool


def planned(
    burnin: BurnIn, pool: Pool, class_: Class, ways: Sequence[Way] | Pairing
) -> Iterator[PlannedTest]:
    """Yield a test for a pool: one for all, or one for each compute adapter.

    Of a test of pairs `ways` says who meets whom. Where they are those of single adapters, it is
    one test for each way, over nodes of the pool alone.
    """
    slots = slots_of(burnin, pool.server, pool.names, class_, pool.simulated)
    paired, pairing = burnin.scope == "pair", ways if isinstance(ways, str) else "screening"
    if not burnin.each_nic:
        rounds = rounds_of(pool.names, pairing) if paired else ()
        yield _filled(burnin, pool, class_, (slots, slots, rounds))
        return
    if paired and not isinstance(ways, str):
        yield from _covering(burnin, pool, class_, ways)
        return
    for rail, hca in enumerate(nics_of(pool.server)):
        own, at = burnin.model_copy(update={"name": f"{burnin.name}-{hca}"}), {**slots, "hca": hca}
        rounds = rounds_of(pool.names, pairing, rail) if paired else ()
        yield _filled(own, pool, class_, (at, at, rounds))


def _covering(
    burnin: BurnIn, pool: Pool, class_: Class, ways: Sequence[Way]
) -> Iterator[PlannedTest]:
    slots = slots_of(burnin, pool.server, pool.names, class_, pool.simulated)
    names = frozenset(pool.names)
    for way in ways:
        rounds = tuple(tuple(p for p in pairs if names.issuperset(p)) for pairs in way.rounds)
        if not any(rounds):
            continue
        between = way.source if way.source == way.target else f"{way.source}-{way.target}"
        told = {"name": f"{burnin.name}-{between}", "proves": COVERS, "cannot": COVERS_NOT}
        own = burnin.model_copy(update=told)
        ends = ({**slots, "hca": way.source}, {**slots, "hca": way.target})
        yield _filled(own, pool, class_, (*ends, tuple(filter(None, rounds))))


def _filled(
    burnin: BurnIn, pool: Pool, class_: Class, put: tuple[Slots, Slots, Rounds]
) -> PlannedTest:
    """Return a test with what its command and that of its other end leave open put in."""
    slots, others, rounds = put
    seconds, segments = burnin.seconds[class_], burnin.segments.get(class_, 1)
    times = max(segments, len(rounds))
    return PlannedTest(
        test=burnin.name, pool=pool.size.name, kind=burnin.kind, level=burnin.level,
        scope=burnin.scope, tool=burnin.tool, reader=burnin.reader,
        argv=filled(burnin.argv, slots), serve=filled(burnin.serve, others),
        settings=burnin.settings, output=burnin.output or "", when=burnin.when,
        files={name: fill(text, slots) for name, text in burnin.files.items()},
        nodes=folded(pool.names), rounds=rounds, seconds=seconds, segments=segments,
        limit_s=round(seconds * (1 + GRACE)) + burnin.spare_s,
        timed="{seconds}" in " ".join(burnin.argv), found_with=burnin.found_with,
        power=burnin.power, draw_w=pool.draws.at(burnin.power),
        destructive=burnin.destructive, cycles_power=burnin.cycles_power,
        expects=tuple(_expected(each, pool.server, slots) for each in burnin.yields),
        needs=burnin.needs, yield_per_minute=round(60.0 * burnin.worth / (seconds * times), 3),
        proves=burnin.proves, cannot=burnin.cannot, trust=burnin.trust,
        shows=_shown(burnin, pool.server, seconds * times),
    )  # fmt: skip


def _shown(burnin: BurnIn, server: Server, seconds: int) -> str:
    speeds = [port.speed_gbps for port in server.ports_of("compute")]
    if not (burnin.each_nic and speeds):
        return ""
    return bit_errors_told(seconds, min(speeds))


def _expected(each: Yield, server: Server, slots: Slots) -> Expected:
    return Expected(metric=each.metric, devices=devices_of(each, server, slots))


def devices_of(each: Yield, server: Server, slots: Slots) -> tuple[str, ...]:
    """Return the names of the devices that a metric comes for, as tools call them."""
    if each.on == "gpu":
        return tuple(f"gpu{at}" for at in range(server.gpu_count.value))
    if each.on == "nic":
        return nics_of(server)
    return (fill(each.device, slots),)


def nics_of(server: Server) -> tuple[str, ...]:
    """Return the compute adapters of a server, as its operating system calls them."""
    return tuple(dict.fromkeys(port.hca for port in server.ports_of("compute") if port.hca))

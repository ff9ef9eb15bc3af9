"""Gates of machines: capacity, redundancy, acceptance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.manage.ready.records import FRESH_DAYS, Need, Records, item
from millwright.model.drill import DrillKind
from millwright.model.nodeset import folded
from millwright.model.readiness import GateAnswer, GateItem
from millwright.model.verdict import Verdict
from millwright.model.workload import Workload

SOLVE = "millwright design solve"
DESIGN = "design/cluster.json"
_OF_VERDICT: dict[Verdict, GateAnswer] = {
    Verdict.PASS: "ready", Verdict.WARN: "ready", Verdict.UNKNOWN: "unknown",
    Verdict.FAIL: "missing",
}  # fmt: skip


def capacity(records: Records, workload: Workload) -> Iterator[GateItem]:
    """Yield whether what is designed holds what all workloads of the site ask for together."""
    if workload.name not in records.local:
        yield _elsewhere(records, workload)
        return
    need = records.need.get(workload.name)
    if records.cluster is None:
        yield item("design", "unknown", records.design or "nothing is designed", do=SOLVE)
    elif need is None or need.gpus is None or need.nodes is None:
        told = need.refused if need else "nothing sizes it"
        do = "millwright design size"
        answer: GateAnswer = "missing" if need else "unknown"
        yield item("sizing", answer, told or "it has no size", source="factory.yaml", do=do)
    else:
        yield _room(records, need, records.cluster.gpus)
        yield _figures(need, workload)


def _room(records: Records, need: Need, there: int) -> GateItem:
    assert records.cluster is not None
    own = "" if need.of_workload is None else f", {need.of_workload} of them for this one"
    kinds = {pool.server for pool in records.cluster.pools}
    told = (
        f"{need.gpus} GPUs are asked for by all workloads{own}, {there} are designed "
        f"(reckoned on {need.server}; {need.confidence})"
    )
    if need.server not in kinds:
        return item("room", "unknown", f"{told}, and the design has {', '.join(sorted(kinds))}",
                    source=DESIGN, do="millwright design size --server NAME")  # fmt: skip
    enough = need.gpus is not None and need.gpus <= there
    return item("room", "ready" if enough else "missing", told, source=DESIGN,
                do="" if enough else "millwright design candidates")  # fmt: skip


def _figures(need: Need, workload: Workload) -> GateItem:
    """A pilot is there to measure: a size that rests on estimates alone is not known yet."""
    if need.confidence != "estimate" or workload.measured:
        told = f"{len(workload.measured)} of its figures are measured; the rest {need.confidence}"
        return item("figures", "ready", told, source="factory.yaml")
    told = "its size rests on estimates alone: nothing that the pilot measured is in the spec"
    return item(
        "figures", "unknown", told, do="workloads: [{measured: ...}]; design why names them"
    )


def _elsewhere(records: Records, workload: Workload) -> GateItem:
    zone = next((each.zone for each in records.decisions if each.workload == workload.name), None)
    written = records.away.get(workload.name)
    where = f"it runs in {zone}" if zone else "it does not run on this site"
    told = f"{where}; {written or 'nothing was written for that zone'}: nobody has measured there"
    return item("elsewhere", "unknown", told, do="millwright deploy cloud")


def redundancy(records: Records, workload: Workload) -> Iterator[GateItem]:
    """Yield what is left when one node is, and whether a drill has shown it."""
    tier = records.tier(workload)
    if tier is None:
        yield item("promise", "missing", "the workload names no tier: nobody says what must stay",
                   source="factory.yaml", do="tiers: [{name: ..., min_replicas: 2}]")  # fmt: skip
        return
    hosts = records.hosts(workload)
    if records.cluster is None:
        yield item("spare", "unknown", records.design or "nothing is designed", do=SOLVE)
    else:
        enough = len(hosts) > tier.min_replicas
        told = f"{len(hosts)} nodes serve it, and {tier.min_replicas} must be left when one is lost"
        yield item("spare", "ready" if enough else "missing", told, source=DESIGN)
    yield drill(records, "node-loss", hosts)
    yield drill(records, "head-restore", ())
    if workload.needs_wan is False:
        yield drill(records, "wan-loss", ())


def drill(records: Records, kind: DrillKind, hosts: Sequence[str]) -> GateItem:
    """Return what the last drill of a kind showed; one of other nodes, or an old one, shows
    nothing."""
    found, do = records.last_drill(kind), f"millwright manage drill run {kind}"
    what = f"drill {kind}"
    if found is None or found.verdict is None:
        return item(what, "unknown", "was never run to a verdict", do=do)
    told = f"{found.verdict} on {found.opened[:10]}" + (f": {found.why}" if found.why else "")
    if records.older(found.opened, FRESH_DAYS):
        return item(what, "unknown", f"{told}; older than {FRESH_DAYS} days", source=found.id,
                    do=do)  # fmt: skip
    if hosts and not set(found.plan.nodes) & set(hosts):
        return item(what, "unknown", f"{told}, on nodes that do not serve it", source=found.id,
                    do=do)  # fmt: skip
    answer = _OF_VERDICT[found.verdict]
    return item(what, answer, told, source=found.id, do="" if answer == "ready" else do)


def acceptance(records: Records, workload: Workload) -> Iterator[GateItem]:
    """Yield the burn-in verdicts of the nodes that serve a workload, worst first."""
    hosts = records.hosts(workload)
    if not hosts:
        told = records.design or "no node of the design serves it"
        yield item("verdicts", "unknown", told, do=SOLVE)
        return
    groups: dict[tuple[GateAnswer, str, str], list[str]] = {}
    for host in hosts:
        found = records.accepted.get(host)
        if found is None:
            key: tuple[GateAnswer, str, str] = ("unknown", "no verdict is recorded", "")
        else:
            key = (_OF_VERDICT[found.verdict], str(found.verdict), found.run)
        groups.setdefault(key, []).append(host)
    for (answer, word, run), names in groups.items():
        do = "" if answer == "ready" else "millwright build run"
        told = f"{folded(names)} ({len(names)}): {word}"
        yield item("verdicts", answer, told, source=run, do=do)

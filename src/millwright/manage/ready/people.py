"""Gates of people and promises: monitoring, downtime procedure, compliance, model sign-off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.manage.ready.records import ANSWERS_DAYS, Records, item
from millwright.model.modelword import ModelWord
from millwright.model.nodeset import folded
from millwright.model.readiness import GateAnswer, GateItem
from millwright.model.workload import Kind, Workload

OF_HEAD = ("prometheus", "alertmanager")
OF_NODES = ("node-exporter", "gpu-exporter")
CLOSING = ("time", "central-logging", "hardening", "firewall", "users")
"""Roles that controls of every framework lean on: clock, audit trail, settings, ports, people."""
ANSWERING: frozenset[Kind] = frozenset(("llm-inference", "embedding", "rag", "imaging-inference"))
"""Kinds of workload whose answers reach people: what gives them has to be signed off."""
CONTROLS = "millwright manage comply check"
_OF_SLO: dict[str, GateAnswer] = {
    "met": "ready", "missed": "missing", "unknown": "unknown", "nothing-promised": "missing",
}  # fmt: skip


def stands(records: Records, role: str, hosts: Sequence[str]) -> GateItem:
    """Return how a role stands on hosts by the ledger: worst first, the hosts named."""
    if not records.standing or not hosts:
        told = "no deployment is recorded" if hosts else "no such host is designed"
        return item(role, "unknown", told, do="millwright deploy apply")
    sorts: dict[GateAnswer, list[str]] = {"missing": [], "unknown": [], "ready": []}
    for host in hosts:
        found = records.standing.get((host, role))
        standing = found.standing if found else "never deployed"
        sorts[_of_standing(standing)].append(host)
    for answer, names in sorts.items():
        if names:
            words = {
                "missing": "failed or never deployed",
                "unknown": "not shown",
                "ready": "proven",
            }
            told = f"{words[answer]} on {folded(names)} ({len(names)} of {len(hosts)})"
            do = "" if answer == "ready" else "millwright deploy verify"
            return item(role, answer, told, source="state.db", do=do)
    raise AssertionError("hosts are never none here")


def _of_standing(standing: str) -> GateAnswer:
    if standing == "proven":
        return "ready"
    return "unknown" if standing in ("not testable", "unknown") else "missing"


def monitoring(records: Records, workload: Workload) -> Iterator[GateItem]:
    """Yield whether somebody would notice: exporters, alerts, promises and how they are kept."""
    hosts, head = records.hosts(workload), records.head()
    for role in OF_HEAD:
        yield stands(records, role, (head,) if head else ())
    for role in OF_NODES:
        yield stands(records, role, hosts)
    yield _promises(records, workload)
    watched = records.watched.get(workload.name)
    if watched is not None:
        yield watched
    elif workload.kind in ANSWERING:
        yield item("inputs and outputs", "unknown", "no look at its feeds and outputs is recorded",
                   do="millwright manage models watch")  # fmt: skip


def _promises(records: Records, workload: Workload) -> GateItem:
    tier, what = records.tier(workload), "promises"
    if tier is None or tier.slo is None:
        told = "no service level is promised" if tier else "the workload names no tier"
        return item(what, "missing", told, source="factory.yaml", do="tiers: [{slo: ...}]")
    do = "millwright manage slo --prometheus URL --record slo.json"
    tiers = records.slo.tiers if records.slo else ()
    found = next((each for each in tiers if each.tier == tier.name), None)
    if records.slo is None or found is None:
        return item(what, "unknown", "nothing recorded says whether they are kept", do=do)
    told = f"tier {tier.name} at {records.slo.at[:16]}: {found.answer}"
    if records.older(records.slo.at, ANSWERS_DAYS):
        return item(what, "unknown", f"{told}; older than {ANSWERS_DAYS} days", do=do)
    answer = _OF_SLO[found.answer]
    return item(what, answer, told, source="slo.json", do="" if answer == "ready" else do)


def downtime(records: Records, workload: Workload) -> Iterator[GateItem]:
    """Yield whether people have something to go by while the workload is down."""
    tier = records.tier(workload)
    if tier is None or not tier.downtime_procedure:
        told = "its tier names no downtime procedure" if tier else "the workload names no tier"
        yield item("procedure", "missing", told, source="factory.yaml",
                   do="tiers: [{downtime_procedure: docs/downtime.md}]")  # fmt: skip
    else:
        yield _procedure(records, tier.downtime_procedure)
    for feed in records.factory.feeds:
        if feed.fallback:
            yield item(f"feed {feed.name}", "ready", f"falls back to {feed.fallback}",
                       source="factory.yaml")  # fmt: skip
        else:
            yield item(f"feed {feed.name}", "missing", "has no fallback", source="factory.yaml",
                       do="feeds: [{fallback: ...}]")  # fmt: skip


def _procedure(records: Records, named: str) -> GateItem:
    what = "procedure"
    if named not in records.procedures:
        return item(what, "unknown", f"{named} is no file of the workspace: not read",
                    source="factory.yaml", do="keep a copy in the workspace")  # fmt: skip
    size = records.procedures[named]
    if not size:
        told = "is empty" if size == 0 else "is named and is not there"
        return item(what, "missing", f"{named} {told}", source="factory.yaml", do=f"write {named}")
    told = f"{named} is there ({size} bytes); whether people have practised it is not recorded"
    return item(what, "ready", told, source=named)


def compliance(records: Records, workload: Workload) -> Iterator[GateItem]:
    """Yield what the law asks: frameworks, kind of data, place, closed hosts, answered controls."""
    frameworks = records.factory.compliance.frameworks
    yield item("frameworks", "ready" if frameworks else "missing",
               ", ".join(frameworks) or "none is chosen", source="factory.yaml",
               do="" if frameworks else "compliance: {frameworks: [hipaa]}")  # fmt: skip
    if workload.data is None:
        yield item("data", "missing", "nobody says which kind of data it touches",
                   source="factory.yaml", do="workloads: [{data: {class: phi}}]")  # fmt: skip
    else:
        where = ", ".join(workload.data.residency) or "no residency is said"
        yield item("data", "ready", f"{workload.data.class_}; {where}", source="factory.yaml")
    yield _place(records, workload)
    head = records.head()
    hosts = (*((head,) if head else ()), *records.hosts(workload))
    for role in CLOSING:
        yield stands(records, role, hosts)
    yield _controls(records)


def _place(records: Records, workload: Workload) -> GateItem:
    what = "place"
    if not records.factory.zones:
        return item(what, "not-needed", "the spec has one place alone", source="factory.yaml")
    found = next((each for each in records.decisions if each.workload == workload.name), None)
    if found is None or found.zone is None:
        return item(what, "unknown", "no decision says where it runs", do="millwright design solve")
    against = [each for each in found.forbidden if each.zone == found.zone]
    told = f"{found.decision} ({found.rule}, {found.date})"
    if against:
        return item(what, "missing", f"{told}, which {against[0].rule} forbids",
                    source="design/decisions.json")  # fmt: skip
    return item(what, "ready", told, source="design/decisions.json")


def _controls(records: Records) -> GateItem:
    found, what = records.controls, "controls"
    if found is None:
        return item(what, "unknown", "no answers of controls are recorded", do=CONTROLS)
    told = ", ".join(f"{count} {word}" for word, count in found.counts.items()) + f" ({found.at})"
    if records.older(found.at, ANSWERS_DAYS):
        return item(what, "unknown", f"{told}; older than {ANSWERS_DAYS} days", do=CONTROLS)
    if not found.counts:
        return item(what, "unknown", f"no control was asked ({found.at})", do=CONTROLS)
    failed = found.counts.get("fail", 0)
    open_ = sum(found.counts.get(word, 0) for word in ("unknown", "unanswered"))
    answer: GateAnswer = "missing" if failed else "unknown" if open_ else "ready"
    return item(what, answer, told, source=found.source, do="" if answer == "ready" else CONTROLS)


def sign_off(records: Records, workload: Workload) -> Iterator[GateItem]:
    """Yield whether a person stands for the model that answers; only where answers reach people."""
    what = "model"
    if workload.kind not in ANSWERING:
        yield item(what, "not-needed", f"{workload.kind} gives no answers to people",
                   source="factory.yaml")  # fmt: skip
        return
    if records.trail_broken is not None:
        yield item(what, "missing", f"the trail is bent at word {records.trail_broken}",
                   source="state.db", do="millwright manage models trail")  # fmt: skip
        return
    words = [each for each in records.words if each.workload == workload.name]
    last = next((each for each in reversed(words) if each.kind == "signed-off"), None)
    if last is None:
        yield item(what, "unknown", "no sign-off is recorded", do="millwright manage models sign")
        return
    yield _signed(records, last, words)


def _signed(records: Records, last: ModelWord, words: Sequence[ModelWord]) -> GateItem:
    told = f"{last.model} {last.version}, by {last.actor} ({last.role}) on {last.at[:10]}"
    source, do = f"word {last.seq} of the trail", "millwright manage models sign"
    later = [each for each in words if each.seq > last.seq and each.model == last.model]
    against = next((e for e in later if e.kind in ("withdrawn", "retraining-wanted")), None)
    if against is not None and against.kind == "withdrawn":
        return item("model", "missing", f"{told}; withdrawn since", source=source, do=do)
    if last.expires is not None and last.expires <= records.now.date().isoformat():
        return item("model", "missing", f"{told}; expired on {last.expires}", source=source, do=do)
    if last.seq not in records.signed:
        return item("model", "unknown", f"{told}; the word carries no signature that holds",
                    source=source, do="millwright evidence key, then sign again")  # fmt: skip
    if against is not None:
        return item("model", "unknown", f"{told}; retraining is wanted since", source=source,
                    do="millwright manage models trail")  # fmt: skip
    return item("model", "ready", told, source=source)

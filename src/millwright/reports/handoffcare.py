"""Chapters about what comes next: who opens what, what to do, duties, growth, warranty, limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.model.retention import SOURCE, YEARS
from millwright.reports.audit import TAILS, TOLD
from millwright.reports.handover import Chapter, Handover, Missing
from millwright.reports.page import (
    Block,
    Cell,
    Checklist,
    Field,
    Grid,
    Link,
    Mark,
    Notice,
    Paragraph,
    Points,
    Tone,
)

SEVERITIES: dict[str, Tone] = {
    "critical": "bad", "warning": "warn", "info": "plain", "unknown": "unknown",
    "error": "bad", "warn": "warn",
}  # fmt: skip
HANDING_OVER = (
    "Agree on who takes over, and prove each person by another way than mail.",
    "Hand over the store where credentials are kept by giving the new owner their own access to "
    "it; nothing secret is copied into mail, tickets or this package.",
    "Let the new owner sign in once to each kind named below while the former one watches.",
    "Change every credential that the former owner knew: BMCs, switches, the fabric manager, "
    "local accounts, tokens of monitoring and backup.",
    "Take the former owner's keys out of access.yaml and run deploy apply; deploy verify "
    "proves that no host takes them any more.",
    "Make the new owner's signing key with evidence key, and give auditors the new list.",
    "Keep the record of this list, signed by both sides.",
)


def care_chapters(handover: Handover) -> Iterator[Chapter]:
    """Yield the chapters in the order in which they are read."""
    yield credentials(handover)
    yield runbooks(handover)
    yield compliance(handover)
    yield evidence(handover)
    yield growth(handover)
    yield warranty(handover)
    yield limits(handover)


def credentials(handover: Handover) -> Chapter:
    """Return how credentials change hands; none stands here."""
    said = handover.said.credentials
    rows = tuple((each.what, each.kept, each.owner) for each in said)
    fields = (Field("what it opens", share=2), Field("where it is kept", share=2), Field("owner"))
    missing = () if said else (
        Missing("Nobody said where credentials are kept:", "`credentials` in handoff.yaml."),
    )  # fmt: skip
    people = Grid(
        (Field("name"), Field("for what"), Field("reached by")),
        tuple((each.name, each.role, each.reach) for each in handover.said.contacts),
        "Contacts", empty="No contact is named: contacts in handoff.yaml.",
    )  # fmt: skip
    blocks = (
        Notice(
            "NO SECRETS", "This package holds no password, key or token, and must never.", "plain"
        ),
        Grid(fields, rows, "What is handed over, and where it lies", empty="Nothing is named."),
        Checklist("Hand-over of credentials", HANDING_OVER),
        people,
    )
    lead = "How access changes hands. What opens something stays where it is kept."
    return Chapter("credentials", "Credentials hand-over", lead, blocks, missing)


def runbooks(handover: Handover) -> Chapter:
    """Return the runbooks that are in the package."""
    rows = tuple(
        (Mark(b.severity, SEVERITIES.get(b.severity, "plain")),
         Link(b.title, f"runbooks/{b.name}.html"), b.name)
        for b in handover.runbooks
    )  # fmt: skip
    fields = (Field("severity", "mark"), Field("runbook", share=3), Field("class", "code"))
    tiers = Grid(
        (Field("tier", "code"), Field("replicas, at least", "number"),
         Field("back within", "number", "min"), Field("data lost, at most", "number", "min"),
         Field("repair"), Field("frozen"), Field("meanwhile", share=2)),
        tuple((t.name, t.min_replicas, t.rto_min, t.rpo_min, t.remedy_mode, ", ".join(t.freeze),
               t.downtime_procedure or "no procedure is named")
              for t in handover.factory.tiers),
        "What each tier is promised, and what people do meanwhile", empty="The spec has no tiers.",
    )  # fmt: skip
    drills = Grid(
        (Field("drill", "code"), Field("opened", "code"), Field("stands"), Field("verdict", "mark"),
         Field("figures", share=3)),
        tuple((d.kind, d.opened, d.stands, _drill_mark(d.verdict), _figures(d))
              for d in handover.drills),
        "Drills", empty="No drill was run: what recovery takes was never timed.",
    )  # fmt: skip
    lead = "One a class of faults: how it shows, what it means, what to do, when to stop."
    return Chapter("runbooks", "Runbooks and drills", lead, (Grid(fields, rows), tiers, drills))


def _drill_mark(verdict: str | None) -> Mark:
    tones: dict[str, Tone] = {"PASS": "good", "WARN": "warn", "FAIL": "bad"}
    return Mark(verdict or "none", tones.get(verdict or "", "unknown"))


def _figures(drill: object) -> str:
    told = []
    for each in getattr(drill, "figures", ()):
        value = "not seen" if each.value is None else f"{each.value:g} {each.unit}"
        promised = f" ({each.objective.told})" if each.objective else ""
        told.append(f"{each.name} {value}{promised}")
    return "; ".join(told)


def compliance(handover: Handover) -> Chapter:
    """Return what the spec says of duties, and what answers them."""
    factory = handover.factory
    rows = tuple(
        (w.name, w.kind, w.data.class_, w.data.basis, ", ".join(w.data.residency), _years(w),
         w.zone, w.tier)
        for w in factory.workloads if w.data
    )  # fmt: skip
    fields = (
        Field("workload", "code"), Field("kind", "code"), Field("data", "code"), Field("basis"),
        Field("may lie in"), Field("kept", "number", "years"), Field("zone", "code"),
        Field("tier", "code"),
    )  # fmt: skip
    frameworks = ", ".join(factory.compliance.frameworks) or "none is named in the spec"
    zones = Grid(
        (Field("zone", "code"), Field("kind"), Field("jurisdiction"), Field("provider"),
         Field("agreement")),
        tuple((z.name, z.kind, z.jurisdiction, z.provider, z.agreement) for z in factory.zones),
        "Zones", empty="The spec names no zone.",
    )  # fmt: skip
    decided = Grid(
        (Field("day", "code"), Field("decision", share=2), Field("rule", "code"),
         Field("because", share=3)),
        tuple((d.date, d.decision, d.rule, d.reason) for d in handover.built.decisions),
        "Decisions of the design", empty="No decision is recorded.",
    )  # fmt: skip
    files = Grid(
        (Field("file"),), tuple((Link(name, name),) for name in handover.compliance),
        "Answers of controls", empty="None.",
    )  # fmt: skip
    missing = () if handover.compliance else (
        Missing("No control was answered: this is the scope by the spec, and no statement that "
                "anything is complied with:", "`manage comply report --out`, to compliance/."),
    )  # fmt: skip
    blocks: tuple[Block, ...] = (
        Paragraph(f"Frameworks: {frameworks}."),
        Grid(fields, rows, "Data and where it may lie", empty="No workload names its data."),
        zones, decided, files,
    )  # fmt: skip
    return Chapter("compliance", "Compliance scope", SCOPE, blocks, missing)


SCOPE = "What duties the spec names. Whether they are met, only answers of controls say."


def _years(workload: object) -> float | None:
    data = getattr(workload, "data", None)
    return data.retention_years if data else None


def evidence(handover: Handover) -> Chapter:
    """Return the index of evidence; evidence itself stays at the site."""
    rows = tuple(
        (r.run, r.phase, r.lines, r.begun, r.ended, _tail(r.broken, r.tail), r.removed)
        for r in handover.runs
    )  # fmt: skip
    fields = (
        Field("run", "code", share=2), Field("phase", "code"), Field("lines", "number"),
        Field("from", "code"), Field("to", "code"), Field("chain", "mark"),
        Field("outputs removed by right", "number"),
    )  # fmt: skip
    missing = [Missing("No evidence is in this workspace:", "every run of a phase writes it.")]
    missing = [] if handover.runs else missing
    if handover.runs and not handover.seals:
        told = "Nothing is sealed: a run that is taken away as a whole would not be missed."
        missing.append(Missing(told, "`evidence seal` does it."))
    blocks: list[Block] = [Grid(fields, rows, empty="No run.")]
    if handover.gone:
        blocks.insert(0, Notice("GONE", "; ".join(handover.gone), "bad"))
    kept = (
        f"Evidence stays at the site and is kept {YEARS} years: {SOURCE}. evidence export packs "
        "a period of it for an auditor."
    )
    return Chapter(
        "evidence", "Evidence index", "Every command that a node was given stands in a chain.",
        (*blocks, Paragraph(kept)), tuple(missing),
    )  # fmt: skip


def _tail(broken: str, tail: str) -> Mark:
    return Mark("broken", "bad") if broken else Mark(TOLD[tail], TAILS[tail])


def growth(handover: Handover) -> Chapter:
    """Return how needs grow by the spec, and what the design has room for."""
    steps = tuple(
        (g.after_months, g.workload or "all", _factor(g.factor)) for g in handover.factory.growth
    )
    fields = (Field("after", "number", "months"), Field("workload", "code"), Field("factor"))
    stages = tuple((s.months, *_three(s.nodes)) for s in handover.built.stages)
    stage = (Field("after", "number", "months"), *(Field(f"nodes, {w}", "number") for w in
             ("low", "likely", "high")))  # fmt: skip
    rooms = tuple((p.name, p.nodes, p.slots, p.slots - p.nodes - p.displaced)
                  for p in handover.built.cluster.pools)  # fmt: skip
    room = (Field("pool", "code"), Field("nodes", "number"),
            Field("places of the fabric", "number"), Field("free", "number"))  # fmt: skip
    missing = () if steps else (
        Missing("The spec foresees no growth:", "`growth` in factory.yaml."),
    )  # fmt: skip
    blocks = (
        Grid(fields, steps, "Foreseen"),
        Grid(stage, stages, "Nodes that the workloads take then", empty="Not sized: the spec names "
             "no growth, or no workloads that can be sized on this hardware."),
        Grid(room, rooms, "Room in what stands"),
        Paragraph("manage grow plan holds a larger spec against this design, and adds nodes "
                  "while it runs; devices, racks, cables and addresses keep their places."),
    )  # fmt: skip
    return Chapter("growth", "Growth plan", "", blocks, missing)


def _factor(factor: float | tuple[float, float, float]) -> str:
    if isinstance(factor, tuple):
        return "{:g} low, {:g} likely, {:g} high".format(*factor)
    return f"{factor:g}"


def _three(nodes: Sequence[int | None]) -> tuple[Cell, ...]:
    return (*nodes, None, None, None)[:3]


def warranty(handover: Handover) -> Chapter:
    """Return what vendors stand for, and which parts lie ready."""
    said = handover.said
    rows = tuple((w.until, w.item, w.vendor, w.contract, w.contact)
                 for w in sorted(said.warranty, key=lambda w: w.until))  # fmt: skip
    fields = (Field("until", "code"), Field("item", share=2), Field("vendor"), Field("contract"),
              Field("contact", share=2))  # fmt: skip
    spares = tuple((s.item, s.quantity, s.location) for s in said.spares)
    spare = (Field("item", share=2), Field("quantity", "number"), Field("where", share=2))
    bill = tuple(
        (b.item, b.quantity, b.part_number, b.description, b.confidence)
        for b in handover.built.bom if b.category == "spare"
    )  # fmt: skip
    missing = []
    if not rows:
        missing.append(
            Missing("Nobody said what is under warranty:", "`warranty` in handoff.yaml.")
        )
    if not spares:
        missing.append(Missing("Nobody said which parts lie ready:", "`spares` in handoff.yaml."))
    blocks: list[Block] = [
        Grid(fields, rows, "Warranty"), Grid(spare, spares, "Spares that lie ready")
    ]  # fmt: skip
    if bill:
        item = (Field("item", "code"), Field("quantity", "number"), Field("part number", "code"),
                Field("description", share=2), Field("confidence"))  # fmt: skip
        blocks.append(Grid(item, bill, "Spares of the bill"))
    return Chapter("warranty", "Warranty and spares", "", tuple(blocks), tuple(missing))


def limits(handover: Handover) -> Chapter:
    """Return what is known not to hold, not to be known, or not to be there."""
    findings = tuple(
        (Mark(f.severity, SEVERITIES.get(f.severity, "plain")), f.rule, f.where, f.message, f.hint)
        for f in handover.built.cluster.findings if f.severity != "info"
    )  # fmt: skip
    fields = (Field("gravity", "mark"), Field("rule", "code"), Field("where", "code"),
              Field("what is", share=2), Field("what to do", share=2))  # fmt: skip
    blocks: list[Block] = [
        Grid(fields, findings, "What the design says of itself", empty="Nothing.")
    ]
    doubts = tuple(
        (done.host, done.role, done.standing, done.detail)
        for done in handover.ledger.values() if done.standing != "proven"
    )  # fmt: skip
    roles = (Field("host", "code"), Field("role", "code"), Field("stands"), Field("found", share=3))
    blocks.append(Grid(roles, doubts, "Roles that are not proven", empty="None."))
    said = handover.said.limits
    blocks.append(Points(said, "Said by whoever hands over") if said else Paragraph(
        "Whoever hands over named no further limit (limits in handoff.yaml)."))  # fmt: skip
    return Chapter("limits", "Known limits", LIMITS, tuple(blocks))


LIMITS = "What does not hold, what is not known, and what was left open. Read this before signing."

"""An assessment as a page: for whoever has to decide, and for whoever has to mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from millwright.model.assessment import (
    TOPICS,
    AssessedFinding,
    Assessment,
    Gravity,
    Proof,
    Topic,
)
from millwright.model.nodeset import folded
from millwright.reports.assessedparts import parts
from millwright.reports.assessment import TITLES, counted, known_of, machines, verdict
from millwright.reports.page import (
    SIMULATED,
    Block,
    Cell,
    Fact,
    Facts,
    Field,
    Grid,
    Mark,
    Notice,
    Page,
    Paragraph,
    Points,
    Section,
    Tone,
)

TONES: dict[Gravity, Tone] = {"critical": "bad", "warning": "warn", "notice": "plain"}
_ANSWERS: dict[str, Tone] = {"ready": "good", "not ready": "bad", "unknown": "unknown"}
_LEADS: dict[Topic, str] = {
    "health": "What is broken, as far as a single answer proves it.",
    "drift": "Nodes of one kind in one role, held against each other. What most of them say is "
    "taken as meant; with no majority nobody is blamed.",
    "bottleneck": "What binds a node's speed now, before any load is put on it.",
    "tuning": "Settings held against the tuning notes for a node's role; nodes that compute are "
    "held against training. `manage tune` tries what a setting brings before it stays.",
    "hardening": "Settings that close a node, each with who asks for it. The catalogue's choices "
    "are one way to do it: a site may have its reasons.",
}


def assessed_page(told: Assessment, *, by: str) -> Page:
    """Return the page. Whatever a node said is text in it and nothing else."""
    return Page(
        what="Assessment",
        title=f"{verdict(told)}: {machines(told)}",
        first_line=_first_line(told),
        made=told.at,
        by=by,
        tone=_ANSWERS[told.answer],
        facts=_facts(told),
        notices=(SIMULATED,) if told.simulated else (),
        sections=tuple(_sections(told)),
        paper="landscape",
    )


def _first_line(told: Assessment) -> str:
    blocking = sum(each.blocks for each in told.findings)
    if told.answer == "ready":
        return "Nothing that was read keeps work from production. What was not read is told below."
    if told.answer == "unknown":
        return "Nothing bad was found that keeps work from production, but not all was read."
    silent = f", {len(told.silent)} nodes are silent" if told.silent else ""
    keep = "finding keeps" if blocking == 1 else "findings keep"
    return f"{blocking} {keep} work from production{silent}."


def _facts(told: Assessment) -> tuple[Fact, ...]:
    labels = ("fabric", "scheduler", "file systems", "monitoring")
    return tuple(Fact(label, value) for label, value in zip(labels, known_of(told), strict=True))


def _sections(told: Assessment) -> Iterator[Section]:
    yield Section("summary", "Summary", tuple(_summary(told)))
    for topic in TOPICS:
        found = told.of(topic)
        worst = next((each.gravity for each in found), None)
        mark = Mark(worst, TONES[worst]) if worst else Mark("none found", "plain")
        blocks = (*_doubts(topic, told), _findings(found))
        yield Section(topic, TITLES[topic], blocks, lead=_LEADS[topic], mark=mark)
    yield Section("inventory", "Inventory", tuple(parts(told)), lead=_INVENTORY)
    yield Section("unknown", "What is not known", (_gaps(told),), lead=_UNKNOWN)
    yield Section("method", "Method and sources", tuple(_method(told)))


def _doubts(topic: Topic, told: Assessment) -> Iterator[Block]:
    """Yield that what was not read may hide more, where that is so."""
    unheard = [gap for gap in told.unread if gap.question]
    if topic == "health" and unheard:
        names = ", ".join(gap.subject for gap in unheard)
        yield Notice("UNKNOWN", f"Not read on some nodes, and not known to be well: {names}.",
                     "unknown")  # fmt: skip


_INVENTORY = "As the nodes' own tools list it. A dash is what no tool told."
_UNKNOWN = "What could not be read counts as unknown, and never as well."


def _summary(told: Assessment) -> Iterator[Block]:
    total = Counter(each.gravity for each in told.findings)
    nodes = len(told.nodes) + len(told.silent)
    yield Facts(
        (
            Fact("nodes", nodes),
            Fact("GPUs", told.shape.gpus),
            Fact("critical", total["critical"]),
            Fact("warnings", total["warning"]),
            Fact("notices", total["notice"]),
        ),
        large=True,
    )
    if told.silent:
        names = "; ".join(f"{node}: {why}" for node, why in told.silent.items())
        yield Notice("SILENT", f"Nodes that did not answer are not judged. {names}", "unknown")
    yield _ahead(told)
    yield Grid(
        (Field("what"), *(Field(g, "number") for g in ("critical", "warning", "notice"))),
        tuple((title, *numbers) for title, numbers in counted(told)),
        title="Found",
    )


def _ahead(told: Assessment) -> Grid:
    fields = (
        Field("", "number", share=0.3),
        Field("nodes", "code", share=1.1),
        Field("what, and why it matters", share=4),
        Field("next", "code", share=3),
    )
    rows = tuple(
        (each.rank, folded(each.nodes), _sentences(each.message, each.why), each.command)
        for each in told.obstacles
    )
    title = "What keeps work from production, worst first"
    return Grid(fields, rows, title=title, empty="Nothing that was read.")


def _findings(found: tuple[AssessedFinding, ...]) -> Grid:
    """Return findings as a table; columns that none of them fills are left out."""
    compared = any(each.wanted for each in found)
    fields = (
        Field("gravity", "mark", share=0.8),
        Field("nodes", "code", share=1.1),
        Field("what, and why it matters", share=3),
        *((Field("found, right", "code", share=1.4),) if compared else ()),
        Field("shown by", "code", share=1.8),
        Field("next", "code", share=2),
        Field("source", share=1),
    )
    rows = tuple(_finding(each, compared) for each in found)
    return Grid(fields, rows, empty="Nothing was found.")


def _finding(each: AssessedFinding, compared: bool) -> tuple[Cell, ...]:
    figures = " → ".join(filter(None, (each.found, each.wanted)))
    what = each.told if compared or not each.found else f"{each.told}: {each.found}"
    return (
        Mark(each.gravity, TONES[each.gravity]),
        folded(each.nodes),
        _sentences(what, each.why),
        *((figures,) if compared else ()),
        _proof(each.proofs[0]),
        each.command,
        f"{each.source} ({each.confidence})",
    )


def _sentences(first: str, second: str) -> str:
    """Return two remarks as one text."""
    if not second:
        return first
    return f"{first.rstrip('.')}. {second[:1].upper()}{second[1:]}."


def _proof(proof: Proof) -> str:
    at = f":{proof.at}" if proof.at else ""
    return f"{proof.node}/{proof.question}{at} {proof.line}".strip()


def _gaps(told: Assessment) -> Grid:
    fields = (
        Field("subject", share=1.4),
        Field("nodes", "code"),
        Field("why", share=1.6),
        Field("what would tell it", share=2),
    )
    rows = tuple((g.subject, folded(g.nodes), g.why, g.remedy) for g in told.unread)
    return Grid(fields, rows)


def _method(told: Assessment) -> Iterator[Block]:
    yield Paragraph(
        f"Every node was asked up to {told.questions} questions by commands that only read, in one "
        "round trip, each with a limit of its own. Answers were kept as evidence before anything "
        "was concluded from them, without secrets. Nothing was changed on a node."
    )
    yield Points(
        (
            "A finding quotes the answer that shows it: node/question:line.",
            "Drift is measured: peers of the same recording are its only source.",
            "A limit whose confidence is estimate is this catalogue's own and can be overridden.",
            "Speed was not measured: that takes load, and a burn-in does it.",
        )
    )
    sources = Counter((each.source, each.confidence) for each in told.findings)
    rows = tuple((source, sure, count) for (source, sure), count in sorted(sources.items()))
    fields = (Field("source", "code"), Field("confidence"), Field("findings", "number"))
    yield Grid(fields, rows, title="Sources of limits", empty="No limit was needed.")
    if told.run:
        yield Facts((Fact("evidence", f"runs/{told.run}"),))

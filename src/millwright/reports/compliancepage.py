"""A check of compliance as a document: what is answered how, by whom, and what is open."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.checked import Check, ControlAnswer, RuleAnswer
from millwright.model.compliance import Books
from millwright.reports.compliance import counted, headline, shown_answer, status_word
from millwright.reports.complianceannex import access, assets, network_map, ways
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

TONES: dict[str, Tone] = {
    "pass": "good", "attested": "good", "compensating": "warn", "waived": "warn", "fail": "bad",
    "unknown": "unknown", "unanswered": "unknown", "not-applicable": "plain",
}  # fmt: skip
PROPOSED = Notice(
    "PROPOSED",
    "Paragraphs marked so were proposed and are not law. They are here because the factory's spec "
    "asks for them.",
    "warn",
)
NO_ADVICE = (
    "This is engineering evidence, not legal advice. Paragraphs stand here by their numbers and in "
    "words of this tool; the text of the law counts. Nothing is answered by itself: what neither "
    "machines nor persons answered is open."
)
MEANINGS: tuple[tuple[str, str], ...] = (
    ("pass", "machines showed all of it, lately enough"),
    ("attested", "a person stands for it until a day; where machines are asked too, they passed"),
    ("compensating", "it is not so; a measure that a person stands for takes its place"),
    ("waived", "it is not so; a person takes the risk until a day"),
    ("not-applicable", "the facts say that nothing calls for it"),
    ("unanswered", "a person's part is missing"),
    ("unknown", "a machine was not asked, did not tell, or told it too long ago"),
    ("fail", "it is not so, or a waiver ended"),
)  # fmt: skip


def mark_of(answer: RuleAnswer | ControlAnswer) -> Mark:
    """Return an answer as a mark; one from simulated machines is none to be glad of."""
    word = shown_answer(answer)
    tone = TONES[answer.answer]
    return Mark(word, "warn" if word != answer.answer and tone == "good" else tone)


def compliance_page(check: Check, books: Books) -> Page:
    """Return the whole report."""
    notices = [SIMULATED] if check.simulated else []
    if any(each.status == "proposed" for each in check.coverage):
        notices.append(PROPOSED)
    bad = any(each.answer == "fail" for each in check.controls)
    return Page(
        what="Compliance",
        title=check.factory,
        first_line=headline(check),
        sections=(
            _short(check),
            _scope(check),
            *(_pack(check, each.pack, books) for each in check.coverage),
            _controls(check, books),
            access(check),
            ways(check),
            assets(check),
            network_map(check),
            _grounds(check, books),
        ),
        made=check.at,
        by="millwright manage comply",
        tone="bad" if bad else "unknown" if "are open" in headline(check) else "good",
        notices=tuple(notices),
        facts=(
            Fact("checked", check.at[:16].replace("T", " ") + " UTC"),
            Fact("facts of", (check.facts_at or "no day")[:16].replace("T", " ")),
            Fact("by", check.by),
            Fact("evidence", f"runs/{check.run}"),
        ),
        paper="landscape",
    )


def _short(check: Check) -> Section:
    words = ("failing", "not covered", "machine-checked", "attested", "compensating", "waived",
             "not applicable")  # fmt: skip
    fields = (Field("rule book", share=1.6), Field("status"), Field("of", "number"),
              *(Field(word, "number") for word in words), Field("simulated", "number"))  # fmt: skip
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (each.pack, status_word(each.status, each.applies_from, check.at[:10]), each.total,
         *(counted(each)[word] for word in words), each.simulated)
        for each in check.coverage
    )  # fmt: skip
    coverage = Grid(fields, rows, "Paragraphs", "Simulated: of the machine-checked, those that "
                    "simulated machines showed. Kinds of answers are never added up.")  # fmt: skip
    worst = [each for each in check.controls if each.answer == "fail"]
    failing = Points(
        tuple(f"{each.title}: {each.why}"[:600] for each in worst) or ("Nothing failed.",),
        "What fails",
    )
    return Section("short", "In short", (Paragraph(NO_ADVICE), coverage, failing))


def _scope(check: Check) -> Section:
    scope = check.scope
    blocks: list[Block] = [
        Facts(
            (
                Fact("jurisdiction", scope.jurisdiction or "not said"),
                Fact("classes of data", ", ".join(scope.data) or "not said"),
                Fact("hosts of the design", len(scope.nodes)),
                *(Fact(f"pool {note.name}", "data of patients", note.why)
                  for note in scope.patients),
            )
        ),
        Grid(
            (Field("class"), Field("stays in"), Field("may be in zones", share=2), Field("kept",
             unit="years")),
            tuple((name, ", ".join(scope.residency.get(name, ())) or "not said",
                   ", ".join(zones) or "none", _years(scope.retention_years.get(name)))
                  for name, zones in scope.zones.items()),
            "Data", empty="The spec names no class of data.",
        ),
        Grid((Field("zone"), Field("why it may not hold data", share=3), Field("rule", "code")),
             tuple((note.name, note.why, note.status) for note in scope.forbidden),
             "Forbidden zones", empty="No zone is forbidden."),
        Grid((Field("rule book", "code"), Field("why", share=3)),
             tuple((note.name, note.why) for note in scope.suggested),
             "Seem to apply, and were not chosen", empty="None."),
    ]  # fmt: skip
    return Section("scope", "Scope", tuple(blocks))


def _years(years: float | None) -> str:
    return f"{years:g}" if years is not None else "not said"


def _pack(check: Check, pack: str, books: Books) -> Section:
    told = books.packs.get(pack)
    cover = next(each for each in check.coverage if each.pack == pack)
    status = status_word(cover.status, cover.applies_from, check.at[:10])
    rows = tuple(
        (rule.ref, rule.words, rule.level, mark_of(rule), rule.why[:400], ", ".join(rule.controls))
        for rule in check.rules
        if rule.pack == pack
    )
    fields = (
        Field("paragraph", "code", share=1.5), Field("asks for", share=1.7), Field("level"),
        Field("answer", "mark"), Field("why", share=3.2), Field("controls", share=1.5),
    )  # fmt: skip
    lead = f"{status}."
    if told is not None:
        since = f" Duties from {told.applies_from}." if told.applies_from else ""
        lead = (
            f"{told.publisher}; {told.url}. Status: {status}.{since} Source looked at on "
            f"{told.source_checked}, {told.read}. {told.note}"
        )
    mark = Mark("PROPOSED", "warn") if cover.status == "proposed" else None
    return Section(f"pack-{pack}", cover.title, (Grid(fields, rows),), lead=lead, mark=mark,
                   group="Rule books")  # fmt: skip


def _controls(check: Check, books: Books) -> Section:
    rows = tuple(
        (each.control, each.title, mark_of(each), _said(each), _words(each), each.due or "",
         books.controls[each.control].fix if each.control in books.controls else "")
        for each in check.controls
    )  # fmt: skip
    fields = (
        Field("control", "code", share=1.2), Field("what has to be so", share=1.6),
        Field("answer", "mark"), Field("machines", share=2.6), Field("persons", share=1.8),
        Field("again by"), Field("what mends it", share=1.4),
    )  # fmt: skip
    meanings = Grid((Field("answer"), Field("means", share=4)), MEANINGS, "Words", folded=True)
    return Section("controls", "Controls and their evidence", (Grid(fields, rows), meanings))


def _said(answer: ControlAnswer) -> str:
    told = []
    for each in answer.testimony:
        mark = "SIMULATED " if each.simulated else ""
        traces = "; ".join(trace.what for trace in each.traces[:2])
        of = f" [{traces}]" if traces else ""
        told.append(f"{mark}{each.found}: {each.why[:300]}{of}")
    return " | ".join(told) or "no machine is asked"


def _words(answer: ControlAnswer) -> str:
    return " | ".join(
        f"{word.kind} of {word.owner}, {word.at[:10]}"
        f"{f' until {word.expires}' if word.expires else ''}: {word.reason}"
        f"{f' Instead: {word.instead}' if word.instead else ''}"
        f"{' (signed)' if word.signature else ' (not signed)'}"
        for word in answer.words
    )


def _grounds(check: Check, books: Books) -> Section:
    return Section("grounds", "What this rests on", tuple(_rests(check, books)))


def _rests(check: Check, books: Books) -> Iterator[Block]:
    yield Facts(
        (
            Fact("millwright", check.tool_version),
            Fact("rule books", check.catalog_sha256[:16] or "not said", "digest of their files"),
            Fact("facts", check.source or "no node was asked"),
        )
    )
    yield Grid(
        (Field("host", "code"), Field("why", share=3)), tuple(check.silent.items()),
        "Hosts that did not answer", empty="All that were asked did.",
    )  # fmt: skip
    packs = [books.packs[each.pack] for each in check.coverage if each.pack in books.packs]
    memory = [f"{pack.title}: {pack.note or 'held against no source'}" for pack in packs
              if pack.read == "memory"]  # fmt: skip
    if memory:
        yield Points(tuple(memory), "From memory, to be held against the text")

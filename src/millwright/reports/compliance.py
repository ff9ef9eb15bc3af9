"""What compliance says on a terminal: coverage with its denominators, what fails, what is open."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.checked import (
    ANSWERED,
    Check,
    ControlAnswer,
    Coverage,
    RuleAnswer,
    Scope,
    ScopeNote,
)
from millwright.reports.table import Cell, Table, left

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("machine-checked", ("pass",)),
    ("attested", ("attested",)),
    ("compensating", ("compensating",)),
    ("waived", ("waived",)),
    ("not applicable", ("not-applicable",)),
    ("not covered", ("unanswered", "unknown")),
    ("failing", ("fail",)),
)
"""Kinds of answers as they are counted; no two of them are ever added up to one figure."""


def counted(coverage: Coverage) -> dict[str, int]:
    """Return how many paragraphs are answered how, by the words that people read."""
    return {
        word: sum(coverage.counts.get(answer, 0) for answer in answers) for word, answers in GROUPS
    }


def status_word(status: str, since: str | None, day: str) -> str:
    """Return a pack's status on a day, as it is shown on every line of it."""
    if status == "final":
        return f"from {since}" if since and since > day else "in force"
    return "PROPOSED" if status == "proposed" else status


def headline(check: Check) -> str:
    """Return the first line: how many controls fail, are open, are answered."""
    failing = sum(each.answer == "fail" for each in check.controls)
    open_ = sum(each.answer in ("unknown", "unanswered") for each in check.controls)
    good = sum(each.answer in ANSWERED for each in check.controls)
    mark = "  SIMULATED" if check.simulated else ""
    total = len(check.controls)
    return (
        f"{check.factory}: of {total} controls {good} are answered, {failing} fail, "
        f"{open_} are open{mark}"
    )


def coverage_table(check: Check) -> Table:
    """Return one row a pack."""
    rows: list[tuple[Cell, ...]] = []
    for each in check.coverage:
        counts = counted(each)
        rows.append(
            (each.pack, status_word(each.status, each.applies_from, check.at[:10]),
             *(counts[word] for word, _ in GROUPS), each.total)
        )  # fmt: skip
    columns = left("pack", "status")
    return Table("Paragraphs", (*columns, *left(*(word for word, _ in GROUPS), "of")), tuple(rows))


def bad_table(check: Check) -> Table:
    """Return controls that fail, then those that are open, with their reasons."""
    order = {"fail": 0, "unknown": 1, "unanswered": 2}
    bad = [each for each in check.controls if each.answer in order]
    bad.sort(key=lambda each: order[each.answer])
    rows = tuple((each.answer, each.control, _short(each)) for each in bad)
    return Table("Failing and open", left("answer", "control", "why"), rows)


def _short(answer: ControlAnswer) -> str:
    mark = "SIMULATED  " if answer.simulated else ""
    return f"{mark}{answer.why}"[:400]


def rule_table(check: Check, pack: str) -> Table:
    """Return the paragraphs of a pack."""
    rows = tuple(
        (rule.ref, rule.words, rule.level, shown_answer(rule),
         status_word(rule.status, rule.applies_from, check.at[:10]),
         ", ".join(rule.controls))
        for rule in check.rules if rule.pack == pack
    )  # fmt: skip
    columns = left("paragraph", "asks for", "level", "answer", "status", "controls")
    return Table(pack, columns, rows)


def shown_answer(rule: RuleAnswer | ControlAnswer) -> str:
    """Return an answer with the mark that its machines are simulated."""
    simulated = rule.simulated and rule.answer == "pass"
    return f"{rule.answer} SIMULATED" if simulated else rule.answer


def scope_lines(scope: Scope, day: str) -> Iterator[str]:
    """Yield the scope in lines, as it is on a day."""
    mark = "  SIMULATED" if scope.simulated else ""
    yield f"{scope.factory}  {scope.jurisdiction or 'no jurisdiction'}{mark}"
    yield f"data: {', '.join(scope.data) or 'no class is said'}"
    for note in scope.packs:
        yield f"holds      {_noted(note, day)}"
    if not scope.packs:
        yield "holds      nothing: compliance.frameworks names no rule book"
    for note in scope.suggested:
        yield f"seems to   {_noted(note, day)}; not chosen"
    for note in scope.patients:
        yield f"patients   {note.name}: {note.why}"
    for name, zones in scope.zones.items():
        may = ", ".join(zones) or "in no zone"
        stays = ", ".join(scope.residency.get(name, ())) or "no residency said"
        years = scope.retention_years.get(name)
        kept = f", kept {years:g} years" if years is not None else ", no retention said"
        yield f"may be     {name}: {may} ({stays}{kept})"
    for note in scope.forbidden:
        yield f"forbidden  {note.name}: {note.why} ({note.status})"
    yield f"hosts      {len(scope.nodes)}"


def _noted(note: ScopeNote, day: str) -> str:
    return f"{note.name}  {status_word(note.status, note.applies_from, day)}  ({note.why})"


def check_lines(check: Check) -> Iterator[str]:
    """Yield what stands under the tables."""
    yield f"facts: {check.source or 'no node was asked'} of {check.facts_at or 'no day'}"
    for node, why in check.silent.items():
        yield f"{node} did not answer: {why}"
    bad = [row for row in check.ways if not row.allowed]
    for row in bad[:20]:
        yield f"way out: {row.nodes} {row.kind} {row.thing} -> {row.host}: {row.how}"


def evidence_lines(check: Check, answer: ControlAnswer) -> Iterator[str]:
    """Yield what answers one control, and where each piece of it lies."""
    yield f"{answer.control}  {shown_answer(answer)}  {answer.title}"
    yield f"  {answer.why}"
    for said in answer.testimony:
        mark = "  SIMULATED" if said.simulated else ""
        yield f"machine  {said.ask}  {said.found}  {said.at or 'no day'}{mark}"
        yield f"  {said.why}"
        yield from (f"  {node}: {why}" for node, why in said.nodes.items())
        yield from (f"  lies in {trace.what}  {trace.node}".rstrip() for trace in said.traces)
    for word in answer.words:
        signed = f"signed by {word.key}" if word.signature else "not signed"
        yield f"person   {word.id}  {word.kind}  {word.owner}  {word.at[:10]}  {signed}"
        yield f"  {word.reason}"
        if word.document:
            yield f"  {word.document_name} sha256:{word.document}"
    yield f"kept in runs/{check.run}"

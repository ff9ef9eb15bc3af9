"""A runbook: how a class of faults shows, what it means, who says what, what to do, when to stop.

One value becomes a page (HTML, PDF) and a text (Markdown). Commands are shown and never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.explanation import Doing, Origin
from millwright.model.fault import Advice, Fault, FaultGroup, Severity
from millwright.reports.page import (
    Block,
    Checklist,
    Fact,
    Field,
    Grid,
    Mark,
    Page,
    Paragraph,
    Points,
    Section,
    Tone,
)

TONES: dict[Severity, Tone] = {
    "critical": "bad", "warning": "warn", "info": "plain", "unknown": "unknown"
}  # fmt: skip
PLACES = (
    "NODE, GPU, DEVICE, HEAD and the like stand for names that you fill in: HEAD is the node of "
    "the scheduler, GPU the number that the driver gives. Every answer of `manage exec` is kept "
    "as evidence."
)
NUMBER = Field("nr", "number", share=0.2)
STOP = (
    "The node's serial number in band is not that of its controller: it is another machine.",
    "More nodes are out, or its redundancy partner is, than the service bears: call whoever "
    "answers for it before anything is drained.",
    "A planned restart or update explains what you see: nothing is wrong.",
    "The same step was done twice and the fault is still there: go on with the next one, and do "
    "not repeat it.",
)
RECORD = (
    "who, when, and the number of the ticket",
    "node, device, place and serial number",
    "the lines of the log, unshortened, and the run of the evidence",
    "which jobs ran, and whether their results are in doubt",
    "what was done in which order, and what the device said afterwards",
    "the verdict before it returned to service",
)


@dataclass(frozen=True, slots=True)
class Runbook:
    """A class of faults with its members, each with whose word counts; `steps` are ours."""

    group: FaultGroup
    members: tuple[tuple[Fault, Advice], ...]
    steps: tuple[Doing, ...]
    sources: tuple[Origin, ...]


def runbook_page(book: Runbook, by: str = "") -> Page:
    """Return the runbook as a page."""
    group = book.group
    first = f"{len(book.members)} faults are handled alike. {group.meaning}"
    return Page(
        what="Runbook",
        title=group.title,
        first_line=first,
        sections=tuple(_sections(book)),
        by=by,
        tone=TONES[group.severity],
        facts=(
            Fact("class", group.name),
            Fact("severity", mark(group.severity)),
            Fact("family", group.family),
            Fact("evidence", "a hard fact" if group.hard else "wants a second sign"),
        ),
    )


def mark(severity: Severity) -> Mark:
    """Return a severity as a word with its gravity."""
    return Mark(severity.upper(), TONES[severity])


def _sections(book: Runbook) -> Iterator[Section]:
    group = book.group
    yield Section("shows", "How it shows", (Points(_bare(group.shows)),))
    means: list[Block] = [Paragraph(_text(group.meaning)), Paragraph(_text(group.why))]
    if group.causes:
        means.append(Points(_bare(group.causes), "Where it comes from"))
    yield Section("means", "What it means", tuple(means))
    if group.looks:
        yield Section("look", "Look first", (_looks(book),), lead=_text(PLACES))
    lead = "Evidence first; each step until it is done, and no further than its stop."
    yield Section("do", "What to do", (Points(tuple(s.title for s in book.steps)),), lead=lead)
    yield from (_step_section(number, step) for number, step in enumerate(book.steps, 1))
    yield Section("stop", "When to stop", (Points(_bare((*group.stop, *STOP))),))
    yield Section("record", "What to record", (Checklist("Recorded", (*RECORD, *group.records)),))
    yield Section("who", "Who says what", (_chosen(book), _opinions(book)), lead=WHO)
    yield Section("sources", "Sources", (_sources(book),))


def _text(text: str) -> str:
    """Return a text without the marks that only Markdown understands."""
    return text.replace("`", "")


def _bare(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_text(text) for text in texts)


WHO = (
    "The driver's own recovery action (Xid 154, DCGM field 1523) counts before all of this where "
    "it can be read, then the site's override, then NVIDIA's table, then our own steps, then "
    "others."
)


def _looks(book: Runbook) -> Grid:
    rows = tuple((n, _text(look.do), look.run) for n, look in enumerate(book.group.looks, 1))
    fields = (NUMBER, Field("what", share=1.0), Field("command", "code", share=2.0))
    return Grid(fields, rows)


def _step_section(number: int, step: Doing) -> Section:
    """Return a step as a part of its own; its commands are numbered, so that sorting them in the
    browser does not hide their order."""
    blocks: list[Block] = [Paragraph(_text(step.does))]
    if step.commands:
        rows = tuple((place, command) for place, command in enumerate(step.commands, 1))
        blocks.append(Grid((NUMBER, Field("command", "code", share=4.0)), rows))
    blocks.append(Points(_bare((f"Done when {step.done_when}.", f"Stop: {step.stop}"))))
    title = f"{number}. {step.title}"
    lead = f"Disturbs {step.disrupts}."
    return Section(f"step-{number}", title, tuple(blocks), lead=lead, group="steps")


def _chosen(book: Runbook) -> Grid:
    fields = (
        Field("fault", "code"),
        Field("title", share=2.0),
        Field("severity", "mark"),
        Field("do"),
        Field("as who says"),
        Field("steps", share=2.0),
    )
    rows = tuple(
        (f.id, f.title, mark(a.severity), a.action, a.authority, " > ".join(a.steps))
        for f, a in book.members
    )
    return Grid(fields, rows, "Faults of this class, and what is done")


def _opinions(book: Runbook) -> Grid:
    fields = (
        Field("fault", "code"),
        Field("authority"),
        Field("says"),
        Field("then"),
        Field("level"),
        Field("why it counts, or does not", share=2.0),
    )
    rows = tuple(
        (f.id, o.authority, o.said or "–", o.investigate, o.level, o.why)
        for f, a in book.members
        for o in a.opinions
    )
    return Grid(fields, rows, "Every opinion", folded=len(rows) > 30)


def _sources(book: Runbook) -> Grid:
    fields = (Field("source", "code"), Field("title", share=3.0), Field("checked"), Field("url"))
    rows = tuple((o.id, o.title, o.evidence, o.url) for o in book.sources)
    return Grid(fields, rows)


def runbook_text(book: Runbook) -> str:
    """Return the runbook as Markdown."""
    group = book.group
    hard = "a hard fact" if group.hard else "wants a second sign before anything drastic"
    lines = [f"# {_plain(group.title)}", ""]
    lines += [f"Class `{group.name}`, {group.severity.upper()}, {group.family}; {hard}.", ""]
    lines += ["## How it shows", "", *_bullets(group.shows)]
    lines += ["## What it means", "", _plain(group.meaning), "", _plain(group.why), ""]
    lines += ["It comes from:", "", *_bullets(group.causes)] if group.causes else []
    lines += ["## Look first", "", PLACES, ""] if group.looks else []
    for look in group.looks:
        lines += [f"- {_plain(look.do)}", *_code((look.run,) if look.run else (), "  ")]
    lines += ["", "## What to do", ""]
    for number, step in enumerate(book.steps, 1):
        lines += _step(number, step)
    lines += ["## When to stop", "", *_bullets((*group.stop, *STOP))]
    lines += ["## What to record", "", *(f"- [ ] {_plain(p)}" for p in (*RECORD, *group.records))]
    lines += ["", "## Who says what", "", WHO, "", *_table(book)]
    lines += ["", "## Sources", "", *_bullets([_origin(each) for each in book.sources])]
    return "\n".join(lines).rstrip() + "\n"


def _step(number: int, step: Doing) -> list[str]:
    head = f"{number}. **{_plain(step.title)}** (disturbs {step.disrupts}). {_plain(step.does)}"
    return [
        head,
        *_code(step.commands, "   "),
        f"   Done when {_plain(step.done_when)}.",
        f"   Stop: {_plain(step.stop)}",
        "",
    ]


def _table(book: Runbook) -> Iterator[str]:
    yield "| fault | authority | says | then | level | counts |"
    yield "|---|---|---|---|---|---|"
    for fault, advice in book.members:
        for each in advice.opinions:
            counts = f"yes: {advice.action}" if each.wins else ""
            cells = (fault.id, each.authority, each.said, each.investigate, each.level, counts)
            yield f"| {' | '.join(_plain(cell) for cell in cells)} |"


def _origin(origin: Origin) -> str:
    url = f", {origin.url}" if origin.url else ""
    return f"{origin.id} ({origin.evidence}): {origin.title}{url}"


def _bullets(points: Sequence[str]) -> list[str]:
    return [*(f"- {_plain(point)}" for point in points), ""]


def _code(commands: Sequence[str], indent: str) -> list[str]:
    if not commands:
        return []
    fence = f"{indent}```"
    shown = [f"{indent}{' '.join(command.split())}" for command in commands]
    return ["", fence, *shown, fence, ""]


def _plain(text: str) -> str:
    """Return a text that stays one cell and one paragraph, and brings no markup of HTML in."""
    return re.sub(r"[<>]", lambda sign: {"<": "&lt;", ">": "&gt;"}[sign[0]],
                  " ".join(text.split())).replace("|", "\\|")  # fmt: skip

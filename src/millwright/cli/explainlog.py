"""What lines mean that somebody hands over: of a kernel log, or of a controller's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from millwright.cli.kinds import Books
    from millwright.manage.faults.incidents import Incident
    from millwright.manage.faults.judging import Judged
    from millwright.model.explanation import Explanation
    from millwright.probes.kernel_events import Event


@dataclass(frozen=True, slots=True)
class Told:
    """Explanations with what coming again points at; was it a log, and of how many lines."""

    explanations: tuple[tuple[Explanation, Sequence[str]], ...]
    lines: int
    is_log: bool


def explained_lines(books: Books, text: str) -> Told:
    """Return the faults that lines tell of, by node and incident, the gravest of each first."""
    from millwright.manage.faults.judging import judged
    from millwright.probes import dmesg

    whole = text if text.endswith("\n") else f"{text}\n"
    reading = dmesg.read(whole)
    struck = _by_node(reading.facts.events)
    notes = _notes(struck)
    found = [
        (_strike(books, i.node, each), notes.get((i.node, each.strike.fault), ()))
        for i in struck
        for each in judged(i, books.faults)
    ]
    return Told((*found, *_entries(books, whole)), reading.facts.lines, is_log=not reading.problems)


def _strike(books: Books, node: str, each: Judged) -> Explanation:
    from millwright.manage.faults.explaining import explained_strike
    from millwright.model.explanation import Said

    told = explained_strike(each, books.faults, books.loaded.catalog.sources)
    if not node:
        return told
    lead = Said(label="node", value=node)
    return told.model_copy(update={"occurrence": (lead, *told.occurrence)})


def _by_node(events: Sequence[Event]) -> list[Incident]:
    """Return incidents, each of one node: a log of many hosts is parted by who spoke."""
    from millwright.manage.faults.incidents import incidents

    nodes: dict[str, list[Event]] = {}
    for event in events:
        nodes.setdefault(event.host or "", []).append(event)
    return [incident for node, each in nodes.items() for incident in incidents(node, each)]


def _notes(struck: Sequence[Incident]) -> Mapping[tuple[str, str], Sequence[str]]:
    from millwright.manage.faults.recurrence import suspicions

    return {
        (each.node, each.fault): (f"suspected cause: {each.cause}, {each.why}",)
        for each in suspicions(struck)
    }


def _entries(books: Books, text: str) -> Iterator[tuple[Explanation, Sequence[str]]]:
    """Yield what entries of a controller's log tell, each fault of a sensor once."""
    from millwright.manage.faults.explaining import explained
    from millwright.manage.faults.states import fault_of_entry
    from millwright.model.explanation import Said
    from millwright.probes.ipmi_sel import cells_of, event_of

    told: set[tuple[str, str | None]] = set()
    for line in text.splitlines():
        event = event_of(cells_of(line)) if "|" in line else None
        fault = fault_of_entry(event) if event else None
        if event is None or fault is None or (fault, event.sensor) in told:
            continue
        told.add((fault, event.sensor))
        facts = [Said(label="entry", value=line.strip())]
        facts += [Said(label="sensor", value=event.sensor)] if event.sensor else []
        whole = explained(books.faults.faults[fault], books.faults, books.loaded.catalog.sources)
        yield whole.model_copy(update={"occurrence": tuple(facts)}), ()

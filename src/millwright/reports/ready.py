"""Gates as a person reads them: first the answer, then what is missing and whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.readiness import Gate, GateAnswer, Readiness, ReadyDocument
from millwright.reports.table import Table, left, right

WORDS: dict[GateAnswer, str] = {
    "ready": "ready", "not-needed": "not needed", "unknown": "UNKNOWN", "missing": "MISSING",
}  # fmt: skip
ANSWERS = {"ready": "READY", "unknown": "UNKNOWN", "missing": "NOT READY"}


def ready_lines(document: ReadyDocument) -> Iterator[str]:
    """Yield a workload with its gates; every question that is not answered well says what would
    answer it."""
    mark = "  SIMULATED" if document.simulated else ""
    for each in document.workloads:
        yield f"{each.workload}: {ANSWERS[each.answer]}  ({_counted(each)}){mark}"
        for gate in each.gates:
            yield from _gate(gate)


def _counted(each: Readiness) -> str:
    answers = [gate.answer for gate in each.gates]
    told = [f"{answers.count(word)} {WORDS[word]}" for word in WORDS if word in answers]
    return f"{len(answers)} gates: {', '.join(told)}"


def _gate(gate: Gate) -> Iterator[str]:
    yield f"  {WORDS[gate.answer]:11}{gate.gate}  owner: {gate.owner} ({gate.owner_source})"
    for each in gate.items:
        source = f"  [{each.source}]" if each.source else ""
        yield f"    {WORDS[each.answer]:11}{each.what}: {each.told}{source}"
        if each.do:
            yield f"               do: {each.do}"


def ready_table(document: ReadyDocument) -> Table:
    """Return workloads, one a line, with the gates that hold them back."""
    rows = tuple(
        (
            each.workload, ANSWERS[each.answer],
            sum(gate.answer in ("ready", "not-needed") for gate in each.gates),
            len(each.gates),
            ", ".join(gate.gate for gate in each.gates if gate.answer == "missing"),
            ", ".join(gate.gate for gate in each.gates if gate.answer == "unknown"),
        )
        for each in document.workloads
    )  # fmt: skip
    title = "From pilot to production" + (" · SIMULATED" if document.simulated else "")
    columns = (
        *left("workload", "answer"), *right("open gates", "of"), *left("missing", "unknown"),
    )  # fmt: skip
    return Table(title, columns, rows)

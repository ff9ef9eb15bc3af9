"""What a verdict says to a person: nodes that are well folded, all others one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from millwright.model.nodeset import folded
from millwright.model.verdict import NodeVerdict, Verdict, VerdictDocument, VerdictFinding
from millwright.reports.shares import percent_of
from millwright.reports.table import Table, left

_SHOWN = 6
"""Findings of one node that are printed; the document has them all."""


def headline(document: VerdictDocument) -> str:
    """Return the verdict in one line, with how complete it is and whether it is simulated."""
    mark = "SIMULATED  " if document.simulated else ""
    counts = {word: 0 for word in Verdict}
    for node in document.nodes.values():
        counts[node.verdict] += 1
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return (
        f"{mark}{document.verdict}  {percent_of(document.completeness):.1f} % complete  "
        f"{len(document.nodes)} nodes: {told or 'none'}"
    )


def verdict_lines(document: VerdictDocument) -> Iterator[str]:
    """Yield nodes that have nothing to say together, then the others with what was found."""
    quiet: dict[Verdict, list[str]] = defaultdict(list)
    for name, node in document.nodes.items():
        if not node.findings:
            quiet[node.verdict].append(name)
    for word in sorted(quiet):
        yield f"{folded(quiet[word])} ({len(quiet[word])})  {word}"
    loud = [(name, node) for name, node in document.nodes.items() if node.findings]
    for name, node in sorted(loud, key=lambda each: (each[1].verdict.rank, each[0])):
        yield from _node_lines(name, node)
    for pattern in document.patterns:
        yield f"pattern  {pattern.verdict}  {pattern.reason}"


def _node_lines(name: str, node: NodeVerdict) -> Iterator[str]:
    share = f", {percent_of(node.completeness):.1f} % complete" if node.completeness < 1 else ""
    yield f"{name}  {node.verdict}  gates {node.gates}, outliers {node.outliers}{share}"
    for finding in node.findings[:_SHOWN]:
        yield f"  {_told(finding)}"
    if len(node.findings) > _SHOWN:
        yield f"  and {len(node.findings) - _SHOWN} more; --json has them all"


def _told(finding: VerdictFinding) -> str:
    where = " ".join(part for part in (finding.device, finding.metric) if part)
    value = "" if finding.value is None else f" {finding.value:g} {finding.unit}"
    after = f"  [{finding.disposition}]" if finding.disposition else ""
    waiver = f" ({finding.waiver})" if finding.waiver else ""
    pattern = f"; with {finding.pattern}" if finding.pattern else ""
    head = f"{finding.kind:8}{finding.verdict:8}{where}{value}"
    return f"{head}: {finding.reason}{pattern}{after}{waiver}"


def population_table(document: VerdictDocument) -> Table:
    """Return what was compared with what, and by what it was judged."""
    rows = tuple(
        (each.metric, each.sku, each.conditions, each.count, each.median, each.unit,
         each.spread_percent, each.mode, "; ".join(each.bars), each.note)
        for each in document.populations
    )  # fmt: skip
    columns = left(
        "metric", "sku", "conditions", "count", "median", "unit", "spread %", "judged by", "bars",
        "note",
    )  # fmt: skip
    return Table("Populations", columns, rows)

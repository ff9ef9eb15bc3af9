"""Nodes and findings of an acceptance report: who stands how, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millwright.model.nodeset import folded
from millwright.reports.cabling import natural
from millwright.reports.criteria import Criterion
from millwright.reports.heatmap import MOST_COLUMNS, MOST_ROWS, heatmap
from millwright.reports.judgement import ORDER, TONES, Found, Judgement, Node, mark
from millwright.reports.lots import Lot, by_metric, drawn
from millwright.reports.page import Block, Field, Figure, Grid, Mark, Paragraph, Section, Tone
from millwright.reports.shares import percent_of

MOST_STRIPS = 16


def nodes_section(judged: Judgement) -> Section:
    """Return every node with gates and outliers in columns of their own, and a map of findings."""
    ordered = sorted(judged.nodes, key=lambda n: (-ORDER.get(n.verdict, 2), natural(n.name)))
    fields = (
        Field("node", "code"),
        Field("verdict", "mark"),
        Field("gates", "mark"),
        Field("outliers", "mark"),
        Field("complete", "number", "%"),
        Field("findings", "number"),
        Field("the gravest", share=2),
    )
    rows = tuple(
        (
            node.name,
            mark(node.verdict),
            mark(node.gates),
            mark(node.outliers),
            None if node.completeness is None else percent_of(node.completeness),
            len(node.findings),
            _gravest(node),
        )
        for node in ordered
    )
    blocks: list[Block] = []
    picture = _map(ordered)
    if picture is not None:
        blocks.append(picture)
    quiet = [node.name for node in ordered if node.verdict == "PASS" and not node.findings]
    if quiet:
        blocks.append(
            Paragraph(f"{len(quiet):,} nodes passed with nothing to say: {folded(quiet)}.")
        )
    blocks.append(Grid(fields, rows, "All nodes", folded=len(rows) > 64))
    return Section("nodes", "Nodes", tuple(blocks))


def _gravest(node: Node) -> str:
    if not node.findings:
        return "nothing found"
    worst = max(node.findings, key=lambda f: ORDER.get(f.verdict, 2) if not f.waived else -1)
    return f"{worst.metric}: {worst.reason}"


def _map(ordered: Sequence[Node]) -> Figure | None:
    tones: dict[tuple[str, str], Tone] = {}
    for node in ordered:
        for finding in sorted(node.findings, key=lambda f: ORDER.get(f.verdict, 2)):
            tone = TONES.get(finding.verdict, "unknown") if not finding.waived else "plain"
            if tone != "good":
                tones[node.name, finding.metric] = tone
    loud = list(dict.fromkeys(name for name, _ in tones))
    metrics = sorted({metric for _, metric in tones})
    if not loud:
        return None
    hidden = max(0, len(loud) - MOST_ROWS)
    more = f" {hidden} more nodes with findings stand in the table." if hidden else ""
    if len(metrics) > MOST_COLUMNS:
        more += f" {len(metrics) - MOST_COLUMNS} more metrics do as well."
    picture = heatmap("Findings by node and metric", loud, metrics, tones)
    return Figure(picture, f"Nodes with findings, the gravest first.{more}", wide=0.75)


def findings_section(judged: Judgement) -> Section:
    """Return every finding with value, bar, peers and what is to be done."""
    fields = (
        Field("result", "mark"),
        Field("node", "code"),
        Field("device", "code"),
        Field("metric", "code"),
        Field("kind", "code"),
        Field("reason", share=2.4),
        Field("value", "number"),
        Field("bar", "code"),
        Field("bar by"),
        Field("peers", "number"),
        Field("robust z", "number"),
        Field("next", "code"),
    )
    rows = tuple(_row(found) for found in judged.findings)
    blocks: list[Block] = [Grid(fields, rows, empty="No finding.")]
    if judged.patterns:
        blocks.append(_patterns(judged))
    lead = (
        "A gate is a bar that does not hold; an outlier is unlike its peers, inside the bar or not."
    )
    return Section("findings", "Findings", tuple(blocks), lead=lead)


def _row(f: Found) -> tuple[str | int | float | Mark | None, ...]:
    by = ", ".join(part for part in (f.source, f.confidence) if part)
    return (
        Mark("WAIVED", "plain") if f.waived else mark(f.verdict),
        f.node,
        f.device,
        f.metric,
        f.kind,
        _reason(f),
        None if f.value is None else f"{f.value:,.6g} {f.unit}".rstrip(),
        f.bar,
        by,
        f.peer_median,
        None if f.robust_z is None else round(f.robust_z, 1),
        f.disposition,
    )


def _reason(found: Found) -> str:
    told = [found.reason]
    if len(found.attempts) > 1:
        told.append(f"attempts {', '.join(f'{value:g}' for value in found.attempts)}")
    if found.pattern:
        told.append(f"shared by {found.pattern}")
    return "; ".join(told)


def _patterns(judged: Judgement) -> Grid:
    fields = (
        Field("shared by", "code"),
        Field("metric", "code"),
        Field("deviation", "number", "%"),
        Field("members", "number"),
        Field("result", "mark"),
        Field("reason", share=2),
    )
    rows = tuple(
        (
            f"{each.get('axis', '')} {each.get('group', '')}".strip(),
            str(each.get("metric") or ""),
            _figure(each.get("deviation_percent")),
            _figure(each.get("members")),
            mark(str(each.get("verdict") or "")),
            str(each.get("reason") or ""),
        )
        for each in judged.patterns
    )
    return Grid(fields, rows, "Patterns: what a group has in common")


def _figure(value: object) -> float | None:
    return round(float(value), 2) if isinstance(value, int | float) else None


def outliers_section(judged: Judgement, lots: Iterable[Lot], told: Sequence[Criterion]) -> Section:
    """Return a strip for each metric in which something stands out, with its bars and peers."""
    found: dict[str, list[Found]] = {}
    for finding in judged.findings:
        if finding.kind in ("gate", "outlier") and finding.value is not None:
            found.setdefault(finding.metric, []).append(finding)
    known = by_metric(lots)
    figures: list[Block] = []
    for metric, findings in found.items():
        places = {finding.place for finding in findings}
        bars = [each.bar for each in told if each.metric == metric and each.count]
        bars += [finding.bar for finding in findings if finding.bar]
        for lot in known.get(metric, []):
            if places & set(lot.names):
                count = len(places & set(lot.names))
                told_of = f"{lot.told}: {len(lot.values):,} values, {count} stand out"
                figures.append(Figure(drawn(lot, findings, bars), told_of, wide=0.75))
    more = len(figures) - MOST_STRIPS
    if more > 0:
        figures = [*figures[:MOST_STRIPS], Paragraph(f"{more} more metrics are left to the table.")]
    if not figures:
        missing = "No value of a finding is among the measurements that were given."
        figures = [Paragraph("Nothing stands out." if not found else missing)]
    lead = (
        "Every dot is one value; of very many, bars say how many. A cross fails, a triangle "
        "warns, a ring is unknown; the eight lowest are named."
    )
    return Section("outliers", "What stands out", tuple(figures), lead=lead)

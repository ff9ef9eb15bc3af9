"""A verdict as rows: one a finding, and one for each node without any."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.reports.judgement import Judgement

COLUMNS = (
    "node",
    "node_verdict",
    "gates",
    "outliers",
    "completeness",
    "metric",
    "device",
    "kind",
    "verdict",
    "value",
    "unit",
    "bar",
    "bar_source",
    "bar_confidence",
    "peer_median",
    "robust_z",
    "reason",
    "disposition",
    "waiver",
)
Row = tuple[str | float | None, ...]


def finding_rows(judged: Judgement) -> Iterator[Row]:
    """Yield rows in the order of COLUMNS; what is not known is empty."""
    for node in judged.nodes:
        head = (node.name, node.verdict, node.gates, node.outliers, node.completeness)
        if not node.findings:
            yield (*head, *(None,) * (len(COLUMNS) - len(head)))
        for f in node.findings:
            yield (
                *head,
                *(f.metric, f.device, f.kind, f.verdict, f.value, f.unit),
                *(f.bar, f.source, f.confidence, f.peer_median, f.robust_z),
                *(f.reason, f.disposition, f.waiver),
            )

"""Fingerprints as a person reads them, and as JSON tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millwright.model.fingerprint import Fingerprint
from millwright.reports.table import Table, left, right

SCHEMA = "millwright.fingerprints/1"


def fingerprint_table(found: Sequence[Fingerprint]) -> Table:
    """Return one row a metric of a part."""
    rows = tuple(
        (each.serial, " ".join(part for part in (each.node, each.place) if part), each.metric,
         _told(each.params), each.median, each.spread, each.count, each.unit,
         _told(each.versions), each.run)
        for each in found
    )  # fmt: skip
    columns = (
        *left("serial", "was in", "metric", "conditions"),
        *right("median", "spread", "count"),
        *left("unit", "versions", "run"),
    )
    mark = " · SIMULATED" if any(each.simulated for each in found) else ""
    return Table(f"Fingerprints{mark}", columns, rows)


def _told(pairs: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in pairs.items())


def fingerprint_document(found: Sequence[Fingerprint], **beside: Any) -> dict[str, Any]:
    """Return fingerprints as one document; `beside` is what else there is to say."""
    return {
        "schema": SCHEMA,
        "simulated": any(each.simulated for each in found),
        **beside,
        "fingerprints": [each.model_dump(mode="json") for each in found],
    }

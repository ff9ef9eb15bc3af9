"""The files of an acceptance report, for people and for machines, with their digests."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from millwright.adapters.casefiles import sums
from millwright.adapters.papers import papers, sheet
from millwright.reports.acceptance import Case, acceptance_page
from millwright.reports.findingrows import COLUMNS, finding_rows
from millwright.reports.junit import junit


def accepted_files(stem: str, case: Case, metrics: Mapping[str, set[str]]) -> dict[str, bytes]:
    """Return the report's files by name: HTML, PDF, CSV, JUnit, and SHA256SUMS of these."""
    writers = papers(Path(stem), acceptance_page(case))
    writers[Path(f"{stem}.csv")] = sheet(COLUMNS, finding_rows(case.judged))
    files: dict[str, bytes] = {}
    for path, write in writers.items():
        into = io.BytesIO()
        write(into)
        files[path.name] = into.getvalue()
    files[f"{stem}.xml"] = junit(case.name, case.judged, metrics).encode("utf-8", "replace")
    files["SHA256SUMS"] = sums(files)
    return files

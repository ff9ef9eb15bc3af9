"""The files of a handover package: pages, paper, workbook, tables, and copies that hold no secret.

What we write is cleaned of secrets before it is set; what is copied from the workspace is not
changed, so a file in which a secret stands is refused, with its line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from millwright.adapters.htmlpage import html
from millwright.adapters.look import Look
from millwright.adapters.papers import sheet
from millwright.adapters.parcelfile import content_of
from millwright.adapters.pdfpage import pdf
from millwright.adapters.workbook import workbook
from millwright.adapters.workspace import Workspace
from millwright.errors import InputError, Problem
from millwright.model.parcel import fault_of_path
from millwright.model.redaction import redacted
from millwright.reports.clean import without_secrets
from millwright.reports.handoff import paper, site_pages
from millwright.reports.handoffsheets import document, sheets, tables
from millwright.reports.handover import Handover

DESIGN = ("cluster.json", "bom.csv", "bom.xlsx", "bom.json", "cables.csv", "decisions.json")
PAPERS = ("report.html", "report.pdf", "report.xlsx")
KINDS = (".html", ".pdf", ".csv", ".json", ".xlsx", ".md", ".xml", ".txt")
TEXTS = (".html", ".csv", ".json", ".md", ".xml", ".txt", ".yaml")


def handoff_files(handover: Handover, look: Look) -> dict[str, bytes]:
    """Return what the package says itself, by paths in it."""
    files = {
        name: html(without_secrets(page), look).encode("utf-8", "replace")
        for name, page in site_pages(handover).items()
    }
    files["handoff.pdf"] = pdf(without_secrets(paper(handover)), look)
    files["handoff.xlsx"] = content_of(workbook(without_secrets(sheets(handover))))
    for name, columns, rows in tables(handover):
        files[f"tables/{name}.csv"] = content_of(sheet(columns, without_secrets(rows)))
    told = json.dumps(document(handover), indent=1, ensure_ascii=True).encode() + b"\n"
    files["handoff.json"] = redacted(told)
    return files


def design_files(workspace: Workspace) -> dict[str, bytes]:
    """Return the recorded design as it lies in the workspace, its papers where there are any."""
    there = {f"design/{name}": workspace.design_dir / name for name in (*DESIGN, *PAPERS)}
    there["design/factory.yaml"] = workspace.factory_file
    there["design/factory.lock.json"] = workspace.lock_file
    return {
        name: workspace.inside(path).read_bytes() for name, path in there.items() if path.is_file()
    }


def compliance_files(workspace: Workspace) -> dict[str, bytes]:
    """Return what answers of controls were written to `compliance/`."""
    folder = workspace.root / "compliance"
    found = {}
    for path in sorted(folder.rglob("*")):
        name = f"compliance/{path.relative_to(folder)}"
        if path.is_file() and path.suffix in KINDS and not fault_of_path(name):
            found[name] = workspace.inside(path).read_bytes()
    return found


def refuse_secrets(files: Mapping[str, bytes]) -> None:
    """Raise InputError, naming file and line and never the secret, where one stands in a copy."""
    problems = []
    for name, raw in files.items():
        if Path(name).suffix not in TEXTS:
            continue
        for number, line in enumerate(_read(name, raw).split(b"\n"), start=1):
            if redacted(line) != line:
                problems.append(
                    Problem(
                        name, number, 1, "", "what looks like a secret", "no secret in a package",
                        "take it out of the workspace's file, and change it where it is in use",
                    )
                )  # fmt: skip
    if problems:
        raise InputError(tuple(problems[:20]))


def _read(name: str, raw: bytes) -> bytes:
    """Return a text as a person reads it: what a page shows as `<redacted>` is not a secret."""
    if not name.endswith(".html"):
        return raw
    return unescape(raw.decode("utf-8", "replace")).encode()

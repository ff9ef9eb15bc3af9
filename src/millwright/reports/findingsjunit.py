"""Findings of a design in the words of CI systems: a case each, errors alone are failures."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from millwright.model.finding import Finding
from millwright.reports.picture import legal


def findings_junit(name: str, findings: Sequence[Finding]) -> str:
    """Return JUnit XML. An error is a failure; a warning passes and says so in its output."""
    failures = sum(finding.severity == "error" for finding in findings)
    cases = [_case(finding) for finding in findings]
    cases.insert(0, '<testcase classname="design" name="the spec can be read"/>')
    count = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="0"'
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {count}>",
         f"<testsuite name={quoteattr(legal(name))} {count}>", *cases, "</testsuite>",
         "</testsuites>", ""]
    )  # fmt: skip


def _case(finding: Finding) -> str:
    where = quoteattr(legal(f"{finding.where}: {finding.message}")[:200])
    head = f"<testcase classname={quoteattr(legal(finding.rule))} name={where}>"
    told = escape(legal(f"{finding.message}\n{finding.hint}".strip()))
    if finding.severity == "error":
        return (
            f"{head}<failure message={quoteattr(legal(finding.rule))}>{told}</failure></testcase>"
        )
    return f"{head}<system-out>{finding.severity}: {told}</system-out></testcase>"

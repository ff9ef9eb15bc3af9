"""From what scanners wrote to scans: each rule once, and what was not checked is not covered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from millwright.errors import MillwrightError
from millwright.model.scan import Scan, ScanResult, ScanRow
from millwright.probes.lynis_report import LynisReport
from millwright.probes.xccdf import Results, RuleText

WORDS: dict[str, ScanResult] = {
    "pass": "pass", "fixed": "pass", "fail": "fail", "error": "unknown", "unknown": "unknown",
    "notapplicable": "not-covered", "notchecked": "not-covered", "notselected": "not-covered",
    "informational": "not-covered",
}  # fmt: skip
"""XCCDF's own words. What does not fit a system was not covered on it."""
_HIPAA = re.compile(r"^(?:45 ?CFR ?§? ?)?164\.3\d\d(?:\([A-Za-z0-9]+\))*$")


def of_xccdf(found: Results, file: tuple[str, str], stamp: tuple[str, str], node: str) -> Scan:
    """Return a scan; `file` is its name and digest, `stamp` when and by whom it is imported."""
    rows = tuple(
        _row(found.rules.get(result.rule), result.rule, result.result, result.severity)
        for result in found.results
        if result.result != "notselected"
    )
    oval = "oval" in found.benchmark.lower() or "vulnerab" in found.profile.lower()
    return Scan(
        tool="OpenSCAP", kind="vulnerabilities" if oval else "baseline",
        node=node or found.target or "unnamed", at=_moment(found.at, stamp[0]),
        profile=found.profile, benchmark=found.benchmark, sha256=file[1], file=file[0],
        imported=stamp[0], by=stamp[1], rows=rows,
    )  # fmt: skip


def _moment(told: str, imported: str) -> str:
    """Return when a scan was made, in UTC; where the file does not say, when it was imported.

    A time without a zone is taken as UTC. Raises MillwrightError for what is no time, and for one
    more than a day ahead, which would stay the newest for good.
    """
    if not told:
        return imported
    try:
        found = datetime.fromisoformat(told)
        moment = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        ahead = moment - datetime.fromisoformat(imported)
    except (ValueError, OverflowError):
        raise MillwrightError(f"the scan was made at {told[:40]!r}, which is no time") from None
    if ahead.total_seconds() > _DAY_S:
        raise MillwrightError(f"the scan was made at {told[:40]}, which is still to come",
                              hint="set the clock of the scanned host, and scan again")  # fmt: skip
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


_DAY_S = 86_400


def _row(rule: RuleText | None, id_: str, word: str, severity: str) -> ScanRow:
    return ScanRow(
        rule=id_[-200:] or "unnamed", title=rule.title if rule else "",
        result=WORDS.get(word, "unknown"), said=word, severity=severity,
        refs=tuple(hipaa_refs(rule))[:64] if rule else (),
    )  # fmt: skip


def hipaa_refs(rule: RuleText) -> Iterator[str]:
    """Yield the paragraphs of 45 CFR 164 that a rule says it belongs to."""
    for _, text in rule.refs:
        bare = text.strip()
        if _HIPAA.match(bare):
            yield bare[bare.index("164.") :]


def of_lynis(found: LynisReport, file: tuple[str, str], stamp: tuple[str, str], node: str) -> Scan:
    """Return a scan of a Lynis report: controls with a remark failed, others that ran passed."""
    remarked = {each.control: each for each in found.remarks}
    rows = [
        ScanRow(rule=f"lynis {name}", title=each.text[:200], result="fail",
                said="warning" if each.warning else "suggestion")
        for name, each in remarked.items()
    ]  # fmt: skip
    rows += [ScanRow(rule=f"lynis {name}", result="pass", said="carried out without a remark")
             for name in found.done if name not in remarked]  # fmt: skip
    rows += [ScanRow(rule=f"lynis {name}", result="not-covered", said="skipped")
             for name in found.skipped if name not in remarked]  # fmt: skip
    index = f"Lynis gives a hardening index of {found.index}: no share of compliance."
    return Scan(
        tool=f"Lynis {found.version}", kind="baseline", node=node or found.host or "unnamed",
        at=_moment(found.at, stamp[0]), sha256=file[1], file=file[0], imported=stamp[0],
        by=stamp[1], note=index if found.index else "", rows=tuple(rows),
    )  # fmt: skip


def tailoring(found: Results, source: str, stamp: str) -> tuple[str, int]:
    """Return a tailoring of XCCDF 1.2 that takes rules with HIPAA references alone, and how many.

    Every other rule is left out by name, so that no profile of the benchmark adds to it.
    """
    chosen = {id_ for id_, rule in found.rules.items() if any(True for _ in hipaa_refs(rule))}
    lines = [f'    <xccdf:select idref={quoteattr(id_)} selected="true"/>' for id_ in found.groups
             if id_]  # fmt: skip
    lines += [
        f'    <xccdf:select idref={quoteattr(id_)} selected="{str(id_ in chosen).lower()}"/>'
        for id_ in sorted(found.rules)
    ]
    text = "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<xccdf:Tailoring xmlns:xccdf="http://checklists.nist.gov/xccdf/1.2"'
            ' id="xccdf_org.millwright_tailoring_hipaa">',
            f"  <xccdf:benchmark href={quoteattr(source)}/>",
            f'  <xccdf:version time="{stamp}">1</xccdf:version>',
            '  <xccdf:Profile id="xccdf_org.millwright_profile_hipaa">',
            f'    <xccdf:title override="true">{escape(_TITLE)}</xccdf:title>',
            *lines,
            "  </xccdf:Profile>",
            "</xccdf:Tailoring>",
            "",
        ]
    )
    return text, len(chosen)


_TITLE = "Rules that refer to 45 CFR 164.3xx, chosen by millwright; the operating system alone"

"""The acceptance report: what was asked of a factory, what it gave, and what nobody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.nodeset import folded
from millwright.model.waiver import Waiver
from millwright.reports.accepted import findings_section, nodes_section, outliers_section
from millwright.reports.burnin import length
from millwright.reports.criteria import Criterion, criteria, criteria_grid
from millwright.reports.judgement import Judgement, mark
from millwright.reports.lots import Measured
from millwright.reports.page import (
    SIMULATED,
    Block,
    Fact,
    Facts,
    Field,
    Figure,
    Grid,
    Notice,
    Page,
    Points,
    Section,
    Signatures,
)
from millwright.reports.shares import percent_of
from millwright.reports.timeline import timeline
from millwright.reports.turns import spans
from millwright.reports.untested import bounds_section, untested_section


@dataclass(frozen=True, slots=True)
class File:
    """A file that a report is made from."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Case:
    """All that an acceptance report is made of. Plan and outcomes are there where a run is; a
    verdict over somebody else's measurements has neither, and the report says so."""

    name: str
    judged: Judgement
    measured: Measured
    plan: BuildPlan | None
    outcomes: Sequence[Outcome]
    waivers: Sequence[Waiver]
    files: Sequence[File]
    by: str

    @property
    def simulated(self) -> bool:
        """Return whether anything in it is simulated."""
        planned = self.plan is not None and self.plan.simulated
        return planned or self.judged.simulated or self.measured.simulated > 0


def acceptance_page(case: Case) -> Page:
    """Return the acceptance report."""
    told = criteria(case.judged, case.measured.lots, case.plan)
    notices = [SIMULATED] if case.simulated else []
    if case.judged.completeness < 1:
        notices.append(_incomplete(case.judged))
    return Page(
        what="Acceptance report",
        title=case.name,
        first_line=first_line(case.judged),
        tone=mark(case.judged.verdict).tone,
        sections=(
            _summary(case),
            _criteria(told),
            nodes_section(case.judged),
            findings_section(case.judged),
            outliers_section(case.judged, case.measured.lots, told),
            _waivers(case),
            untested_section(case.judged, case.plan, told),
            bounds_section(case.judged, case.plan, case.outcomes),
            _trust(case),
            *_when(case),
            _close(case),
        ),
        made=case.measured.last_at,
        by=case.by,
        notices=tuple(notices),
        facts=_origin(case),
        paper="landscape",
    )


def percent(share: float) -> str:
    """Return a share in per cent; what is not whole never reads as 100."""
    return f"{percent_of(share):.1f}".removesuffix(".0") + " %"


def first_line(judged: Judgement) -> str:
    """Return what a report says first: how complete it is, and how it stands."""
    counts = Counter(node.verdict for node in judged.nodes)
    order = ("FAIL", "UNKNOWN", "WARN", "PASS")
    told = ", ".join(f"{counts[word]:,} {word}" for word in order if counts[word])
    return (
        f"{percent(judged.completeness)} complete. Verdict {judged.verdict}: of "
        f"{len(judged.nodes):,} nodes {told or 'none was judged'}."
    )


def _incomplete(judged: Judgement) -> Notice:
    short = [n.name for n in judged.nodes if n.completeness is not None and n.completeness < 1]
    where = f" on {folded(short)}" if short else ""
    return Notice(
        "INCOMPLETE",
        f"{percent(judged.completeness)} of what was expected has been measured{where}. What is "
        "missing counts as UNKNOWN and never as passed.",
        "unknown",
    )


def _origin(case: Case) -> tuple[Fact, ...]:
    plan = case.plan
    judged = case.judged
    moments = (case.measured.first_at, case.measured.last_at)
    between = " to ".join(dict.fromkeys(_minute(at) for at in moments if at))
    return (
        Fact("Measured", between or "not told"),
        Fact("Platform", judged.platform or "not told"),
        Fact("Burn-in", f"{plan.class_}, up to {plan.level}" if plan else "no plan was given"),
        Fact(
            "Criteria",
            plan.criteria_sha256[:16] if plan else "not frozen",
            "SHA-256, before the run",
        ),
    )


def _minute(at: str) -> str:
    """Return a moment to the minute, where it is UTC."""
    return f"{at[:10]} {at[11:16]} UTC" if at.endswith("Z") and len(at) > 16 else at


def _summary(case: Case) -> Section:
    judged = case.judged
    counts = Counter(node.verdict for node in judged.nodes)
    figures = (
        Fact("Verdict", mark(judged.verdict)),
        Fact("Complete", percent(judged.completeness), _expected(judged)),
        Fact("Nodes passed", f"{counts['PASS']:,} of {len(judged.nodes):,}"),
        Fact("Values measured", case.measured.count or judged.measurements),
    )
    blocks: list[Block] = [Facts(figures, large=True)]
    if judged.notes:
        blocks.append(Points(judged.notes, "To be known before the numbers"))
    return Section("summary", "Summary", tuple(blocks))


def _expected(judged: Judgement) -> str:
    words = {"plan": "of the plan", "design": "of the design", "peers": "of what peers have"}
    return words.get(judged.expected_from, "")


def _criteria(told: Sequence[Criterion]) -> Section:
    lead = (
        "Each bar with who says so and how surely; a bar of confidence estimate may warn and never "
        "fail. Where no bar is known, values were compared among themselves."
    )
    return Section("criteria", "Criteria", (criteria_grid(told),), lead=lead)


def _waivers(case: Case) -> Section:
    rows = tuple(
        (w.node, w.metric, w.device, w.owner, w.reason, w.expires.isoformat()) for w in case.waivers
    )
    fields = (
        Field("node", "code"),
        Field("metric", "code"),
        Field("device", "code"),
        Field("owner"),
        Field("reason", share=2),
        Field("expires", "code"),
    )
    blocks: list[Block] = [Grid(fields, rows, empty="No list of waivers was given.")]
    waived = [f for f in case.judged.findings if f.waived]
    if waived:
        found = tuple((f.place, f.metric, f.reason, f.waiver or "not told") for f in waived)
        told = (
            Field("where", "code"),
            Field("metric", "code"),
            Field("finding", share=1.5),
            Field("waived by, and until"),
        )
        blocks.append(Grid(told, found, "Findings that are waived: shown, and counted for nothing"))
    return Section("waivers", "Waivers", tuple(blocks))


def _trust(case: Case) -> Section:
    plan = case.plan
    rows = tuple(
        (t.tool, t.test, t.trust or "nothing known against it", " ".join(t.argv))
        for t in (plan.tests if plan else ())
    )
    fields = (
        Field("tool", "code"),
        Field("test", "code"),
        Field("what it passes that it should not", share=1.6),
        Field("command", share=1.6),
    )
    empty = (
        f"Tools that measured: {', '.join(case.measured.tools) or 'not told'}. No plan was given."
    )
    return Section("trust", "Tools, and how far to trust them", (Grid(fields, rows, empty=empty),))


def _when(case: Case) -> tuple[Section, ...]:
    told = spans(case.outcomes)
    if not told:
        return ()
    took = max(span.end_s for span in told)
    counts = Counter(outcome.came for outcome in case.outcomes)
    lead = (
        f"{length(took)} altogether. Turns: {', '.join(f'{n:,} {w}' for w, n in counts.items())}."
    )
    return (Section("when", "When", (Figure(timeline("Tests over time", told)),), lead=lead),)


def _close(case: Case) -> Section:
    words = (
        f"The undersigned have read this report. It says {case.judged.verdict}, "
        f"{percent(case.judged.completeness)} complete"
        f"{', on SIMULATED hardware' if case.simulated else ''}."
    )
    rows = tuple((file.name, file.bytes, file.sha256) for file in case.files)
    fields = (Field("file", "code"), Field("size", "number", "bytes"), Field("SHA-256", "code"))
    return Section(
        "signatures",
        "Signatures and manifest",
        (
            Signatures(words, ("Integrator", "Customer", "Witness")),
            Grid(
                fields,
                rows,
                "Made from",
                "Digests of the report's own files lie beside it in SHA256SUMS.",
            ),
        ),
    )

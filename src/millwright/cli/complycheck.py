"""One check of compliance, from the ground to the kept document; and its report as files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.complying import Desk, actor, ground_of, seen_of, words_that_count
from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.sweeps import Look, Seen
    from millwright.manage.comply.ground import Ground
    from millwright.model.checked import Check
    from millwright.model.compliance import Pack

PROMISED = ("data-resident", "data-placed", "data-kept-as-declared")
"""What the spec itself promises of its data; it is held to it under any rule book."""


def checked(desk: Desk, look: Look | None, only: Sequence[str]) -> Check:
    """Answer every control of the chosen packs, and keep the whole as evidence.

    Raises MillwrightError where the spec names no pack.
    """
    from millwright.adapters.compliancebook import keep_check

    packs = desk.packs(only)
    if not packs:
        raise MillwrightError(
            "no rule book is chosen",
            hint="name some in factory.yaml, compliance.frameworks; "
            "`millwright manage comply scope` says which seem to apply",
        )
    begun = time.monotonic()
    seen = seen_of(desk, look)
    source = str(look.source) if look is not None and look.source else ""
    ground = ground_of(desk, seen, source)
    check = _answered(desk, ground, packs, _run(desk, seen))
    keep_check(workspace_of(desk.door), check, round(time.monotonic() - begun, 3))
    return check


def _run(desk: Desk, seen: Seen | None) -> str:
    """Return the run that a check is kept in: that of the look which it was made for, or a new
    one."""
    from millwright.adapters.compliancebook import PHASE
    from millwright.adapters.recording import begin_run

    if seen is not None and seen.run.endswith(f"-{PHASE}") and not _taken(desk.door, seen.run):
        return seen.run
    return begin_run(workspace_of(desk.door), PHASE).name


def _taken(door: Door, run: str) -> bool:
    from millwright.adapters.compliancebook import FOUND

    return (workspace_of(door).root / "runs" / run / FOUND).exists()


def _answered(desk: Desk, ground: Ground, packs: Sequence[Pack], run: str) -> Check:
    from millwright import __version__
    from millwright.manage.comply.annex import access_rows, asset_rows, way_rows
    from millwright.manage.comply.answering import control_answers, coverage, rule_answers
    from millwright.model.checked import Check

    names = [name for pack in packs for rule in desk.books.of(pack.id) for name in rule.controls]
    names += PROMISED if ground.scope.data else ()
    answers = control_answers(ground, desk.books, words_that_count(desk.door), names)
    rules = rule_answers(ground, desk.books, packs, answers)
    return Check(
        factory=ground.factory.name,
        at=f"{ground.now:%Y-%m-%dT%H:%M:%SZ}",
        by=actor(),
        run=run,
        source=ground.facts.source,
        facts_at=ground.facts.at,
        simulated=ground.simulated or bool(ground.facts.simulated),
        tool_version=__version__,
        catalog_sha256=desk.digest,
        scope=ground.scope,
        coverage=coverage(packs, rules),
        rules=rules,
        controls=tuple(answers.values()),
        silent=dict(ground.facts.silent),
        access=access_rows(ground, ground.checks),
        ways=way_rows(ground),
        assets=asset_rows(ground, desk.cluster),
    )


def status_of(check: Check) -> Exit:
    """Return how a check ends: 1 where a control fails, 3 where one is open."""
    answers = {each.answer for each in check.controls}
    if "fail" in answers:
        return Exit.NO
    return Exit.UNANSWERED if answers & {"unknown", "unanswered"} else Exit.DONE


def tell(door: Door, check: Check, *, rules: bool = False) -> None:
    """Show a check: one document, or coverage and what is wrong."""
    from millwright.reports import compliance as told

    if door.json:
        door.ui.json(check.model_dump(mode="json", by_alias=True))
        return
    door.ui.heading(told.headline(check))
    door.ui.table(told.coverage_table(check))
    for pack in check.coverage if rules else ():
        door.ui.table(told.rule_table(check, pack.pack))
    door.ui.table(told.bad_table(check))
    door.ui.raw(told.check_lines(check))
    door.ui.detail(f"evidence: runs/{check.run}")


def written(door: Door, check: Check, out: Path) -> list[Path]:
    """Write a check as HTML, PDF, JSON and CSV; return the files."""
    from millwright.adapters.papers import papers, sheet
    from millwright.adapters.workspace import Workspace, writing
    from millwright.cli.complying import desk_of
    from millwright.reports.compliancepage import compliance_page
    from millwright.reports.compliancesheets import sheets

    books = desk_of(door).books
    writers = papers(out / "compliance", compliance_page(check, books))
    for name, (columns, rows) in sheets(check).items():
        writers[out / f"{name}.csv"] = sheet(columns, rows)
    raw = check.model_dump_json(by_alias=True, indent=1).encode()
    writers[out / "compliance.json"] = writing(raw + b"\n")
    Workspace(out).replace_files(writers)
    return list(writers)

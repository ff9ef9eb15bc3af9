"""Reads what a handover package tells from the workspace; what is not there stays absent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import Inputs, inputs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.adapters.ledger import SqlLedger
    from millwright.adapters.workspace import Workspace
    from millwright.model.drill import DrillRecord
    from millwright.model.handover import HandoverFile
    from millwright.model.standing import Done
    from millwright.reports.acceptance import Case
    from millwright.reports.handover import Accepted, Built, Handover, Stock
    from millwright.reports.runbook import Runbook


def handover_of(door: Door, said: HandoverFile, runbooks: list[Runbook]) -> Handover:
    """Return the package as a value."""
    from millwright import __version__
    from millwright.adapters.evidencekeys import signer_of, signers_file, signers_in
    from millwright.adapters.evidencestore import SEALS, stored, unsealed
    from millwright.adapters.handofffiles import compliance_files, design_files
    from millwright.adapters.statementbook import StatementBook
    from millwright.adapters.sweepbook import last_sweep
    from millwright.reports.handover import Book, Handover

    inputs = inputs_of(door)
    workspace = inputs.workspace
    signers = signers_in(signers_file(workspace))
    ledger, drills = _state(workspace)
    seals = StatementBook(workspace, SEALS).heard(signers).statements
    books = [Book(b.group.name, b.group.title, b.group.severity) for b in runbooks]
    signer = signer_of(workspace)
    found = Handover(
        factory=inputs.read.factory, by=f"millwright {__version__}", made="", simulated=False,
        built=_built(inputs), accepted=_accepted(workspace), stock=_stock(workspace),
        ledger=ledger, health=last_sweep(workspace, door.ui.say),
        runs=stored(workspace, signers), seals=len(seals), gone=unsealed(workspace, seals),
        drills=drills, runbooks=books, compliance=tuple(compliance_files(workspace)),
        design_papers=tuple(design_files(workspace)), said=said,
        signer=signer.fingerprint if signer else "",
    )  # fmt: skip
    return replace(found, made=_newest(found), simulated=_simulated(found))


def _newest(found: Handover) -> str:
    """Return the time of the newest thing told, to the second; nothing where nothing tells one."""
    times = [run.ended for run in found.runs if run.ended]
    times += [done.at for done in found.ledger.values()]
    times += [found.health.at] if found.health else []
    times += [found.accepted.last_at] if found.accepted and found.accepted.last_at else []
    plain = [f"{at[:19]}Z" for at in times if at.endswith("Z") and len(at) >= 20]
    return max(plain, default="")


def _simulated(found: Handover) -> bool:
    parts = (
        found.built.cluster.simulated, any(run.simulated for run in found.runs),
        bool(found.accepted and found.accepted.judged.simulated),
        bool(found.stock and found.stock.assets.simulated),
        bool(found.health and found.health.simulated),
    )  # fmt: skip
    return any(parts)


def _built(inputs: Inputs) -> Built:
    from millwright.adapters.artefacts import check_fresh, read_bom, read_cables, read_cluster
    from millwright.adapters.decisionfile import read_decisions
    from millwright.cli.hardware import wish_of
    from millwright.design.sizing.enough import grown_nodes, size_on, steps_of
    from millwright.reports.designedneeds import Stage
    from millwright.reports.handover import Built

    workspace = inputs.workspace
    lock = check_fresh(workspace, inputs.lock())
    cluster = read_cluster(workspace, lock)
    wish = wish_of(inputs)
    size = size_on(wish, cluster)
    return Built(
        cluster=cluster, bom=read_bom(workspace, lock), cables=read_cables(workspace, lock)[1],
        digests=lock.files, decisions=read_decisions(workspace),
        stages=[Stage(at, grown_nodes(wish, cluster, at)) for at in steps_of(wish) if size],
    )  # fmt: skip


def _state(workspace: Workspace) -> tuple[Mapping[tuple[str, str], Done], tuple[DrillRecord, ...]]:
    from contextlib import closing

    from millwright.adapters.ledger import ledger_of

    if not (workspace.root / "state.db").exists():
        return {}, ()
    with closing(ledger_of(workspace.root)) as ledger:
        return ledger.rows(), _drills(ledger)


def _drills(ledger: SqlLedger) -> tuple[DrillRecord, ...]:
    from millwright.adapters.drillbook import SqlDrillBook
    from millwright.adapters.lifecyclebook import SqlLifecycle

    return tuple(SqlDrillBook(ledger, SqlLifecycle(ledger)).records().values())


def judged_run(workspace: Workspace) -> Path | None:
    """Return the last burn-in that has a verdict."""
    from millwright.adapters.buildruns import build_runs

    found = [run for run in build_runs(workspace) if (run / "verdict.json").is_file()]
    return found[-1] if found else None


def case_of(door: Door, folder: Path) -> tuple[Case, dict[str, set[str]]]:
    """Return what the acceptance report of a run is made from."""
    from millwright.adapters.buildruns import MEASUREMENTS
    from millwright.cli.buildreport import case

    return case(door, folder, (folder / "verdict.json", (folder / MEASUREMENTS,)), (None, ""))


def _accepted(workspace: Workspace) -> Accepted | None:
    from millwright.adapters.buildruns import MEASUREMENTS
    from millwright.adapters.casefiles import read_judgement
    from millwright.adapters.measuredlots import measured_lots
    from millwright.reports.handover import Accepted

    folder = judged_run(workspace)
    if folder is None:
        return None
    measured, _ = measured_lots((folder / MEASUREMENTS,))
    return Accepted(folder.name, read_judgement(folder / "verdict.json"), measured.last_at)


def _stock(workspace: Workspace) -> Stock | None:
    """Return what nodes told of themselves in the last run that asked them."""
    from millwright.adapters.evidencestore import run_folders
    from millwright.adapters.targetfile import read_targets
    from millwright.build.firmware import matrix_of
    from millwright.cli.inventory import kept
    from millwright.reports.handover import Stock

    folders = [path for path in run_folders(workspace) if path.name.endswith("-assets")]
    if not folders:
        return None
    assets = kept(folders[-1])
    targets = workspace.root / "firmware.yaml"
    wanted = read_targets(targets) if targets.is_file() else ()
    return Stock(folders[-1].name, assets, matrix_of(assets, wanted))

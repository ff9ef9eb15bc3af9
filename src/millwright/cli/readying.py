"""Joins what gates are answered from: every record of the workspace, read and never made up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.adapters.artefacts import NoDesign, StaleDesign, check_fresh, read_cluster
from millwright.adapters.decisionfile import read_decisions
from millwright.adapters.drillbook import SqlDrillBook
from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.ownerfile import read_owners
from millwright.adapters.readyrecords import accepted, procedures, written_for
from millwright.adapters.trailbook import SqlTrail
from millwright.cli.wiring import Inputs
from millwright.design.placement.choose import on_site
from millwright.errors import Infeasible, MillwrightError
from millwright.manage.ready.records import Need, Records

if TYPE_CHECKING:
    from millwright.model.cluster import Cluster
    from millwright.model.readiness import Controls, GateItem
    from millwright.model.slo import SloDocument
    from millwright.model.spec import Factory

ANSWERS = "slo.json"


def records_of(inputs: Inputs, slo: Path | None) -> Records:
    """Return all records of a workspace. Raises MillwrightError where one cannot be read at all:
    a broken record is no absent one."""
    workspace, factory = inputs.workspace, inputs.read.factory
    cluster, told = _designed(inputs)
    ledger = ledger_of(workspace.root)
    try:
        trail = SqlTrail(ledger, workspace).trail()
        drills = SqlDrillBook(ledger, SqlLifecycle(ledger)).records()
        standing = ledger.rows()
    finally:
        ledger.close()
    local = on_site(factory)
    away = [each.name for each in factory.workloads if each not in local.workloads]
    return Records(
        now=datetime.now(UTC),
        factory=factory,
        cluster=cluster,
        design=told,
        need=_needs(inputs, local, cluster),
        local=frozenset(each.name for each in local.workloads),
        away=written_for(workspace, away),
        accepted=accepted(workspace),
        standing=standing,
        slo=slo_recorded(inputs, slo),
        drills=tuple(drills.values()),
        decisions=read_decisions(workspace),
        procedures=procedures(workspace, factory),
        words=trail.words,
        signed=frozenset(trail.signed),
        trail_broken=trail.broken,
        watched=_watched(inputs),
        controls=_controls(inputs),
        owners=read_owners(workspace, factory),
    )


def _designed(inputs: Inputs) -> tuple[Cluster | None, str]:
    """Return the cluster if it is that of today's spec; else why there is none to answer from."""
    try:
        lock = check_fresh(inputs.workspace, inputs.lock())
        return read_cluster(inputs.workspace, lock), ""
    except (NoDesign, StaleDesign) as error:
        return None, error.message


def _needs(inputs: Inputs, local: Factory, cluster: Cluster | None) -> dict[str, Need]:
    """Return what each workload of the site asks for on the server that was designed."""
    if cluster is None or not local.workloads:
        return {}
    from millwright.cli.sizing import models_of
    from millwright.design.sizing.growing import loads_after
    from millwright.design.sizing.sheet import ground_of
    from millwright.design.sizing.size import size_factory

    catalog, server = inputs.loaded.catalog, cluster.pools[0].server
    ground = ground_of(catalog, catalog.servers[server], models_of(inputs))
    try:
        found = size_factory(local, ground, loads_after(inputs.read.factory, 0))
    except (Infeasible, MillwrightError) as refusal:
        return {each.name: Need(server, None, None, refused=refusal.message)
                for each in local.workloads}  # fmt: skip
    sizes = {each.workload: each for each in found.workloads}
    refused = {each.where: each.message for each in found.refused}
    whole = "; ".join(refused.values())
    return {
        each.name: Need(
            server, found.gpus, found.nodes,
            of_workload=sizes[each.name].gpus if each.name in sizes else None,
            confidence=sizes[each.name].confidence if each.name in sizes else "estimate",
            refused=whole,
        )
        for each in local.workloads
    }  # fmt: skip


def slo_recorded(inputs: Inputs, named: Path | None) -> SloDocument | None:
    """Return how promises stand by recorded answers: of a named file, or of `slo.json`."""
    from millwright.cli.manageslo import recorded_slo

    path = named or inputs.workspace.root / ANSWERS
    if named is None and not path.is_file():
        return None
    return recorded_slo(inputs, path)


def _watched(inputs: Inputs) -> dict[str, GateItem]:
    """Return for each workload how its model and feeds stood at the last look, where one is
    kept."""
    from millwright.adapters.modelbook import last_look
    from millwright.manage.models.looks import gate_items

    found = last_look(inputs.workspace)
    return {} if found is None else gate_items(found, datetime.now(UTC))


def _controls(inputs: Inputs) -> Controls | None:
    """Return how controls were answered at the last check; None where none is kept.

    Raises MillwrightError where the newest one cannot be read.
    """
    from collections import Counter

    from millwright.adapters.compliancebook import checks
    from millwright.model.readiness import Controls

    found = next(checks(inputs.workspace, _unreadable), None)
    if found is None:
        return None
    counts = Counter(str(each.answer) for each in found.controls)
    packs = ", ".join(each.name for each in found.scope.packs)
    return Controls(found.at, dict(counts.most_common()), f"runs/{found.run}: {packs}")


def _unreadable(told: str) -> None:
    raise MillwrightError(told, hint="move it away, and check again")

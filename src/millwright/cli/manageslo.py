"""`manage slo`: whether tiers get what they were promised, by what Prometheus saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import Inputs, inputs_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.manage.slo.measuring import Terms
    from millwright.model.catalog import Catalog
    from millwright.model.slo import SloDocument
    from millwright.ports import Metrics


@guarded
def slo(
    context: typer.Context,
    prometheus: Annotated[str | None, typer.Option(metavar="URL", help="Ask this one.")] = None,
    recorded: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Answers that --record wrote.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep what Prometheus answered.")
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="Its certificate authority (PEM).")] = None,
    credentials: Annotated[
        Path | None, typer.Option(help="A file of mode 600: TOKEN or USER:PASSWORD.")
    ] = None,
    json: Json = False,
) -> None:
    """Hold what each tier was promised against what its services and hosts did.

    Latency, error budget with its burn rates, queue, GPUs, storage, noisy neighbours. Promises
    stand in factory.yaml: tiers: [{name: clinical, slo: {select: {namespace: x}, availability:
    0.999, latency: [{of: first-token, percentile: 95, at_most_s: 1}]}}]. Ends with 1 where one is
    missed, with 3 where one is unknown.

    Example: millwright manage slo --prometheus https://prometheus:9090
    """
    door = door_of(context, json=json)
    if bool(prometheus) == bool(recorded):
        raise MillwrightError("say either --prometheus URL or --from FILE")
    inputs = inputs_of(door)
    if not inputs.read.factory.tiers:
        raise MillwrightError(
            "the spec has no tiers", hint="tiers: [{name: clinical, slo: {availability: 0.999}}]"
        )
    if recorded:
        document = recorded_slo(inputs, recorded)
    else:
        document = _live(inputs, str(prometheus), (ca, credentials), record)
    _tell(door, document)
    raise typer.Exit(int(status_of(document)))


def status_of(document: SloDocument) -> Exit:
    """Return how the command ends: by the worst tier."""
    answers = {tier.answer for tier in document.tiers}
    if "missed" in answers:
        return Exit.NO
    return Exit.UNANSWERED if "unknown" in answers else Exit.DONE


@dataclass(frozen=True, slots=True)
class _Told:
    """Who answers, when, and whether what he tells of is simulated."""

    metrics: Metrics
    at: str
    recorded: bool
    simulated: bool = False


def recorded_slo(inputs: Inputs, path: Path) -> SloDocument:
    """Return the judgement of answers that were recorded. Raises InputError where they are none."""
    from millwright.adapters.promquery import RecordedMetrics, read_answers

    answers = read_answers(path)
    told = _Told(RecordedMetrics(answers), answers.at, True, answers.simulated)
    return _judged(inputs, told)


def _live(
    inputs: Inputs, url: str, files: tuple[Path | None, Path | None], record: Path | None
) -> SloDocument:
    from datetime import UTC, datetime

    from millwright.adapters.prometheus import Server, asker
    from millwright.adapters.promquery import Answers, AskedMetrics, write_answers
    from millwright.adapters.windowbook import moment

    now = datetime.now(UTC)
    asked = AskedMetrics(asker(Server(url, *files)), now.timestamp())
    document = _judged(inputs, _Told(asked, moment(now), False))
    if record:
        kept = Answers(
            at=moment(now), simulated=document.simulated, instant=asked.instant, range=asked.ranges
        )
        write_answers(record, kept)
    return document


def _judged(inputs: Inputs, told: _Told) -> SloDocument:
    from millwright.manage.slo.judging import judge_tier
    from millwright.model.slo import SloDocument

    hosts, simulated = tier_hosts(inputs)
    terms = terms_of(inputs.loaded.catalog)
    return SloDocument(
        at=told.at,
        simulated=simulated or told.simulated,
        told_by="recording" if told.recorded else "prometheus",
        tiers=tuple(
            judge_tier(tier, hosts.get(tier.name, ()), terms, told.metrics)
            for tier in inputs.read.factory.tiers
        ),
    )


def terms_of(catalog: Catalog) -> Terms:
    """Return the catalogue's part of service levels."""
    from millwright.manage.slo.measuring import Terms

    return Terms(
        tuple(catalog.service_signals.values()),
        tuple(catalog.burn_rates.values()),
        catalog.slo_settings["default"],
    )


def tier_hosts(inputs: Inputs) -> tuple[Mapping[str, tuple[str, ...]], bool]:
    """Return the hosts of each tier by the design, and whether it is a simulated one; none where
    nothing was designed yet."""
    from millwright.adapters.artefacts import read_cluster, read_lock
    from millwright.manage.tiers import tiers_of_pools

    if not (inputs.workspace.design_dir / "cluster.json").is_file():
        return {}, False
    cluster = read_cluster(inputs.workspace, read_lock(inputs.workspace))
    tiers = tiers_of_pools(cluster.pools, inputs.read.factory)
    found: dict[str, list[str]] = {}
    for device in cluster.devices:
        for tier in tiers.get(device.pool or "", ()) if device.role == "compute" else ():
            found.setdefault(tier, []).append(device.name)
    return {tier: tuple(names) for tier, names in found.items()}, cluster.simulated


def _tell(door: Door, document: SloDocument) -> None:
    from millwright.reports.slo import slo_lines

    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
        return
    door.ui.raw(slo_lines(document))

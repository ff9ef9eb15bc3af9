"""`manage rules`: alerts, measures and pictures for a Prometheus, from the catalogue of checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import catalog_of, workspace_of

if TYPE_CHECKING:
    from millwright.model.alertcover import RulesDocument
    from millwright.model.catalog import Catalog


@guarded
def rules(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write the files into this folder.")
    ] = None,
    json: Json = False,
) -> None:
    """Show alerts and where their limits stand; with --out write them for a Prometheus.

    Written are millwright.yml (what calls a person), millwright-maintenance.yml (who is worked at;
    write it anew when a window is opened), millwright-tiers.yml (what service tiers were promised),
    millwright-models.yml (feeds and models, where models.yaml names some) and a folder of
    dashboards for Grafana. Every alert carries the command that explains it. Checks that no
    exporter can show are named.

    Example: millwright manage rules --out rules
    """
    from millwright.model.alertcover import RulesDocument, unseen, written

    door = door_of(context, json=json)
    catalog = catalog_of(door).catalog
    document = RulesDocument(
        alerts=written(catalog.conditions),
        unseen=unseen(catalog.checks, catalog.conditions),
        files=_write(door, catalog, out) if out else (),
    )
    _tell(door, document)


def _write(door: Door, catalog: Catalog, out: Path) -> tuple[str, ...]:
    from millwright.adapters.workspace import folder_of, writing

    texts = {**_texts(door, catalog), **_of_tiers(door), **_of_models(door)}
    folder_of(out / next(iter(texts))).replace_files(
        {out / name: writing(text.encode()) for name, text in texts.items()}
    )
    return tuple(texts)


def _texts(door: Door, catalog: Catalog) -> dict[str, str]:
    """Return the files by their names."""
    from millwright.adapters.alertfiles import rules_text
    from millwright.adapters.windowbook import read_maintenance
    from millwright.deploy.dashboards import DASHBOARDS, text_of
    from millwright.deploy.sections.quietrules import maintenance_group
    from millwright.deploy.sections.rules import rule_groups

    windows = read_maintenance(workspace_of(door)).windows
    return {
        "millwright.yml": rules_text(rule_groups(catalog.conditions.values())),
        "millwright-maintenance.yml": rules_text([maintenance_group(windows)]),
        **{f"dashboards/{each.name}.json": text_of(each) for each in DASHBOARDS},
    }


def _of_tiers(door: Door) -> dict[str, str]:
    """Return rules and pictures of what tiers were promised; none where no spec says any."""
    if not workspace_of(door).factory_file.is_file():
        return {}
    from millwright.adapters.alertfiles import rules_text
    from millwright.cli.manageslo import terms_of, tier_hosts
    from millwright.cli.wiring import inputs_of
    from millwright.deploy.dashboards import Dashboard, Panel, text_of
    from millwright.manage.slo.rules import pictures, promised, tier_groups

    inputs = inputs_of(door)
    hosts, _ = tier_hosts(inputs)
    listed = [promised(each, hosts.get(each.name, ())) for each in inputs.read.factory.tiers]
    tiers = [each for each in listed if each]
    if not tiers:
        return {}
    terms = terms_of(inputs.loaded.catalog)
    panels = [Panel(p.title, p.expr, p.legend, p.unit) for p in pictures(tiers, terms)]
    return {
        "millwright-tiers.yml": rules_text(tier_groups(tiers, terms)),
        "dashboards/tiers.json": text_of(Dashboard("tiers", "Service tiers", panels, {})),
    }


def _of_models(door: Door) -> dict[str, str]:
    """Return rules of feeds and models; none where no models.yaml says any."""
    from millwright.adapters.modelsfile import FILE, read_models

    workspace = workspace_of(door)
    if not (workspace.root / FILE).is_file() or not workspace.factory_file.is_file():
        return {}
    from millwright.adapters.alertfiles import rules_text
    from millwright.cli.wiring import inputs_of
    from millwright.manage.models.rules import model_groups

    watched = read_models(workspace, inputs_of(door).read.factory)
    return {"millwright-models.yml": rules_text(model_groups(watched))}


def _tell(door: Door, document: RulesDocument) -> None:
    from millwright.reports.rules import rules_lines

    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
        return
    door.ui.raw(rules_lines(document))

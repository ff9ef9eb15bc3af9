"""Joins zones elsewhere with the design: what is placed there, how much, where it is written."""

from __future__ import annotations

import json as documents
from typing import TYPE_CHECKING, Any

from millwright.adapters.explain import similar
from millwright.cli.door import Door
from millwright.cli.wiring import Inputs, inputs_of
from millwright.errors import InputError, MillwrightError, Problem
from millwright.model.exported import NOT_VALIDATED

if TYPE_CHECKING:
    from millwright.deploy.cloud.rented import Machines, Ranges
    from millwright.deploy.cloud.zones import Away
    from millwright.model.cluster import Cluster
    from millwright.model.exported import Unknown


def _away(door: Door) -> tuple[Inputs, Cluster, tuple[Away, ...]]:
    """Return the zones elsewhere. Raises InputError, with its place, for each that is wrong."""
    from millwright.adapters.artefacts import check_fresh, read_cluster
    from millwright.adapters.decisionfile import read_decisions
    from millwright.adapters.specfile import wrong_at
    from millwright.deploy.cloud.zones import RENTED_KINDS, away, faults

    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    factory = inputs.read.factory
    found = away(factory, read_decisions(inputs.workspace))
    problems: list[Problem] = []
    for place in found:
        index = factory.zones.index(place.zone)
        for wrong in faults(place) if place.zone.kind in RENTED_KINDS else ():
            where = ("zones", index, wrong.key)
            told = (wrong.found, wrong.right, "")
            problems += wrong_at(inputs.workspace.factory_file, where, told).problems
    if problems:
        raise InputError(tuple(problems))
    return inputs, read_cluster(inputs.workspace, lock), found


def _machines(inputs: Inputs, place: Away, said: tuple[str, int | None]) -> Machines:
    """Return how many machines a zone needs. Raises MillwrightError where nobody can tell."""
    from millwright.cli.sizing import models_of
    from millwright.deploy.cloud.places import RENTED
    from millwright.deploy.cloud.rented import Machines
    from millwright.design.sizing.growing import loads_after
    from millwright.design.sizing.sheet import ground_of
    from millwright.design.sizing.size import size_factory

    server, count = said
    if server not in RENTED:
        hint = similar(server, list(RENTED)) or f"there are {', '.join(RENTED)}"
        raise MillwrightError(f"no rented machine is known like {server!r}", hint=hint)
    kind, catalog = RENTED[server], inputs.loaded.catalog
    if count is not None:
        return Machines(count, kind.name, server, count * kind.gpus, "as said")
    alone = inputs.read.factory.model_copy(update={"workloads": place.workloads})
    ground = ground_of(catalog, catalog.servers[server], models_of(inputs))
    found = size_factory(alone, ground, loads_after(inputs.read.factory, 0))
    if found.nodes is None or found.gpus is None:
        why = "; ".join(each.message for each in found.refused) or "it has no size"
        raise MillwrightError(f"{place.zone.name}: {why}", hint="say --nodes, or another --server")
    return Machines(found.nodes, kind.name, server, found.gpus, "estimate")


def _ranges(inputs: Inputs, cluster: Cluster) -> Ranges:
    from millwright.deploy.cloud.rented import Ranges
    from millwright.deploy.cloud.zones import free_range

    site = tuple(dict.fromkeys(cluster.networks.values()))
    said = [str(each.cidr) for each in inputs.read.factory.networks]
    free = free_range([*site, *said])
    if free is None:
        raise MillwrightError("no range of 10.0.0.0/8 is free", hint="networks: smaller ranges")
    return Ranges(free, tuple(each for each in site if ":" not in each))


def planned(door: Door, server: str) -> None:
    """Show zones elsewhere with their workloads, and how much they are."""
    from millwright.reports.table import Table, left, right

    inputs, _, found = _away(door)
    rows = []
    for place in found:
        rented = place.zone.kind == "cloud"
        machines = _machines(inputs, place, (server, None)) if rented else None
        rows.append(
            (
                place.zone.name, place.zone.kind, place.zone.region or "",
                ", ".join(load.name for load in place.workloads),
                machines.count if machines else None, machines.kind if machines else "own hardware",
            )
        )  # fmt: skip
    if door.json:
        keys = ("zone", "kind", "region", "workloads", "machines", "kind_of_machine")
        listed = [dict(zip(keys, row, strict=True)) for row in rows]
        door.ui.json({"schema": "millwright.cloud-plan/1", "state": NOT_VALIDATED, "zones": listed})
        return
    if not rows:
        door.ui.data("the design places nothing elsewhere")
        return
    columns = (*left("zone", "kind", "region", "workloads"), *right("machines"), *left("each"))
    door.ui.table(Table("Zones elsewhere", columns, tuple(rows)))
    door.ui.say("`deploy cloud write` writes them; machines are estimates")


def written(door: Door, named: str | None, said: tuple[str, int | None]) -> None:
    """Write the zones that were asked for, each into a folder of its own."""
    inputs, cluster, found = _away(door)
    wanted = [place for place in found if named in (None, place.zone.name)]
    if not wanted:
        known = ", ".join(place.zone.name for place in found) or "none"
        raise MillwrightError(
            f"the design places nothing in {named or 'any zone elsewhere'}",
            hint=f"there is something in {known}; `design place` tells why",
        )
    told = [_zone(inputs, cluster, place, said) for place in wanted]
    if door.json:
        door.ui.json({"schema": "millwright.cloud-written/1", "zones": told})
        return
    for each in told:
        mark = "  SIMULATED" if each["simulated"] else ""
        door.ui.data(f"{each['zone']}: {len(each['files'])} files in {each['folder']}{mark}")
        for unknown in each["unknown"]:
            door.ui.data(f"UNKNOWN  {unknown['what']}: {unknown['means']}; {unknown['mend']}")
    door.ui.say(NOT_VALIDATED)


def _zone(
    inputs: Inputs, cluster: Cluster, place: Away, said: tuple[str, int | None]
) -> dict[str, Any]:
    from millwright.adapters.exportfiles import Manifest, write_export

    folder = inputs.workspace.root / "cloud" / place.zone.name
    rented = place.zone.kind == "cloud"
    texts, unknown, known = (
        _rented(inputs, cluster, place, said) if rented else _edge(inputs, place)
    )
    record = {
        "schema": "millwright.cloud-zone/1", "zone": place.zone.name, "kind": place.zone.kind,
        "workloads": [load.name for load in place.workloads], "simulated": cluster.simulated,
        "state": NOT_VALIDATED if rented else "a spec: solve it", **known,
        "unknown": [{k: getattr(each, k) for k in ("what", "means", "mend")} for each in unknown],
    }  # fmt: skip
    texts["zone.json"] = documents.dumps(record, indent=1) + "\n"
    lock = inputs.lock()
    made = Manifest(f"cloud-{place.zone.kind}", lock.spec_sha256, lock.catalog_sha256)
    files = write_export(inputs.workspace, folder, texts, made)
    return {**record, "folder": str(folder), "files": [path.name for path in files]}


Made = tuple[dict[str, str], "tuple[Unknown, ...]", dict[str, Any]]


def _rented(inputs: Inputs, cluster: Cluster, place: Away, said: tuple[str, int | None]) -> Made:
    from millwright.adapters.resources import folder
    from millwright.deploy.cloud.rented import FILES, VALUES, readme_lines, unknown, values_text

    machines, ranges = _machines(inputs, place, said), _ranges(inputs, cluster)
    source = folder("templates") / "cloud" / "aws"
    texts = {name: (source / name).read_text(encoding="utf-8") for name in FILES}
    texts[VALUES] = values_text(inputs.read.factory.name, place, machines, ranges)
    left = unknown(place)
    texts["README.md"] = "".join(f"{line}\n" for line in readme_lines(place, machines, left))
    known = {
        "region": place.zone.region, "machines": machines.count, "kind_of_machine": machines.kind,
        "gpus": machines.gpus, "confidence": machines.confidence,
    }  # fmt: skip
    return texts, left, known


def _edge(inputs: Inputs, place: Away) -> Made:
    from millwright.adapters.plainyaml import plain_yaml
    from millwright.deploy.cloud.edge import edge_spec
    from millwright.model.exported import Unknown

    spec = edge_spec(inputs.read.factory, place)
    head = (f"Zone {place.zone.name} of {inputs.read.factory.name}: a factory of its own.",
            "Solve it here: millwright -C . design solve")  # fmt: skip
    left = (Unknown("power, cooling, racks", (), "nobody says what the place can take",
                    "`site:` of its factory.yaml"),)  # fmt: skip
    return {"factory.yaml": plain_yaml(spec, head)}, left, {}

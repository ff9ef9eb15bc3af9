"""What an auditor asks for beside answers: who can get in, ways out, inventory and map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from millwright.manage.assess.inventory import node_of
from millwright.manage.comply import flows
from millwright.manage.comply.ground import Ground
from millwright.manage.comply.people import Access, access_list
from millwright.model.assessment import NodeSeen
from millwright.model.checked import AccessRow, AssetRow, Check, WayRow
from millwright.model.cluster import Cluster
from millwright.model.nodeset import folded


def access_rows(ground: Ground, before: Sequence[Check]) -> tuple[AccessRow, ...]:
    """Return every way in, with when it was first seen by a check of this workspace."""
    return tuple(_access(ground, each, before) for each in access_list(ground.facts))


def _access(ground: Ground, each: Access, before: Sequence[Check]) -> AccessRow:
    person = each.person
    first = ground.facts.at
    for check in before:
        if any(row.login == person.name and row.keys == person.keys for row in check.access):
            first = check.facts_at or check.at
    known = None
    if ground.people:
        known = person.name in ground.people and not _strange(ground, person.name, person.keys)
    return AccessRow(
        login=person.name, uid=person.uid, nodes=folded(each.nodes), keys=person.keys,
        hardware=person.hardware, root_by=person.roots, unasked=person.free,
        since=f"{datetime.fromtimestamp(person.since, UTC):%Y-%m-%d}" if person.since else "",
        declared=known, first_seen=first,
    )  # fmt: skip


def _strange(ground: Ground, name: str, keys: Sequence[str]) -> bool:
    known = ground.people.get(name)
    return known is not None and any(key not in known for key in keys)


def way_rows(ground: Ground) -> tuple[WayRow, ...]:
    """Return every way out of nodes, folded over those that have it alike, the wrong ones first."""
    found: dict[flows.Way, list[str]] = {}
    for node, voice in ground.facts.voices.items():
        for read, _, _ in flows.READ.values():
            for way in read(voice) or ():
                found.setdefault(way, []).append(node)
    may = flows.allowed(ground)
    rows = []
    for way, nodes in found.items():
        spot = ground.places.spot(way.host)
        rows.append(
            WayRow(
                kind=way.kind, thing=way.thing, host=way.host, zone=spot.zone, how=spot.how,
                allowed=spot.zone in may, nodes=folded(dict.fromkeys(nodes)),
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.allowed, row.kind, row.host)))


def asset_rows(ground: Ground, cluster: Cluster | None) -> tuple[AssetRow, ...]:
    """Return every node that was heard, and those of the design that were not."""
    patients = {note.name: note.why for note in ground.scope.patients}
    designed = {device.name: device for device in cluster.devices} if cluster else {}
    rows: list[AssetRow] = []
    for node, voice in ground.facts.voices.items():
        device = designed.get(node)
        pool = (device.pool or "") if device else ""
        rows.append(
            _asset(node_of(voice), pool, device is not None if cluster else None,
                   patients.get(pool, patients.get("all pools", "")))
        )  # fmt: skip
    rows += _unheard(ground, cluster)
    return tuple(sorted(rows, key=lambda row: row.node))


def _asset(seen: NodeSeen, pool: str, designed: bool | None, patients: str) -> AssetRow:
    models = dict.fromkeys(gpu.model or "GPU" for gpu in seen.gpus)
    addresses = [text for port in seen.ports for text in port.addresses]
    return AssetRow(
        node=seen.node, role=seen.role, pool=pool, model=seen.model or "",
        serial=seen.serial or "", os=seen.system or "",
        gpus=f"{len(seen.gpus)} x {', '.join(models)}" if seen.gpus else "",
        addresses=tuple(addresses[:16]), designed=designed, patients=patients,
    )  # fmt: skip


def _unheard(ground: Ground, cluster: Cluster | None) -> Iterator[AssetRow]:
    pools = {device.name: device.pool or "" for device in cluster.devices} if cluster else {}
    for node in dict.fromkeys((*ground.facts.silent, *ground.hosts)):
        if node not in ground.facts.voices:
            yield AssetRow(node=node, role="not heard", pool=pools.get(node, ""),
                           designed=node in pools if cluster else None)  # fmt: skip

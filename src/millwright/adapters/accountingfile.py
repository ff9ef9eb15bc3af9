"""`accounting.yaml`: what a site assumes, and the fleet that it or the design names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.yamlfile import Document, problem, read, shown
from millwright.errors import InputError, MillwrightError
from millwright.model.accounting import NOTHING, Accounting
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.nodeset import WrongNodeSet, expanded
from millwright.model.usage import Seat

FILE = "accounting.yaml"


def read_accounting(path: Path) -> tuple[Accounting, Document | None]:
    """Return the assumptions of a file; nothing is assumed where there is none.

    Raises InputError with file, line and key of everything that is wrong.
    """
    if not path.exists():
        return NOTHING, None
    document = read(path)
    if not isinstance(document.value, dict):
        raise problem(path, (1, 1), shown(document.value), "a mapping of keys and values")
    try:
        return Accounting.model_validate_json(json.dumps(document.value)), document
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Accounting)) from None


def zone_named(name: str) -> tzinfo:
    """Return a time zone. Raises MillwrightError where none is called so."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MillwrightError(
            f"no time zone is called {name!r}", hint="such as Europe/Zurich, or UTC"
        ) from None


def moment_of(text: str, zone: tzinfo) -> int:
    """Return a date (its midnight) or a time; without an offset it is meant in the zone.

    Raises ValueError where it is neither.
    """
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=zone)).timestamp())


def seats_of(
    terms: Accounting, document: Document | None, path: Path, zone: tzinfo
) -> tuple[Seat, ...]:
    """Return the fleet that the file lists. Raises InputError where a line of it is wrong."""
    found: dict[str, Seat] = {}
    for index, row in enumerate(terms.fleet):
        at = document.position(("fleet", index)) if document else (1, 1)
        try:
            names = expanded(row.nodes)
        except WrongNodeSet as error:
            raise problem(path, at, repr(row.nodes), "a node set", error.hint) from None
        limits = [_limit(path, at, each, zone) for each in (row.since, row.until)]
        for name in names:
            if name in found:
                raise problem(path, at, f"{name} a second time", "each node once")
            found[name] = Seat(name, row.gpus, row.tier, *limits)
    return tuple(found.values())


def _limit(path: Path, at: tuple[int, int], text: str | None, zone: tzinfo) -> int | None:
    if text is None:
        return None
    try:
        return moment_of(text, zone)
    except ValueError:
        raise problem(path, at, repr(text), "a date such as 2026-03-01") from None


def designed_seats(cluster: Cluster, catalog: Catalog, tiers: Mapping[str, str]) -> Iterable[Seat]:
    """Yield the nodes of a design that have GPUs; a node's tier is that of its pool."""
    for device in cluster.devices:
        server = catalog.servers.get(device.model)
        if device.role == "compute" and server is not None and server.gpu_count.value:
            tier = tiers.get(device.pool or "", "")
            yield Seat(device.name, int(server.gpu_count.value), tier)

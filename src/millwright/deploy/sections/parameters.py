"""Parameters of hosts, from the catalogue's one table."""

from __future__ import annotations

from millwright.model.base import Frozen
from millwright.model.catalog import Catalog


class Sysctl(Frozen):
    """A kernel parameter, with who says so."""

    key: str
    value: str
    source: str


class Limit(Frozen):
    """A limit of users and services."""

    domain: str
    type: str
    item: str
    value: str


class Parameters(Frozen):
    """Host parameters from the catalogue's one table."""

    sysctl: tuple[Sysctl, ...]
    limits: tuple[Limit, ...]


def parameters(catalog: Catalog) -> Parameters:
    """Return the table as roles read it."""
    table = catalog.parameters.values()
    return Parameters(
        sysctl=tuple(
            Sysctl(key=p.key, value=p.value.value, source=p.source)
            for p in table
            if p.kind == "sysctl"
        ),
        limits=tuple(
            Limit(domain="*", type="-", item=p.key, value=p.value.value)
            for p in table
            if p.kind == "limit"
        ),
    )

"""Parameters of hosts, from the catalogue's one table: those of all, and those of one host."""

from __future__ import annotations

from collections.abc import Iterable

from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.parameters import Traits, holding, reaches
from millwright.model.platform import Parameter


class Setting(Frozen):
    """One parameter, with who says so."""

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
    """What holds for every host."""

    sysctl: tuple[Setting, ...]
    limits: tuple[Limit, ...]


class NodeParameters(Frozen):
    """What holds for one host; `sysctl` is everything that it has, the others are its own."""

    sysctl: tuple[Setting, ...] = ()
    cmdline: tuple[Setting, ...] = ()
    module: tuple[Setting, ...] = ()
    sysfs: tuple[Setting, ...] = ()
    pcie: tuple[Setting, ...] = ()
    service: tuple[Setting, ...] = ()


def parameters(catalog: Catalog) -> Parameters:
    """Return what every host has of the table."""
    table = holding(catalog.parameters.values(), Traits())
    return Parameters(
        sysctl=_settings(each for each in table if each.kind == "sysctl"),
        limits=tuple(
            Limit(domain="*", type="-", item=p.key, value=p.value.value)
            for p in table
            if p.kind == "limit"
        ),
    )


def node_parameters(catalog: Catalog, traits: Traits) -> NodeParameters:
    """Return what one host has; of two entries with one key, the one with more conditions holds.

    Those of processors, buses and modules are for hosts that compute.
    """
    table = holding(catalog.parameters.values(), traits)

    def of(kind: str) -> tuple[Setting, ...]:
        if not reaches(kind, traits):
            return ()
        return _settings(each for each in table if each.kind == kind)

    return NodeParameters(
        sysctl=of("sysctl"),
        cmdline=of("cmdline"),
        module=of("module"),
        sysfs=of("sysfs"),
        pcie=of("pcie"),
        service=of("service"),
    )


def _settings(table: Iterable[Parameter]) -> tuple[Setting, ...]:
    last = {p.key: Setting(key=p.key, value=p.value.value, source=p.source) for p in table}
    return tuple(last.values())

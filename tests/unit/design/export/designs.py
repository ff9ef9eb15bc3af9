"""A design with its plan, as exports take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from millwright.adapters.exportfiles import data_text, lines_text, sheet_text, template_text
from millwright.design.plan.plan import NetworkPlan, network_plan
from millwright.design.solve import solve
from millwright.model.catalog import Catalog
from millwright.model.cluster import CableTable, Cluster
from millwright.model.exported import Data, Export, Lines, Sheet
from tests.conftest import factory

SPECTRUM = "dgx-superpod-b300-spectrum"


@dataclass(frozen=True)
class Drawn:
    """A solved design and its network."""

    cluster: Cluster
    cables: CableTable
    plan: NetworkPlan
    catalog: Catalog

    @property
    def classes(self) -> tuple[Any, ...]:
        """Return the table of RoCE."""
        return tuple(self.catalog.traffic_classes.values())


def drawn(catalog: Catalog, blueprint: str, nodes: int, **keys: Any) -> Drawn:
    """Return a design of that many nodes."""
    spec = factory(blueprint=blueprint, compute=[{"name": "gpu", "nodes": nodes}], **keys)
    design = solve(spec, catalog)
    plan = network_plan(design.cluster, design.cables, catalog, spec.networks)
    return Drawn(design.cluster, design.cables, plan, catalog)


def texts(export: Export) -> dict[str, str]:
    """Return the files of an export as they are written."""
    found = {}
    for file in export.files:
        if isinstance(file, Data):
            found[file.path] = data_text(file.path, file.value, file.head, file.first)
        elif isinstance(file, Lines):
            found[file.path] = lines_text(file.path, file.lines)
        elif isinstance(file, Sheet):
            found[file.path] = sheet_text(file.path, file.columns, file.rows)
        else:
            found[file.path] = template_text(file.template, file.values)
    return found

"""Designs of real machines, with processors that the catalogue does not know made up."""

from __future__ import annotations

from typing import Any

from millwright.deploy.inputs import Inputs, inputs_of
from millwright.design.solve import solve
from millwright.model.catalog import Catalog
from millwright.model.sourced import Sourced
from tests.conftest import factory
from tests.unit.deploy.fakes import SHAPE


def known(catalog: Catalog) -> Catalog:
    """Return the catalogue with a shape for every server."""
    shape = Sourced(value=SHAPE, source="test", confidence="measured")
    servers = {n: s.model_copy(update={"host": shape}) for n, s in catalog.servers.items()}
    return catalog.model_copy(update={"servers": servers})


def designed(catalog: Catalog, blueprint: str, **spec: Any) -> Inputs:
    """Return what roles read of one scalable unit of a blueprint, with a head node."""
    whole = known(catalog)
    said = {"compute": [{"name": "gpu", "nodes": 2}], **spec}
    asked = factory(blueprint=blueprint, **said)
    return inputs_of(solve(asked, whole).cluster, whole, asked)


def lab(catalog: Catalog, server: str = "lab-node", **spec: Any) -> Inputs:
    """Return what roles read of a lab of two nodes of one model."""
    pools = [{"name": "gpu", "nodes": 2, "server": server}]
    return designed(catalog, "lab", **{"compute": pools, **spec})

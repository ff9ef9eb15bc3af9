"""Burn-ins of designs that are really solved, for tests."""

from __future__ import annotations

from typing import Any

from millwright.adapters.catalogs import load
from millwright.build.plan import Basis
from millwright.design.solve import solve
from millwright.model.lock import Lock
from millwright.model.site import Site
from tests.conftest import factory

CATALOG = load(None).catalog
LOCK = Lock(tool_version="0", spec_sha256="0" * 64, catalog_sha256="0" * 64)


def basis(blueprint: str = "lab", nodes: int = 2, **spec: Any) -> Basis:
    """Return what a burn-in of so many nodes is planned from.

    The racks are those of the blueprint, as they stand, whatever the site says that it gives them.
    """
    wanted = factory(blueprint=blueprint, compute=[{"name": "gpu", "nodes": nodes}], **spec)
    standing = wanted.model_copy(update={"site": Site()})
    return Basis(solve(standing, CATALOG).cluster, CATALOG, wanted, LOCK)

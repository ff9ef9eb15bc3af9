"""Bars that the design itself sets: what its servers are made of, by who says so."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.bar import ANY, Bar
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.probes.metrics import MEMORY_INSTALLED


def design_bars(cluster: Cluster, catalog: Catalog) -> Iterator[Bar]:
    """Yield one bar a server model on its memory, where the catalogue tells how much it has."""
    for name in sorted({pool.server for pool in cluster.pools}):
        server = catalog.servers[name]
        if server.host is None:
            continue
        yield Bar(
            name=f"design-memory-{name}",
            metric=MEMORY_INSTALLED.name,
            rule="at_least",
            value=server.host.value.memory_mib,
            unit=MEMORY_INSTALLED.unit,
            platform=ANY,
            skus=(name,),
            source=server.host.source,
            confidence=server.host.confidence,
            note="the memory that the design counts on, rounded down; count the modules",
        )

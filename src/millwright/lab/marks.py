"""The names by which everything of one lab is known on the machine.

They follow from the lab's name alone, so that a lab whose plan is lost is still found and taken
down.
"""

from __future__ import annotations

from dataclasses import dataclass

PREFIXES = ("mwi-", "mwe-", "mwo-")
"""How bridges of labs begin: in-band, before the gateways, BMCs."""

FIRST_METRIC = 0xFF000000
"""Metrics of labs' routes begin here: behind every other, and no other lab's."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a lab's bridges, tables, processes and routes are called. `lab` has six hex digits."""

    lab: str

    @property
    def bridge(self) -> str:
        """Return the bridge of the in-band network."""
        return f"mwi-{self.lab}"

    @property
    def edge_bridge(self) -> str:
        """Return the bridge before the gateways."""
        return f"mwe-{self.lab}"

    @property
    def bmc_bridge(self) -> str:
        """Return the bridge that carries the addresses of the BMCs."""
        return f"mwo-{self.lab}"

    @property
    def bridges(self) -> tuple[str, str, str]:
        """Return all bridges that a lab may have."""
        return (self.bridge, self.edge_bridge, self.bmc_bridge)

    @property
    def table(self) -> str:
        """Return the name of the lab's nft tables."""
        return f"mwl_{self.lab}"

    @property
    def metric(self) -> str:
        """Return the metric of the lab's routes: behind every other, and no other lab's."""
        return str(FIRST_METRIC + int(self.lab, 16))

    def machine(self, host: str) -> str:
        """Return the name under which a host runs."""
        return f"mwl-{self.lab}-{host}"

    def host(self, machine: str) -> str | None:
        """Return the host that runs under a name, or nothing where that is not this lab's."""
        prefix = self.machine("")
        return machine[len(prefix) :] if machine.startswith(prefix) else None

"""Hosts that are slow only where several take part: what every host's collectives know of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from millwright.errors import MillwrightError
from millwright.lab.faultlog import Fault

KIND = "slow-group"
PEERS = "/var/lib/millwright-lab/peers.json"
"""Where the simulated collectives look, on every host: between hosts only the first one speaks."""


def told(faults: Sequence[tuple[str, Fault]]) -> str:
    """Return the file of `PEERS` for the hosts that have such faults."""
    found: dict[str, dict[str, object]] = {}
    for host, fault in faults:
        if fault.kind == KIND:
            fraction, _, other = (fault.value or "").partition("+")
            found[host] = {"fraction": float(fraction), **({"with": [other]} if other else {})}
    return json.dumps(found) + "\n"


def check(hosts: Collection[str], host: str, fault: Fault) -> None:
    """Raise MillwrightError where a host is to be slow with one that is none, or with itself."""
    other = (fault.value or "").partition("+")[2]
    if other and (other not in hosts or other == host):
        raise MillwrightError(
            f"{host} cannot be slow with {other!r}", hint=f"there are {', '.join(sorted(hosts))}"
        )

"""LLDP of many hosts in one document: a mapping of hosts, an archive, or one host by itself."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from millwright.errors import MillwrightError
from millwright.probes import lldpctl
from millwright.probes.reading import Reading


def heard(text: str) -> dict[str, Reading[lldpctl.Neighbours]]:
    """Return what each host hears.

    A single document has to name its own chassis. Raises MillwrightError where it does not.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict) and "lldp" not in told and told:
        return {
            PurePosixPath(host).name.removesuffix(".json"): lldpctl.read(
                document if isinstance(document, str) else json.dumps(document)
            )
            for host, document in told.items()
        }
    reading = lldpctl.read(text)
    if reading.facts.local is None:
        raise MillwrightError(
            "the listing does not say whose it is",
            hint="give an object or an archive that maps host names to outputs of lldpctl",
        )
    return {reading.facts.local: reading}

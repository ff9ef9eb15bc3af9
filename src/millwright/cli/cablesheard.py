"""LLDP of many hosts in one document: a mapping of hosts, an archive, or one host by itself."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from millwright.adapters.csvfile import excerpt, wrong
from millwright.errors import InputError
from millwright.probes import lldpctl
from millwright.probes.reading import Reading


def heard(file: str, text: str) -> dict[str, Reading[lldpctl.Neighbours]]:
    """Return what each host hears.

    A single document has to name its own chassis. Raises InputError, naming the file, where it
    does not.
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
        found = f"a listing that does not say whose it is: {excerpt(text)}"
        expected = "an object or an archive that maps host names to outputs of lldpctl"
        raise InputError((wrong(file, 1, found, expected),))
    return {reading.facts.local: reading}

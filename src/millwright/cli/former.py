"""The ledger of a workspace whose lab is made anew: it tells of hosts that are no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from millwright.adapters.drainbook import SqlDrains
from millwright.adapters.history import History
from millwright.adapters.ledger import ledger_of


def forget(root: Path, hosts: Sequence[str]) -> int:
    """Take hosts out of the ledger that are made now: what stood on others stands on none of them,
    and nobody waits for nodes that were drained. Return how many were there."""
    ledger = ledger_of(root)
    known = {host for host, _ in ledger.rows()}
    now = datetime.now(UTC)
    at, why = f"{now:%Y-%m-%dT%H:%M:%SZ}", "the lab's hosts were made anew"
    if stood := [host for host in hosts if host in known]:
        History(ledger).forget(stood, f"{now:%Y%m%dT%H%M%S.%fZ}-forget", at, why)
    drains = SqlDrains(ledger)
    for host, drain in drains.open().items():
        if host in hosts:
            drains.put(replace(drain, at=at, ended=True))
    ledger.close()
    return len(stood)

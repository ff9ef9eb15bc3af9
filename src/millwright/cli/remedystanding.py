"""How nodes stand with repair, from what is written down: no spec is needed to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.remedying import book_of
from millwright.cli.sweeps import designed
from millwright.cli.wiring import catalog_of, workspace_of

if TYPE_CHECKING:
    from millwright.manage.remedy.chances import Precision
    from millwright.manage.remedy.past import Journal
    from millwright.model.lifecycle import NodeState


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the factory is simulated, the state of each node, what is written down, and how
    often each class of faults was right."""

    simulated: bool
    states: Mapping[str, NodeState]
    journal: Journal
    precision: Mapping[str, Precision]


def standing_of(door: Door) -> Standing:
    """Return how nodes stand; without a design only nodes are known that repair has moved."""
    from millwright.adapters.remedypolicy import read_policy
    from millwright.manage.remedy.past import Journal, past_of
    from millwright.manage.remedy.rails import Bounds
    from millwright.model.lifecycle import FIRST
    from millwright.model.remedy import OwnLimits

    cluster = designed(door)
    limits = read_policy(workspace_of(door), cluster.name).limits if cluster else OwnLimits()
    with book_of(door) as book:
        journal = Journal(book.incidents(), book.deeds(), book.transitions())
        known = book.states()
    devices = cluster.devices if cluster else ()
    names = [each.name for each in devices if each.role == "compute" and not each.external]
    states = {name: known.get(name, FIRST) for name in names} if cluster else known
    bounds = Bounds(catalog_of(door).catalog.remedy_limits["default"], limits)
    precision = past_of(journal, bounds, datetime.now(UTC)).precision
    simulated = (
        cluster.simulated if cluster else any(each.simulated for each in journal.incidents.values())
    )
    return Standing(simulated, states, journal, precision)

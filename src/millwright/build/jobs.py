"""From a turn to what its nodes are told to run, and what a scheduler has to know of it."""

from __future__ import annotations

from collections.abc import Mapping

from millwright.build.commands import filled
from millwright.build.running import Running
from millwright.model.buildplan import BuildPlan
from millwright.model.nodeset import expanded
from millwright.ports import Job, Share

Slot = tuple[int, int, float]


def slots_of(plan: BuildPlan) -> dict[str, Slot]:
    """Return each node's place among those of its feed, and how far apart they may start.

    Whoever begins jobs by itself keeps starts on a feed apart by them. A node alone has none.
    """
    found: dict[str, Slot] = {}
    for feed in plan.feeds:
        names = expanded(feed.nodes)
        for at, name in enumerate(names):
            if len(names) > 1 and plan.stagger_s > 0:
                found[name] = (at, len(names), plan.stagger_s)
    return found


def job_of(plan: BuildPlan, running: Running, key: str, slots: Mapping[str, Slot]) -> Job:
    """Return one end of a turn as its node runs it: who measures, or who serves under its key."""
    turn, test = running.turn, running.turn.test
    serves = key == running.serve_key
    address = plan.addresses.get(turn.runs_on if serves else turn.peer, "")
    words = test.serve if serves else test.argv
    argv = filled(words, {"address": address}) if address else tuple(words)
    node = turn.peer if serves else turn.runs_on
    slot = slots.get(node) if test.draw_w > plan.idle_w.get(node, 0.0) else None
    share = Share(running.key, turn.nodes, test.scope, slot)
    return Job(key, argv, float(test.limit_s), test.settings, test.files, test.output, share)

"""What is left of a plan that was run before: its turns, the tries that they had, jobs to clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from millwright.build.running import Running, TurnId, turn_id
from millwright.build.schedule import Turn, turns
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome


@dataclass(slots=True)
class Left:
    """What a run begins with; the first one of a plan with all turns, and nothing else.

    `attempts` are the tries of a turn that are over, `known` the facts of a node. What `end` and
    `forget` name by node may be there still, where the earlier run had no time to say so.
    """

    turns: list[Turn]
    attempts: dict[TurnId, int] = field(default_factory=dict)
    known: dict[str, dict[str, str]] = field(default_factory=dict)
    end: dict[str, list[str]] = field(default_factory=dict)
    forget: dict[str, list[str]] = field(default_factory=dict)


def left_of(plan: BuildPlan, before: Sequence[Outcome]) -> Left:
    """Return what is left after these outcomes.

    A try whose node was lost is not over: its job has its name, and may run there. Turns that
    were given up unbegun come last, since a node may be at work on any other one.
    """
    every = {turn_id(turn): turn for turn in turns(plan)}
    done = {_id(outcome) for outcome in before if outcome.final}
    begun = {_id(outcome) for outcome in before if _was_begun(outcome)}
    put_off = {_id(outcome) for outcome in before} - begun
    left = Left([turn for at, turn in every.items() if at not in done])
    left.turns.sort(key=lambda turn: (turn_id(turn) in put_off, turn.at))
    for outcome in before:
        left.known.setdefault(outcome.node, {}).update(outcome.facts)
        if outcome.came != "not run" and (turn := every.get(_id(outcome))):
            _count(left, turn, outcome)
    return left


def _count(left: Left, turn: Turn, outcome: Outcome) -> None:
    tried = Running(turn, outcome.attempt, served=False)
    lost = outcome.came == "lost"
    left.attempts[turn_id(turn)] = outcome.attempt - lost
    if not lost:
        left.forget.setdefault(turn.runs_on, []).append(tried.key)
    if turn.peer:
        left.end.setdefault(turn.peer, []).append(tried.serve_key)


def _id(outcome: Outcome) -> TurnId:
    return (outcome.test, outcome.number, outcome.node)


def _was_begun(outcome: Outcome) -> bool:
    return outcome.came in ("measured", "error", "hung") or outcome.ended is not None

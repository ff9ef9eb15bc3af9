"""Whether a note pays on one node: rounds with and without it, and what the difference is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from millwright.manage.tune.gain import Effect, effect
from millwright.manage.tune.hands import Hands
from millwright.manage.tune.orders import NodeOrder
from millwright.model.tuned import Facts, Gain
from millwright.model.tuning import TuningTest


@dataclass(frozen=True, slots=True)
class Trial:
    """A note, the node that it is tried on, and how the node is told that it comes or goes."""

    note: str
    version: int
    node: str
    come: Callable[[Facts], NodeOrder]
    go: Callable[[Facts], NodeOrder]


class Broken(Exception):
    """A trial that could not be brought to its end."""


@dataclass(slots=True)
class _Rounds:
    without: dict[str, list[float]] = field(default_factory=dict)
    with_it: dict[str, list[float]] = field(default_factory=dict)
    simulated: bool = False


def tried(trial: Trial, tests: Sequence[TuningTest], hands: Hands) -> tuple[bool | None, str]:
    """Return whether the note is kept on its node, and why; None where that was not found out.

    A note that is not kept is off the node when this returns, and the gains say so.
    """
    rounds = _Rounds()
    try:
        _measure_all(trial, tests, hands, rounds)
    except Broken as broken:
        told = f"not measured: {broken}"
        return None, told + _taken_off(trial, hands)
    effects = {test.name: _effect(test, rounds) for test in tests}
    worse = [name for name, found in effects.items() if found.worse]
    better = [name for name, found in effects.items() if found.better]
    kept = bool(better) and not worse
    why = "; ".join(said(test, effects[test.name]) for test in tests)
    try:
        _brought_to(trial.come if kept else trial.go, trial, hands)
    except Broken as broken:
        return None, f"{why}; then {broken}"
    for test in tests:
        _keep(trial, test, (rounds, effects[test.name], kept, why), hands)
    return kept, why


def said(test: TuningTest, found: Effect) -> str:
    """Return what a test came to, in words."""
    if found.gain is None or found.low is None or found.high is None:
        return f"{test.name}: too few rounds to say"
    span = f"{found.low:+.1%} to {found.high:+.1%} at {test.level.value:.0%}"
    word = "a gain" if found.better else "worse" if found.worse else "no gain that could be told"
    return f"{test.name} {found.gain:+.1%} ({span}): {word}"


def _measure_all(trial: Trial, tests: Sequence[TuningTest], hands: Hands, rounds: _Rounds) -> None:
    count = max(test.rounds.value for test in tests)
    for test in tests:
        _number(trial, test, hands)
    for number in range(count):
        sides = [(trial.go, rounds.without), (trial.come, rounds.with_it)]
        for order_of, kept in sides if number % 2 == 0 else reversed(sides):
            rounds.simulated |= _brought_to(order_of, trial, hands)
            for test in tests:
                kept.setdefault(test.name, []).append(_number(trial, test, hands))
        hands.say(f"{trial.node}: round {number + 1} of {count}")


def _number(trial: Trial, test: TuningTest, hands: Hands) -> float:
    found = hands.measure(trial.node, test)
    if isinstance(found, str):
        raise Broken(f"{test.name}: {found}")
    return found


def _brought_to(order_of: Callable[[Facts], NodeOrder], trial: Trial, hands: Hands) -> bool:
    """See the node with the note, or without it; return whether it says that it is simulated."""
    facts = hands.look([trial.node]).get(trial.node, "it did not answer")
    if isinstance(facts, str):
        raise Broken(facts)
    order = order_of(facts)
    if order.blocked:
        raise Broken("; ".join(f"{each.what}: {each.why}" for each in order.remarks if each.bad))
    if order.changes:
        changed = hands.change([order])[trial.node]
        if not changed.well:
            raise Broken("; ".join((changed.reason, *changed.failed)).strip("; "))
    return facts.simulated


def _taken_off(trial: Trial, hands: Hands) -> str:
    try:
        _brought_to(trial.go, trial, hands)
    except Broken as broken:
        return f"; the note is still there: {broken}"
    return "; the note is off it again"


def _effect(test: TuningTest, rounds: _Rounds) -> Effect:
    before, after = rounds.without[test.name], rounds.with_it[test.name]
    better = test.better == "higher"
    return effect(before, after, test.level.value, higher_is_better=better)


def _keep(
    trial: Trial, test: TuningTest, came: tuple[_Rounds, Effect, bool, str], hands: Hands
) -> None:
    rounds, found, kept, why = came
    hands.keep_gain(
        Gain(
            note=trial.note,
            version=trial.version,
            node=trial.node,
            at=hands.now(),
            run=hands.run,
            test=test.name,
            metric=test.metric,
            before=tuple(rounds.without[test.name]),
            after=tuple(rounds.with_it[test.name]),
            gain=found.gain,
            low=found.low,
            high=found.high,
            level=test.level.value,
            kept=kept,
            reason=why,
            simulated=rounds.simulated,
        )
    )

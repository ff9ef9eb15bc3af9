"""A note over a fleet: the canary goes first and is measured, and nobody follows one that fell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from millwright.manage.tune.campaign import Aim, Outcome, carried_out
from millwright.manage.tune.gain import effect, student_t
from millwright.manage.tune.hands import Changed, Hands
from millwright.manage.tune.orders import NodeOrder, to_apply, to_revert
from millwright.model.tuned import Facts, Gain
from millwright.model.tuning import TuningTest
from tests.unit.manage.machine import Machine, want

TEST = TuningTest.model_validate(
    {
        "name": "speed", "argv": ("true",), "reader": "json", "metric": "speed",
        "seconds": 1, "rounds": 5, "level": 0.95,
    }
)  # fmt: skip
NOISE = (0.01, -0.008, 0.004, -0.012, 0.009, -0.003, 0.007, -0.005, 0.011, -0.009, 0.002)


@dataclass
class Fleet:
    """Machines that are as fast as their value of `a` makes them, and a little noise."""

    machines: dict[str, Machine]
    speed: Callable[[str], float] = lambda value: 100.0
    gains: list[Gain] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    silent: frozenset[str] = frozenset()
    measured: int = 0

    def hands(self) -> Hands:
        return Hands(
            look=self.look,
            change=self.change,
            measure=self.measure,
            keep_gain=self.gains.append,
            now=lambda: "2026-01-05T10:00:00Z",
            say=lambda text: None,
            run="run",
        )

    def look(self, nodes: Sequence[str]) -> Mapping[str, Facts | str]:
        return {
            node: "no route" if node in self.silent else self.machines[node].facts()
            for node in nodes
        }

    def change(self, orders: Sequence[NodeOrder]) -> Mapping[str, Changed]:
        self.told += [order.node for order in orders]
        return {order.node: self.machines[order.node].obey(order) for order in orders}

    def measure(self, node: str, test: TuningTest) -> float | str:
        self.measured += 1
        speed = self.speed(self.machines[node].values["a"])
        return speed * (1 + NOISE[self.measured % len(NOISE)])


def fleet(count: int = 5, **more: object) -> Fleet:
    names = [f"gpu{number}" for number in range(1, count + 1)]
    return Fleet({name: Machine({"a": "10"}, name) for name in names}, **more)  # type: ignore[arg-type]


def outcomes(fleet: Fleet, *, measured: bool = True, **more: object) -> list[Outcome]:
    aim = Aim(
        note="note",
        version=1,
        nodes=tuple(fleet.machines),
        come=lambda facts: to_apply([want("a", "20")], facts, force=False),
        go=lambda facts: to_revert(["note"], facts, force=False),
        tests=(TEST,) if measured else (),
        **more,  # type: ignore[arg-type]
    )
    return list(carried_out(aim, fleet.hands()))


def values(fleet: Fleet) -> list[str]:
    return [machine.values["a"] for machine in fleet.machines.values()]


def test_a_note_that_pays_goes_to_all_and_its_gain_is_kept() -> None:
    found = fleet(speed=lambda value: 110.0 if value == "20" else 100.0)
    told = outcomes(found)
    assert [each.word for each in told] == ["done"] * 5
    assert "a gain" in told[0].detail
    assert values(found) == ["20"] * 5
    (gain,) = found.gains
    assert gain.kept
    assert gain.gain == pytest.approx(0.10, abs=0.02)
    assert (len(gain.before), len(gain.after)) == (5, 5)


@pytest.mark.parametrize("speed", [100.0, 90.0])
def test_a_note_that_brings_nothing_or_harm_is_taken_off_and_goes_no_further(speed: float) -> None:
    found = fleet(speed=lambda value: speed if value == "20" else 100.0)
    told = outcomes(found)
    assert [each.word for each in told] == ["reverted", *["spared"] * 4]
    assert values(found) == ["10"] * 5
    assert found.machines["gpu1"].state.saved == ()
    assert set(found.told) == {"gpu1"}
    assert [gain.kept for gain in found.gains] == [False]


def test_a_measurement_that_fails_leaves_the_canary_as_it_was() -> None:
    found = fleet()
    found.measure = lambda node, test: "no such tool"  # type: ignore[method-assign]
    told = outcomes(found)
    assert told[0].word == "failed"
    assert "no such tool" in told[0].detail
    assert values(found) == ["10"] * 5
    assert found.gains == []


def test_rounds_alternate_which_side_goes_first() -> None:
    found = fleet(count=1)
    seen: list[str] = []

    def measure(node: str, test: TuningTest) -> float | str:
        seen.append(found.machines[node].values["a"])
        return 100.0

    found.measure = measure  # type: ignore[method-assign]
    outcomes(found)
    assert seen[1:9] == ["10", "20", "20", "10", "10", "20", "20", "10"]


def test_waves_stop_where_too_many_fail() -> None:
    found = fleet()
    for node in ("gpu2", "gpu3"):
        found.machines[node].refuses = frozenset({"a"})
    told = outcomes(found, measured=False, wave=2, most_failed=1)
    assert [each.word for each in told] == ["done", "failed", "failed", "spared", "spared"]
    assert values(found) == ["20", "10", "10", "10", "10"]


def test_a_node_that_does_not_answer_is_named_and_the_others_go_on() -> None:
    found = fleet(silent=frozenset({"gpu3"}))
    told = outcomes(found, measured=False, most_failed=1)
    assert [each.word for each in told] == ["done", "done", "unanswered", "done", "done"]


def test_a_canary_that_refuses_spares_the_others() -> None:
    found = fleet()
    found.machines["gpu1"].refuses = frozenset({"a"})
    assert [each.word for each in outcomes(found, measured=False)] == ["failed", *["spared"] * 4]


@pytest.mark.parametrize(
    ("degrees", "t"), [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042)]
)
def test_students_t_is_that_of_the_tables(degrees: int, t: float) -> None:
    assert student_t(0.95, degrees) == pytest.approx(t, abs=0.0006)


def test_a_gain_in_a_metric_that_is_to_be_low_is_a_gain() -> None:
    before, after = [10.0, 10.2, 9.9, 10.1], [8.0, 8.1, 7.9, 8.05]
    found = effect(before, after, 0.95, higher_is_better=False)
    assert found.better
    assert found.gain == pytest.approx(0.25, abs=0.02)
    assert effect(before, after, 0.95).worse


def test_too_few_rounds_say_nothing() -> None:
    found = effect([1.0, 1.0], [2.0, 2.0], 0.95)
    assert (found.gain, found.better, found.worse) == (None, False, False)


def test_equal_rounds_have_an_interval_without_width() -> None:
    found = effect([1.0] * 4, [1.0] * 4, 0.95)
    assert (found.gain, found.low, found.high, found.better) == (0, 0, 0, False)

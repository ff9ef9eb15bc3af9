"""Distances of distributions: right on average, honest about how many answers there are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from millwright.adapters.answerfiles import bin_of
from millwright.manage.models.drift import GROUPS, distance, grouped, needed, shift, stability
from millwright.model.modelwatch import FINE_BINS, DriftLimits, WatchedColumn

SCORE = WatchedColumn(name="score", low=0, high=1)
WORD = WatchedColumn(name="finding", values=("none", "bleed"))
LIMITS = DriftLimits()


def counted(values: np.ndarray) -> list[int]:
    """Values of a score in the bins of a column."""
    counts = [0] * SCORE.bins
    for value in values:
        counts[bin_of(SCORE, str(value))] += 1
    return counts


def drawn(seed: int, size: int, move: float = 0.0) -> np.ndarray:
    """Scores; `move` lays them higher."""
    return np.clip(np.random.default_rng(seed).beta(2, 5, size) + move, 0, 1)


@pytest.mark.parametrize(
    ("cell", "place"),
    [("0", 1), ("1", FINE_BINS), ("0.5", 1 + FINE_BINS // 2), ("-1", 0), ("2", FINE_BINS + 1),
     ("", FINE_BINS + 2), ("nan", FINE_BINS + 2), ("inf", FINE_BINS + 1), ("DOE", FINE_BINS + 2)],
)  # fmt: skip
def test_every_number_has_its_bin_and_what_is_none_is_missing(cell: str, place: int) -> None:
    assert bin_of(SCORE, cell) == place


@pytest.mark.parametrize(("cell", "place"), [("none", 0), ("bleed", 1), ("DOE^JANE", 2), ("", 3)])
def test_words_that_nobody_listed_are_counted_as_one(cell: str, place: int) -> None:
    assert bin_of(WORD, cell) == place


def test_without_a_shift_the_index_is_zero_on_average_and_noise_is_one_time_in_20() -> None:
    rng, share = np.random.default_rng(7), np.full(GROUPS, 1 / GROUPS)
    over, values = 0, []
    for _ in range(1_000):
        old, new = (rng.multinomial(n, share).astype(float) for n in (2_000, 500))
        found = stability(old, new, 0.95)
        plain = ((new / 500 - old / 2_000) * np.log((new / 500) / (old / 2_000))).sum()
        over += plain > found.noise
        values.append(plain - (GROUPS - 1) * (1 / 2_000 + 1 / 500))
    assert abs(np.mean(values)) < 0.0015
    assert 0.03 < over / 1_000 < 0.075


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_the_interval_holds_the_true_index_nineteen_times_in_twenty(strength: float) -> None:
    rng = np.random.default_rng(11)
    q = np.full(GROUPS, 1 / GROUPS)
    p = q * np.exp(strength * np.linspace(-1, 1, GROUPS))
    p /= p.sum()
    true = float(((p - q) * np.log(p / q)).sum())
    held = 0
    for _ in range(600):
        old, new = rng.multinomial(3_000, q), rng.multinomial(800, p)
        found = stability(old.astype(float), new.astype(float), 0.95)
        held += found.low <= true <= found.high
    assert held / 600 > 0.92


def test_the_distance_is_that_of_the_rows_but_for_a_bin() -> None:
    old, new = drawn(1, 4_000), drawn(2, 900, 0.1)
    exact = stats.ks_2samp(old, new)
    found, low, high, chance = distance(
        np.array(counted(old), float)[:-1], np.array(counted(new), float)[:-1], 0.95
    )
    assert found <= exact.statistic + 1e-12
    assert low <= exact.statistic <= high
    assert exact.statistic - found < 0.03
    assert chance < 1e-6


@pytest.mark.parametrize(
    ("size", "move", "answer"),
    [(3_000, 0.0, "ok"), (3_000, 0.2, "missed"), (40, 0.0, "unknown"), (40, 0.3, "unknown"),
     (0, 0.0, "unknown")],
)  # fmt: skip
def test_a_shift_is_told_where_answers_are_many_enough(size: int, move: float, answer: str) -> None:
    found = shift(SCORE, (counted(drawn(3, 5_000)), counted(drawn(4, size, move))), LIMITS)
    assert found.answer == answer
    if size == 40:
        assert found.needs is not None
        assert found.needs > 40
        assert f"{found.needs} are needed" in found.told


def test_as_many_answers_as_are_needed_keep_chance_below_the_limit() -> None:
    wanted = needed(5_000, GROUPS, 0.2)
    assert wanted is not None
    noise = float(stats.chi2.ppf(0.95, GROUPS - 1))
    assert noise * (1 / 5_000 + 1 / wanted) <= 0.2 < noise * (1 / 5_000 + 1 / (wanted - 1))
    assert needed(50, GROUPS, 0.2) is None, "no number of answers makes up for a small reference"


def test_a_new_word_is_a_shift_and_many_tests_widen_intervals() -> None:
    old, new = (800, 200, 0, 0), (400, 100, 300, 0)
    assert shift(WORD, (old, new), LIMITS).answer == "missed"
    one, many = (shift(WORD, (old, (75, 25, 2, 0)), LIMITS, tests=t) for t in (1, 50))
    assert (many.psi_high or 0) > (one.psi_high or 0)


def test_groups_keep_every_count() -> None:
    old, new = counted(drawn(5, 1_000)), counted(drawn(6, 333))
    first, second = grouped(old, new, GROUPS)
    assert (first.sum(), second.sum()) == (1_000, 333)
    assert first.min() > 50

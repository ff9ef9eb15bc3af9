"""Ends of pairs: what two reach is the lesser of both, and few healthy ends are ever blamed."""

from __future__ import annotations

import numpy as np
import pytest

from millwright.build.judge.arrays import tail_scores
from millwright.build.simulate.planting import wished
from millwright.build.simulate.trial import Wish, trial
from millwright.model.catalog import Catalog


def test_the_worse_side_of_normal_values_is_told_as_what_it_is() -> None:
    values = np.sort(np.random.default_rng(3).standard_normal(20_000))
    assert tail_scores(values)[-200] == pytest.approx(2.33, abs=0.15)
    hidden = np.where(values < 0, 0.0, values)
    assert tail_scores(hidden)[-200] == pytest.approx(2.33, abs=0.15)


def test_where_nothing_differs_what_does_is_out_of_all_measure() -> None:
    scores = tail_scores(np.array([0.0] * 99 + [1.0]))
    assert scores[-1] == np.inf
    assert not scores[:-1].any()


def test_of_wide_ends_plainly_slow_ones_fail_and_hardly_a_healthy_one(catalog: Catalog) -> None:
    wrongly = 0
    for seed in range(4):
        wishes = (wished("weak-link:12:2"),)
        one = trial(Wish(128, seed, catalog.noises["wide"], wishes))
        failed = {
            name
            for name, node in one.verdict.nodes.items()
            for each in node.findings
            if each.metric == "ib_write_bw" and each.verdict == "FAIL"
        }
        assert failed >= one.truth.faulty()
        wrongly += len(failed - one.truth.faulty())
    assert wrongly <= 1

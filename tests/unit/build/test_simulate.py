"""The self-test of the judge: what is planted is known, what is drawn can be drawn again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.build.simulate.planting import KINDS, SIZES, everything, planted, wished
from millwright.build.simulate.rows import lines_of
from millwright.build.simulate.score import Said, said_by, scored
from millwright.build.simulate.trial import Trial, Wish, trial
from millwright.errors import MillwrightError
from millwright.model.catalog import Catalog
from millwright.model.fleet import Planted, Truth, ratio


def tried(catalog: Catalog, *faults: str, nodes: int = 64, seed: int = 1) -> Trial:
    """Return a trial on the quiet kind of fleet."""
    wishes = tuple(map(wished, faults))
    return trial(Wish(nodes, seed, catalog.noises["quiet"], wishes))


@pytest.mark.parametrize(
    "fault", ["slow-gpu:8", "slow-hbm:8", "half-width-pcie:50", "weak-link:12", "jitter:40",
              "slow-node:8", "hot-rack:8", "wrong-firmware:8"],
)  # fmt: skip
def test_a_large_fault_of_every_kind_is_found_and_nobody_is_wronged(
    catalog: Catalog, fault: str
) -> None:
    one = tried(catalog, fault)
    report = scored([(one.truth, one.said, one.plain)], one.groups())
    assert [score.found.share for score in report.scores] == [1.0]
    assert report.judge.falsely_failed == 0
    assert one.verdict.simulated
    if one.groups():
        assert report.groups_named is not None
        assert report.groups_named.share == 1.0


def test_the_same_seed_draws_the_same_fleet_and_another_one_another(catalog: Catalog) -> None:
    first, again = tried(catalog, "slow-gpu:8"), tried(catalog, "slow-gpu:8")
    assert first.verdict == again.verdict
    assert first.truth == again.truth
    assert tried(catalog, "slow-gpu:8", seed=2).verdict != first.verdict


def test_every_row_says_that_it_is_simulated(catalog: Catalog) -> None:
    one = tried(catalog, "slow-gpu:8", nodes=8)
    rows = list(lines_of(one.columns, one.places))
    assert len(rows) == len(one.columns)
    assert all(row["simulated"] for row in rows)
    assert {row["env"]["rack"] for row in rows} == {"rack0001", "rack0002"}


@settings(max_examples=20, deadline=None)
@given(st.integers(8, 2048), st.integers(0, 99))
def test_no_node_has_two_faults(nodes: int, seed: int) -> None:
    faults = planted(nodes, everything(nodes), random.Random(seed))
    assert faults
    hit = [node for fault in faults for node in fault.nodes]
    assert len(hit) == len(set(hit))
    assert len(hit) <= 0.2 * nodes + 2


@pytest.mark.parametrize(
    "text", ["slow", "slow-gpu:x", "slow-gpu:0", "slow-gpu:100", "slow-gpu:5:0"]
)
def test_what_cannot_be_planted_is_said(text: str) -> None:
    with pytest.raises(MillwrightError):
        wished(text)


def test_a_fleet_of_too_many_faults_is_refused() -> None:
    with pytest.raises(MillwrightError, match="would be hit"):
        planted(16, [wished("slow-gpu:5:9")], random.Random(1))
    assert {wish.kind for wish in everything(4096)} == set(KINDS)


def test_a_small_fleet_bears_the_largest_faults_and_a_large_one_all() -> None:
    assert everything(8) == (wished("slow-gpu:20"), wished("slow-hbm:10"))
    assert len(everything(256)) == sum(map(len, SIZES.values())) - len(SIZES["bad-leaf"])
    assert len(everything(1024)) == sum(map(len, SIZES.values()))


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_interval_holds_the_share_and_grows_narrow(hits: int, more: int) -> None:
    found = ratio(hits, hits + more)
    assert found.share is not None
    assert found.low - 1e-4 <= found.share <= found.high + 1e-4
    wide = found.high - found.low
    narrow = ratio(10 * hits, 10 * (hits + more))
    assert narrow.high - narrow.low < wide
    assert ratio(0, 0).share is None


def test_a_verdict_of_another_judge_is_scored_by_node_and_device() -> None:
    truth = Truth(
        seed=1, noise="quiet", nodes=("a", "b", "c", "d"),
        faults=(
            Planted(kind="slow-gpu", size_percent=5, nodes=("a",), devices=("gpu1",)),
            Planted(kind="slow-node", size_percent=5, nodes=("b",)),
        ),
    )  # fmt: skip
    said = said_by(
        {
            "nodes": {
                "a": {"verdict": "FAIL", "findings": [{"kind": "outlier", "device": "gpu2"}]},
                "b": {"verdict": "WARN"},
                "c": {"verdict": "FAIL"},
            }
        }
    )
    report = scored([(truth, said, None)])
    assert [score.found.hits for score in report.scores] == [0, 1]
    assert report.judge.falsely_failed == 1
    assert report.judge.unknown == 1
    assert report.judge.precision.hits == 2
    assert [score.by_mean for score in report.scores] == [None, None]
    assert said["c"] == Said("FAIL", frozenset({""}))

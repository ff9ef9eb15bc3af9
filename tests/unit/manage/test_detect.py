"""The detector: what it finds, what it names, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.detect.arrays import counted_back, filled, middle, spread_after
from millwright.manage.detect.changes import Wanted, changes, run_length
from millwright.manage.detect.expected import tail
from millwright.manage.detect.judge import Terms, detect
from millwright.model.catalog import Catalog
from millwright.model.detection import FindingsDocument
from millwright.model.telemetry import Window
from tests.unit.manage.fleetlines import BEGIN, GPUS, Lines


@pytest.fixture(scope="module")
def terms(catalog: Catalog) -> Terms:
    """What the built-in catalogue says."""
    return Terms(catalog.evidence_families)


def slow(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
    """From minute 60 on one GPU is 6 % slow, in clock and in work."""
    hit = (node, device) == ("gpu005", "gpu2") and minute >= 60
    return value * (0.94 if hit and metric in ("gpu_sm_clock", "gpu_tensor_active") else 1.0)


def names(document: FindingsDocument) -> list[tuple[str, str, str]]:
    """Return whom a document names, and how much weight it gives."""
    return [(found.node, found.device, found.weight) for found in document.findings]


def test_a_healthy_fleet_says_nothing(terms: Terms) -> None:
    document = detect(Lines().told(), terms)
    assert document.findings == ()
    assert document.expected_false_alarms_per_month is not None


def test_a_gpu_slow_in_two_families_is_an_act_within_fifteen_minutes(terms: Terms) -> None:
    document = detect(Lines(bend=slow).told(), terms)
    assert names(document) == [("gpu005", "gpu2", "act")]
    found = document.findings[0]
    assert found.families == ("clock", "compute")
    assert "2026-01-05T10:55:00Z" <= found.since <= "2026-01-05T11:03:00Z"
    assert found.noticed <= "2026-01-05T11:15:00Z"
    evidence = found.evidence
    assert evidence.value is not None
    assert evidence.peer_median is not None
    assert evidence.mad is not None
    assert evidence.peers >= 5
    assert evidence.windows >= 3
    assert -9 < (evidence.change_percent or 0) < -4
    assert detect(Lines(bend=slow).told(), terms) == document


def test_one_family_alone_is_watched_and_names_the_test(terms: Terms) -> None:
    document = detect(Lines(bend=slow, metrics=("gpu_sm_clock",)).told(), terms)
    assert names(document) == [("gpu005", "gpu2", "watch")]
    assert "matrix product" in document.findings[0].advice


def test_a_node_whose_gpus_are_all_slow_is_one_finding_of_the_node(terms: Terms) -> None:
    def braked(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
        hit = node == "gpu003" and minute >= 50 and metric in ("gpu_sm_clock", "gpu_tensor_active")
        return value * (0.9 if hit else 1.0)

    assert names(detect(Lines(bend=braked).told(), terms)) == [("gpu003", "", "act")]


def test_a_gpu_that_was_always_slow_stands_apart_from_its_peers(terms: Terms) -> None:
    def born_slow(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
        hit = (node, device) == ("gpu005", "gpu2") and metric == "gpu_sm_clock"
        return value * (0.85 if hit else 1.0)

    document = detect(Lines(bend=born_slow, minutes=30).told(), terms)
    assert [(f.node, f.device, f.kind) for f in document.findings] == [
        ("gpu005", "gpu2", "outlier")
    ]


def test_a_planned_reboot_raises_nothing_and_an_unplanned_silence_does(terms: Terms) -> None:
    def away(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
        return None if node == "gpu004" and minute >= 100 else value

    told = Lines(bend=away).told()
    assert [(f.node, f.kind) for f in detect(told, terms).findings] == [("gpu004", "stale")]
    planned = Window(BEGIN + 99 * 60, BEGIN + 121 * 60, frozenset({"gpu004"}), "reboot")
    assert detect(told, replace(terms, maintenance=(planned,))).findings == ()


def test_a_reboot_that_is_over_is_no_finding_and_its_cold_start_neither(terms: Terms) -> None:
    def rebooted(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
        if node != "gpu004" or minute < 60:
            return value
        if minute < 68:
            return None
        return value * (0.8 if minute < 75 and metric != "gpu_utilization" else 1.0)

    assert detect(Lines(bend=rebooted).told(), terms).findings == ()


def test_a_gauge_that_stands_still_is_unknown_and_never_healthy(terms: Terms) -> None:
    def stuck(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
        return 61.25 if (node, device, metric) == ("gpu007", "gpu1", "gpu_temperature") \
            and minute > 70 else value  # fmt: skip

    document = detect(Lines(bend=stuck).told(), terms)
    assert names(document) == [("gpu007", "gpu1", "unknown")]
    assert document.findings[0].kind == "flat-line"


def test_a_device_that_falls_silent_is_named(terms: Terms) -> None:
    def gone(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
        return None if (node, device) == ("gpu007", "gpu1") and minute > 70 else value

    document = detect(Lines(bend=gone).told(), terms)
    assert [(f.node, f.device, f.kind) for f in document.findings] == [("gpu007", "gpu1", "stale")]


def test_a_rack_that_slows_together_is_one_common_cause(terms: Terms) -> None:
    def hot(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
        hit = node in ("gpu001", "gpu002", "gpu003", "gpu004") and minute >= 60
        return value + (9.0 if hit and metric == "gpu_temperature" else 0.0)

    racks = {f"gpu{at + 1:03d}": {"rack": f"r{at // 4}"} for at in range(24)}
    document = detect(Lines(nodes=24, bend=hot, labels=racks).told(), terms)
    assert [(f.kind, f.node, f.group) for f in document.findings] == [
        ("common-cause", "gpu[001-004]", "rack r0")
    ]


def of_jobs(jobs: int, nodes: int = 6) -> dict[str, dict[str, str]]:
    """Return labels: so many nodes a job."""
    return {f"gpu{at + 1:03d}": {"job": f"j{at // nodes}"} for at in range(jobs * nodes)}


def slowing(share: float, last: str = "gpu006") -> Callable[[int, str], float]:
    """Return a load: from minute 60 on the first nodes do so much of it."""
    return lambda minute, node: share if minute > 60 and node <= last else 1.0


def test_a_job_that_slows_as_a_whole_is_watched_and_blames_no_node(terms: Terms) -> None:
    (found,) = detect(Lines(load=slowing(0.6), labels=of_jobs(2)).told(), terms).findings
    assert (found.kind, found.weight, found.group) == ("slow-job", "watch", "job j0")
    assert found.nodes == tuple(f"gpu{at:03d}" for at in range(1, 7))
    assert "so that no node stands out; fewer than three other jobs" in found.reason
    assert "whether the work has changed" in found.advice
    assert -45 < (found.evidence.change_percent or 0) < -35
    assert found.noticed <= "2026-01-05T11:20:00Z"


def test_beside_other_jobs_a_smaller_slowness_of_a_job_shows(terms: Terms) -> None:
    alone = Lines(nodes=12, load=slowing(0.92), labels=of_jobs(2)).told()
    assert detect(alone, terms).findings == ()
    (found,) = detect(
        Lines(nodes=20, load=slowing(0.92, "gpu004"), labels=of_jobs(5, 4)).told(), terms
    ).findings
    assert (found.kind, found.group) == ("slow-job", "job j0")
    assert "less what 4 other jobs did" in found.reason


def test_what_all_jobs_do_alike_is_no_job_s_own(terms: Terms) -> None:
    told = Lines(nodes=20, load=slowing(0.8, "gpu020"), labels=of_jobs(5, 4)).told()
    assert detect(told, terms).findings == ()


def test_a_job_that_rests_for_some_minutes_is_not_slow(terms: Terms) -> None:
    def paused(minute: int, node: str) -> float:
        return 0.7 if 60 < minute < 70 and node <= "gpu004" else 1.0

    told = Lines(nodes=20, load=paused, labels=of_jobs(5, 4)).told()
    assert detect(told, terms).findings == ()


def test_half_a_job_is_not_the_job(terms: Terms) -> None:
    told = Lines(nodes=20, load=slowing(0.7, "gpu002"), labels=of_jobs(5, 4)).told()
    assert not [each for each in detect(told, terms).findings if each.kind == "slow-job"]


def test_nodes_that_end_to_work_are_no_finding(terms: Terms) -> None:
    told = Lines(load=lambda minute, node: 0.0 if minute > 60 and node <= "gpu002" else 1.0).told()
    assert detect(told, terms).findings == ()


def test_few_peers_are_said_to_be_few(terms: Terms) -> None:
    document = detect(Lines(nodes=1, bend=slow).told(), terms)
    assert any("fewer than three peers" in note for note in document.notes)


def test_one_window_proves_nothing(terms: Terms) -> None:
    def off(minute: int, node: str, device: str, metric: str, value: float) -> float | None:
        return value * (0.5 if (node, device) == ("gpu005", "gpu2") else 1.0)

    document = detect(Lines(bend=off, minutes=1).told(), terms)
    assert names(document) == [("gpu005", "gpu2", "watch")]
    assert any("persist" in note for note in document.notes)


def test_what_was_accepted_is_remembered(terms: Terms) -> None:
    accepted = {
        (f"gpu{node + 1:03d}", f"gpu{gpu}", "gpu_sm_clock"): 2000.0 if node == 4 else 1750.0
        for node in range(12)
        for gpu in range(GPUS)
    }
    document = detect(Lines().told(), replace(terms, accepted=accepted))
    assert {found.node for found in document.findings} == {"gpu005"}
    assert {found.evidence.rule for found in document.findings} == {"acceptance"}


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_the_middle_is_the_median_and_gaps_change_nothing(values: list[float]) -> None:
    plain = np.array(values)[:, None]
    gapped = np.concatenate((plain, np.full((3, 1), np.nan)))
    assert middle(plain, 0)[0] == pytest.approx(float(np.median(values)), abs=1e-6)
    assert middle(gapped, 0)[0] == middle(plain, 0)[0]


@given(st.floats(0.3, 2.0), st.floats(2.0, 8.0))
def test_a_higher_threshold_errs_more_seldom(k: float, h: float) -> None:
    assert run_length(k, h + 0.5) > run_length(k, h) > 1


def test_siegmunds_formula_gives_the_published_run_length() -> None:
    # k = 0.5 and h = 4: 168 for both sides together (Montgomery), so 336 for one.
    assert run_length(0.5, 4.0) == pytest.approx(336, rel=0.03)


def test_masks_and_gaps_are_counted_as_they_stand() -> None:
    mask = np.array([[True], [False], [False], [True]])
    assert spread_after(mask, 1)[:, 0].tolist() == [True, True, False, True]
    assert counted_back(mask, 2)[:, 0].tolist() == [1, 1, 0, 1]
    assert filled(np.array([[1.0], [np.nan], [2.0]]))[:, 0].tolist() == [1.0, 1.0, 2.0]


def test_one_spike_is_no_change_however_high() -> None:
    own = np.random.default_rng(3).standard_normal((120, 40)) * 0.01
    own[80, 7] -= 5.0
    wanted = Wanted(-1, 0.03, 0.003, 1e-6, 1e8, 60.0)
    assert (changes(own, wanted).at < 0).all()
    own[80:, 7] -= 0.06
    found = changes(own, wanted)
    assert np.flatnonzero(found.at >= 0).tolist() == [7]
    assert 80 <= found.at[7] <= 92


@given(st.integers(1, 200), st.sampled_from([0.1, 0.14, 0.18]))
def test_a_tail_foretells_how_many_are_beyond_it(seed: int, slope: float) -> None:
    # Of a Pareto law whose largest value is known, what is over one is known as well.
    near = 0.2 * np.random.default_rng(seed).pareto(1 / slope, 20_000) + 0.2
    true = 20_000 * 0.2 ** (1 / slope)
    found = tail(near[near < 1])
    assert found is not None
    low, middle_, high = found
    assert low < middle_ < high
    assert true / 4 < middle_ + 0.5 < 4 * (true + 0.5)


def test_few_series_foretell_nothing() -> None:
    assert tail(np.full(99, 0.3)) is None
    assert tail(np.full(1000, np.nan)) is None


def test_the_figure_says_what_it_rests_on(terms: Terms) -> None:
    rate = detect(Lines().told(), terms).false_alarms
    assert set(rate.by_rule) == {"history", "peers"}
    assert rate.low is not None
    assert rate.by_tails is not None
    assert rate.high is not None
    assert rate.low <= rate.by_tails <= rate.high
    assert rate.looks_a_month == 360
    assert any("judged once" in each for each in rate.assumed)

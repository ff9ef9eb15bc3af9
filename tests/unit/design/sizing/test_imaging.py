"""Images: textbook waits, urgent ones first, volumes against a deadline."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.sizing.imaging import Reading, gpus_in_time
from millwright.design.sizing.queueing import (
    erlang_c,
    first_class_wait_s,
    second_class_wait_s,
)
from millwright.errors import Infeasible
from tests.unit.design.sizing.grounds import sized

TRIAGE: dict[str, Any] = {
    "name": "triage", "kind": "imaging-inference", "modality": "ct", "studies_per_day": 1200,
    "peak_factor": 3, "study_mib": 300, "turnaround": {"p95_s": 120, "stat_p95_s": 60},
}  # fmt: skip
SEGMENT: dict[str, Any] = {
    "name": "segment", "kind": "imaging-training", "volumes": 40_000, "volume_mib": 300,
    "epochs": 300, "deadline_days": 7,
}  # fmt: skip


def test_the_chance_to_wait_is_erlangs() -> None:
    assert erlang_c(1, 0.5) == pytest.approx(0.5)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(10, 8.0) == pytest.approx(0.4092, abs=1e-4)
    assert erlang_c(3, 3.0) == 1.0


@given(st.integers(1, 200), st.floats(0.01, 0.99))
def test_another_server_never_makes_waiting_likelier(servers: int, busy: float) -> None:
    offered = busy * servers
    assert 0 <= erlang_c(servers + 1, offered) <= erlang_c(servers, offered) <= 1


@given(st.integers(1, 50), st.floats(0.05, 0.98), st.floats(0.01, 0.99))
def test_urgent_ones_never_wait_longer_than_the_others(
    servers: int, busy: float, share: float
) -> None:
    rate = busy * servers / 10.0
    first = first_class_wait_s(servers, rate, 10.0, share, 0.95)
    assert first <= second_class_wait_s(servers, rate, 10.0, share, 0.95)


def _simulated(servers: int, rate: float, share: float, count: int) -> tuple[float, float]:
    """Return the 95th percentile of waits of both classes, served in exponential time of mean 1."""
    rng = random.Random(7)
    now, free = 0.0, [0.0] * servers
    arrivals = []
    for _ in range(count):
        now += rng.expovariate(rate)
        arrivals.append((now, 0 if rng.random() < share else 1))
    waits: tuple[list[float], list[float]] = ([], [])
    queued: list[tuple[int, float]] = []
    at = 0
    while at < count or queued:
        server = min(range(servers), key=lambda index: free[index])
        while at < count and (not queued or arrivals[at][0] <= free[server]):
            queued.append((arrivals[at][1], arrivals[at][0]))
            at += 1
        queued.sort()
        kind, came = queued.pop(0)
        begun = max(free[server], came)
        waits[kind].append(begun - came)
        free[server] = begun + rng.expovariate(1.0)
    first, second = (sorted(each)[int(len(each) * 0.95)] for each in waits)
    return first, second


def test_a_simulated_queue_waits_as_the_formulas_say() -> None:
    servers, rate, share = 3, 2.4, 0.2
    first, second = _simulated(servers, rate, share, 60_000)
    assert first == pytest.approx(first_class_wait_s(servers, rate, 1.0, share, 0.95), rel=0.08)
    assert second == pytest.approx(second_class_wait_s(servers, rate, 1.0, share, 0.95), rel=0.12)


def test_1200_studies_a_day_are_read_by_one_gpu_and_its_spare() -> None:
    size = sized(TRIAGE, least=2)
    told = {name: number.value for name, number in size.numbers.items()}
    assert told["studies_per_s"] == pytest.approx(1200 / 86_400 * 3)
    assert told["study_gpu_s"] == 6
    assert told["transfer_s"] == 6
    wait = math.log(0.25 / 0.05) / (1 / 6 - 1 / 24) / (1 - 0.025)
    assert told["turnaround_p95_s"] == pytest.approx(6 + 5 + 6 + wait, rel=1e-6)
    assert (size.gpus, size.binds, size.spread) == (2, "redundancy", True)


def test_more_urgent_targets_ask_for_more_gpus_than_the_load_alone() -> None:
    size = sized(TRIAGE, studies_per_day=60_000, turnaround={"p95_s": 19})
    assert size.binds == "queue"
    assert size.numbers["gpus_needed"].value > 60_000 / 86_400 * 3 * 6


@settings(max_examples=60)
@given(st.sampled_from(["studies_per_day", "study_mib", "peak_factor"]), st.floats(1, 20))
def test_more_studies_never_need_fewer_gpus(key: str, factor: float) -> None:
    loose = {**TRIAGE, "turnaround": {"p95_s": 600, "stat_p95_s": 500}}
    assert sized(loose).gpus <= sized({**loose, key: TRIAGE[key] * factor}).gpus


@given(st.floats(0.001, 3), st.floats(1, 30), st.floats(0.01, 0.9), st.floats(20, 400))
def test_with_the_gpus_found_both_percentiles_hold_and_with_fewer_one_does_not(
    rate: float, service: float, share: float, goal: float
) -> None:
    reading = Reading(rate, service, 5.0, share)
    found = gpus_in_time(reading, goal, goal / 2)
    if not found:
        assert 5.0 + service > goal / 2
        return
    assert reading.turnaround_s(found) <= goal
    assert reading.stat_turnaround_s(found) <= goal / 2
    if found > 1:
        late = reading.turnaround_s(found - 1) > goal
        assert late or reading.stat_turnaround_s(found - 1) > goal / 2


def test_a_transfer_longer_than_the_target_is_refused_with_its_time() -> None:
    with pytest.raises(Infeasible, match=r"11\.0 s to come and go") as refused:
        sized(TRIAGE, turnaround={"stat_p95_s": 10})
    assert refused.value.rule == "MW-D-083"


def test_studies_without_a_target_are_not_sized() -> None:
    with pytest.raises(Infeasible) as refused:
        sized(TRIAGE, turnaround={})
    assert refused.value.where == "workloads.triage.turnaround"


def test_a_measured_study_takes_the_place_of_the_estimate() -> None:
    measured = {"study-gpu-s": {"value": 1.5, "source": "pilot"}}
    size = sized(TRIAGE, measured=measured)
    assert size.numbers["study_gpu_s"].value == 1.5
    assert size.numbers["study_gpu_s"].confidence == "measured"


def test_volumes_are_looked_through_by_the_deadline() -> None:
    size = sized(SEGMENT)
    read_gb = 40_000 * 300 * 2**20 / 1e9 * 300
    assert size.numbers["read_gb"].value == pytest.approx(read_gb)
    assert size.gpus == math.ceil(read_gb / (3.18 * 7 * 86_400 * 0.9)) == 3
    assert size.numbers["read_gbytes_per_s"].value == pytest.approx(3 * 3.18)


def test_volumes_on_another_gpu_go_by_its_dense_throughput() -> None:
    size = sized(SEGMENT, server="mi300x-8")
    number = size.numbers["scaled_imaging_training_gbytes_per_gpu_s"]
    assert number.value == pytest.approx(3.18 * 1307 / 989)
    measured = {"imaging-training-gbytes-per-gpu-s": {"value": 5, "source": "pilot"}}
    own = sized(SEGMENT, server="mi300x-8", measured=measured)
    assert own.numbers["read_gbytes_per_s"].value == own.gpus * 5


def test_more_studies_than_gpus_are_tried_for_are_told_as_that_and_not_as_late() -> None:
    with pytest.raises(Infeasible) as refused:
        sized(TRIAGE, studies_per_day=1e8)
    assert "keep more than 4,095 GPUs busy" in refused.value.message

"""Models that answer: a figure by hand, laws of load, refusals with their numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from millwright.design.sizing.changes import changes
from millwright.design.sizing.llm import replicas_for
from millwright.design.sizing.replica import all_reduce_bytes, waiting_p95_s
from millwright.errors import Infeasible
from millwright.model.workload import Workload
from tests.unit.design.sizing.grounds import NOTES, ground, sized

MORE_IS_HARDER = ("peak_users", "requests_per_user_hour", "prompt_tokens", "output_tokens")
LONGER_IS_EASIER = ("ttft_s", "tpot_ms")


def test_notes_for_600_clinicians_come_to_what_a_hand_finds() -> None:
    size = sized(NOTES)
    told = {name: number.value for name, number in size.numbers.items()}
    assert told["requests_per_s"] == 2.0
    assert told["weights_gb"] == pytest.approx(70.55, abs=0.01)
    assert told["kv_bytes_per_token"] == 327_680
    assert told["cache_gb_per_request"] == pytest.approx(3500 * 327_680 / 1e9)
    assert size.gpus_per_replica == 2
    assert told["room"] == math.floor((2 * (80 * 0.9 - 4) - 70.5537) / 1.14688)
    prompt = 2 * 70.5537e9 * 3000 + 4 * 80 * 8192 * 3000 * 3000 / 2
    assert told["prompt_tflop"] == pytest.approx(prompt / 1e12, rel=1e-4)
    sent = 160 * 3000 * 8192 * 2
    by_hand = prompt / (2 * 1979e12 * 0.45) + sent / (450e9 * 0.7) + 160 * 15e-6
    assert told["prefill_s"] == pytest.approx(by_hand, rel=1e-4)
    assert told["token_ms"] <= 50
    assert told["first_token_s"] <= 1.5
    assert size.gpus == size.replicas * 2 == told["gpus"]
    assert size.replicas == math.ceil(2.0 / told["replica_requests_per_s"]) + 1
    assert size.confidence == "estimate"


def test_every_number_has_an_origin_and_every_input_is_there() -> None:
    for name, number in sized(NOTES).numbers.items():
        assert number.source, name
        assert bool(number.formula) == (number.source == "reckoned"), name
        assert set(number.inputs) <= set(sized(NOTES).numbers), name


@settings(max_examples=40)
@given(
    st.sampled_from(MORE_IS_HARDER + LONGER_IS_EASIER),
    st.floats(1, 8),
    st.sampled_from(["dgx-h100", "mi300x-8", "pcie-l40s-8", "gb200-nvl72"]),
    st.sampled_from(["llama-3.1-70b", "qwen3-30b-a3b", "gpt-oss-120b", "deepseek-v3"]),
)
def test_more_load_or_shorter_targets_never_need_fewer_gpus(
    key: str, factor: float, server: str, model: str
) -> None:
    more = NOTES[key] * factor if key in MORE_IS_HARDER else NOTES[key] / factor
    try:
        harder = sized(NOTES, server=server, model=model, **{key: more})
    except Infeasible:
        return
    assert sized(NOTES, server=server, model=model).gpus <= harder.gpus


@settings(max_examples=20)
@given(st.integers(0, 12), st.integers(0, 12))
def test_a_tier_that_asks_for_more_replicas_never_gets_fewer(one: int, more: int) -> None:
    few, many = sized(NOTES, least=one), sized(NOTES, least=one + more)
    assert few.gpus <= many.gpus
    assert many.replicas >= one + more


@given(st.floats(0.001, 1e4), st.floats(0.001, 1e3), st.integers(0, 3))
def test_with_the_spare_ones_down_the_rest_carry_the_load(
    load: float, each: float, spare: int
) -> None:
    count = replicas_for(load, each, spare, 0)
    assume(count < 10**6)
    assert (max(count - spare, 1)) * each >= load * (1 - 1e-6)


def test_what_was_measured_takes_the_place_of_what_is_assumed() -> None:
    measured: dict[str, Any] = {
        "output-tokens-per-gpu-s": {"value": 250, "source": "pilot of May", "gpu": "h100-sxm"}
    }
    size = sized(NOTES, measured=measured)
    number = size.numbers["output_tokens_per_gpu_s"]
    assert (number.confidence, number.source) == ("measured", "pilot of May")
    assert size.numbers["replica_requests_per_s"].value == pytest.approx(2 * 250 / 500 * 0.65)
    elsewhere = sized(NOTES, server="mi300x-8", measured=measured)
    assert "output_tokens_per_gpu_s" not in elsewhere.numbers


def test_a_model_that_does_not_fit_is_refused_with_what_it_needs() -> None:
    with pytest.raises(Infeasible, match="314 GB") as refused:
        sized(NOTES, server="pcie-l40s-8", model="llama-3.1-405b", precision="bf16")
    assert refused.value.rule == "MW-D-082"
    assert "812 GB" in refused.value.message


def test_a_target_that_no_lone_request_meets_is_refused_with_its_time() -> None:
    with pytest.raises(Infeasible, match="s to its first token") as refused:
        sized(NOTES, ttft_s=0.001)
    assert refused.value.rule == "MW-D-083"


@pytest.mark.parametrize("key", ["model", "prompt_tokens", "ttft_s", "peak_users"])
def test_what_is_not_said_is_asked_for_by_its_place(key: str) -> None:
    with pytest.raises(Infeasible) as refused:
        sized({**NOTES, key: None})
    assert (refused.value.rule, refused.value.where) == ("MW-D-080", f"workloads.notes.{key}")


def test_a_model_that_is_misspelt_is_asked_after() -> None:
    with pytest.raises(Infeasible) as refused:
        sized(NOTES, model="llama-3.1-70")
    assert refused.value.rule == "MW-D-084"
    assert "llama-3.1-70b" in refused.value.hint


def test_the_wait_for_one_server_is_the_textbook_one() -> None:
    # M/D/1 at half load: mean wait half a service time; its tail at 5 % is ln(10) such means
    assert waiting_p95_s(1.0, 0.5) == pytest.approx(math.log(10))
    assert waiting_p95_s(1.0, 0.01) == 0
    assert waiting_p95_s(1.0, 1.0) == math.inf


def test_a_ring_of_two_sends_its_payload_once() -> None:
    assert all_reduce_bytes(2, 100) == 100
    assert all_reduce_bytes(8, 100) == 175


def test_what_would_change_a_size_is_found_by_trying() -> None:
    workload = Workload.model_validate(NOTES)
    size = sized(NOTES)
    told = changes(workload, ground(), 0, size)
    doubled = [each for each in told if each.what == "peak_users" and each.then == 1200]
    assert doubled[0].gpus == sized(NOTES, peak_users=1200).gpus
    assert all(each.gpus != size.gpus for each in told)


def test_one_gpu_is_not_told_as_many() -> None:
    size = sized(NOTES, server="hgx-b300")
    assert size.gpus_per_replica == 1
    assert size.because.startswith("a replica on 1 GPU has ")

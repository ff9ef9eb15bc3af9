"""Training: published figures, laws of work and memory."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.sizing.changes import changes
from millwright.design.sizing.training import (
    gpus_at_scale,
    gpus_for_states,
    gpus_for_work,
    scale_share,
    training_flops,
)
from millwright.errors import Infeasible
from millwright.model.workload import Workload
from tests.unit.design.sizing.grounds import TRAINING, ground, sized


def test_llama_405b_comes_to_the_published_arithmetic() -> None:
    assert training_flops(405e9, 15.6e12) == pytest.approx(3.8e25, rel=0.01)


def test_a_doubling_beyond_the_published_size_loses_what_was_published() -> None:
    assert scale_share(8_192, 0.047) == scale_share(8, 0.047) == 1
    assert 0.43 * scale_share(16_384, 0.047) == pytest.approx(0.41, abs=0.001)


def test_seven_billion_weights_on_300_billion_tokens_in_a_month() -> None:
    size = sized(TRAINING)
    by_hand = 6 * 7e9 * 300e9 / (30 * 86_400 * 989e12 * 0.38 * 0.9)
    assert size.gpus == math.ceil(by_hand) == 15
    assert size.binds == "compute"
    assert size.numbers["state_gb"].value == 112
    assert size.numbers["checkpoint_gb"].value == 98


def test_a_large_model_with_little_to_learn_is_bound_by_memory() -> None:
    size = sized(TRAINING, parameters_b=405, tokens_b=0.1)
    assert size.binds == "memory"
    assert size.gpus == math.ceil(405 * 16 / (80 * 0.6))


def test_a_mixture_works_with_its_active_weights_and_keeps_all() -> None:
    size = sized(TRAINING, parameters_b=None, model="deepseek-v3", tokens_b=100)
    assert size.numbers["parameters_b"].value == pytest.approx(671, rel=0.01)
    assert size.numbers["mfu_experts"].value == 0.2
    assert size.numbers["work_eflop"].value == pytest.approx(6 * 37.55e9 * 100e9 / 1e18, rel=0.01)


@settings(max_examples=60)
@given(
    st.sampled_from(["parameters_b", "tokens_b", "deadline_days"]),
    st.floats(1, 50),
    st.sampled_from(["dgx-h100", "dgx-b200", "mi355x-8"]),
)
def test_more_work_or_less_time_never_needs_fewer_gpus(
    key: str, factor: float, server: str
) -> None:
    harder = TRAINING[key] / factor if key == "deadline_days" else TRAINING[key] * factor
    assert (
        sized(TRAINING, server=server).gpus <= sized(TRAINING, server=server, **{key: harder}).gpus
    )


@given(st.floats(1e18, 1e27), st.floats(3600, 1e7), st.floats(0, 0.3))
def test_so_many_gpus_are_in_time_and_one_fewer_is_not(
    work: float, seconds: float, loss: float
) -> None:
    speed = 3e14
    try:
        count = gpus_at_scale(work, seconds, speed, loss)
    except Infeasible:
        assert 2**25 * scale_share(2**25, loss) * speed * seconds < 4 * work
        return
    done = count * scale_share(count, loss) * speed * seconds
    assert done >= work * (1 - 1e-6)
    if count > 1:
        fewer = (count - 1) * scale_share(count - 1, loss) * speed * seconds
        assert fewer < work * (1 + 1e-6)


def test_states_and_work_round_up_to_whole_gpus() -> None:
    assert gpus_for_states(100.0, 50.0) == 2
    assert gpus_for_states(101.0, 50.0) == 3
    assert gpus_for_work(1.0, 1.0, 1e12) == 1


def test_training_needs_weights_tokens_and_a_deadline() -> None:
    for key in ("parameters_b", "tokens_b", "deadline_days"):
        with pytest.raises(Infeasible) as refused:
            sized({**TRAINING, key: None})
        assert refused.value.where == f"workloads.report.{key}"


def test_the_time_told_is_that_of_the_whole_gpus_that_are_bought() -> None:
    size = sized(TRAINING)
    days = 6 * 7e9 * 300e9 / (15 * 989e12 * 0.38 * 0.9 * 86_400)
    assert size.numbers["days"].value == pytest.approx(days)
    assert f"it takes {days:.1f} of 30 days" in size.because


@settings(max_examples=40)
@given(st.floats(0.1, 5000), st.floats(1, 60))
def test_what_is_sized_by_a_deadline_holds_it(tokens: float, days: float) -> None:
    size = sized(TRAINING, tokens_b=tokens, deadline_days=days)
    assert size.numbers["days"].value <= days * (1 + 1e-6)


def test_a_deadline_that_no_number_of_gpus_holds_names_its_workload() -> None:
    with pytest.raises(Infeasible) as refused:
        sized(TRAINING, parameters_b=1e6, tokens_b=1e6, deadline_days=0.001)
    assert refused.value.where == "workloads.report.deadline_days"


def test_nothing_is_tried_that_would_train_more_than_all_of_the_time() -> None:
    workload = Workload.model_validate(TRAINING)
    found = changes(workload, ground(), 0, sized(TRAINING))
    assert any(change.what == "goodput" for change in found)
    assert all(change.then <= 1 for change in found if change.what in ("goodput", "mfu-dense"))


def test_full_fine_tuning_says_of_no_figure_that_the_spec_said_it() -> None:
    size = sized({**TRAINING, "kind": "fine-tuning", "tokens_b": 1})
    said = {name for name, number in size.numbers.items() if number.source == "factory.yaml"}
    assert said == {"parameters_b", "tokens_b", "deadline_days"}
    assert size.numbers["work_eflop"].formula.startswith("6 x ")

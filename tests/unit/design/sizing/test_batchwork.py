"""Work by the day, fine-tuning, and how replicas stand in nodes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.sizing.batchwork import genomes_gpus
from millwright.design.sizing.size import KINDS, nodes_for, size_factory, size_workload
from millwright.errors import Infeasible
from millwright.model.sizing import WorkloadSize
from millwright.model.workload import Workload
from millwright.reports.sizing import roots_of
from tests.conftest import factory
from tests.unit.design.sizing.grounds import NOTES, TRAINING, ground, sized

WGS: dict[str, Any] = {"name": "wgs", "kind": "genomics-wgs", "genomes_per_day": 48}
TUNE: dict[str, Any] = {
    "name": "tune", "kind": "fine-tuning", "model": "llama-3.1-70b", "tokens_b": 0.5,
    "deadline_days": 1,
}  # fmt: skip
VECTORS: dict[str, Any] = {
    "name": "vectors", "kind": "embedding", "model": "bge-m3", "documents": 50e6,
    "deadline_days": 2,
}  # fmt: skip
BOOKS: dict[str, Any] = {"name": "books", "kind": "notebooks", "users": 60}


def test_48_genomes_a_day_fill_one_server_of_eight() -> None:
    size = sized(WGS)
    assert size.gpus == 8
    assert size.numbers["kept_gb_per_day"].value == 48 * 132
    assert sized(WGS, coverage=60).gpus == 16


def test_genomes_are_refused_where_their_program_does_not_run() -> None:
    with pytest.raises(Infeasible, match="CUDA") as refused:
        sized(WGS, server="mi300x-8")
    assert refused.value.rule == "MW-D-086"
    assert "gpu: mi300x}}`" in refused.value.hint
    own = {"genome-gpu-minutes": {"value": 96, "source": "own pipeline", "gpu": "mi300x"}}
    assert sized(WGS, server="mi300x-8", measured=own).gpus == 4


@given(st.floats(0.1, 1e4), st.floats(0.1, 10), st.floats(1, 1e4), st.floats(0.1, 1))
def test_the_gpus_found_finish_the_day(
    daily: float, depth: float, minutes: float, share: float
) -> None:
    gpus = genomes_gpus(daily, depth, minutes, share)
    assert gpus * 1440 * share >= daily * depth * minutes * (1 - 1e-6)


def test_the_less_learns_the_less_memory_and_time_it_takes() -> None:
    full, lora, qlora = (sized(TUNE, method=each) for each in ("full", "lora", "qlora"))
    states = [each.numbers["state_gb"].value for each in (full, lora, qlora)]
    assert states == pytest.approx([70.5537 * each for each in (16, 2.16, 0.71)], rel=1e-4)
    assert full.gpus >= lora.gpus >= qlora.gpus
    assert full.numbers["work_eflop"].value == pytest.approx(6 * 70.5537e9 * 0.5e9 / 1e18, rel=1e-4)
    assert lora.numbers["work_eflop"].value == pytest.approx(4 * 70.5537e9 * 0.5e9 / 1e18, rel=1e-4)
    assert sized(TUNE).gpus == full.gpus


def test_two_epochs_are_twice_the_work() -> None:
    once, twice = sized(TUNE), sized(TUNE, epochs=2)
    assert twice.numbers["work_eflop"].value == 2 * once.numbers["work_eflop"].value


def test_vectors_are_made_by_the_deadline_and_for_questions() -> None:
    size = sized(VECTORS)
    flops = 2 * (567e6 - 256e6) * 500
    assert size.numbers["document_tflop"].value == pytest.approx(flops / 1e12, rel=0.06)
    each = size.numbers["documents_per_gpu_s"].value
    assert size.gpus == math.ceil(50e6 / (each * 2 * 86_400))
    asked = sized(VECTORS, documents=None, peak_users=1000, requests_per_user_hour=30)
    assert (asked.gpus, asked.binds) == (2, "redundancy")
    with pytest.raises(Infeasible):
        sized(VECTORS, documents=None)


def test_an_index_is_told_beside_the_model_that_answers_from_it() -> None:
    size = sized({**NOTES, "kind": "rag", "documents": 1e6})
    assert size.numbers["index_gb"].value == pytest.approx(1e6 * 4 * 6144 / 1e9)
    assert size.gpus == sized(NOTES).gpus


def test_notebooks_share_gpus() -> None:
    assert sized(BOOKS).gpus == math.ceil(60 * 0.5 * 0.25)


@settings(max_examples=40)
@given(st.sampled_from([WGS, TUNE, VECTORS, BOOKS]), st.floats(1, 20))
def test_more_of_it_never_needs_fewer_gpus(base: dict[str, Any], factor: float) -> None:
    key = next(k for k in ("genomes_per_day", "tokens_b", "documents", "users") if k in base)
    assert sized(base).gpus <= sized(base, **{key: base[key] * factor}).gpus


def test_every_kind_that_a_spec_may_name_is_sized() -> None:
    assert set(KINDS) == set(Workload.model_json_schema()["properties"]["kind"]["enum"])


def _piece(replicas: int, gpus: int, *, spread: bool = False) -> WorkloadSize:
    return WorkloadSize(
        workload="w", kind="k", gpu="g", gpus=replicas * gpus, replicas=replicas,
        gpus_per_replica=gpus, spread=spread, binds="compute", confidence="estimate", numbers={},
    )  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 40)), min_size=1, max_size=6))
def test_nodes_hold_all_gpus_and_are_not_many_more_than_that(pieces: list[tuple[int, int]]) -> None:
    sizes = [_piece(*each) for each in pieces]
    gpus = sum(size.gpus for size in sizes)
    nodes = nodes_for(sizes, 8)
    assert math.ceil(gpus / 8) <= nodes <= 2 * math.ceil(gpus / 8)


def test_a_replica_is_not_torn_over_nodes_and_spares_stand_elsewhere() -> None:
    assert nodes_for([_piece(3, 3)], 8) == 2
    assert nodes_for([_piece(2, 1)], 8) == 1
    assert nodes_for([_piece(2, 1, spread=True)], 8) == 2
    assert nodes_for([_piece(1, 12)], 8) == 2


def test_growth_multiplies_what_is_asked_for() -> None:
    spec = factory(workloads=[WGS])
    twice = size_factory(spec, ground(), {"wgs": 2.0})
    assert twice.gpus == 16


def test_a_slip_of_many_zeros_is_refused_before_anything_is_laid_out() -> None:
    for workload in (
        {**NOTES, "peak_users": 1e15},
        {"name": "wgs", "kind": "genomics-wgs", "genomes_per_day": 1e15},
        {**TRAINING, "parameters_b": 1e15, "tokens_b": 1e15, "deadline_days": 1e-300},
    ):
        with pytest.raises(Infeasible) as refused:
            sized(workload)
        assert refused.value.rule in ("MW-D-083", "MW-D-085")
        assert refused.value.where.startswith(f"workloads.{workload['name']}.")


def test_workloads_that_are_too_many_together_have_no_total() -> None:
    each = {"kind": "genomics-wgs", "genomes_per_day": 2.4e6}
    spec = factory(workloads=[{**each, "name": "a"}, {**each, "name": "b"}])
    size = size_factory(spec, ground())
    assert [refusal.rule for refusal in size.refused] == ["MW-D-085"]
    assert (size.nodes, size.gpus) == (None, None)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 20)), min_size=1, max_size=12))
def test_replicas_lie_as_first_fit_by_falling_size_lays_them(
    asked: list[tuple[int, int]],
) -> None:
    pieces = []
    for replicas, gpus in asked:
        pieces += [8] * (gpus // 8 * replicas) + [gpus % 8] * (replicas if gpus % 8 else 0)
    free: list[int] = []
    for piece in sorted(pieces, reverse=True):
        at = next((index for index, room in enumerate(free) if room >= piece), None)
        if at is None:
            free.append(8 - piece)
        else:
            free[at] -= piece
    assert nodes_for([_piece(*each) for each in asked], 8) == len(free)


TRIAGE: dict[str, Any] = {
    "name": "triage", "kind": "imaging-inference", "studies_per_day": 1200, "study_mib": 300,
    "turnaround": {"p95_s": 120},
}  # fmt: skip
SEGMENT: dict[str, Any] = {
    "name": "segment", "kind": "imaging-training", "volumes": 40_000, "volume_mib": 300,
    "epochs": 300, "deadline_days": 7,
}  # fmt: skip
ASKED = {**VECTORS, "documents": None, "peak_users": 50, "requests_per_user_hour": 20}
RAG = {**NOTES, "kind": "rag", "documents": 1e6}


@pytest.mark.parametrize(
    "base", [WGS, TUNE, VECTORS, ASKED, BOOKS, NOTES, RAG, TRAINING, TRIAGE, SEGMENT]
)
def test_growth_is_a_number_behind_what_it_makes_larger(base: dict[str, Any]) -> None:
    workload = Workload.model_validate(base)
    today, grown = (size_workload(workload, ground(), 0, load) for load in (1.0, 2.0))
    assert "growth" not in today.numbers
    assert (grown.numbers["growth"].value, grown.numbers["growth"].source) == (2.0, "factory.yaml")
    assert "growth" in roots_of("gpus", grown.numbers)
    told = [n for n in grown.numbers.values() if "growth" in n.inputs]
    assert told
    assert all("x growth" in number.formula for number in told)

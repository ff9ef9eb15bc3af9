"""Service levels: what was promised against what is seen, and UNKNOWN where nothing is."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.cli.manageslo import terms_of
from millwright.manage.slo import queries
from millwright.manage.slo.budget import OLDEST
from millwright.manage.slo.judging import judge_tier
from millwright.manage.slo.measuring import Terms
from millwright.manage.slo.neighbours import by_rank
from millwright.manage.slo.queries import Scope
from millwright.model.catalog import Catalog
from millwright.model.objective import LatencyObjective, Slo
from millwright.model.site import Tier
from millwright.model.slo import TierSlo
from millwright.ports import Sample, Track

HOSTS = ("gpu1", "gpu2")
SCOPE = Scope({"namespace": "reading"}, HOSTS)
SLO = Slo(
    select={"namespace": "reading"},
    availability=0.999,
    latency=(LatencyObjective(of="first-token", percentile=95, at_most_s=1.0),),
    queue_at_most=10,
    gpu_active_at_least=0.3,
    storage_at_most_s=0.02,
)
PRESENT = (
    "vllm:time_to_first_token_seconds_bucket", "http_requests_total", "vllm:num_requests_waiting",
    "DCGM_FI_PROF_SM_ACTIVE", "node_mountstats_nfs_operations_response_time_seconds_total",
    "container_cpu_usage_seconds_total",
)  # fmt: skip


@dataclass
class Told:
    """Stands for a Prometheus: answers by the query, with nothing where none was laid."""

    instant: Mapping[str, float] = field(default_factory=dict)
    names: Sequence[str] = PRESENT
    tracks: Mapping[str, Sequence[Track]] = field(default_factory=dict)
    recorded: bool = True

    def now(self, query: str) -> Sequence[Sample] | None:
        if not self.recorded:
            return None
        if query.startswith("count by (__name__)"):
            return [Sample({"__name__": name}, 1) for name in self.names]
        return [Sample({"host": "gpu2"}, self.instant[query])] if query in self.instant else []

    def over(self, query: str, span_s: int, step_s: int) -> Sequence[Track] | None:
        del span_s, step_s
        return self.tracks.get(query, []) if self.recorded else None


@pytest.fixture(scope="module")
def terms(catalog: Catalog) -> Terms:
    return terms_of(catalog)


def well(terms: Terms, **changes: float) -> dict[str, float]:
    """Return answers that keep every promise, but for what is said to be otherwise."""
    signal = {each.name: each for each in terms.signals}
    value = {"latency": 0.4, "queue": 2, "gpu": 0.6, "storage": 0.004, "errors": 1e-5, **changes}
    hour = terms.settings.rate_window_s.value
    windows = {30 * 86_400, *(e.value for p in terms.burns for e in (p.long_s, p.short_s))}
    errors = signal["vllm-errors"]
    return {
        queries.percentile(signal["vllm-first-token"], SCOPE, 95, hour): value["latency"],
        queries.gauge_high(signal["vllm-queue"], SCOPE, hour): value["queue"],
        queries.gauge_mean(signal["dcgm-sm-active"], SCOPE, hour): value["gpu"],
        queries.gauge_mean(signal["dcgm-utilization"], SCOPE, hour): value["gpu"],
        queries.slowest_mean(signal["nfs-time"], SCOPE, hour): value["storage"],
        **{queries.error_ratio(errors, SCOPE, window): value["errors"] for window in windows},
        OLDEST: 90.0,
    }


def judged(terms: Terms, told: Told, slo: Slo | None = SLO) -> TierSlo:
    return judge_tier(Tier(name="clinical", slo=slo), HOSTS, terms, told)


def test_a_tier_that_gets_what_it_was_promised_is_met(terms: Terms) -> None:
    tier = judged(terms, Told(well(terms)))
    assert tier.answer == "met"
    assert {m.what: m.answer for m in tier.measures if m.side} == {
        "first-token p95": "met",
        "queue, 95 % of the time": "met",
        "GPUs at work": "met",
        "storage, slowest host": "met",
    }
    (budget,) = tier.budgets
    assert budget.spent_share == pytest.approx(0.01)
    assert [burn.calls for burn in budget.burns] == [False] * 4
    assert all(m.source and m.query for m in tier.measures if m.value is not None)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"latency": 1.2}, "first-token p95"),
        ({"queue": 11}, "queue, 95 % of the time"),
        ({"gpu": 0.1}, "GPUs at work"),
        ({"storage": 0.5}, "storage, slowest host"),
    ],
)
def test_each_promise_can_be_missed(terms: Terms, change: dict[str, float], what: str) -> None:
    tier = judged(terms, Told(well(terms, **change)))
    assert tier.answer == "missed"
    assert [m.what for m in tier.measures if m.answer == "missed"] == [what]


def test_a_budget_that_is_spent_is_missed_and_one_that_burns_calls(terms: Terms) -> None:
    (spent,) = judged(terms, Told(well(terms, errors=0.002))).budgets
    assert spent.answer == "missed"
    assert spent.spent_share == pytest.approx(2.0)
    answers = well(terms)
    for window in (3600, 300):
        signal = next(s for s in terms.signals if s.name == "vllm-errors")
        answers[queries.error_ratio(signal, SCOPE, window)] = 0.02
    tier = judged(terms, Told(answers))
    assert tier.answer == "missed"
    assert {b.name for b in tier.budgets[0].burns if b.calls} == {"fast"}
    assert tier.budgets[0].answer == "met"


@given(long=st.floats(0, 1), short=st.floats(0, 1))
def test_a_person_is_called_where_both_windows_are_above(
    terms: Terms, long: float, short: float
) -> None:
    signal = next(s for s in terms.signals if s.name == "vllm-errors")
    answers = well(terms)
    answers |= {
        queries.error_ratio(signal, SCOPE, 3600): long,
        queries.error_ratio(signal, SCOPE, 300): short,
    }
    burn = judged(terms, Told(answers)).budgets[0].burns[0]
    assert burn.long_rate is not None
    assert burn.short_rate is not None
    assert burn.calls == (burn.long_rate > burn.factor and burn.short_rate > burn.factor)


def test_what_the_server_does_not_remember_is_said(terms: Terms) -> None:
    answers = well(terms) | {OLDEST: 3.0}
    assert "remembers 3 days" in judged(terms, Told(answers)).budgets[0].why
    del answers[OLDEST]
    assert "not known" in judged(terms, Told(answers)).budgets[0].why


@pytest.mark.parametrize("told", [Told({}, names=()), Told(recorded=False)])
def test_what_is_not_exported_is_unknown_and_says_what_to_export(terms: Terms, told: Told) -> None:
    tier = judged(terms, told)
    assert tier.answer == "unknown"
    assert {m.answer for m in tier.measures} == {"unknown"}
    assert all(measure.export and measure.why for measure in tier.measures)
    assert all(budget.export and budget.why for budget in tier.budgets)
    assert tier.neighbours_unknown


def test_a_series_without_requests_is_no_promise_kept(terms: Terms) -> None:
    answers = dict.fromkeys(well(terms), math.nan)
    tier = judged(terms, Told(answers))
    assert tier.answer == "unknown"
    assert "nothing came" in tier.measures[0].why


def test_the_misleading_use_of_gpus_proves_a_miss_and_never_a_promise_kept(terms: Terms) -> None:
    names = (*(n for n in PRESENT if "SM_ACTIVE" not in n), "DCGM_FI_DEV_GPU_UTIL")

    def use(value: float) -> Any:
        tier = judged(terms, Told(well(terms, gpu=value), names=names))
        return next(m for m in tier.measures if m.what == "GPUs at work")

    assert use(0.1).answer == "missed"
    assert use(0.9).answer == "unknown"
    assert "resident" in use(0.9).why
    assert "SM_ACTIVE" in use(0.9).export


def test_where_nothing_was_promised_what_is_seen_is_shown(terms: Terms) -> None:
    tier = judged(terms, Told(well(terms)), Slo(select=SLO.select))
    assert tier.answer == "nothing-promised"
    assert {m.answer for m in tier.measures} == {"shown", "unknown"}
    assert judged(terms, Told({}, names=()), None).answer == "unknown"


def tracks(terms: Terms, kind: str) -> dict[str, list[Track]]:
    """Return latency, load of others and own load on gpu1 by step."""
    dice = random.Random(7)
    step = terms.settings.neighbour_step_s.value
    signal = {each.name: each for each in terms.signals}
    first = signal["vllm-first-token"]
    load = [1 + 7 * (n % 12) / 11 for n in range(72)]
    slow = [0.3 + 0.1 * each + dice.gauss(0, 0.01) for each in load]
    own = [dice.uniform(4, 6) for _ in load]
    if kind == "quiet":
        slow = [dice.uniform(0.3, 0.4) for _ in load]
    if kind == "own":
        own = [2 * each for each in load]
    if kind == "still":
        load = [1.0 for _ in load]
    many = 10 if kind == "few" else 72

    def track(values: Sequence[float]) -> list[Track]:
        return [Track({"host": "gpu1"}, {float(step * n): v for n, v in enumerate(values[:many])})]

    return {
        queries.host_latency(first, SCOPE, 95, step): track(slow),
        queries.others_load(signal["container-cpu"], SCOPE, step): track(load),
        queries.host_requests(first, SCOPE, step): [] if kind == "no own" else track(own),
    }


@pytest.mark.parametrize(
    ("kind", "answer", "why"),
    [
        ("noisy", "noisy", "times as long"),
        ("quiet", "quiet", ""),
        ("own", "unknown", "own load too"),
        ("no own", "unknown", "own load there is not known"),
        ("few", "unknown", "too few"),
        ("still", "unknown", "nothing changed"),
    ],
)
def test_a_neighbour_is_accused_only_where_latency_goes_with_the_load_of_others_alone(
    terms: Terms, kind: str, answer: str, why: str
) -> None:
    tier = judged(terms, Told(well(terms), tracks=tracks(terms, kind)))
    (found,) = tier.neighbours
    assert (found.host, found.answer) == ("gpu1", answer)
    assert why in found.why
    assert tier.answer == "met", "a neighbour is no promise"


def test_without_tenants_nobody_is_accused(terms: Terms) -> None:
    names = [name for name in PRESENT if "container" not in name]
    assert "cAdvisor" in judged(terms, Told(well(terms), names=names)).neighbours_unknown
    other = SLO.model_copy(update={"select": {"tier": "clinical"}})
    assert "select: {namespace" in judged(terms, Told({}), other).neighbours_unknown


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=3, max_size=40))
def test_ranks_do_not_care_for_scale_and_are_even_handed(pairs: list[tuple[float, float]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    found = by_rank(one, other)
    assert found == by_rank(other, one)
    if found is not None:
        assert -1.0000001 <= found <= 1.0000001
        assert by_rank([-value for value in one], other) == pytest.approx(-found)
    ranked = sorted(set(one))
    assert by_rank([float(ranked.index(value)) for value in one], other) == found

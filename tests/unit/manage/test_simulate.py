"""The self-test of the detector: a generator that shares nothing with it, and an honest score."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import millwright.manage.detect
import millwright.manage.simulate
from millwright.errors import MillwrightError
from millwright.manage.detect.judge import Terms
from millwright.manage.score.notices import Notice, notices_of, seconds_of
from millwright.manage.score.scored import Run, poisson, score
from millwright.manage.score.trial import DETECTOR, THRESHOLDS, Wish, simulated, trial
from millwright.manage.simulate.planting import SIZES, Wished, effects, planted, wished
from millwright.manage.simulate.workload import workload
from millwright.model.catalog import Catalog
from millwright.model.telemetrytruth import PlantedFault, TelemetryTruth

AT = "2026-01-05T10:00:00Z"
TRUTH = TelemetryTruth(
    begin="2026-01-05T08:00:00Z", end="2026-01-12T08:00:00Z", gpus=500, nodes=("a", "b"),
    faults=(
        PlantedFault(kind="slow-gpu", size_percent=5, nodes=("a",), device="gpu1", begin=AT),
        PlantedFault(kind="planned-reboot", size_percent=100, nodes=("b",), begin=AT,
                     end="2026-01-05T10:08:00Z", expected=False),
    ),
)  # fmt: skip


def said(node: str, device: str = "", after_s: float = 300.0) -> Notice:
    """Return what a judge says so long after the fault began."""
    when = seconds_of(AT) + after_s
    return Notice(frozenset({node}), device, when, when, True)


def imports(package: str) -> set[str]:
    """Return every module that a package imports."""
    found = set()
    for path in Path(package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                found.add(str(node.module))
    return found


def test_generator_and_judge_share_no_constants() -> None:
    simulate = imports(millwright.manage.simulate.__path__[0])
    detect = imports(millwright.manage.detect.__path__[0])
    assert not [name for name in simulate if name.startswith("millwright.manage.detect")]
    assert not [name for name in detect if "simulate" in name or "score" in name]
    ours = {name for name in simulate & detect if name.startswith("millwright")}
    assert ours <= {"millwright.errors", "millwright.model.telemetry"}


def test_a_right_notice_counts_once_and_a_wrong_one_is_a_false_alarm() -> None:
    heard = [said("a", "gpu1"), said("a", "gpu1", 900), said("a", "gpu2"), said("b")]
    (judge,) = score([Run(TRUTH, {"x": heard})]).judges
    assert (judge.precision.hits, judge.precision.of) == (1, 3)
    assert (judge.false_alarms.events, judge.false_alarms.rate) == (2, 2.0)
    assert judge.recall.share == judge.recall_from_5_percent.share == 1
    assert judge.minutes_median == 5


def test_what_comes_late_is_noticed_and_not_in_time() -> None:
    (judge,) = score([Run(TRUTH, {"x": [said("a", "gpu1", 1800)]})]).judges
    assert (judge.recall.share, judge.recall_from_5_percent.share) == (1, 0)


def test_foreign_findings_need_node_and_since_alone() -> None:
    (notice,) = notices_of([{"node": "gpu[001-003]", "since": AT, "mark": 1}])
    assert (notice.nodes, notice.acts) == (frozenset({"gpu001", "gpu002", "gpu003"}), True)
    for wrong in ({"node": "a"}, {"node": "a", "since": "noon"}, {"node": "a", "since": 5}):
        with pytest.raises(MillwrightError):
            notices_of([wrong])


def test_rates_of_rare_events_have_the_published_interval() -> None:
    # Garwood's exact interval: 0 events 0-3.69 (95 %, two-sided), 10 events 4.80-18.39.
    assert poisson(0, 1).high == pytest.approx(3.69, rel=0.02)
    assert (poisson(10, 1).low, poisson(10, 1).high) == pytest.approx((4.80, 18.39), rel=0.01)


@given(st.integers(0, 10_000))
def test_every_kind_is_planted_once_a_node_and_does_something(seed: int) -> None:
    wishes = [Wished(kind, sizes[0]) for kind, sizes in SIZES.items()]
    found = planted((64, 480), wishes, random.Random(seed), lambda node, minute: minute > 150)
    hit = [node for each in found for node in each.nodes]
    assert len(hit) == len(set(hit))
    assert {each.kind for each in found} == set(SIZES)
    assert all(effects(each.kind, each.size) for each in found)
    assert not any(each.expected for each in found if each.kind == "planned-reboot")


def test_wishes_are_read_or_refused() -> None:
    assert wished("slow-gpu:5:3") == Wished("slow-gpu", 5.0, 3)
    for wrong in ("slow-gpu:0", "slow-gpu:x", "gremlin:5", "slow-gpu:5:0"):
        with pytest.raises(MillwrightError):
            wished(wrong)
    with pytest.raises(MillwrightError):
        planted((8, 480), [Wished("slow-gpu", 5, 5)], random.Random(1), lambda node, minute: True)


def test_nodes_of_a_job_work_alike_and_rest_without_one() -> None:
    work = workload(24, 600, random.Random(3))
    assert ((work.job >= 0) | (work.load == 0)).all()
    assert 0 <= work.load.min() <= work.load.max() <= 1


def test_a_seed_draws_the_same_and_another_one_something_else(catalog: Catalog) -> None:
    wish = Wish(8, 60, 5, (Wished("slow-gpu", 5),))
    one, truth = simulated(wish, catalog.signal_models)
    again, same = simulated(wish, catalog.signal_models)
    other, _ = simulated(Wish(8, 60, 6, wish.faults), catalog.signal_models)
    assert (one.value, truth) == (again.value, same)
    assert one.value != other.value
    assert one.simulated


def test_planted_faults_are_noticed_and_a_planned_reboot_is_not(catalog: Catalog) -> None:
    faults = [
        Wished("slow-gpu", 8), Wished("power-brake", 10), Wished("nvlink-lanes", 25),
        Wished("silent-exporter", 100), Wished("planned-reboot", 100),
    ]  # fmt: skip
    found = trial(Wish(16, 300, 4, faults), catalog.signal_models, Terms(catalog.evidence_families))
    ours, theirs = score([found.run()]).judges
    assert (ours.judge, theirs.judge) == (DETECTOR, THRESHOLDS)
    assert ours.precision.share == 1
    assert ours.recall_from_5_percent.share == 1
    assert found.findings.simulated
    assert (theirs.precision.share or 0) < 1


def test_a_planted_slow_job_befalls_all_nodes_of_one_job_and_is_named(catalog: Catalog) -> None:
    wish = Wish(40, 480, 3, (Wished("slow-job", 12),))
    found = trial(wish, catalog.signal_models, Terms(catalog.evidence_families))
    (planted_,) = found.truth.faults
    assert len(planted_.nodes) >= 4
    assert not planted_.device
    ours = score([found.run()]).judges[0]
    assert (ours.precision.share, ours.recall_from_5_percent.share) == (1, 1)
    assert [each.kind for each in found.findings.findings] == ["slow-job"]
    assert set(found.findings.findings[0].nodes) == set(planted_.nodes)

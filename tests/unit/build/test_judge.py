"""The judge: gates and outliers apart, nobody blamed for one reading, nothing missing passed."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.build.judge.missing import Expected
from millwright.build.judge.places import Places, with_rows
from millwright.build.judge.verdicts import Terms, judge
from millwright.model.bar import Bar
from millwright.model.measurements import part_of
from millwright.model.verdict import Verdict, VerdictDocument, VerdictFinding
from millwright.model.waiver import Waiver
from tests.unit.build.fleet import Row, columns, healthy, slowed


def judged(rows: list[Row], **terms: object) -> VerdictDocument:
    """Return the verdict over some rows."""
    return judge(columns(rows), Terms(**terms))  # type: ignore[arg-type]


def found(document: VerdictDocument, node: str, kind: str = "outlier") -> list[VerdictFinding]:
    """Return a node's findings of one kind."""
    return [each for each in document.nodes[node].findings if each.kind == kind]


def bar(**keys: object) -> Bar:
    """Return a bar on a GEMM."""
    plain = {"name": "b", "metric": "gemm_bf16_tflops", "rule": "at_least", "value": 700}
    plain |= {"unit": "TFLOP/s", "source": "s", "confidence": "measured"}
    return Bar.model_validate({**plain, **keys})


@pytest.mark.parametrize("seed", range(5))
def test_a_healthy_fleet_passes_and_says_that_no_bar_is_known(seed: int) -> None:
    document = judged(healthy(seed, 64))
    assert document.verdict is Verdict.PASS
    assert document.completeness == 1
    assert {each.mode for each in document.populations} == {"baseline"}
    assert any("no trusted bar" in note for note in document.notes)


def test_a_slow_gpu_is_named_and_only_blamed_when_it_was_slow_again() -> None:
    little = judged(slowed(healthy(1, 32), 0.03, node="n007", device="gpu3", metric="gemm"))
    assert little.nodes["n007"].verdict is Verdict.WARN
    once = judged(slowed(healthy(1, 32), 0.08, node="n007", device="gpu3", metric="gemm"))
    assert once.nodes["n007"].verdict is Verdict.FAIL
    assert {each.device for each in found(once, "n007")} == {"gpu3"}
    assert {each.disposition for each in found(once, "n007")} == {"retest"}
    thrice = judged(
        slowed(healthy(1, 32, attempts=3), 0.08, node="n007", device="gpu3", metric="gemm")
    )
    assert thrice.nodes["n007"].outliers is Verdict.FAIL
    assert thrice.nodes["n007"].gates is Verdict.PASS
    assert {each.disposition for each in found(thrice, "n007")} == {"rma"}
    assert [name for name, node in thrice.nodes.items() if node.verdict > Verdict.PASS] == ["n007"]


def test_the_metric_that_decided_is_named_whatever_its_chance_is_rounded_to() -> None:
    """One of twenty metrics marks the device, so that its line is the device's, to the last bit."""
    constant = [f"gpu_{what}" for what in ("pcie_width", "pcie_generation", "memory_total")]
    constant += ["gpu_power_limit", "gpu_sm_clock", "gpu_memory_clock", "gpu_temperature"]
    for seed in range(30):
        dice = random.Random(seed)
        rows = [
            Row(f"n{node}", "gpu_burn_gflops", 350e3 * dice.uniform(0.995, 1.005), f"gpu{gpu}")
            for node in range(4)
            for gpu in range(8)
        ]
        rows += [replace(row, metric=name, value=16.0) for name in constant for row in rows[:32]]
        marked = judged(slowed(rows, 0.2, node="n1", device="gpu3", metric="gpu_burn"))
        assert {(each.metric, each.device) for each in found(marked, "n1")} == {
            ("gpu_burn_gflops", "gpu3")
        }, seed


def test_a_gpu_that_was_slow_once_of_three_times_is_cleared_and_still_shown() -> None:
    rows = healthy(2, 32)
    bad = [row for row in rows if row.node == "n003" and row.device == "gpu1"]
    rows = slowed(rows, 0.09, node="n003", device="gpu1")
    rows += [replace(row, attempt=at, moment=at) for row in bad for at in (2, 3)]
    document = judged(rows)
    assert document.nodes["n003"].verdict is Verdict.PASS
    assert all(len(each.attempts) == 3 for each in found(document, "n003"))
    assert found(document, "n003")


def test_a_lot_that_is_slow_as_a_whole_is_no_outlier_and_is_found_by_the_bar_and_by_history() -> (
    None
):
    rows = slowed(healthy(3, 16), 0.12)
    document = judged(rows, bars=(bar(value=640, expected=720),))
    assert all(not found(document, node) for node in document.nodes)
    assert {"lot"} == {pattern.axis for pattern in document.patterns}
    assert document.verdict >= Verdict.WARN
    before = judged(healthy(3, 16))
    medians = {(p.metric, p.sku, p.conditions): p.median for p in before.populations}
    assert {"history"} == {each.axis for each in judged(rows, earlier=medians).patterns}


def test_an_estimate_warns_and_never_fails() -> None:
    rows = healthy(4, 8)
    sure = judged(rows, bars=(bar(value=800),))
    guess = judged(rows, bars=(bar(value=800, confidence="estimate"),))
    assert sure.nodes["n000"].gates is Verdict.FAIL
    assert guess.nodes["n000"].gates is Verdict.WARN
    assert found(guess, "n000", "gate")[0].bar == ">= 800 TFLOP/s"


def test_a_bar_of_a_virtual_machine_judges_no_bare_metal() -> None:
    document = judged(healthy(4, 8), bars=(bar(value=800, platform="azure-vm"),))
    assert document.verdict is Verdict.PASS
    assert judged(
        healthy(4, 8), bars=(bar(value=800, platform="azure-vm"),), platform="azure-vm"
    ).verdict is Verdict.FAIL  # fmt: skip


def test_the_best_of_several_attempts_is_not_picked() -> None:
    row = Row("n1", "gemm_bf16_tflops", 650, "gpu0")
    again = [replace(row, value=value, attempt=at) for at, value in ((2, 650), (3, 710))]
    document = judged([row, *again], bars=(bar(),))
    assert document.nodes["n1"].verdict is Verdict.FAIL
    assert found(document, "n1", "gate")[0].attempts == (650, 650, 710)
    met = [replace(row, value=value, attempt=at) for at, value in ((2, 710), (3, 710))]
    assert judged([row, *met], bars=(bar(),)).nodes["n1"].verdict is Verdict.WARN


def test_an_error_that_was_counted_is_not_undone_by_another_attempt() -> None:
    counts = Row("n1", "gpu_ecc_uncorrected", 1, "gpu0", "count")
    later = [replace(counts, value=0, attempt=at) for at in (2, 3)]
    none = bar(metric="gpu_ecc_uncorrected", rule="at_most", value=0, unit="count")
    assert judged([counts, *later], bars=(none,)).verdict is Verdict.FAIL


def test_what_peers_have_and_a_node_has_not_is_unknown_and_counts_against_completeness() -> None:
    rows = [
        r for r in healthy(5, 16) if (r.node, r.device, r.metric[:3]) != ("n004", "gpu2", "hbm")
    ]
    document = judged(rows)
    assert document.expected_from == "peers"
    assert document.nodes["n004"].verdict is Verdict.UNKNOWN
    assert [(f.metric, f.device) for f in found(document, "n004", "missing")] == [
        ("hbm_copy_bandwidth", "gpu2")
    ]
    assert document.completeness == pytest.approx(1 - 1 / (16 * 24))


def test_a_node_that_a_plan_expects_and_nobody_heard_of_is_unknown() -> None:
    wanted = frozenset({("", "gemm_bf16_tflops", f"gpu{at}") for at in range(8)})
    plan = Expected("plan", {f"n{at:03d}": wanted for at in range(17)})
    document = judged(healthy(6, 16), expected=plan)
    assert document.nodes["n016"].verdict is Verdict.UNKNOWN
    assert document.nodes["n016"].completeness == 0
    assert document.nodes["n000"].verdict is Verdict.PASS


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 1e300])
def test_a_value_that_cannot_be_true_is_unknown_and_never_a_pass(value: float) -> None:
    rows = healthy(7, 16)
    rows[0] = replace(rows[0], value=value)
    document = judged(rows, bars=(bar(value=1),))
    assert document.nodes["n000"].verdict is Verdict.UNKNOWN
    assert [each.kind for each in document.nodes["n000"].findings] == ["error"]


def test_a_value_of_twice_all_peers_is_a_wrong_unit_and_no_good_part() -> None:
    rows = healthy(7, 16)
    rows[0] = replace(rows[0], value=rows[0].value * 8)
    assert judged(rows).nodes["n000"].verdict is Verdict.UNKNOWN
    other = [replace(row, unit="MB/s") if row.metric.startswith("hbm") else row for row in rows[1:]]
    assert judged(other).nodes["n003"].verdict is Verdict.UNKNOWN


def test_measured_and_judged_by_nothing_is_no_pass() -> None:
    document = judged([Row("n1", "gemm_bf16_tflops", 700)])
    assert document.verdict is Verdict.UNKNOWN
    assert document.populations[0].mode == "too-few"
    assert judged([]).verdict is Verdict.UNKNOWN


def test_an_unknown_metric_is_judged_both_ways_and_warns_at_most() -> None:
    rows = [
        Row(f"n{at:02d}", "furlongs", 100.0 + at % 5, unit="f", attempt=attempt, moment=attempt)
        for at in range(40)
        for attempt in (1, 2, 3)
    ]
    for factor in (0.5, 1.5):
        document = judged(slowed(rows, 1 - factor, node="n07"))
        assert document.nodes["n07"].verdict is Verdict.WARN


def test_where_all_peers_are_alike_the_difference_alone_decides_and_it_says_so() -> None:
    rows = [Row(f"n{at:02d}", "gpu_pcie_width", 16, "gpu0", "lanes") for at in range(20)]
    rows[3] = replace(rows[3], value=8)
    document = judged(rows)
    assert document.nodes["n03"].verdict is Verdict.FAIL
    assert "do not differ at all" in found(document, "n03")[0].reason
    assert found(document, "n03")[0].robust_z is None


def test_a_hot_rack_is_named_and_its_gpus_are_not_sent_back() -> None:
    racks = Places({f"n{at:03d}": {"rack": f"r{at // 8}"} for at in range(64)})
    rows = healthy(8, 64, attempts=3)
    for node in range(16, 24):
        rows = slowed(rows, 0.05, node=f"n{node:03d}", metric="gemm")
    document = judged(rows, places=racks)
    assert [(each.axis, each.group) for each in document.patterns] == [("rack", "r2")]
    assert {n for n, v in document.nodes.items() if v.verdict > Verdict.PASS} == set(
        document.patterns[0].nodes
    )
    assert not [f for n in document.nodes for f in found(document, n) if f.disposition == "rma"]


def test_where_devices_of_a_node_differ_in_its_rack_their_order_does_not_decide() -> None:
    for devices in (["gpu0", "gpu1"], ["gpu1", "gpu0"]):
        told = columns(Row("n1", "gemm_bf16_tflops", 700, device) for device in devices)
        told.places = {(0, at): (("rack", f"r{name[-1]}"),) for at, name in enumerate(devices)}
        assert with_rows(Places(), told).nodes == {"n1": {"rack": "r0"}}


def test_a_batch_of_wrong_firmware_is_named_by_what_it_has_in_common() -> None:
    old = {f"n{at:03d}" for at in range(5)}
    rows = [
        replace(row, env={"vbios": "96.1" if row.node in old else "96.2"}) for row in healthy(9, 40)
    ]
    for node in old:
        rows = slowed(rows, 0.06, node=node, metric="gemm")
    document = judged(rows)
    assert {(each.axis, each.group) for each in document.patterns} == {("firmware", "vbios=96.1")}
    assert {n for n, v in document.nodes.items() if v.verdict > Verdict.PASS} == old


def test_a_slot_that_is_slower_in_all_nodes_is_no_fault_of_any_of_them() -> None:
    rows = slowed(healthy(10, 32, attempts=3), 0.06, device="gpu7", metric="hbm")
    document = judged(rows)
    assert all(node.verdict is Verdict.PASS for node in document.nodes.values())


def test_jitter_is_seen_where_the_median_is_well() -> None:
    rows = []
    for node in healthy(11, 24, 1):
        if node.metric == "gemm_bf16_tflops":
            for at in range(60):
                late = 1.5 if node.node == "n009" and at % 20 == 0 else 1.0
                value = 0.25 * (1 + 0.001 * (at * 7 % 11)) * late
                rows += [
                    Row(node.node, "step_time", value, unit="s", attempt=a, moment=at)
                    for a in (1, 2)
                ]
    document = judged(rows)
    assert [n for n, v in document.nodes.items() if v.verdict > Verdict.PASS] == ["n009"]
    assert found(document, "n009")[0].reason.startswith("jitter")


def test_pairs_tell_a_bad_node_from_its_partners_and_a_bad_link_from_both_ends() -> None:
    names = [f"n{at:02d}" for at in range(12)]
    rows = []
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            value = 390.0 + (at * 7) % 5 * 0.2
            value *= 0.9 if "n04" in (one, other) else 1.0
            value *= 0.8 if (one, other) == ("n01", "n09") else 1.0
            rows.append(Row(one, "ib_write_bw", value, "mlx5_0", "Gb/s", peer=(other, "mlx5_0")))
    document = judged(rows)
    assert document.nodes["n04"].verdict is Verdict.FAIL
    assert "it is this end" in found(document, "n04")[0].reason
    assert found(document, "n01")[0].peer == "n09/mlx5_0"
    assert [n for n, v in document.nodes.items() if v.verdict > Verdict.PASS] == [
        "n01",
        "n04",
        "n09",
    ]


def test_a_bandwidth_that_falls_to_nothing_now_and_then_is_jitter() -> None:
    rows = [
        Row(f"n{node:02d}", "ib_write_bw", 0.0 if node == 9 and at % 25 == 0 else 390 + at % 7,
            "mlx5_0", "Gb/s", attempt=attempt, moment=at)
        for node in range(16) for at in range(100) for attempt in (1, 2)
    ]  # fmt: skip
    document = judged(rows)
    assert [n for n, v in document.nodes.items() if v.verdict > Verdict.PASS] == ["n09"]
    told = found(document, "n09")[0]
    assert told.reason.startswith("jitter: its worst hundredth is beyond any multiple of")
    assert told.verdict is Verdict.FAIL
    still = [replace(row, value=0.0) for row in rows]
    assert not any(each.reason.startswith("jitter")
                   for node in judged(still).nodes.values() for each in node.findings)  # fmt: skip


def pairs_of(metric: str, odd: float = 1.0, unit: str = "Gb/s") -> list[Row]:
    """Return all pairs of twelve nodes in three attempts, one node being off by a factor."""
    names = [f"n{at:02d}" for at in range(12)]
    return [
        Row(one, metric, (390 + (at * 7 + nth) % 5 * 0.2) * (odd if "n04" in (one, other) else 1),
            "mlx5_0", unit, attempt=attempt, moment=attempt, peer=(other, "mlx5_0"))
        for at, one in enumerate(names)
        for nth, other in enumerate(names[at + 1 :])
        for attempt in (1, 2, 3)
    ]  # fmt: skip


@pytest.mark.parametrize("odd", [0.8, 1.3])
def test_pairs_of_an_unknown_metric_are_judged_both_ways_and_warn_at_most(odd: float) -> None:
    assert judged(pairs_of("a_metric_of_theirs")).verdict is Verdict.PASS
    document = judged(pairs_of("a_metric_of_theirs", odd))
    assert [n for n, v in document.nodes.items() if v.verdict > Verdict.PASS] == ["n04"]
    assert document.nodes["n04"].verdict is Verdict.WARN
    told = found(document, "n04")[0]
    assert "% off with 11 of 11 partners" in told.reason
    assert told.disposition is None


def test_pairs_that_nothing_compares_are_unknown_and_no_pass() -> None:
    document = judged(pairs_of("iperf3_retransmits", unit="count"))
    assert document.verdict is Verdict.UNKNOWN
    assert "judged by nothing" in found(document, "n00", "error")[0].reason
    assert any("not compared" in note for note in document.notes)
    limit = bar(metric="iperf3_retransmits", rule="at_most", value=1000, unit="count")
    assert judged(pairs_of("iperf3_retransmits", unit="count"), bars=(limit,)).nodes[
        "n00"
    ].verdict is Verdict.PASS  # fmt: skip


def test_a_waiver_is_shown_counts_for_nothing_and_ends() -> None:
    waiver = Waiver(
        node="n1", owner="Ada", reason="known, exchanged in June", expires=date(2026, 6, 1)
    )
    rows = [Row("n1", "gemm_bf16_tflops", 650, "gpu0")]
    early = judged(rows, bars=(bar(),), waivers=(waiver,), today=date(2026, 5, 1))
    assert early.verdict is Verdict.PASS
    assert found(early, "n1", "gate")[0].disposition == "waived"
    assert "Ada" in found(early, "n1", "gate")[0].waiver
    late = judged(rows, bars=(bar(),), waivers=(waiver,), today=date(2026, 6, 2))
    assert late.verdict is Verdict.FAIL
    assert found(late, "n1", "gate")[0].waiver.startswith("expired")


@pytest.mark.parametrize("turned", [False, True])
def test_a_waiver_that_was_renewed_holds_whatever_stands_first(turned: bool) -> None:
    old, new = (
        Waiver(node="n1", owner=owner, reason="as agreed", expires=date(2026, month, 1))
        for owner, month in (("Ada", 3), ("Bo", 6))
    )
    rows = [Row("n1", "gemm_bf16_tflops", 650, "gpu0")]
    waivers = (new, old) if turned else (old, new)
    held = judged(rows, bars=(bar(),), waivers=waivers, today=date(2026, 5, 1))
    assert held.verdict is Verdict.PASS
    assert found(held, "n1", "gate")[0].waiver.startswith("Bo, until 2026-06-01")
    past = judged(rows, bars=(bar(),), waivers=waivers, today=date(2026, 7, 1))
    assert past.verdict is Verdict.FAIL
    assert found(past, "n1", "gate")[0].waiver.startswith("expired; Bo")


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 100))
def test_the_order_of_rows_and_judging_again_make_no_difference(dice: object, seed: int) -> None:
    rows = slowed(healthy(seed, 12, 4, attempts=2), 0.1, node="n002", device="gpu1")
    rows += [row for row in rows if row.node == "n001"]
    mixed = list(rows)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    first = judged(rows)
    assert judged(rows) == first
    assert judged(mixed) == first


def test_rows_said_twice_count_once_and_are_told() -> None:
    rows = healthy(12, 8)
    assert judged(rows + rows[:5]).nodes == judged(rows).nodes
    assert any(note.startswith("5 rows") for note in judged(rows + rows[:5]).notes)


def test_what_is_simulated_is_called_so() -> None:
    rows = [replace(row, simulated=True) for row in healthy(13, 8)]
    assert judged(rows).simulated
    assert judged(rows).notes[0].startswith("SIMULATED")
    assert not judged(healthy(13, 8)).simulated


def test_sensors_of_different_places_are_not_compared_with_each_other() -> None:
    dice = random.Random(3)
    sensors = {"inlet": 24.0, "cpu1": 61.0, "cpu2": 60.0, "outlet": 45.0}
    rows = [
        Row(f"n{at:02d}", "bmc_temperature", typical + dice.uniform(-1, 1), name, "degC")
        for at in range(12)
        for name, typical in sensors.items()
    ]
    assert judged(rows).verdict is Verdict.PASS
    rows[2] = replace(rows[2], value=85.0)
    assert [each.device for each in found(judged(rows), "n00")] == ["cpu2"]


def test_the_name_of_a_device_tells_its_kind() -> None:
    kinds = {
        "gpu3": "gpu", "": "", "gpu0 to gpu7": "gpu to gpu", "0000:0B:00.0": "",
        "GPU-2ec421d6-4a91-2faa-1222-9d28af258ee8": "GPU", "mlx5_0": "mlx", "nvme0n1": "nvmen",
    }  # fmt: skip
    assert {name: part_of(name) for name in kinds} == kinds


def versioned(rows: list[Row], silent: str = "", driver: str = "580.95") -> list[Row]:
    """Return the rows with a driver and a power cap, but for one node that says neither."""
    env: dict[str, str | int | float] = {"driver": driver, "power_cap_w": 700}
    return [row if row.node == silent else replace(row, env=env) for row in rows]


def test_a_node_whose_inventory_hung_is_judged_with_the_only_population_known() -> None:
    rows = slowed(healthy(3, 32, attempts=3), 0.08, node="n007", device="gpu3", metric="gemm")
    document = judged(versioned(rows, silent="n007"))
    assert {each.device for each in found(document, "n007")} == {"gpu3"}
    assert document.nodes["n007"].outliers is Verdict.FAIL
    assert {each.count for each in document.populations} == {32 * 8}
    assert all(each.note.endswith("the only ones known") for each in document.populations)
    assert any(note.startswith("n007: versions not said") for note in document.notes)
    named = judged(versioned(rows))
    assert document.nodes == named.nodes
    assert not any("versions not said" in note for note in named.notes)


def test_nobody_guesses_between_two_drivers() -> None:
    rows = healthy(4, 33)
    half = [row for row in rows if row.node < "n016"]
    rest = [row for row in rows if row.node >= "n016"]
    document = judged(versioned(half, driver="570.1") + versioned(rest, silent="n032"))
    assert {each.count for each in document.populations} == {16 * 8, 8}
    assert not any("versions not said" in note for note in document.notes)


def test_what_is_said_in_part_must_agree() -> None:
    rows = versioned(healthy(5, 16), silent="n003")
    odd = [replace(r, env={"power_cap_w": 600}) if r.node == "n003" else r for r in rows]
    like = [replace(r, env={"power_cap_w": 700}) if r.node == "n003" else r for r in rows]
    assert {each.count for each in judged(odd).populations} == {15 * 8, 8}
    assert {each.count for each in judged(like).populations} == {16 * 8}


def test_a_bar_of_one_driver_judges_nobody_whose_driver_is_assumed() -> None:
    rows = versioned(slowed(healthy(6, 16), 0.5, metric="gemm_bf16"), silent="n003")
    document = judged(rows, bars=(bar(versions={"driver": "580"}),))
    assert found(document, "n002", "gate")
    assert not found(document, "n003", "gate")
    assert found(judged(rows, bars=(bar(),)), "n003", "gate")
    partly = [replace(r, env={"driver": "580.95"}) if r.node == "n003" else r for r in rows]
    assert found(judged(partly, bars=(bar(versions={"driver": "580"}),)), "n003", "gate")


@settings(deadline=None, max_examples=15)
@given(st.randoms(use_true_random=False), st.integers(0, 1000))
def test_whose_versions_are_assumed_does_not_depend_on_the_order(dice: object, seed: int) -> None:
    shuffle = random.Random(seed)
    envs: list[dict[str, str | int | float]] = [
        {}, {"driver": "1"}, {"driver": "1", "vbios": "a"}, {"vbios": "b"}, {"power_cap_w": 700},
    ]  # fmt: skip
    picked = [shuffle.choice(envs) for _ in range(12)]
    rows = [replace(row, env=picked[int(row.node[1:])]) for row in healthy(seed, 12, gpus=2)]
    mixed = list(rows)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert judged(mixed) == judged(rows)

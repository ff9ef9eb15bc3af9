"""Factory against site: parts are followed by their serial numbers, wherever they went."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.build.judge.comparing import compare
from millwright.model.comparison import Comparison
from millwright.model.measurements import Measurements
from millwright.model.verdict import Verdict
from tests.unit.build.fleet import Row, columns

GEMM = "gemm_bf16_tflops"
Serials = dict[tuple[str, str], str]


def site(seed: int, nodes: int = 4, factor: float = 1.0) -> list[Row]:
    """Return a GEMM of each GPU, with the chip's own 1 % and 0.5 % of each reading."""
    chips, dice = random.Random(7), random.Random(seed)
    return [
        Row(f"n{node}", GEMM, 720 * factor * chips.gauss(1, 0.01) * dice.gauss(1, 0.005),
            f"gpu{gpu}")
        for node in range(nodes) for gpu in range(8)
    ]  # fmt: skip


def numbers(rows: list[Row]) -> Serials:
    """Return a serial number for each device of some rows."""
    return {(row.node, row.device): f"s-{row.node}-{row.device}" for row in rows}


def told(rows: list[Row], serials: Serials) -> Measurements:
    """Return rows as columns, with serial numbers."""
    found = columns(rows)
    nodes, devices = ({name: at for at, name in enumerate(names)}
                      for names in (found.nodes, found.devices))  # fmt: skip
    coded: dict[tuple[int, int], tuple[str, ...]] = {
        (nodes[n], devices[d]): (s,) for (n, d), s in serials.items() if n in nodes and d in devices
    }
    return replace(found, serials=coded)


def compared(before: list[Row], after: list[Row], now: Serials | None = None) -> Comparison:
    """Return what became of parts; serial numbers are where they were, if not said otherwise."""
    was = numbers(before)
    return compare(told(before, was), told(after, was if now is None else now))


def changed(rows: list[Row], factor: float, node: str, device: str) -> list[Row]:
    """Return rows with one device's values multiplied."""
    return [
        replace(row, value=row.value * factor) if (row.node, row.device) == (node, device) else row
        for row in rows
    ]


@pytest.mark.parametrize("seed", range(5))
def test_what_arrives_as_it_left_passes(seed: int) -> None:
    found = compared(site(seed), site(seed + 100))
    assert (found.verdict, found.parts, found.compared) == (Verdict.PASS, 32, 32)
    assert found.notes == ()


def test_a_part_that_travelled_badly_is_named_by_its_serial_number() -> None:
    found = compared(site(1), changed(site(2), 0.94, "n2", "gpu5"))
    assert found.verdict is Verdict.FAIL
    assert [(each.serial, each.noise) for each in found.worse] == [("s-n2-gpu5", "peers")]
    assert found.worse[0].beyond == pytest.approx(6, abs=1.5)
    assert "repeat it" in found.worse[0].reason


def test_a_better_value_is_no_finding() -> None:
    assert compared(site(1), changed(site(2), 1.1, "n2", "gpu5")).worse == ()


def test_what_all_do_is_told_once_and_who_does_more_beside_it() -> None:
    env = {"driver": "560"}
    slower = [replace(row, env=env) for row in changed(site(2, factor=0.9), 0.94, "n1", "gpu1")]
    found = compared(site(1), slower)
    assert [each.serial for each in found.worse] == ["s-n1-gpu1"]
    assert [each.count for each in found.shifts] == [32]
    assert found.shifts[0].change == pytest.approx(-10, abs=0.5)
    assert "driver unknown became 560" in found.shifts[0].reason
    assert found.verdict is Verdict.FAIL


def test_a_part_that_was_moved_is_compared_with_itself() -> None:
    before, after = site(1), site(2)
    now = numbers(after)
    now["n0", "gpu0"], now["n3", "gpu2"] = now["n3", "gpu2"], now["n0", "gpu0"]
    weak = changed(after, 0.9, "n3", "gpu2")
    found = compared(before, weak, now)
    assert [(each.serial, each.node, each.device) for each in found.worse] == [
        ("s-n0-gpu0", "n3", "gpu2")
    ]
    assert [(each.serials, each.exchanged) for each in found.moved] == [
        (("s-n0-gpu0",), ("s-n3-gpu2",))
    ]


def test_a_whole_node_that_has_another_name_is_one_move() -> None:
    before, after = site(1), [replace(row, node=f"r{row.node}") for row in site(2)]
    now = {(f"r{node}", device): serial for (node, device), serial in numbers(before).items()}
    found = compared(before, after, now)
    assert [(each.origin, each.target, len(each.serials)) for each in found.moved] == [
        (f"n{at}", f"rn{at}", 8) for at in range(4)
    ]
    assert (found.verdict, found.compared) == (Verdict.WARN, 32)


def test_a_part_that_was_replaced_is_missing_and_the_other_is_new() -> None:
    now = numbers(site(1)) | {("n1", "gpu1"): "other"}
    found = compared(site(1), site(2), now)
    assert [(each.serial, each.reason) for each in found.missing] == [
        ("s-n1-gpu1", "other is in its place")
    ]
    assert [each.serial for each in found.new] == ["other"]
    assert found.verdict is Verdict.UNKNOWN


def test_what_was_not_measured_again_is_unknown_and_never_well() -> None:
    after = [replace(row, value=float("nan")) if (row.node, row.device) == ("n1", "gpu1") else row
             for row in site(2)]  # fmt: skip
    found = compared(site(1), after)
    assert [(each.serial, each.place) for each in found.unmeasured] == [("s-n1-gpu1", "n1 gpu1")]
    assert found.verdict is Verdict.UNKNOWN


def test_a_test_that_nobody_ran_again_is_said_and_blames_no_part() -> None:
    more = [replace(row, metric="gemm_fp8_tflops") for row in site(3)]
    found = compared(site(1) + more, site(2))
    assert (found.unmeasured, found.verdict) == ((), Verdict.WARN)
    assert found.notes == ("measured before and of nobody again: gemm_fp8_tflops (32 values)",)


@pytest.mark.parametrize("serial", ["", "N/A", "[N/A]", "0000000", "unknown"])
def test_without_serial_numbers_nothing_is_compared_and_nothing_passes(serial: str) -> None:
    rows = site(1)
    none = dict.fromkeys(numbers(rows), serial)
    found = compare(told(rows, none), told(site(2), none))
    assert (found.verdict, found.compared, found.parts) == (Verdict.UNKNOWN, 0, 0)
    assert any("of no serial number" in note for note in found.notes)


def test_a_device_without_a_number_of_its_own_goes_with_its_node() -> None:
    before = [*site(1), *(Row(f"n{at}", "hpl_gflops", 900.0, "", "GFLOP/s") for at in range(4))]
    nodes = {(f"n{at}", ""): f"node-{at}" for at in range(4)}
    after = [replace(row, value=row.value * (1 - 0.2 * (row.node == "n2"))) for row in before]
    found = compare(told(before, nodes), told(after, nodes))
    assert {(each.serial, each.device) for each in found.worse if each.metric == "hpl_gflops"} == {
        ("node-2", "")
    }
    assert {each.serial for each in found.worse} == {"node-2"}


def test_a_number_of_two_nodes_says_nothing_of_either() -> None:
    now = numbers(site(1)) | {("n1", "gpu1"): "s-n0-gpu0"}
    found = compare(told(site(1), now), told(site(2), numbers(site(1))))
    assert "in the first run s-n0-gpu0 is told of several nodes: not compared" in found.notes
    assert found.compared == 30


def test_a_hotter_room_is_a_reason_to_look_and_no_fault() -> None:
    before = [Row(f"n{at}", "gpu_temperature", 60.0, "gpu0", "degC") for at in range(12)]
    after = [replace(row, value=row.value + (25 if row.node == "n3" else 0)) for row in before]
    found = compared(before, after)
    assert [(each.serial, each.verdict) for each in found.worse] == [("s-n3-gpu0", Verdict.WARN)]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_with_few_peers_the_least_difference_decides_and_that_is_said(count: int) -> None:
    before = [Row("n0", GEMM, 700.0, f"gpu{at}") for at in range(count)]
    found = compared(before, changed(before, 0.9, "n0", "gpu0"))
    assert [(each.serial, each.noise) for each in found.worse] == [("s-n0-gpu0", "too-few")]
    assert "chance is not known" in found.worse[0].reason


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_order_of_rows_gives_the_same(dice: random.Random) -> None:
    before, after = site(1), changed(site(2), 0.9, "n2", "gpu5")
    first = compared(before, after)
    dice.shuffle(before)
    dice.shuffle(after)
    assert compared(before, after) == first


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_wherever_parts_are_put_the_same_ones_travelled_badly(dice: random.Random) -> None:
    before, after = site(1), changed(site(2), 0.9, "n2", "gpu5")
    places = list(numbers(after))
    others = dice.sample(places, len(places))
    put = dict(zip(places, others, strict=True))
    moved = [
        replace(row, node=put[row.node, row.device][0], device=put[row.node, row.device][1])
        for row in after
    ]
    now = {put[place]: serial for place, serial in numbers(after).items()}
    found = compared(before, moved, now)
    assert [each.serial for each in found.worse] == ["s-n2-gpu5"]
    stayed = sum(place == other for place, other in put.items())
    assert sum(len(each.serials) + len(each.exchanged) for each in found.moved) == 32 - stayed


@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_fleet_of_many_metrics_is_left_alone_beside_weak_parts(seed: int) -> None:
    dice = random.Random(seed)
    weak = {(f"n{dice.randrange(64)}", f"gpu{dice.randrange(8)}") for _ in range(4)}
    before, after = site(seed, 64), site(seed + 50, 64)
    for node, device in weak:
        after = changed(after, 0.95, node, device)
    found = compared(before, after)
    assert {each.serial for each in found.worse} == {f"s-{node}-{device}" for node, device in weak}

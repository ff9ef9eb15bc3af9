"""What was accepted is a part's own, wherever it stands now."""

from __future__ import annotations

from millwright.adapters.telemetryfile import Reading
from millwright.manage.detect.acceptance import joined, serials_of
from millwright.model.fingerprint import Fingerprint

PLACES = [(f"n{node}", f"gpu{gpu}") for node in (1, 2) for gpu in (0, 1)]
CLOCK = "gpu_sm_clock"


def print_of(node: str, place: str, serial: str, median: float, device: str = "") -> Fingerprint:
    """Return the clock that a part was accepted with."""
    return Fingerprint(
        serial=serial, device=device, node=node, place=place, metric=CLOCK, unit="MHz",
        tool="t 1", median=median, spread=None, count=1, run="r", at="2026-01-05T10:00:00Z",
        simulated=False,
    )  # fmt: skip


KEPT = [
    print_of(node, place, f"S-{node}-{place}", 1000.0 + at)
    for at, (node, place) in enumerate(PLACES)
]


def test_swapped_boards_keep_their_own_acceptance() -> None:
    now = {place: f"S-{place[0]}-{place[1]}" for place in PLACES}
    now["n1", "gpu0"], now["n2", "gpu1"] = now["n2", "gpu1"], now["n1", "gpu0"]
    found = joined(KEPT, PLACES, now)
    assert found.accepted == {
        ("n1", "gpu0", CLOCK): 1003.0, ("n1", "gpu1", CLOCK): 1001.0,
        ("n2", "gpu0", CLOCK): 1002.0, ("n2", "gpu1", CLOCK): 1000.0,
    }  # fmt: skip
    (note,) = found.notes
    assert "S-n2-gpu1 of n1 gpu0, then n2 gpu1" in note


def test_without_serial_numbers_names_decide_and_it_is_said() -> None:
    found = joined(KEPT, PLACES, {("n2", "gpu0"): "S-n2-gpu0"})
    assert len(found.accepted) == 4
    (note,) = found.notes
    assert note.startswith("3 parts of n[1-2] are held against")
    assert "boards may have been swapped" in note
    assert joined(KEPT, PLACES, {}).accepted == found.accepted


def test_a_new_board_is_held_against_nobody_s_acceptance() -> None:
    now = {place: f"S-{place[0]}-{place[1]}" for place in PLACES} | {("n1", "gpu1"): "NEW"}
    found = joined(KEPT, PLACES, now)
    assert ("n1", "gpu1", CLOCK) not in found.accepted
    assert found.notes == ("no acceptance is kept of these, and none is held against: "
                           "n1 gpu1 (NEW)",)  # fmt: skip


def test_a_number_of_two_nodes_is_nobody_s() -> None:
    found = joined(KEPT, PLACES, {("n1", "gpu0"): "S-n1-gpu0", ("n2", "gpu0"): "S-n1-gpu0"})
    assert {key[:2] for key in found.accepted} == {("n1", "gpu1"), ("n2", "gpu1")}
    assert any("told of several nodes" in note for note in found.notes)


def test_parts_without_numbers_of_their_own_follow_their_node() -> None:
    kept = [print_of("n1", "mlx5_0", "CHASSIS-1", 1755.0, device="mlx5_0")]
    places = [("n1", "mlx5_0"), ("n9", "mlx5_0")]
    found = joined(kept, places, {("n9", ""): "CHASSIS-1", ("n1", ""): "CHASSIS-2"})
    assert found.accepted == {("n9", "mlx5_0", CLOCK): 1755.0}
    assert any("CHASSIS-1 of n9, then n1" in note for note in found.notes)


def test_what_was_never_accepted_says_nothing() -> None:
    assert joined([], PLACES, {}).notes == ()


def test_the_last_label_says_which_part_is_there() -> None:
    reading = Reading()
    for at, serial in ((60.0, "OLD"), (120.0, "NEW")):
        reading.add(("n1", "gpu0", CLOCK), (("serial", serial), ("sku", "h100")), [(at, 1.0)])
    reading.add(("n1", "gpu1", CLOCK), (("sku", "h100"),), [(60.0, 1.0)])
    assert serials_of(reading.finished()) == {("n1", "gpu0"): "NEW"}

"""Power is acted on only where a serial number tells one machine from all others."""

from __future__ import annotations

import pytest

from millwright.journeys.remedyacts import another_machine, twins
from millwright.ports import Controlled


@pytest.mark.parametrize(
    "serial",
    ["Default string", "To Be Filled By O.E.M.", "0", "0000000000", "None", "0123456789", "..."],
)
def test_a_serial_number_that_many_boards_have_proves_no_machine(serial: str) -> None:
    why = another_machine(Controlled("gpu1", serial, "on"), serial)
    assert "as other machines do" in why


@pytest.mark.parametrize(
    ("at_controller", "inside", "told"),
    [
        ("SN1", "SN1", ""),
        ("SN0000001", "SN0000001", ""),
        ("SN2", "SN1", "another machine's power"),
        ("", "SN1", "tells no serial number"),
        ("SN1", "", "may be another's"),
    ],
)
def test_both_ways_in_have_to_tell_the_same_number(
    at_controller: str, inside: str, told: str
) -> None:
    why = another_machine(Controlled("gpu1", at_controller, "on"), inside)
    assert (why == "") is (told == "")
    assert told in why


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ({"gpu1": "SN1", "gpu2": "SN2"}, ""),
        ({"gpu1": "SN1", "gpu2": "SN1"}, "gpu2 said the same serial number, SN1"),
        ({"gpu1": "SN1", "gpu2": ""}, ""),
    ],
)
def test_a_serial_number_that_two_nodes_say_tells_neither(heard: dict[str, str], told: str) -> None:
    assert twins("gpu1", "SN1", ("gpu1", "gpu2", "gpu3"), lambda name: heard.get(name, "")) == told

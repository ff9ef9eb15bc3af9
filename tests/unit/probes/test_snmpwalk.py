"""snmpwalk: ports, sensors, loads and outlets by number; a silent agent is a problem."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.probes.snmp_facts import AgentSensor, Interface, Outlet, Strip
from millwright.probes.snmpwalk import ROOTS, command, read

from .snmp_texts import BRIEF, TYPED


def test_what_net_snmp_printed_is_read_alike_in_both_forms() -> None:
    brief, typed = read(BRIEF), read(TYPED)
    assert brief.problems == typed.problems == ()
    assert brief.facts.name == "leaf-1"
    assert (brief.facts.interfaces, brief.facts.sensors) == (
        typed.facts.interfaces, typed.facts.sensors
    )  # fmt: skip
    assert brief.facts.interfaces[1] == Interface(
        "3", "ifb1", "to gpu1 mlx5_0", admin_up=True, up=False, in_errors=0, out_errors=0,
        in_discards=0, out_discards=0,
    )  # fmt: skip
    assert brief.facts.sensors == (
        AgentSensor("Inlet", 41.5, "degC", "ok"),
        AgentSensor("Fan 2", None, "RPM", "nonoperational"),
        AgentSensor("strip 1 inlet 1 current", 31.2, "A", "above-critical"),
    )
    assert brief.facts.strips == (Strip("strip A", "near-overload", 4120.0, supply_alarm=False),)
    assert brief.facts.outlets == (Outlet("outlet 5 gpu 3 A", on=False),)
    assert brief.facts.up_s is not None
    assert 0 < brief.facts.up_s < 10


def test_named_values_and_values_of_several_lines_are_read() -> None:
    text = (
        '.1.3.6.1.2.1.1.1.0 = "Switch OS 4.2\nbuilt by hand"\n'
        ".1.3.6.1.2.1.2.2.1.2.9 = Ethernet9\n.1.3.6.1.2.1.2.2.1.7.9 = up(1)\n"
        ".1.3.6.1.2.1.2.2.1.8.9 = lowerLayerDown(7)\n"
        ".1.3.6.1.2.1.31.1.1.1.15.9 = 400000\n"
    )
    agent = read(text).facts
    assert agent.description == "Switch OS 4.2\nbuilt by hand"
    (port,) = agent.interfaces
    assert (port.name, port.admin_up, port.up, port.speed_mbps) == (
        "Ethernet9",
        True,
        False,
        400000,
    )
    assert port.in_errors is None


@pytest.mark.parametrize(
    "text",
    ["", "Timeout: No Response from 10.0.0.9\n", "snmpbulkwalk: Unknown host (leaf-9)\n",
     f"{BRIEF}Timeout: No Response from 10.0.0.9\n", f"{BRIEF}.1.3.6.1.2.1.2.2.1.7.4 = 1"],
)  # fmt: skip
def test_what_is_silent_or_cut_is_a_problem(text: str) -> None:
    assert read(text).problems


def test_a_table_that_is_not_there_is_none() -> None:
    gone = ".1.3.6.1.2.1.99 = No Such Object available on this agent at this OID\n"
    assert read(f"{BRIEF}{gone}").problems == ()


def test_no_secret_can_stand_in_a_command() -> None:
    assert command("10.0.0.9") == ["snmpbulkwalk", "-OQn", "-t", "2", "-r", "1", "10.0.0.9",
                                   ROOTS[0]]  # fmt: skip


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    reading = read(f".1.3.6.1.2.1.2.2.1.2.1 = {text}\n")
    assert reading.tool == "snmpwalk"

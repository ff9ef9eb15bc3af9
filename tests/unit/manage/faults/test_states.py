"""Masks of throttle reasons, and entries of a controller's log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.faults.states import fault_of_entry, throttles
from millwright.model.fault import FaultCatalog
from millwright.probes.ipmi_sel import cells_of, event_of
from millwright.probes.nvidia_smi_reasons import REASONS

ENTRIES = """sel:psu-redundancy | Power Supply #0x77 | Redundancy Lost | Asserted
sel:psu-redundancy | Power Unit #0x01 | Non-Redundant: Sufficient from Redundant | Asserted
sel:psu-failure | Power Supply #0x51 | Failure detected | Asserted
sel:psu-failure | Power Supply #0x51 | Power Supply AC lost | Asserted
sel:fan | Fan #0x30 | Lower Critical going low  | Asserted
sel:memory-ue | Memory #0x02 | Uncorrectable ECC | Asserted
sel:memory-ce | Memory #0x02 | Correctable ECC | Asserted
sel:critical-interrupt | Critical Interrupt #0x18 | Bus Fatal Error | Asserted
sel:temperature | Temperature #0x30 | Upper Critical going high | Asserted
sel:voltage | Voltage #0x60 | Lower Critical going low  | Asserted
sel:drive | Drive Slot #0x01 | Drive Fault | Asserted
- | Drive Slot #0x01 | Drive Present | Asserted
- | Power Supply #0x51 | Failure detected | Deasserted
- | Power Supply #0x51 | Presence detected | Asserted
- | Event Logging Disabled #0x07 | Log area reset/cleared | Asserted"""


@pytest.mark.parametrize(("name", "entry"), [row.split(" | ", 1) for row in ENTRIES.split("\n")])
def test_entries_of_a_controller_are_faults_until_they_are_taken_back(
    faults: FaultCatalog, name: str, entry: str
) -> None:
    event = event_of(cells_of(f"   1 | 02/23/2025 | 16:24:18 | {entry}"))
    assert event is not None
    assert (fault_of_entry(event) or "-") == name
    assert name == "-" or name in faults.faults


@given(bits=st.sets(st.sampled_from([bit for bit, _ in REASONS]), min_size=1))
def test_a_mask_is_the_sum_of_its_reasons(bits: set[int]) -> None:
    assert set(throttles(f"throttle:{sum(bits):#x}")) == {f"throttle:{bit:#x}" for bit in bits}


@pytest.mark.parametrize("mask", ["0x0", "0x200", "0x201", "8", "0xzz", ""])
def test_what_is_no_mask_or_holds_an_unknown_bit_is_none(mask: str) -> None:
    assert throttles(f"throttle:{mask}") == ()

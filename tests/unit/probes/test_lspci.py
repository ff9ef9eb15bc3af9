"""lspci: devices by slot in any of its forms, and how their links came up."""

from __future__ import annotations

import pytest
from hypothesis import given

from millwright.probes.lspci import read

from .laws import (
    assert_cuts_are_harmless,
    assert_line_ends_do_not_matter,
    assert_nothing_new,
    scraps,
    torn,
)

VERBOSE = """18:00.0 PCI bridge: Broadcom / LSI PEX890xx PCIe Gen 5 Switch (rev b0) (prog-if 00 [Normal decode])
\tNUMA node: 0
\tCapabilities: [68] Express (v2) Downstream Port (Slot+), MSI 00
\t\tLnkCap:\tPort #1, Speed 32GT/s, Width x16, ASPM L0s L1, Exit Latency L0s <4us, L1 <32us
\t\tLnkSta:\tSpeed 16GT/s (downgraded), Width x16 (ok)
\t\tLnkCap2: Supported Link Speeds: 2.5-32GT/s, Crosslink- Retimer- 2Retimers- DRS-
\tCapabilities: [170 v1] Access Control Services
\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-
\tKernel driver in use: pcieport

19:00.0 3D controller: NVIDIA Corporation Device 2330 (rev a1)
\tNUMA node: 1
\t\tLnkCap:\tPort #0, Speed 32GT/s, Width x16, ASPM not supported
\t\tLnkSta:\tSpeed 32GT/s (ok), Width x8 (downgraded)
\tKernel driver in use: nvidia

1a:00.0 Ethernet controller: Mellanox Technologies MT2910 Family [ConnectX-7]
\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16, ASPM L1
\t\tLnkSta:\tSpeed 8GT/s, Width x16, TrErr- Train- SlotClk+ DLActive-

"""  # noqa: E501
NUMBERS = """0001:00:00.0 3D controller [0302]: NVIDIA Corporation GA100 [A100 SXM4 80GB] [10de:20b2] (rev a1)
0005:00:00.0 Bridge [0680]: NVIDIA Corporation Device [10de:1af1] (rev a1)
00:1f.2 SATA controller [0106]: Intel Corporation 6 port SATA [AHCI mode] [8086:2922] (rev 02)
"""  # noqa: E501


def test_links_say_what_they_can_and_what_they_do() -> None:
    bridge, gpu, nic = read(VERBOSE).facts.devices
    assert bridge.link is not None
    assert (bridge.link.capable_gt_s, bridge.link.speed_gt_s) == (32.0, 16.0)
    assert (bridge.link.speed_downgraded, bridge.link.width_downgraded) == (True, False)
    assert gpu.link is not None
    assert (gpu.link.width, gpu.link.capable_width, gpu.link.width_downgraded) == (8, 16, True)
    assert nic.link is not None
    assert (nic.link.speed_gt_s, nic.link.speed_downgraded) == (8.0, True)
    assert (gpu.driver, gpu.numa_node, gpu.name) == (
        "nvidia",
        1,
        "NVIDIA Corporation Device 2330",
    )
    assert not read(VERBOSE).problems


def test_access_control_is_the_switches_that_are_on() -> None:
    bridge, gpu, _ = read(VERBOSE).facts.devices
    assert bridge.access_control == ("SrcValid", "ReqRedir", "CmpltRedir", "UpstreamFwd")
    assert gpu.access_control is None


def test_speed_and_width_are_measured_by_slot() -> None:
    found = {(each.metric, each.device): each.value for each in read(VERBOSE).measurements}
    assert found["pcie_link_width", "19:00.0"] == 8
    assert found["pcie_link_speed", "1a:00.0"] == 8.0


def test_numbers_in_brackets_are_no_part_of_a_name() -> None:
    gpu, bridge, disk = read(NUMBERS).facts.devices
    assert (gpu.slot, gpu.class_id, gpu.vendor_id, gpu.device_id, gpu.revision) == (
        "0001:00:00.0",
        "0302",
        "10de",
        "20b2",
        "a1",
    )
    assert gpu.name == "NVIDIA Corporation GA100 [A100 SXM4 80GB]"
    assert bridge.device_id == "1af1"
    assert (disk.name, disk.class_name) == (
        "Intel Corporation 6 port SATA [AHCI mode]",
        "SATA controller",
    )


def test_bare_numbers_have_no_names() -> None:
    (device,) = read("19:00.0 0302: 10de:2330 (rev a1)\n").facts.devices
    assert (device.class_id, device.vendor_id, device.device_id) == ("0302", "10de", "2330")
    assert (device.name, device.class_name) == (None, None)


def test_capabilities_that_only_root_sees_are_a_problem() -> None:
    reading = read("19:00.0 0302: 10de:2330\n\tCapabilities: <access denied>\n\n")
    assert [each.message for each in reading.problems] == [
        "capabilities are hidden: only root may see them"
    ]


def test_details_of_a_lost_device_are_not_those_of_the_one_before() -> None:
    lost = VERBOSE.replace("19:00.0 3D controller: NVIDIA Corporation Device 2330 (rev a1)\n", "")
    reading = read(lost)
    assert [device.slot for device in reading.facts.devices] == ["18:00.0", "1a:00.0"]
    assert [each.message for each in reading.problems] == ["details without their device"]


def test_a_speed_that_the_device_does_not_know_is_none() -> None:
    reading = read(VERBOSE.replace("LnkSta:\tSpeed 32GT/s (ok)", "LnkSta:\tSpeed unknown (ok)"))
    assert reading.facts.devices[1].link is not None
    assert reading.facts.devices[1].link.speed_gt_s is None


def test_a_device_that_fell_off_the_bus_answers_no_more() -> None:
    dead = "19:00.0 3D controller: NVIDIA Corporation Device 2330 (rev ff) (prog-if ff)\n"
    older = "19:00.0 0302: 10de:2330\n\t!!! Unknown header type 7f\n"
    assert [each.answers for each in read(VERBOSE).facts.devices] == [True, True, True]
    assert [read(text).facts.devices[0].answers for text in (dead, older)] == [False, False]


@pytest.mark.parametrize("text", ["", "lspci: Cannot open /proc/bus/pci\n", "pcilib: no access\n"])
def test_nothing_said_is_a_problem(text: str) -> None:
    assert read(text).problems


def test_a_name_that_may_be_cut_is_not_told() -> None:
    reading = read(VERBOSE + "1b:00.0 3D controller: NVIDIA Corporation Device 29")
    assert (reading.facts.devices[-1].class_name, reading.facts.devices[-1].name) == (
        "3D controller",
        None,
    )
    assert reading.problems


def test_a_cut_at_any_place_gives_no_new_value() -> None:
    assert not assert_cuts_are_harmless(read, VERBOSE).problems
    assert not assert_cuts_are_harmless(read, NUMBERS).problems


def test_line_ends_do_not_matter() -> None:
    assert_line_ends_do_not_matter(read, VERBOSE)


@given(torn(VERBOSE))
def test_lost_and_doubled_lines_give_no_new_value(text: str) -> None:
    assert_nothing_new(read, text, read(VERBOSE), facts=False)


@given(scraps(VERBOSE + NUMBERS))
def test_no_text_is_too_much(text: str) -> None:
    read(text)

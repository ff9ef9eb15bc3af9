"""Kernel logs: the same events whatever stands before them, counted, each with its time."""

from __future__ import annotations

import pytest
from hypothesis import given

from millwright.probes import dmesg, syslog
from millwright.probes.kernel_events import Event
from millwright.probes.kernel_lines import message_of
from millwright.probes.kernel_log import Tally

from .laws import scraps, torn

XID = "NVRM: Xid (PCI:0000:9b:00): 119, pid=2024380, name=nvidia-smi, Timeout after 6s of waiting"
LOG = """[    0.000000] Linux version 6.1.0-18-amd64
[   12.345678] NVRM: Xid (PCI:0000:19:00): 48, pid='<unknown>', name=<unknown>, A DBE occurred
[   12.345679] NVRM: Xid (PCI:0000:19:00): 94, pid=1248209, name=python3.10, Ch 00000008
[   12.345680] NVRM: Xid (PCI:0000:19:00): 94, pid=1248209, name=python3.10, Ch 00000008
[   13.000000] eth0: renamed from veth9d4400a
[   14.000000] NVRM: Xid (PCI:0000:3b:00): 154, GPU recovery action changed from 0x0 (None) to 0x1
"""
KINDS = """sxid | 0000:85:00.0 | nvidia-nvswitch0: SXid (PCI:0000:85:00.0): 20034, Fatal, Link 33 LTSSM Fault Up
fallen-off-bus | 0000:19:00.0 | NVRM: GPU 0000:19:00.0: GPU has fallen off the bus.
xid | 0000:19:00 | NVRM: Xid (PCI:0000:19:00 GPU-I:05): 43, pid=1, name=x, Ch 1
amdgpu-ras | 0000:0c:00.0 | amdgpu 0000:0c:00.0: amdgpu: socket: 0, die: 0 1 uncorrectable hardware errors detected in umc block
amdgpu-reset | 0000:0c:00.0 | amdgpu 0000:0c:00.0: amdgpu: GPU reset begin!
amdgpu-timeout | 0000:0c:00.0 | amdgpu 0000:0c:00.0: amdgpu: ring sdma0 timeout, signaled seq=1
amdgpu-fault | 0000:0c:00.0 | amdgpu 0000:0c:00.0: amdgpu: [gfxhub0] retry page fault (src_id:0)
link-down | ens1np0 | mlx5_core 0000:19:00.0 ens1np0: Link down
link-up | ens1np0 | mlx5_core 0000:19:00.0 ens1np0: Link up
cable | 0000:19:00.0 | mlx5_core 0000:19:00.0: Port module event[error]: module 0, Cable error, Bus stuck
link-down | eno1 | igb 0000:01:00.0 eno1: igb: eno1 NIC Link is Down
link-down | eno1 | bnxt_en 0000:01:00.0 eno1: NIC Link is Down
nvme | nvme3 | nvme nvme3: I/O 12 QID 3 timeout, aborting
nvme | nvme3 | nvme nvme3: controller is down; will reset: CSTS=0xffffffff
edac | - | EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#0_DIMM#0
mce | - | mce: [Hardware Error]: Machine check events logged
thermal | - | mce: CPU3: Package temperature above threshold, cpu clock throttled
pcie-error | 0000:00:01.0 | pcieport 0000:00:01.0: AER: Corrected error received: 0000:01:00.0
lockup | - | watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [python3:42]"""  # noqa: E501


def event(words: str) -> Event:
    """Return the one event of a message."""
    (found,) = dmesg.read(f"[    1.000000] {words}\n").facts.events
    return found


@pytest.mark.parametrize(
    ("before", "at", "host"),
    [
        ("[   12.345678] ", "12.345678", None),
        ("[Sun Feb 23 16:24:18 2025] ", "Sun Feb 23 16:24:18 2025", None),
        ("[Feb23 16:24] ", "Feb23 16:24", None),
        ("[  +0.000012] ", "+0.000012", None),
        ("[12345.678901 <    0.000012>] ", "12345.678901 <    0.000012>", None),
        ("2024-11-15T12:02:03,470068+00:00 ", "2024-11-15T12:02:03,470068+00:00", None),
        ("kern  :warn  : 2025-01-21T04:41:44,283302+00:00 ",
         "2025-01-21T04:41:44,283302+00:00", None),
        ("kern  :err   : [   12.345678] ", "12.345678", None),
        ("<3>[   12.345678] ", "12.345678", None),
        ("2025-01-02T15:20:12+0800 node77 kernel: ", "2025-01-02T15:20:12+0800", "node77"),
        ("2025-01-02T15:20:12.123456+08:00 node77 kernel: [   12.345678] ",
         "2025-01-02T15:20:12.123456+08:00", "node77"),
        ("Aug 17 06:18:01 node77 kernel: [12345.678901] ", "Aug 17 06:18:01", "node77"),
        ("Aug  7 06:18:01.123456 node77 kernel: ", "Aug  7 06:18:01.123456", "node77"),
        ("Thu 2025-01-02 15:20:12 CST node77 kernel: ", "Thu 2025-01-02 15:20:12", "node77"),
        ("", None, None),
    ],
)  # fmt: skip
def test_an_event_is_the_same_whatever_the_time_looks_like(
    before: str, at: str | None, host: str | None
) -> None:
    (found,) = dmesg.read(f"{before}{XID}\n").facts.events
    assert (found.kind, found.code, found.device) == ("xid", 119, "0000:9b:00")
    assert (found.pid, found.process, found.text) == (2024380, "nvidia-smi", XID)
    assert (found.at, found.host, found.line) == (at, host, 1)


def test_equal_lines_in_a_row_are_counted_and_tallied() -> None:
    facts = dmesg.read(LOG).facts
    assert [(each.code, each.count, each.line, each.last_line) for each in facts.events] == [
        (48, 1, 2, None),
        (94, 2, 3, 4),
        (154, 1, 6, None),
    ]
    assert facts.events[1].last_at == "12.345680"
    assert facts.tallies[1] == Tally("xid", "0000:19:00", 94, 2)
    assert facts.lines == 6


def test_what_syslog_says_came_again_counts_as_often() -> None:
    line = "Aug 17 06:18:01 vm systemd-networkd[5398]: "
    text = f"{line}message repeated 5 times: [ ib6: Lost carrier]\n"
    (found,) = syslog.read(text).facts.events
    assert (found.kind, found.device, found.count) == ("link-down", "ib6", 5)


@pytest.mark.parametrize("row", KINDS.splitlines())
def test_each_kind_of_message_is_known(row: str) -> None:
    kind, device, words = row.split(" | ")
    found = event(words)
    assert (found.kind, found.device or "-") == (kind, device)


@pytest.mark.parametrize(
    ("words", "kind", "pid", "process"),
    [
        ("Out of memory: Killed process 123 (python3) total-vm:1kB", "oom", 123, "python3"),
        ("Memory cgroup out of memory: Killed process 7 (node) x", "oom", 7, "node"),
        ("Out of memory: Killed process 123, UID 48, (httpd)", "oom", 123, "httpd"),
        ("oom_reaper: reaped process 345646 (vector), now anon-rss:0kB", "oom", 345646, "vector"),
        ("python3 invoked oom-killer: gfp_mask=0x1, order=0", "oom", None, "python3"),
        ("INFO: task kworker/3:1:77 blocked for more than 120 seconds.", "hung-task", 77,
         "kworker/3:1"),
        ("main[25]: segfault at 7f ip 00 sp 00 error 4 in libnccl.so.2[7f7+d3]", "segfault", 25,
         "main"),
    ],
)  # fmt: skip
def test_events_of_processes_name_them(
    words: str, kind: str, pid: int | None, process: str
) -> None:
    found = event(words)
    assert (found.kind, found.pid, found.process) == (kind, pid, process)


def test_a_segfault_names_its_library() -> None:
    assert event("a[2]: segfault at 1 ip 2 in libnccl.so.2[7f+d3]").library == "libnccl.so.2"


@pytest.mark.parametrize(
    "words",
    [
        "EDAC MC0: Giving out device to module skx_edac controller",
        "mce: CPU0: Thermal monitoring enabled (TM1)",
        "nvme nvme0: 32/0/0 default/read/poll queues",
        "mlx5_core 0000:19:00.0: firmware version: 28.39.1002",
        "NVRM: GPU Board Serial Number: 1650124014249",
        "IPv6: ADDRCONF(NETDEV_UP): veth9d4400a: link is not ready",
        "thermal_sys: Registered thermal governor 'step_wise'",
    ],
)
def test_talk_of_healthy_hardware_is_no_event(words: str) -> None:
    assert dmesg.read(f"[    1.0] {words}\n").facts.events == ()


def test_an_empty_answer_is_not_a_healthy_one() -> None:
    assert dmesg.read("").problems
    assert dmesg.read("dmesg: read kernel buffer failed: Operation not permitted\n").problems
    assert dmesg.read("something else altogether\n").problems
    assert not syslog.read("-- No entries --\n").problems


def test_a_code_that_is_cut_is_no_code() -> None:
    for length in range(len(XID)):
        for found in dmesg.read(f"[    1.0] {XID[:length]}").facts.events:
            assert (found.code, found.device) == (119, "0000:9b:00")
            assert found.pid in (None, 2024380)
            assert found.process in (None, "nvidia-smi")


def test_a_last_line_without_newline_counts() -> None:
    assert len(dmesg.read(LOG.rstrip("\n")).facts.events) == 3


def test_line_ends_do_not_matter() -> None:
    assert dmesg.read("\ufeff" + LOG.replace("\n", "\r\n")) == dmesg.read(LOG)


def test_a_level_is_told() -> None:
    assert message_of((1, "kern  :warn  : [    1.0] x")).level == "warn"
    assert message_of((1, "<3>[    1.0] x")).level == "3"


@given(torn(LOG))
def test_lost_and_doubled_lines_make_no_new_event(text: str) -> None:
    whole = {each.text for each in dmesg.read(LOG).facts.events}
    assert {each.text for each in dmesg.read(text).facts.events} <= whole


@given(scraps(LOG))
def test_no_text_is_too_much(text: str) -> None:
    dmesg.read(text)
    syslog.read(text)

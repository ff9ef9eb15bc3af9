"""Three minutes of silence part incidents; within one, a fault of a device is told once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.faults.incidents import Incident, incidents
from millwright.manage.faults.judging import judged
from millwright.manage.faults.naming import fault_of
from millwright.manage.faults.recurrence import suspicions
from millwright.model.fault import FaultCatalog
from millwright.probes import dmesg
from millwright.probes.kernel_events import Event
from millwright.probes.kernel_times import seconds_of
from millwright.probes.xid_words import link_error, place, recovery_action, switch_error

NAMES = """xid:79 | NVRM: Xid (PCI:0000:05:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
xid:79 | NVRM: GPU 0000:05:00.0: GPU has fallen off the bus.
sxid:12020 | nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): 12020, Fatal, Link 46 egress sequence ID error
amd:ras-umc-ue | amdgpu 0000:0c:00.0: amdgpu: socket: 0, die: 0 1 uncorrectable hardware errors detected in umc block
amd:ras-gfx-ce | amdgpu 0000:0c:00.0: amdgpu: socket: 0, die: 0 7 correctable hardware errors detected in gfx block
amd:ras-xgmi-wafl-ue | amdgpu 0000:0c:00.0: amdgpu: 1 uncorrectable hardware errors detected in xgmi_wafl block
amd:ras | amdgpu 0000:0c:00.0: amdgpu: RAS event of type x
amd:reset | amdgpu 0000:0c:00.0: amdgpu: GPU reset begin!
amd:timeout | amdgpu 0000:0c:00.0: amdgpu: ring sdma0 timeout, signaled seq=1
amd:page-fault | amdgpu 0000:0c:00.0: amdgpu: [gfxhub0] retry page fault (src_id:0)
mlx5:command-leak | mlx5_core 0000:5c:00.0: wait_func:1151:(pid 1967079): ENABLE_HCA(0x104) timeout. Will cause a leak of a command resource
mlx5:health-compromised | mlx5_core 0000:5c:00.0: poll_health:800:(pid 0): device's health compromised - reached miss count
mlx5:unrecoverable | mlx5_core 0000:5c:00.0: print_health_info: synd 0x1: unrecoverable hardware error
mlx5:queue-stuck | NETDEV WATCHDOG: ib0 (mlx5_core): transmit queue 0 timed out
mlx5:slot-power | mlx5_core 0000:5c:00.0: mlx5_pcie_event:299: Detected insufficient power on the PCIe slot (27W).
mlx5:module-hot | mlx5_core 0000:5c:00.0: Port module event[error]: module 0, Cable error, High Temperature
mlx5:cable-unplugged | mlx5_core 0000:5c:00.0: Port module event: module 0, Cable unplugged
mlx5:cable-error | mlx5_core 0000:5c:00.0: Port module event[error]: module 0, Cable error, Bus stuck
kernel:soft-lockup | watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [python3:42]
kernel:hard-lockup | NMI watchdog: Watchdog detected hard LOCKUP on cpu 3
kernel:stall | rcu: INFO: rcu_sched self-detected stall on CPU
kernel:hung-task | INFO: task python3:4242 blocked for more than 120 seconds.
kernel:panic | Kernel panic - not syncing: Fatal exception
kernel:mce | Kernel panic - not syncing: Fatal Machine check
kernel:file-max | VFS: file-max limit 1000 reached
kernel:oom | Out of memory: Killed process 123 (python3) total-vm:1kB
kernel:oom | oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),
kernel:read-only | EXT4-fs (sda1): Remounting filesystem read-only
kernel:nvme-timeout | nvme nvme3: I/O 12 QID 3 timeout, reset controller
kernel:nvme-disabled | nvme nvme3: Disabling device after reset failure: -19
kernel:nvme-no-path | block nvme0n1: no available path - failing I/O
kernel:md-disk | md/raid1:md0: Disk failure on sdb1, disabling device.
kernel:io-error | blk_update_request: I/O error, dev sdb, sector 123 op 0x0
kernel:edac-ce | EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#0_DIMM#0
kernel:edac-ue | EDAC MC0: 1 UE memory read error on CPU_SrcID#0_MC#0_Chan#0_DIMM#0
kernel:mce | mce: [Hardware Error]: Machine check events logged
kernel:pcie-error | pcieport 0000:00:01.0: AER: Corrected error received: 0000:01:00.0
kernel:thermal | mce: CPU3: Package temperature above threshold, cpu clock throttled
kernel:segfault | python3[42]: segfault at 8 ip 00007f in libnccl.so.2[7f0000+1000]
kernel:link-down | ib6: Lost carrier
kernel:peermem | nvidia-peermem nv_get_p2p_free_callback:127 ERROR detected invalid context, skipping further processing"""  # noqa: E501


def read(*lines: str) -> Sequence[Event]:
    """Return the events of lines."""
    return dmesg.read("".join(f"{line}\n" for line in lines)).facts.events


def xid(at: float, code: int, gpu: int = 1, words: str = "Ch 8") -> str:
    """Return a line of the driver."""
    return f"[{at:12.6f}] NVRM: Xid (PCI:0000:{gpu:02x}:00): {code}, pid=1, name=x, {words}"


def struck(*lines: str, node: str = "n1") -> tuple[Incident, ...]:
    """Return the incidents that lines tell of."""
    return incidents(node, read(*lines))


@pytest.mark.parametrize(
    ("name", "words"), [row.split(" | ", 1) for row in NAMES.split("\n")], ids=str
)
def test_every_message_is_an_entry_of_the_catalogue(
    faults: FaultCatalog, name: str, words: str
) -> None:
    (event,) = read(f"[    1.000000] {words}")
    assert fault_of(event) == name
    assert name in faults.faults


def test_a_link_that_came_up_is_no_fault() -> None:
    assert struck("[ 1.000000] mlx5_core 0000:19:00.0 ens1np0: Link up") == ()


def test_a_gpu_that_is_gone_is_told_once_with_and_without_its_number() -> None:
    (incident,) = struck(
        xid(1, 79, 5, "GPU has fallen off the bus."),
        "[    1.000001] NVRM: GPU 0000:05:00.0: GPU has fallen off the bus.",
    )
    (strike,) = incident.strikes
    assert (strike.fault, strike.device, strike.count) == ("xid:79", "0000:05:00", 2)


def test_what_the_driver_asks_for_belongs_to_the_fault_of_its_device(faults: FaultCatalog) -> None:
    asks = "GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)"
    (incident,) = struck(xid(1, 48, 1), xid(2, 94, 2), xid(3, 154, 1, asks))
    told = {j.strike.device: (j.advice.action, j.advice.authority) for j in
            judged(incident, faults)}  # fmt: skip
    assert told == {"0000:01:00": ("reboot", "driver"), "0000:02:00": ("restart-job", "nvidia")}


def test_a_wish_of_the_driver_without_a_fault_is_not_lost(faults: FaultCatalog) -> None:
    asks = "GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)"
    (incident,) = struck(xid(1, 154, 1, asks))
    (told,) = judged(incident, faults)
    assert (told.advice.action, told.advice.authority) == ("reset-gpu", "driver")


def test_a_clean_up_follows_its_cause_and_alone_asks_for_the_fabric_manager(
    faults: FaultCatalog,
) -> None:
    (beside,) = struck(xid(1, 48), xid(2, 45))
    (alone,) = struck(xid(1, 48, 2), xid(2, 45, 1))
    told = [
        next(j.advice for j in judged(each, faults) if j.strike.fault == "xid:45")
        for each in (beside, alone)
    ]
    assert [each.action for each in told] == ["follow-other", "restart-service"]


def test_a_code_that_nobody_knows_is_unknown_and_never_passed_over(faults: FaultCatalog) -> None:
    (incident,) = struck(xid(1, 4711))
    (told,) = judged(incident, faults)
    assert (told.fault, told.advice.severity, told.advice.action) == (None, "unknown", "inspect")


def test_the_gravest_stands_first_and_unknown_above_harmless(faults: FaultCatalog) -> None:
    (incident,) = struck(xid(1, 63), xid(2, 13), xid(3, 4711), xid(4, 48))
    order = [told.strike.fault for told in judged(incident, faults)]
    assert order == ["xid:48", "xid:4711", "xid:13", "xid:63"]


def test_equal_messages_are_one_row_only_until_silence() -> None:
    again = struck(xid(1, 79), xid(2, 79), xid(500, 79))
    assert [incident.strikes[0].count for incident in again] == [2, 1]


@given(gaps=st.lists(st.floats(0, 1000), min_size=1, max_size=30), codes=st.data())
def test_incidents_part_where_three_minutes_are_silent(
    gaps: list[float], codes: st.DataObject
) -> None:
    times = [round(sum(gaps[: number + 1]), 3) for number in range(len(gaps))]
    lines = [
        xid(at, codes.draw(st.sampled_from((13, 31, 48, 79))), codes.draw(st.integers(1, 3)))
        for at in times
    ]
    found = struck(*lines)
    parted = [b - a for a, b in zip(times, times[1:], strict=False) if b - a >= 180]
    assert len(found) == len(parted) + 1
    assert sum(strike.count for each in found for strike in each.strikes) == len(times)
    for before, after in zip(found, found[1:], strict=False):
        assert before.ended_s is not None
        assert after.began_s is not None
        assert after.began_s - before.ended_s >= 180
    for each in found:
        assert len({(s.fault, s.device) for s in each.strikes}) == len(each.strikes)


@given(text=st.text(max_size=300))
def test_no_words_make_decoding_fail(text: str) -> None:
    link_error(text)
    recovery_action(text)
    switch_error(text)
    place(text)
    seconds_of(text)


@given(
    sub_code=st.integers(0, 63), low=st.integers(0, (1 << 20) - 1), high=st.integers(0, 63),
    status=st.integers(0, (1 << 32) - 1), link=st.integers(0, 35),
    word=st.sampled_from(("Fatal", "Nonfatal")),
)  # fmt: skip
def test_a_link_error_is_decoded_whatever_stands_around_its_bits(
    sub_code: int, low: int, high: int, status: int, link: int, word: str
) -> None:
    intrinfo = high << 26 | sub_code << 20 | low
    text = (
        f"149, NETIR_LINK_EVT {word} XC0 i0 Link {link:02d} (0x{intrinfo:08x} 0x{status:08x} 0x0)"
    )
    told = link_error(text)
    assert told is not None
    assert (told.unit, told.severity, told.link) == ("NETIR_LINK_EVT", word, link)
    assert (told.sub_code, told.status) == (sub_code, status)


def test_the_words_of_a_link_are_read_as_far_as_they_go() -> None:
    told = link_error("149, NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x004505c6 0x... )")
    assert told is not None
    assert (told.link, told.sub_code, told.status) == (8, 4, None)
    bare = link_error("144, SAW_MVB Nonfatal")
    assert bare is not None
    assert (bare.link, bare.sub_code, bare.status) == (None, None, None)


SWITCH = "nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): {}"


@pytest.mark.parametrize(
    ("words", "told"),
    [("12028, Non-fatal, Link 32 egress non-posted PRIV error (First)", ("Non-fatal", 32)),
     ("20034, Fatal, Link 30 LTSSM Fault Up", ("Fatal", 30)),
     ("10003, Fatal, something", ("Fatal", None)),
     ("10004, a switch is hot", None)],
)  # fmt: skip
def test_an_error_of_a_switch_says_its_severity_and_its_link(
    words: str, told: tuple[str, int | None] | None
) -> None:
    found = switch_error(SWITCH.format(words))
    assert (found and (found.severity, found.link)) == told


LINK = "NETIR_LINK_EVT {} XC0 i0 Link 08 (0x004505c6 0x00000001)"


@pytest.mark.parametrize(
    ("words", "severity"),
    [(LINK.format("Fatal"), "critical"), (LINK.format("Nonfatal"), "warning"),
     ("something else", "unknown")],
)  # fmt: skip
def test_an_error_of_a_new_link_is_as_grave_as_its_own_word(
    faults: FaultCatalog, words: str, severity: str
) -> None:
    (incident,) = struck(f"[ 1.000000] NVRM: Xid (PCI:0018:01:00): 149, {words}")
    (told,) = judged(incident, faults)
    assert told.advice.severity == severity


TIMES = [
    ("12.345678", 12.345678),
    ("1970-01-01T00:01:00,500000+00:00", 60.5),
    ("1970-01-01T01:00:00+0100", 0.0),
    ("Thu Jan  1 00:02:00 1970", 120.0),
    ("Jan  2 00:00:00", 86400.0),
    ("+0.000012", None),
    ("Foo  2 00:00:00", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("at", "seconds"), TIMES)
def test_times_of_logs_are_seconds(at: str | None, seconds: float | None) -> None:
    assert seconds_of(at) == seconds


HOUR = 3600.0


def test_twice_on_the_same_gpu_points_at_hardware() -> None:
    (told,) = suspicions(struck(xid(1, 31, 4), xid(5 * HOUR, 31, 4)))
    assert (told.cause, told.device) == ("hardware", "0000:04:00")


def test_twice_after_more_than_a_day_says_nothing() -> None:
    (told,) = suspicions(struck(xid(1, 31, 4), xid(25 * HOUR, 31, 4)))
    assert told.cause == "undecided"


def test_a_burst_is_one_time() -> None:
    (told,) = suspicions(struck(*(xid(1 + n, 13, 4, f"GPC {n}") for n in range(16))))
    assert told.cause == "undecided"


def test_different_gpus_point_at_the_application() -> None:
    one_job = struck(*(xid(1 + gpu, 31, gpu) for gpu in range(1, 9)))
    apart = struck(xid(1, 31, 1), xid(HOUR, 31, 2))
    twice = struck(*(xid(at + gpu, 31, gpu) for at in (1, HOUR) for gpu in (1, 2)))
    assert [suspicions(each)[0].cause for each in (one_job, apart, twice)] == ["application"] * 3


def test_the_same_gpu_twice_and_another_points_both_ways() -> None:
    (told,) = suspicions(struck(xid(1, 31, 1), xid(HOUR, 31, 1), xid(2 * HOUR, 31, 2)))
    assert told.cause == "undecided"
    assert "both ways" in told.why

"""The simulated kernel log and the dmesg that shows it."""

from __future__ import annotations

from millwright.lab.simulators.kernellog import parse, xid_line

from .node import LabNode, sample

LOST = {"id": "xid:2", "kind": "xid", "device": 2, "value": "79"}


def test_an_xid_line_begins_as_the_driver_writes_it() -> None:
    real = sample("dmesg/xid-119.txt").splitlines()[2].partition("] ")[2]
    assert xid_line("119", "9b:00.0").split(": ")[:2] == real.split(": ")[:2]


def test_a_fault_shows_in_the_log_at_its_moment_in_every_format(h100: LabNode) -> None:
    h100.fault(LOST)
    assert "[Fri May  1 10:00:00 2026] NVRM: Xid (PCI:0000:52:00): 79," in h100.answer(
        "dmesg", "-T"
    )
    assert "2026-05-01T10:00:00,000000+00:00 NVRM" in h100.answer("dmesg", "--time-format", "iso")
    assert "kern  :err   : [" in h100.answer("dmesg", "-x")
    assert h100.answer("dmesg", "-l", "warn") == ""
    assert "NVRM: Xid" in h100.answer("dmesg")


def test_what_is_written_to_the_log_is_not_said_twice(h100: LabNode) -> None:
    h100.fault({"id": "x", "kind": "xid", "device": 1, "value": "63"})
    text = xid_line("63", "43:00.0")
    (h100.root / "var/lib/millwright-lab/kmsg").write_text(f"3,1777629600.5;{text}\n6,bad\n")
    assert h100.answer("dmesg").count("Xid") == 1


def test_a_log_begins_with_the_boot(h100: LabNode) -> None:
    lines = h100.answer("dmesg").splitlines()
    assert lines[0].startswith("[    0.000000] Linux version ")
    assert sum("nvidia 0000:" in line for line in lines) == 8
    assert any("NVRM: loading NVIDIA UNIX Open Kernel Module" in line for line in lines)
    stamps = [float(line[1:].partition("]")[0]) for line in lines]
    assert stamps == sorted(stamps)


def test_a_log_of_an_amd_node_names_its_driver(mi300x: LabNode) -> None:
    told = mi300x.answer("dmesg")
    assert "[drm] amdgpu version: " in told
    assert "NVRM" not in told


def test_only_an_xid_is_logged_of_faults(h100: LabNode) -> None:
    healthy = h100.answer("dmesg")
    h100.fault(
        {"id": "a", "kind": "slow-gpu", "device": 3},
        {"id": "b", "kind": "ecc", "device": 3},
        {"id": "c", "kind": "link-down", "device": 3},
    )
    assert h100.answer("dmesg") == healthy


def test_a_line_of_the_log_file_is_read_back() -> None:
    message = parse("4,12.500000;mlx5_core: a; b\n")
    assert message is not None
    assert (message.priority, message.at, message.text) == (4, 12.5, "mlx5_core: a; b")
    assert message.line == "4,12.500000;mlx5_core: a; b"

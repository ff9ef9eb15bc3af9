"""Faults of accelerators: each is seen with the node's own tools, told by status, and healed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.lab.rehearsal import Rehearsal

NODE = "gpu5"


@pytest.fixture(autouse=True)
def healthy_again(lab: Rehearsal) -> Iterator[None]:
    yield
    lab.left_healthy(NODE)


def asked(lab: Rehearsal, *words: str) -> str:
    return lab.shell(NODE, *words)


def broken(lab: Rehearsal, fault: str, named: str) -> None:
    lab.breaks(NODE, fault)
    assert lab.faults(NODE) == [named]


def gflops(lab: Rehearsal) -> list[float]:
    """Return what the last line of a burn says of every GPU."""
    burnt = asked(lab, "gpu_burn", "1").replace("\r", "\n")
    (*_, last) = [line for line in burnt.splitlines() if "Gflop/s" in line]
    return [float(number) for number in re.findall(r"\((\d+) Gflop/s\)", last)]


def test_a_slow_gpu_is_slow_in_a_burn(lab: Rehearsal) -> None:
    broken(lab, "slow-gpu:3:0.7", "slow-gpu:3:0.7")
    numbers = gflops(lab)
    others = [number for slot, number in enumerate(numbers) if slot != 3]
    assert numbers[3] < 0.75 * min(others)
    lab.heals(NODE, "slow-gpu")
    assert min(gflops(lab)) > 0.95 * max(gflops(lab))


def test_an_xid_is_in_the_kernel_log(lab: Rehearsal) -> None:
    broken(lab, "xid:94:2", "xid:94:2")
    assert re.search(r"NVRM: Xid \(PCI:0000:52:00\): 94,", asked(lab, "dmesg"))
    lab.heals(NODE, "xid:94:2")


def test_a_gpu_that_fell_off_the_bus_is_lost_until_it_is_healed(lab: Rehearsal) -> None:
    broken(lab, "xid:79", "xid:79:0")
    assert "GPU is lost" in lab.tells(NODE, "nvidia-smi", "-L").out
    lab.heals(NODE)
    assert asked(lab, "nvidia-smi", "-L").count("UUID") == 8


ECC = ("nvidia-smi", "--query-gpu=ecc.errors.uncorrected.volatile.total", "--format=csv,noheader")


def test_ecc_errors_are_counted(lab: Rehearsal) -> None:
    broken(lab, "ecc:1:3", "ecc:1:3")
    assert asked(lab, *ECC).split() == ["0", "3", "0", "0", "0", "0", "0", "0"]
    lab.heals(NODE, "ecc:1:3")
    assert set(asked(lab, *ECC).split()) == {"0"}


HOT = ("nvidia-smi", "-q", "-d", "PERFORMANCE", "-i", "6")


def test_a_throttled_gpu_says_why(lab: Rehearsal) -> None:
    slowdown = re.compile(r"HW Thermal Slowdown +: (Active|Not Active)")
    broken(lab, "throttle:6", "throttle:6")
    assert slowdown.findall(asked(lab, *HOT)) == ["Active"]
    lab.heals(NODE, "throttle")
    assert slowdown.findall(asked(lab, *HOT)) == ["Not Active"]


def test_a_hung_driver_lets_no_tool_end(lab: Rehearsal) -> None:
    broken(lab, "hung-smi", "hung-smi")
    ended = 'timeout --signal=KILL 0.5 "$@"; exit $?'
    for tool in (("nvidia-smi", "-L"), ("dcgmi", "discovery", "-l")):
        assert lab.tells(NODE, "sh", "-c", ended, "sh", *tool).status == 137
    lab.heals(NODE, "hung-smi")
    assert asked(lab, "timeout", "10", "nvidia-smi", "-L").count("UUID") == 8


def test_a_missing_gpu_is_nowhere(lab: Rehearsal) -> None:
    broken(lab, "missing-gpu:7", "missing-gpu:7")
    assert asked(lab, "nvidia-smi", "-L").count("UUID") == 7
    assert asked(lab, "lspci").count("3D controller") == 7
    lab.heals(NODE, "missing-gpu:7")
    assert asked(lab, "nvidia-smi", "-L").count("UUID") == 8


WIDTH = ("nvidia-smi", "--query-gpu=pcie.link.width.current", "--format=csv,noheader")


def test_a_narrow_link_is_seen_by_driver_and_bus(lab: Rehearsal) -> None:
    broken(lab, "pcie-width:0:4", "pcie-width:0:4")
    assert asked(lab, *WIDTH).split() == ["4", *7 * ["16"]]
    assert "Width x4 (downgraded)" in asked(lab, "lspci", "-vv", "-s", "1b:00.0")
    lab.heals(NODE, "pcie-width")
    assert set(asked(lab, *WIDTH).split()) == {"16"}
    assert "downgraded" not in asked(lab, "lspci", "-vv")


def test_faults_outlive_a_reboot_and_go_together(lab: Rehearsal) -> None:
    lab.breaks(NODE, "missing-gpu:1", "full-disk:/scratch", "package-lock")
    lab.breaks(NODE, "dead")
    lab.heals(NODE, "dead")
    assert lab.faults(NODE) == ["missing-gpu:1", "full-disk:/scratch", "package-lock"]
    assert asked(lab, "nvidia-smi", "-L").count("UUID") == 7
    asked(lab, "systemctl", "is-system-running", "--wait")
    assert "100%" in asked(lab, "df", "/scratch")
    assert lab.tells(NODE, "apt-get", "install", "--yes", "less").status == 100
    assert lab.done("lab", "heal", NODE).count("healed") == 3


REFUSED = {
    "melted": "there is no fault 'melted'",
    "missing-gpu:8": "it counts from 0 to 7",
    "missing-gpu:x": "'x' is not a number",
    "missing-gpu:1:2": "it takes less than that",
    "xid": "it takes a code, such as xid:79",
    "slow-gpu:0:2": "it takes a fraction, such as 0.8",
    "ecc:0:-1": "it takes a count of errors",
    "pcie-width:0:3": "it takes 1, 2, 4 or 8 lanes",
    "link-down:eth0": "it takes an adapter, such as mlx5_2",
    "link-down:mlx5_12": "the fabric has no adapter 'gpu5 mlx5_12'",
    "swapped-cables:mlx5_1+mlx5_1": "a swap needs two adapters",
    "hung-smi:1": "hung-smi takes nothing",
    "full-disk:/proc": "it takes a folder",
    "full-disk:/": "it takes a folder below /",
    "full-disk:/etc": "/etc is not empty",
    "clock-skew:0": "it takes seconds",
    "fan:8": "it counts from 0 to 7",
    "psu:6": "it counts from 0 to 5",
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_had_is_refused_and_nothing_is_done(lab: Rehearsal, fault: str) -> None:
    answer = lab.say("lab", "break", NODE, "throttle", fault)
    assert (answer.status, answer.out) == (2, "")
    assert REFUSED[fault] in answer.err


@pytest.mark.parametrize("fault", ["slow-gpu", "ecc", "hung-smi", "xid:79"])
def test_a_host_without_gpus_has_no_such_faults(lab: Rehearsal, fault: str) -> None:
    answer = lab.say("lab", "break", f"{NODE},head-1", fault)
    assert (answer.status, answer.out) == (2, "")
    assert "head-1 has no GPUs" in answer.err
    assert lab.faults("head-1") == []


def test_a_fault_that_is_there_is_not_had_twice(lab: Rehearsal) -> None:
    lab.breaks(NODE, "throttle:1")
    assert (
        lab.done("lab", "break", NODE, "throttle:1")
        == f"{NODE}  throttle:1  had it already  SIMULATED\n"
    )
    assert lab.say("lab", "break", NODE, "dead", "xid:79").status == 2
    lab.heals(NODE, "throttle:1")
    answer = lab.say("lab", "heal", NODE, "throttle:1")
    assert (answer.status, "has no fault 'throttle:1'" in answer.err) == (2, True)
    assert lab.done("lab", "heal", NODE) == "nothing to heal\n"


def test_a_fault_is_healed_by_the_words_that_made_it(lab: Rehearsal) -> None:
    for fault in ("xid:94", "ecc:3", "throttle"):
        lab.breaks(NODE, fault)
        assert "healed  SIMULATED" in lab.done("lab", "heal", NODE, fault)
        assert lab.faults(NODE) == []


def test_a_gpu_is_not_slow_in_two_ways(lab: Rehearsal) -> None:
    at_once = lab.say("lab", "break", NODE, "slow-gpu:0:0.5", "slow-gpu:0:0.9")
    assert (at_once.status, "has slow-gpu:0:0.5 already" in at_once.err) == (2, True)
    assert lab.faults(NODE) == []
    lab.breaks(NODE, "slow-gpu:0:0.5", "slow-gpu:1:0.9")
    later = lab.say("lab", "break", NODE, "slow-gpu:0:0.9")
    assert (later.status, "has slow-gpu:0:0.5 already" in later.err) == (2, True)
    lab.heals(NODE)


def test_every_fault_is_listed(lab: Rehearsal) -> None:
    listed = lab.done("lab", "break", "--list")
    names = {line.split()[0].split(":")[0].split("[")[0] for line in listed.splitlines()[2:]}
    assert {"slow-gpu", "link-down", "dead", "psu"} <= names
    assert "SIMULATED" in listed


def test_the_list_of_faults_is_one_document(lab: Rehearsal) -> None:
    document = json.loads(lab.done("lab", "break", "--list", "--json"))
    assert document["schema"] == "millwright.lab-fault-kinds/1"
    kinds = {each["kind"]: each for each in document["kinds"]}
    assert kinds["slow-gpu"] == {
        "kind": "slow-gpu",
        "takes": "gpu-value",
        "title": "a GPU computes slower, and says nothing",
        "seen_by": "gpu_burn",
        "default": "0.8",
    }

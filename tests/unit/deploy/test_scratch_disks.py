"""Disks for an array: empty ones are chosen, one that anything stands on is refused by name."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from millwright.adapters.resources import folder

CHOOSER = folder("playbooks") / "roles" / "local-scratch" / "files" / "choose_disks.py"


def disk(number: int, **keys: Any) -> dict[str, Any]:
    """Return an empty NVMe disk as lsblk tells it."""
    name = f"nvme{number}n1"
    bare = {"name": name, "path": f"/dev/{name}", "type": "disk", "tran": "nvme", "size": 3840}
    empty = {"ro": False, "fstype": None, "pttype": None, "label": None, "mountpoints": [None]}
    return {**bare, **empty, **keys}


SYSTEM = disk(
    0,
    pttype="gpt",
    children=[{"name": "nvme0n1p1", "type": "part", "fstype": "ext4", "mountpoints": ["/"]}],
)
ARRAY = {"name": "md127", "type": "raid0", "fstype": "xfs", "label": "scratch"}


def chosen(disks: list[dict[str, Any]], wanted: int, **keys: Any) -> dict[str, Any]:
    told = {
        "disks": {"blockdevices": disks},
        "signatures": {each["path"]: "" for each in disks},
        "swaps": "Filename Type Size Used Priority\n",
        "wanted": wanted,
        **keys,
    }
    words = [sys.executable, "-I", str(CHOOSER)]
    done = subprocess.run(words, input=json.dumps(told), capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_empty_disks_are_taken_and_the_system_s_left() -> None:
    found = chosen([SYSTEM, disk(10), disk(2), disk(1)], 3)
    assert found["state"] == "free"
    assert found["disks"] == ["/dev/nvme1n1", "/dev/nvme2n1", "/dev/nvme10n1"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"fstype": "xfs"}, "has a file system (xfs)"),
        ({"fstype": "linux_raid_member"}, "has a file system (linux_raid_member)"),
        ({"pttype": "gpt"}, "has a partition table (gpt)"),
        ({"children": [{"name": "dm-0", "type": "crypt"}]}, "holds dm-0"),
        ({"mountpoints": ["/data"]}, "is mounted at /data"),
        ({"mountpoints": None, "mountpoint": "/data"}, "is mounted at /data"),
        ({"ro": True}, "can only be read"),
        ({"size": None}, "tells no size"),
    ],
)
def test_a_disk_that_something_stands_on_is_refused_by_name(
    keys: dict[str, Any], words: str
) -> None:
    found = chosen([disk(1), disk(2, **keys)], 2)
    assert (found["state"], found["disks"]) == ("refused", [])
    assert f"/dev/nvme2n1 {words}" in found["why"]
    assert "1 disks are empty, and the design has 2" in found["why"]


def test_what_wipefs_and_the_kernel_know_counts_as_well() -> None:
    both = [disk(1), disk(2)]
    signed = {"/dev/nvme1n1": "", "/dev/nvme2n1": "nvme2n1 0x438 ext4\n"}
    assert "signatures that wipefs knows" in chosen(both, 2, signatures=signed)["why"]
    unseen = {"/dev/nvme1n1": ""}
    assert "was not looked at by wipefs" in chosen(both, 2, signatures=unseen)["why"]
    swaps = "Filename Type\n/dev/nvme2n1 partition 1 0 -2\n"
    assert "/dev/nvme2n1 is swap" in chosen(both, 2, swaps=swaps)["why"]


@pytest.mark.parametrize("there", [0, 1, 3])
def test_more_or_fewer_disks_than_designed_make_no_array(there: int) -> None:
    found = chosen([SYSTEM, *(disk(at + 1) for at in range(there))], 2)
    assert found["state"] == "refused"
    assert f"{there} disks are empty, and the design has 2" in found["why"]


def test_disks_of_two_sizes_make_no_array() -> None:
    assert "differ in size" in chosen([disk(1), disk(2, size=7680)], 2)["why"]


def test_other_kinds_of_disks_are_never_chosen() -> None:
    found = chosen([disk(1, tran="sata", name="sda", path="/dev/sda"), disk(2)], 1)
    assert found["disks"] == ["/dev/nvme2n1"]


def test_the_array_that_stands_is_left_alone() -> None:
    member = {"fstype": "linux_raid_member", "children": [ARRAY]}
    assert chosen([disk(1, **member), disk(2, **member)], 2)["state"] == "made"
    fewer = chosen([disk(1, **member), disk(2)], 2)
    assert "the array has 1 disks, and the design 2" in fewer["why"]


def test_another_array_is_no_array_of_ours() -> None:
    other = {"fstype": "linux_raid_member", "children": [{**ARRAY, "label": "images"}]}
    found = chosen([disk(1, **other), disk(2, **other)], 2)
    assert found["state"] == "refused"
    assert "/dev/nvme1n1 holds md127" in found["why"]

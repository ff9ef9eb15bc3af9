"""Chooses disks for an array from what lsblk, wipefs and the kernel say, and touches none.

Standard input: {"disks": `lsblk --json`, "signatures": {path: text of `wipefs --no-act`}, "swaps":
text of /proc/swaps, "wanted": number}. Standard output: {"state": "made" | "free" | "refused",
"disks": [...], "why": text}. A disk that anything stands on is never chosen, and is named.
"""

import json
import sys

LABEL = "scratch"


def held(disk, signatures, swaps):
    """Return what stands on a disk, in words; nothing where it is empty."""
    path = disk.get("path") or "/dev/" + disk["name"]
    mounted = [place for place in disk.get("mountpoints") or [disk.get("mountpoint")] if place]
    below = [child["name"] for child in disk.get("children") or []]
    reasons = (
        ("is mounted at " + ", ".join(mounted), mounted),
        ("can only be read", disk.get("ro")),
        ("holds " + ", ".join(below), below),
        ("has a partition table (" + str(disk.get("pttype")) + ")", disk.get("pttype")),
        ("has a file system (" + str(disk.get("fstype")) + ")", disk.get("fstype")),
        ("is swap", any(line.split()[:1] == [path] for line in swaps.splitlines())),
        ("has signatures that wipefs knows", (signatures.get(path) or "").strip()),
        ("was not looked at by wipefs", path not in signatures),
        ("tells no size", not disk.get("size")),
    )
    return next((path + " " + words for words, true in reasons if true), "")


def is_ours(disk):
    """Return whether a disk is a member of the array that this role made."""
    children = disk.get("children") or []
    arrays = [child for child in children if child.get("type") == "raid0"]
    return len(children) == 1 and len(arrays) == 1 and arrays[0].get("label") == LABEL


def choose(told):
    """Return which disks make the array, or why none do."""
    wanted, kinds = told["wanted"], told.get("kinds", ["nvme"])
    disks = [
        disk
        for disk in told["disks"]["blockdevices"]
        if disk.get("tran") in kinds or disk.get("type") in kinds
    ]
    disks.sort(key=lambda disk: (len(disk["name"]), disk["name"]))
    ours = [disk for disk in disks if is_ours(disk)]
    if ours:
        names = [disk.get("path") or "/dev/" + disk["name"] for disk in ours]
        if len(ours) == wanted:
            return {"state": "made", "disks": names, "why": ""}
        why = f"the array has {len(ours)} disks, and the design {wanted}"
        return {"state": "refused", "disks": [], "why": why}
    taken = [
        words for words in (held(d, told["signatures"], told["swaps"]) for d in disks) if words
    ]
    free = [d for d in disks if not held(d, told["signatures"], told["swaps"])]
    if len(free) != wanted:
        why = f"{len(free)} disks are empty, and the design has {wanted}"
        return {"state": "refused", "disks": [], "why": "; ".join([why, *taken])}
    paths = [disk.get("path") or "/dev/" + disk["name"] for disk in free]
    sizes = {int(disk["size"]) for disk in free}
    if len(sizes) > 1:
        why = "disks of one array are alike, and these differ in size: " + ", ".join(paths)
        return {"state": "refused", "disks": [], "why": why}
    return {"state": "free", "disks": paths, "why": "; ".join(taken)}


if __name__ == "__main__":
    json.dump(choose(json.load(sys.stdin)), sys.stdout)

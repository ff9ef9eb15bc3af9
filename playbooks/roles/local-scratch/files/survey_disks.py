"""Tells everything that disks are chosen by, as JSON; only reads. Argument: how many are wanted."""

import contextlib
import json
import subprocess
import sys

COLUMNS = "NAME,PATH,TYPE,TRAN,SIZE,RO,FSTYPE,PTTYPE,LABEL,MOUNTPOINTS"


def told(*words):
    """Return what a command says; a failure of its own is nobody's answer."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


disks = json.loads(told("lsblk", "--json", "--bytes", "--output", COLUMNS))
signatures = {}
for disk in disks["blockdevices"]:
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        signatures[disk["path"]] = told("wipefs", "--no-act", "--noheadings", disk["path"])
with open("/proc/swaps", encoding="utf-8") as source:
    swaps = source.read()
json.dump(
    {"disks": disks, "signatures": signatures, "swaps": swaps, "wanted": int(sys.argv[1])},
    sys.stdout,
)

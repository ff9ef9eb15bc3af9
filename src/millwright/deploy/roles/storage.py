"""Roles of storage: space on nodes' own disks, and the file systems of the site."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, excused
from millwright.deploy.inputs import Inputs, NodeInputs
from millwright.deploy.role import Role, on_compute
from millwright.deploy.sections.storage import Mounted, NodeScratch

SCRATCH = """\
stat --format='%F %a' "$1"
echo --
findmnt --json --output SOURCE,FSTYPE,OPTIONS --mountpoint "$1" || true
echo --
cat /proc/mdstat 2>/dev/null || true
echo --
cat /var/lib/millwright/not-testable/local-scratch.json 2>/dev/null || true
"""
"""Constant shell text: a folder, what is mounted there, the kernel's arrays, what is excused."""


def _scratch(host: str, inputs: Inputs) -> Sequence[Check]:
    scratch = inputs.nodes[host].scratch
    if scratch is None:
        return ()
    words = ("sh", "-c", SCRATCH, "sh", scratch.path)
    return (Check(words, lambda text: judge_scratch(scratch, text)),)


def judge_scratch(scratch: NodeScratch, text: str) -> Verdict:
    """Return whether jobs have their space: for all users, and on as many disks as designed."""
    parts = [part.strip() for part in text.split("--\n")]
    folder, mounted, arrays, told = (*parts, "", "", "", "")[:4]
    if scratch.disks and "disks" in excused(told):
        return Verdict("not testable", f"no array of {scratch.disks} disks in a container")
    if folder != "directory 1777":
        return Verdict("failed", f"{scratch.path} is {folder or 'not there'}")
    if not scratch.disks:
        return PROVEN
    try:
        found = json.loads(mounted)["filesystems"][0]
    except (ValueError, KeyError, IndexError):
        return Verdict("failed", f"nothing is mounted at {scratch.path}")
    if found.get("fstype") != "xfs":
        return Verdict(
            "failed", f"{scratch.path} is {found.get('fstype')}, and the design says xfs"
        )
    device = str(found.get("source")).rpartition("/")[2]
    members = re.search(rf"(?m)^{re.escape(device)} : active raid0 (.+)$", arrays)
    count = len(members[1].split()) if members else 0
    if count != scratch.disks:
        words = f"{scratch.path} stands on {count} disks, and the design has {scratch.disks}"
        return Verdict("failed", words)
    return PROVEN


TRIED = """\
import json, os, subprocess, sys
where, read_only = sys.argv[1], sys.argv[2] == "ro"
found = subprocess.run(
    ["findmnt", "--json", "--output", "SOURCE,FSTYPE,OPTIONS", "--mountpoint", where],
    capture_output=True, text=True)
told = {"mounted": json.loads(found.stdout)["filesystems"][0] if found.returncode == 0 else None}
if told["mounted"] and not read_only:
    path = os.path.join(where, ".millwright-%s-%d" % (os.uname().nodename, os.getpid()))
    content = os.urandom(1 << 20)
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, content)
            os.fsync(file)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            told["same"] = os.pread(file, 1 << 21, 0) == content
        finally:
            os.close(file)
            os.unlink(path)
    except OSError as error:
        told["error"] = os.strerror(error.errno)
try:
    with open("/var/lib/millwright/not-testable/storage-clients.json") as source:
        told["refused"] = json.load(source)["refused"]
except (OSError, ValueError, KeyError):
    told["refused"] = {}
json.dump(told, sys.stdout)
"""
"""What a host is asked of a mount: its options, and 1 MiB written and read back."""


def _mounts(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    return tuple(_tried(mount) for mount in inputs.factory.mounts)


def _tried(mount: Mounted) -> Check:
    words = ("python3", "-Ic", TRIED, mount.where, "ro" if mount.read_only else "rw")
    return Check(words, lambda text: judge_mount(mount, text), 0.0, "", 60.0)


def judge_mount(mount: Mounted, text: str) -> Verdict:
    """Return whether a file system is mounted as designed, and gives back what it is given."""
    try:
        told = json.loads(text)
        found, refused = told["mounted"], told["refused"]
    except (ValueError, KeyError, TypeError):
        return Verdict("unknown", f"not understood: {text.strip()[:120]}")
    if mount.type in refused:
        return Verdict("not testable", f"this kernel knows no {mount.type}: {mount.where}")
    if not found:
        return Verdict("failed", f"nothing is mounted at {mount.where}")
    if not str(found.get("fstype", "")).startswith(mount.type):
        return Verdict("failed", f"{mount.where} is {found.get('fstype')}, not {mount.type}")
    there = set(str(found.get("options", "")).split(","))
    missing = [option for option in mount.options if option not in there]
    if missing:
        words = f"{mount.where} is mounted without {', '.join(missing)}"
        return Verdict("failed", f"{words}: changed options come with the next boot")
    if mount.read_only or told.get("same") is True:
        return PROVEN
    return Verdict("failed", f"{mount.where}: {told.get('error', 'what was written is not read')}")


def _mounting(node: NodeInputs, inputs: Inputs) -> bool:
    del node
    return bool(inputs.factory.mounts)


LOCAL_SCRATCH = Role(
    "local-scratch",
    "image",
    on_compute,
    "space for jobs on the node",
    ("node.scratch", "factory.system"),
    _scratch,
)
STORAGE_CLIENTS = Role(
    "storage-clients",
    "boot",
    _mounting,
    "the site's file systems",
    ("factory.mounts",),
    _mounts,
)

"""What a node runs to be tuned: Python 3.9 and nothing of ours, sent as it stands.

`read ROOT PARAMETERS` tells values, what a start would give, and which notes are in force;
`change ROOT < ORDER` sets values and keeps what they were; `boot ROOT` sets them again.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from millwright.adapters.tuningdevices import instances, set_value, value_of
from millwright.adapters.tuningfiles import changed_files, lay, persisted, rendered
from millwright.adapters.tuningkinds import Refused, has, mounts, plain, ran, read_file

HOME = "var/lib/millwright/tuning"
SCHEMA = "millwright.tuning-state/1"
EMPTY = {"schema": SCHEMA, "generation": 0, "boot_id": "", "saved": [], "pending": None, "made": []}
Told = dict[str, Any]


def main(words: list[str]) -> int:
    """`read ROOT PARAMETERS`, `change ROOT < ORDER`, `boot ROOT`."""
    verb, root = words[0], words[1]
    if verb == "read":
        told = read(root, json.loads(words[2]))
    elif verb == "change":
        told = change(root, json.load(sys.stdin))
    else:
        return boot(root)
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def state_of(root: str) -> Told:
    """Return what is kept of notes; nothing where there are none. Raises ValueError: torn."""
    try:
        with open(os.path.join(root, HOME, "state.json"), encoding="utf-8") as file:
            return dict(json.load(file))
    except FileNotFoundError:
        return dict(EMPTY)


def keep(root: str, state: Told) -> None:
    """See the state on the disk, whole or not at all; a node without notes keeps nothing."""
    folder = os.path.join(root, HOME)
    path = os.path.join(folder, "state.json")
    if not state["saved"] and state["pending"] is None:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
        return
    handle = os.open(path + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)


@contextlib.contextmanager
def alone(root: str) -> Iterator[list[str]]:
    """Be the only one who changes this node; yield the folders that had to be made.

    Those that are left in that list, and are empty at the end, go. Raises OSError where another
    change is under way.
    """
    folder, parent = os.path.join(root, HOME), os.path.dirname(HOME)
    made = [] if os.path.isdir(os.path.join(root, parent)) else [parent]
    os.makedirs(folder, mode=0o700, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield made
    finally:
        for empty in (HOME, *made):
            with contextlib.suppress(OSError):
                os.rmdir(os.path.join(root, empty))
        os.close(handle)


def places(state: Told) -> list[list[str]]:
    """Return the parameters that notes are over, begun changes counted."""
    rows = [*state["saved"], *(state["pending"] or [])]
    return [list(each) for each in sorted({(row["kind"], row["key"]) for row in rows})]


def read(root: str, wanted: list[list[str]]) -> Told:
    """Return everything that is known of the parameters that are wanted, and of those noted."""
    state = state_of(root)
    values, failed = [], []
    asked = [list(each) for each in sorted({(k, key) for k, key in [*wanted, *places(state)]})]
    for kind, key in asked:
        try:
            values += instances(root, kind, key)
        except Refused as error:
            failed.append([kind, key, str(error)])
    pending = state["pending"]
    shown = {"saved": folded(state["saved"]), "pending": pending and folded(pending)}
    return {
        "schema": "millwright.tuning-facts/1",
        "boot_id": boot_id(root),
        "values": folded(values),
        "failed": failed,
        "persisted": folded(persisted(root, asked, state["saved"])),
        "state": {**state, **shown},
        "files": changed_files(root, state),
        "host": host(root),
    }


def folded(rows: list[Told]) -> list[Told]:
    """Return rows that differ in their instance alone as one: hundreds of processors are alike."""
    found: dict[str, Told] = {}
    for row in rows:
        rest = {key: value for key, value in row.items() if key != "instance"}
        one = found.setdefault(json.dumps(rest, sort_keys=True), {**rest, "instances": []})
        one["instances"].append(row["instance"])
    return list(found.values())


def boot_id(root: str) -> str:
    """Return what names this start of the node."""
    return read_file(root + "proc/sys/kernel/random/boot_id")


def host(root: str) -> Told:
    """Return what kind of machine it is."""
    told: Told = {"virtual": "", "system": "", "server": "", "vendor": "", "mounts": []}
    with contextlib.suppress(Refused):
        told["virtual"] = "none"
        told["virtual"] = ran("systemd-detect-virt").strip()
    with contextlib.suppress(Refused):
        lines = read_file(root + "etc/os-release").splitlines()
        told["system"] = dict(line.partition("=")[::2] for line in lines).get("ID", "").strip('"')
    with contextlib.suppress(Refused):
        told["server"] = read_file(root + "sys/class/dmi/id/product_name")
    with contextlib.suppress(Refused):
        told["mounts"] = mounts(root)
    if glob.glob(root + "dev/nvidia[0-9]*") or has("nvidia-smi"):
        told["vendor"] = "nvidia"
    elif os.path.exists(root + "dev/kfd") or has("amd-smi"):
        told["vendor"] = "amd"
    return told


def change(root: str, order: Told) -> Told:
    """Set what is ordered and keep it: what was there before is on the disk before it is gone."""
    with alone(root) as made:
        state = state_of(root)
        if state["generation"] != order["generation"]:
            return {"refused": "its notes were changed since they were looked at", "writes": []}
        made += [each for each in state["made"] if each not in made]
        by_hand = [] if order["force"] else changed_files(root, state)
        keep(root, {**state, "pending": order["saved"], "made": made})
        writes = [write(root, each) for each in order["writes"]]
        saved = settled(known(state), order["saved"], writes)
        wrong = lay(root, rendered(saved), (made, order["program"]), by_hand)
        after = {**state, "generation": state["generation"] + 1, "boot_id": boot_id(root)}
        keep(root, {**after, "saved": saved, "pending": None, "made": made})
        return {"refused": "", "writes": writes, "files": wrong, "saved": saved}


def write(root: str, order: Told) -> Told:
    """Set one instance, unless somebody else did meanwhile; tell how that ended.

    Where the kernel makes something else of a value, or refuses it, what was there before is set
    again: nothing is left that nobody keeps a record of.
    """
    place = (order["kind"], order["key"], order["instance"])
    told = {"kind": place[0], "key": place[1], "instance": place[2]}
    try:
        before = value_of(root, place)
    except Refused as error:
        return {**told, "ended": "failed", "value": "", "reason": str(error)}
    if plain(before) == plain(order["set"]):
        return {**told, "ended": "set", "value": before}
    if plain(before) not in [plain(each) for each in order["expect"]] and not order["force"]:
        return {**told, "ended": "changed", "value": before}
    try:
        set_value(root, place, order["set"])
        now = value_of(root, place)
        reason = "" if plain(now) == plain(order["set"]) else "the kernel makes it " + now
    except Refused as error:
        now, reason = before, str(error)
    if not reason:
        return {**told, "ended": "set", "value": now}
    with contextlib.suppress(Refused):
        set_value(root, place, before)
    return {**told, "ended": "failed", "value": before, "reason": reason}


def known(state: Told) -> list[Told]:
    """Return everything that is kept, what a begun change had kept by then counted."""
    rows = {(r["kind"], r["key"], r["instance"]): r for r in state["pending"] or []}
    rows.update({(r["kind"], r["key"], r["instance"]): r for r in state["saved"]})
    return list(rows.values())


def settled(former: list[Told], meant: list[Told], writes: list[Told]) -> list[Told]:
    """Return what is in force: what could not be set stays as it was kept before."""
    keys = ("kind", "key", "instance")
    bad = {tuple(each[k] for k in keys) for each in writes if each["ended"] != "set"}
    good = [row for row in meant if tuple(row[k] for k in keys) not in bad]
    return good + [row for row in former if tuple(row[k] for k in keys) in bad]


def boot(root: str) -> int:
    """Set what no file of the system's own sets; what does not go is told to the journal."""
    for row in state_of(root)["saved"]:
        if row["kind"] in ("sysctl", "module", "limit"):
            continue
        try:
            set_value(root, (row["kind"], row["key"], row["instance"]), row["value"])
        except Refused as error:
            sys.stderr.write(str(error) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

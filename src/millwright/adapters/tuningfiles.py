"""Files by which a node's notes outlive a start, and what others' files say: sent with the keeper.

Our files are written from what is in force alone, so that they can be told from what a hand made.
"""

from __future__ import annotations

import contextlib
import fnmatch
import glob
import os
from typing import Any

from millwright.adapters.tuningkinds import Refused, ran, read_file

SYSCTL = "etc/sysctl.d/95-millwright-notes.conf"
MODULES = "etc/modprobe.d/zz-millwright-notes.conf"
LIMITS = "etc/security/limits.d/95-millwright-notes.conf"
MANAGERS = tuple(f"etc/systemd/{who}.conf.d/95-millwright-notes.conf" for who in ("system", "user"))
UNIT = "etc/systemd/system/millwright-notes.service"
LINK = "etc/systemd/system/multi-user.target.wants/millwright-notes.service"
PROGRAM = "usr/local/lib/millwright/tuning.py"
OURS = (SYSCTL, MODULES, LIMITS, *MANAGERS, UNIT)
HEAD = "# Written by millwright: tuning notes.\n"
SERVICE = """\
[Unit]
Description=Tuning notes of millwright
After=sysinit.target systemd-tmpfiles-setup.service network-online.target
After=nvidia-persistenced.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/python3 -I /usr/local/lib/millwright/tuning.py boot /

[Install]
WantedBy=multi-user.target
"""
UNITS = {"memlock": 1024, "stack": 1024}
Told = dict[str, Any]


def rendered(saved: list[Told]) -> dict[str, str]:
    """Return the files that say what is in force."""
    lines: dict[str, list[str]] = {}
    for row in saved:
        key, value = row["key"], " ".join(row["value"].split())
        if row["kind"] == "sysctl":
            lines.setdefault(SYSCTL, []).append(f"{key} = {value}")
        elif row["kind"] == "module":
            name, _, option = key.partition(".")
            lines.setdefault(MODULES, []).append(f"options {name} {option}={value}")
        elif row["kind"] == "limit":
            for who in ("*", "root"):
                lines.setdefault(LIMITS, []).append(f"{who} - {key} {value}")
            for path in MANAGERS:
                lines.setdefault(path, ["[Manager]"]).append(default_limit(key, value))
        else:
            lines[UNIT] = [HEAD + SERVICE.rstrip()]
    return {path: "\n".join([HEAD.rstrip(), *told]) + "\n" for path, told in lines.items()}


def default_limit(key: str, value: str) -> str:
    """Return a limit in systemd's words and units."""
    told = "infinity" if value == "unlimited" else str(int(value) * UNITS.get(key, 1))
    return f"DefaultLimit{key.upper()}={told}"


def changed_files(root: str, state: Told) -> list[str]:
    """Return files of ours that are not as we left them; of a begun change both are ours."""
    sets = [rendered(state["saved"])]
    if state["pending"] is not None:
        sets.append(rendered(state["pending"]))
    return [path for path in OURS if text_of(root, path) not in [each.get(path) for each in sets]]


def text_of(root: str, path: str) -> str | None:
    """Return what a file holds, None where there is none."""
    try:
        with open(root + path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def lay(
    root: str, files: dict[str, str], more: tuple[list[str], str], by_hand: list[str]
) -> list[str]:
    """Write our files, and take away those that nothing is said in any more; tell what failed.

    Those that are as a hand left them stay. `more` has the folders that had to be made, which go
    with the last file in them, and the program of the next start.
    """
    made, wrong = more[0], list[str]()
    for path in OURS:
        if text_of(root, path) == files.get(path):
            continue
        if path in by_hand:
            wrong.append(path + ": changed by hand; --force writes it anew")
            continue
        try:
            put(root, path, files.get(path), made)
            follow(root, path, files.get(path) is not None, more)
        except (OSError, Refused) as error:
            wrong.append(path + ": " + str(error))
    for folder in sorted(made, key=len, reverse=True):
        with contextlib.suppress(OSError):
            os.rmdir(root + folder)
            made.remove(folder)
    return wrong


def put(root: str, path: str, text: str | None, made: list[str]) -> None:
    """See a file on the disk, whole or not at all; without a text it goes."""
    if text is None:
        with contextlib.suppress(FileNotFoundError):
            os.remove(root + path)
        return
    make_room(root, path, made)
    fresh = root + path + ".tmp"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, root + path)


def make_room(root: str, path: str, made: list[str]) -> None:
    """See the folder of a file there; those that had to be made are added to `made`."""
    folder, missing = os.path.dirname(path), []
    while not os.path.isdir(root + folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        os.mkdir(root + each, 0o755)
        made.append(each)


def follow(root: str, path: str, there: bool, more: tuple[list[str], str]) -> None:
    """Have systemd know of a file that came or went."""
    made, program = more
    if path == UNIT:
        put(root, PROGRAM, program if there else None, made)
        if there and not os.path.islink(root + LINK):
            make_room(root, LINK, made)
            os.symlink("/" + UNIT, root + LINK)
        elif not there:
            with contextlib.suppress(FileNotFoundError):
                os.remove(root + LINK)
    if root == "/" and path in (UNIT, MANAGERS[0]):
        ran("systemctl", "daemon-reload" if path == UNIT else "daemon-reexec")


def persisted(root: str, asked: list[list[str]], saved: list[Told]) -> list[Told]:
    """Return what a start of the node would give to which instance, and who says so."""
    said = {"sysctl": sysctls(root), "module": options(root), "limit": limits(root)}
    rows = [
        start_gives(kind, key, "", said[kind][key])
        for kind, key in asked
        if kind in said and key in said[kind]
    ]
    enabled = os.path.islink(root + LINK)
    for row in saved:
        if row["kind"] not in said:
            told = (row["value"], "/" + UNIT) if enabled else ("", "")
            rows.append(start_gives(row["kind"], row["key"], row["instance"], told))
    ours = {(row["kind"], row["instance"]) for row in saved}
    keys = [key for kind, key in asked if kind == "sysfs"]
    late = written_late(root, keys)
    return rows + [row for row in late if ("sysfs", row["instance"]) not in ours]


def start_gives(kind: str, key: str, instance: str, told: tuple[str, str]) -> Told:
    """Return what a start gives, as it is told."""
    return {"kind": kind, "key": key, "instance": instance, "value": told[0], "by": told[1]}


def written_late(root: str, keys: list[str]) -> list[Told]:
    """Return what systemd writes into files of the kernel at a start, of parameters asked for."""
    rows = []
    for path, value, file in tmpfiles(root):
        for key in keys:
            if fnmatch.fnmatch("sys/" + key, path) or fnmatch.fnmatch(path, "sys/" + key):
                for each in glob.glob(root + path):
                    rows.append(start_gives("sysfs", key, each[len(root) :], (value, file)))
    return rows


def drops(root: str, name: str) -> list[str]:
    """Return files of a kind of folder as systemd reads them: by name, /etc before all others."""
    found: dict[str, str] = {}
    for place in ("etc", "run", "usr/local/lib", "usr/lib", "lib"):
        for path in glob.glob(root + place + "/" + name + "/*.conf"):
            found.setdefault(os.path.basename(path), path)
    return [found[base] for base in sorted(found)]


def lines_of(path: str) -> list[str]:
    """Return the lines of a file that say something."""
    try:
        lines = read_file(path).splitlines()
    except Refused:
        return []
    return [line.strip() for line in lines if line.strip() and line.strip()[0] not in "#;"]


def sysctls(root: str) -> dict[str, tuple[str, str]]:
    """Return what files of parameters say, the last one counting, and which file that is."""
    found: dict[str, tuple[str, str]] = {}
    for path in drops(root, "sysctl.d"):
        for line in lines_of(path):
            key, equals, value = line.lstrip("-").partition("=")
            if equals:
                name = key.strip().replace("/", ".")
                found[name] = (" ".join(value.split()), path[len(root) - 1 :])
    return found


def options(root: str) -> dict[str, tuple[str, str]]:
    """Return what files say of modules, and which file that is."""
    found: dict[str, tuple[str, str]] = {}
    for path in drops(root, "modprobe.d"):
        for line in lines_of(path):
            words = line.split()
            for word in words[2:] if words[0] == "options" else ():
                key, _, value = word.partition("=")
                found[words[1].replace("-", "_") + "." + key] = (value, path[len(root) - 1 :])
    return found


def limits(root: str) -> dict[str, tuple[str, str]]:
    """Return hard limits of everybody, and which file says so."""
    found: dict[str, tuple[str, str]] = {}
    folder = root + "etc/security/"
    for path in [folder + "limits.conf", *sorted(glob.glob(folder + "limits.d/*.conf"))]:
        for line in lines_of(path):
            words = line.split()
            if len(words) == 4 and words[0] == "*" and words[1] in ("-", "hard"):
                found[words[2]] = (words[3], path[len(root) - 1 :])
    return found


def tmpfiles(root: str) -> list[tuple[str, str, str]]:
    """Return what is written into files of the kernel at each start: path, value, who says so."""
    found = []
    for path in drops(root, "tmpfiles.d"):
        for line in lines_of(path):
            words = line.split(None, 6)
            if words[0].startswith("w") and len(words) == 7 and words[1].startswith("/sys/"):
                found.append((words[1][1:], words[6], path[len(root) - 1 :]))
    return found

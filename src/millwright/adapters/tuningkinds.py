"""How each kind of parameter is read and set on a node: Python 3.9 and nothing of ours, sent as it
stands together with the keeper.

Every value is a text. Commands are lists of words, each with a limit of time.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import resource
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

COMMAND_S = 20.0
CAP_SYS_RESOURCE = 24
WORD = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/*:@+-]*$")
DECIMAL = re.compile(r"^(\d+)\.0+$")
CHOSEN = re.compile(r"\[([^]]+)\]")
Found = dict[str, Any]
UNITS = {"memlock": 1024, "stack": 1024}
"""How many of the kernel's units one of limits.conf's is."""


class Refused(Exception):
    """A value that could not be read or set, with the reason."""


def ran(*words: str) -> str:
    """Return what a command prints. Raises Refused where it fails, hangs, or is not there."""
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError as error:
        raise Refused(words[0] + ": " + str(error.strerror)) from None
    try:
        out, _ = child.communicate(timeout=COMMAND_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
        raise Refused(f"{words[0]}: no end within {COMMAND_S:g} s") from None
    text = out.decode("utf-8", "replace")
    if child.returncode:
        raise Refused(words[0] + ": " + (text.strip().splitlines() or ["failed"])[-1][:200])
    return text


def read_file(path: str) -> str:
    """Return what a file says, without its last line end. Raises Refused."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(65536).rstrip("\n")
    except OSError as error:
        raise Refused(path + ": " + str(error.strerror)) from None


def write_file(path: str, text: str) -> None:
    """Have the kernel take a value. Raises Refused where it does not."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_TRUNC)
        try:
            os.write(handle, text.encode())
        finally:
            os.close(handle)
    except OSError as error:
        raise Refused(path + ": " + str(error.strerror)) from None


def plain(text: str) -> str:
    """Return a value as it is compared: blanks for tabs, 700 for 700.00."""
    return " ".join(DECIMAL.sub(r"\1", word) for word in text.split())


def sysctl_path(root: str, key: str) -> str:
    """Return the file of a key; a `/` in it stands for a `.` in the name of an interface."""
    return root + "proc/sys/" + key.translate(str.maketrans("./", "/."))


def sysctl(root: str, key: str) -> Iterator[Found]:
    """Yield a parameter of the kernel, as its file says it."""
    path = sysctl_path(root, key)
    if os.path.exists(path):
        yield {"instance": "", "value": read_file(path), "fixed": not os.access(path, os.W_OK)}


def sysfs(root: str, key: str) -> Iterator[Found]:
    """Yield files below /sys; of a list of words the chosen one counts."""
    for path in sorted(glob.glob(root + "sys/" + key)):
        text = read_file(path)
        among = [word.strip("[]") for word in text.split()] if CHOSEN.search(text) else []
        told = {"instance": path[len(root) :], "value": said_by("sysfs", text), "among": among}
        yield {**told, "fixed": not os.access(path, os.W_OK)}


def said_by(kind: str, text: str) -> str:
    """Return the value that a file's text says: of a list of words the chosen one."""
    if kind == "cstate":
        return "0" if text == "0" else "1"
    chosen = CHOSEN.search(text) if kind == "sysfs" else None
    return chosen[1] if chosen else text.strip()


def cstate(root: str, key: str) -> Iterator[Found]:
    """Sleep states of processors: those that wake up later than the key says are to be off."""
    for path in sorted(glob.glob(root + "sys/devices/system/cpu/cpu*/cpuidle/state*/disable")):
        latency = int(read_file(os.path.join(os.path.dirname(path), "latency")))
        value = said_by("cstate", read_file(path))
        ideal = "1" if latency > int(key) else "0"
        told = {"instance": path[len(root) :], "value": value, "ideal": ideal}
        yield {**told, "fixed": not os.access(path, os.W_OK)}


def module(root: str, key: str) -> Iterator[Found]:
    """Yield an option of a module that is loaded, MODULE.OPTION."""
    name, _, option = key.partition(".")
    path = root + "sys/module/" + name.replace("-", "_") + "/parameters/" + option
    if os.path.exists(path):
        yield {"instance": "", "value": read_file(path)}


def limit(root: str, key: str) -> Iterator[Found]:
    """What a session gets, and what the scheduler's daemon has: jobs inherit from it."""
    number = getattr(resource, "RLIMIT_" + key.upper())
    mine = shown(resource.getrlimit(number)[1], key)
    yield {"instance": "", "value": mine, "fixed": not may_raise(root)}
    for path in glob.glob(root + "proc/[0-9]*/comm"):
        with contextlib.suppress(Refused, OSError, ValueError):
            if read_file(path) in ("slurmd", "slurmstepd"):
                given = resource.prlimit(int(path.split("/")[-2]), number)[1]
                yield {"instance": "slurmd", "value": shown(given, key)}
                return


def may_raise(root: str) -> bool:
    """Return whether the kernel lets root raise limits here: not in containers without that."""
    held = re.search(r"CapEff:\s*([0-9a-f]+)", read_file(root + "proc/self/status"))
    return bool(held and int(held[1], 16) >> CAP_SYS_RESOURCE & 1)


def shown(number: int, key: str) -> str:
    """Return a limit in the words and units of limits.conf."""
    if number == resource.RLIM_INFINITY:
        return "unlimited"
    return str(number // UNITS.get(key, 1))


def cmdline(root: str, key: str) -> Iterator[Found]:
    """Yield the last value of a word that the kernel was started with."""
    words = [word.partition("=") for word in read_file(root + "proc/cmdline").split()]
    value = ([word[2] for word in words if word[0] == key] or [""])[-1]
    yield {"instance": "", "value": value, "fixed": True}


def package(root: str, key: str) -> Iterator[Found]:
    """Yield whether a package is installed; which version is what deploying pins."""
    if has("dpkg-query"):
        words = ("dpkg-query", "--show", "--showformat=${db:Status-Status}", key)
    else:
        words = ("rpm", "-q", "--queryformat=installed", key)
    try:
        status = ran(*words).strip()
    except Refused:
        status = ""
    yield {"instance": "", "value": "installed" if status == "installed" else "missing"}


def service(root: str, key: str) -> Iterator[Found]:
    """Yield whether a service runs."""
    try:
        value = ran("systemctl", "is-active", key).strip()
    except Refused as error:
        value = str(error).rpartition(": ")[2]
    yield {"instance": "", "value": "on" if value == "active" else "off"}


def mount(root: str, key: str) -> Iterator[Found]:
    """An option of mounts over NFS, by where they are mounted."""
    for place, options in mounts(root):
        told = dict(each.partition("=")[::2] for each in options)
        yield {"instance": place, "value": told.get(key, "" if key not in told else "yes")}


def mounts(root: str) -> list[tuple[str, list[str]]]:
    """Return mounts over NFS, with their options."""
    rows = [line.split() for line in read_file(root + "proc/self/mounts").splitlines()]
    return [(row[1], row[3].split(",")) for row in rows if row[2] in ("nfs", "nfs4")]


def has(program: str) -> bool:
    """Return whether a program is there."""
    places = os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"]
    return any(os.access(os.path.join(place, program), os.X_OK) for place in places if place)

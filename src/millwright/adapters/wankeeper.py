"""What a host runs in a drill without WAN: Python 3.9 and nothing of ours, sent as it stands.

`look < ORDER` tries what the host depends on; `cut < ORDER` first arms what undoes the cut, and
cuts only where that stands; `uncut NAME` undoes it now; `beats NAME` tells when a drill's job beat.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

TABLE = "millwright_drill"
NAME = re.compile(r"drl-[0-9]{8}-[0-9]{6}")
URL = re.compile(r"\b(https?)://(?:[^\s/@]*@)?([A-Za-z0-9.-]+)(?::([0-9]+))?")
"""A host and its port; who logs in there, and with what, is read over and told to nobody."""
BEATS = "/var/tmp/%s.beats"
Row = dict[str, Any]


def main(words: list[str]) -> int:
    """`look < ORDER`, `cut < ORDER`, `uncut NAME`, `beats NAME`."""
    # A resolver that is cut off is not waited for as long as it would be.
    os.environ["RES_OPTIONS"] = "timeout:2 attempts:1"
    verbs: dict[str, Callable[[], Any]] = {
        "look": lambda: look(json.load(sys.stdin)),
        "cut": lambda: cut(json.load(sys.stdin)),
        "uncut": lambda: uncut(words[1]),
        "beats": lambda: beats(words[1]),
    }
    sys.stdout.write(json.dumps(verbs[words[0]]()) + "\n")
    return 0


def ran(words: list[str], seconds: float = 8.0, given: str | None = None) -> tuple[int, str]:
    """Return status and output of a command; 127 where it is not there, 124 where it hangs."""
    try:
        done = subprocess.run(
            words, input=given, capture_output=True, text=True, timeout=seconds, check=False
        )
        return done.returncode, (done.stdout if done.returncode == 0 else done.stderr).strip()
    except FileNotFoundError:
        return 127, f"{words[0]} is not there"
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {seconds:g} s"


def reaches(host: str, port: int, seconds: float = 3.0) -> tuple[bool, str]:
    """Return whether somebody answers there, and at which address it was tried."""
    try:
        with socket.create_connection((host, port), seconds) as there:
            return True, str(there.getpeername()[0])
    except OSError as error:
        return False, str(error)[:120]


def look(order: Row) -> Row:
    """Try everything side by side; a try that hangs costs its own time alone."""
    tries: list[tuple[str, str, bool, Callable[[], tuple[bool, str]]]] = [
        *inner(order), *outer(),
    ]  # fmt: skip
    began = time.time()
    with concurrent.futures.ThreadPoolExecutor(max(1, len(tries))) as pool:
        found = list(pool.map(lambda each: each[3](), tries))
    rows = [
        {"name": name, "what": what, "outside": outside, "ok": ok, "told": told[:200]}
        for (name, what, outside, _), (ok, told) in zip(tries, found, strict=True)
    ]
    return {"at": began, "took_s": round(time.time() - began, 2), "rows": rows, "cut": is_cut()}


Try = tuple[str, str, bool, Callable[[], tuple[bool, str]]]


def inner(order: Row) -> Iterator[Try]:
    """Yield what the site itself has: it has to go on."""
    for host in order["hosts"]:
        yield f"name:{host}", f"the name {host}", False, partial(resolved, host)
    if has("scontrol"):
        yield "scheduler", "the scheduler answers", False, partial(said, ["scontrol", "ping"], "UP")
    if has("chronyc"):
        yield "time", "time is kept", False, clock
    for path in order["mounts"]:
        yield f"mount:{path}", f"files at {path}", False, partial(mounted, path)
    for name, host, port in order["ports"]:
        what = f"{name} at {host}:{port}"
        yield f"{name}:{host}", what, False, partial(reaches, host, port)
    yield from people(order)


def people(order: Row) -> Iterator[Try]:
    """Yield what knows users and counts what they use."""
    if has("sacctmgr") and order["head"]:
        words = ["sacctmgr", "--noheader", "--parsable2", "show", "cluster"]
        yield "accounting", "accounting answers", False, partial(said, words, "|")
        yield "licences", "the scheduler's licences", False, licences
    if probe := order["probe"]:
        words_of = ["getent", "passwd", probe]
        yield "identity", f"the directory knows {probe}", False, partial(said, words_of, ":")


def outer() -> Iterator[Try]:
    """Yield what is behind the WAN by this host's own settings: it stops, and is named."""
    for scheme, host, port in sorted(sources()):
        number = int(port) if port else {"http": 80, "https": 443}[scheme]
        what = f"packages or images from {host}"
        yield f"registry:{host}", what, True, partial(reaches, host, number)
    for server in sorted(resolvers()):
        yield f"dns:{server}", f"the resolver {server}", True, partial(asked, server)
    licence = setting("/etc/nvidia/gridd.conf", "ServerAddress")
    if licence:
        number = int(setting("/etc/nvidia/gridd.conf", "ServerPort") or 7070)
        what = f"the licence server {licence}"
        yield f"licence:{licence}", what, True, partial(reaches, licence, number)


def has(tool: str) -> bool:
    """Return whether a tool is there."""
    return shutil.which(tool) is not None


def said(words: list[str], wanted: str) -> tuple[bool, str]:
    """Return whether a command answers with a word in it."""
    status, told = ran(words)
    return status == 0 and wanted in told, told.partition("\n")[0]


def resolved(host: str) -> tuple[bool, str]:
    """Return whether a name is known, asked as programs do."""
    status, told = ran(["getent", "ahosts", host])
    return status == 0 and bool(told), told.partition(" ")[0] or "not known"


def licences() -> tuple[bool, str]:
    """Return whether the scheduler tells of licences, none being an answer too."""
    status, told = ran(["scontrol", "--oneliner", "show", "licenses"])
    return status == 0, told.partition("\n")[0] or "none are counted"


def clock() -> tuple[bool, str]:
    """Return whether the clock follows somebody, or is the one that others follow."""
    status, told = ran(["chronyc", "-c", "tracking"])
    cells = told.split(",")
    if status != 0 or len(cells) < 14:
        return False, told
    return cells[-1] != "Not synchronised", f"{cells[-1]}, stratum {cells[2]}, from {cells[1]}"


def mounted(path: str) -> tuple[bool, str]:
    """Return whether files can be listed at a mount."""
    status, told = ran(["ls", "-d", "--", f"{path}/."])
    return status == 0 and os.path.ismount(path), told or "nothing is mounted there"


def sources() -> set[tuple[str, str, str]]:
    """Return where packages and images come from by this host's own settings."""
    found: set[tuple[str, str, str]] = set()
    for pattern in (
        "/etc/apt/sources.list", "/etc/apt/sources.list.d/*", "/etc/yum.repos.d/*.repo",
        "/etc/containers/registries.conf", "/etc/enroot/enroot.conf",
    ):  # fmt: skip
        for path in glob.glob(pattern):
            with contextlib.suppress(OSError), open(path, errors="replace") as file:
                for line in file:
                    if not line.lstrip().startswith("#"):
                        found |= set(URL.findall(line))
    return found


def resolvers() -> set[str]:
    """Return the name servers of this host that are elsewhere."""
    found = set()
    for path in ("/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"):
        with contextlib.suppress(OSError), open(path, errors="replace") as file:
            for line in file:
                words = line.split()
                if len(words) > 1 and words[0] == "nameserver" and words[1][:4] != "127.":
                    found.add(words[1])
    return found


QUERY = b"\x4d\x57\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01"
"""A question for the root's name servers: every resolver knows them."""


def asked(server: str) -> tuple[bool, str]:
    """Return whether a name server answers a question at all."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as there:
            there.settimeout(3.0)
            there.connect((server.partition("%")[0], 53))
            there.send(QUERY)
            return len(there.recv(4096)) > 12, "it answers"
    except OSError as error:
        return False, str(error)[:120]


def setting(path: str, key: str) -> str:
    """Return a setting of a file of KEY=VALUE lines; nothing where it has none."""
    with contextlib.suppress(OSError), open(path, errors="replace") as file:
        for line in file:
            name, _, value = line.partition("=")
            if name.strip() == key:
                return value.strip()
    return ""


def is_cut() -> bool | None:
    """Return whether the drill's table of rules stands; None where nft does not tell. A host
    without nft was never cut."""
    status, told = ran([tool("nft"), "list", "tables"])
    if status == 127:
        return False
    return f"table inet {TABLE}" in told.splitlines() if status == 0 else None


def tool(name: str) -> str:
    """Return where a tool is, in folders of the administrator too."""
    found = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
    return found or name


def cut(order: Row) -> Row:
    """Arm the undoing, see that it stands, and only then lay the rules."""
    name, seconds = checked(order["name"]), int(order["seconds"])
    stands = is_cut()
    if stands is not False:
        told = "a cut stands already" if stands else "nft does not tell which rules stand"
        return {"cut": False, "told": told}
    unit = f"millwright-{name}"
    words = [
        "systemd-run", "--quiet", "--collect", f"--unit={unit}", f"--on-active={seconds}s",
        "--timer-property=AccuracySec=100ms", tool("nft"), "delete", "table", "inet", TABLE,
    ]  # fmt: skip
    status, told = ran(words)
    if status != 0:
        return {"cut": False, "told": f"nothing would undo it: {told[:200]}"}
    status, told = ran(["systemctl", "is-active", f"{unit}.timer"])
    if status != 0 or told != "active":
        return {"cut": False, "told": f"the timer that undoes it does not run: {told[:200]}"}
    status, told = ran([tool("nft"), "-f", "-"], given=order["rules"])
    if status != 0:
        # Rules that were laid after all are undone by the timer still.
        if is_cut() is False:
            ran(["systemctl", "stop", f"{unit}.timer"])
        return {"cut": False, "told": f"the rules are refused: {told[:300]}"}
    return {"cut": is_cut(), "at": time.time(), "told": f"{unit}.timer undoes it in {seconds} s"}


def uncut(name: str) -> Row:
    """Undo the cut, whoever asks how often; a timer that is left is stopped afterwards."""
    unit, stood = f"millwright-{checked(name)}", is_cut()
    undo = [tool("nft"), "delete", "table", "inet", TABLE]
    told = ran(undo)[1] if stood is not False else ""
    left = is_cut()
    # The timer goes only once it is seen that there is nothing left to undo.
    if left is False:
        ran(["systemctl", "stop", f"{unit}.timer"])
    return {"stood": stood, "cut": left, "told": told[:200]}


def checked(name: str) -> str:
    """Return the name of a drill. Raises ValueError where it is none."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} names no drill")
    return name


def beats(name: str) -> Row:
    """Tell when a drill's job beat, and let its file go."""
    path = BEATS % checked(name)
    found: list[float] = []
    with contextlib.suppress(OSError), open(path, errors="replace") as file:
        for line in file:
            with contextlib.suppress(ValueError):
                found.append(float(line))
    with contextlib.suppress(OSError):
        os.remove(path)
    return {"beats": found[-20_000:]}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

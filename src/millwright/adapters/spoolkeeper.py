"""What runs on a node to keep jobs alive: Python 3.9 and nothing of ours, sent as it stands.

`tend` reads an order in JSON and tells how jobs stand; each job is a process of systemd's, in a
folder of its own below the spool: its order, what it printed, how it ended. `run` is that process.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from typing import IO, Any

BOOT_ID = "/proc/sys/kernel/random/boot_id"
SYSTEMD = "/run/systemd/system"
STREAM_BYTES = 4 << 20
PATIENCE_S = 5.0
YOUNG_S = 30.0
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Told = dict[str, Any]


def main(words: list[str]) -> int:
    """`tend ROOT < ORDER`, or `run FOLDER`."""
    if words[:1] == ["run"]:
        return run(words[1])
    sys.stdout.write(json.dumps(tend(words[1], json.load(sys.stdin))) + "\n")
    return 0


def boot_id() -> str:
    """Return what names this start of the node."""
    with open(BOOT_ID, encoding="ascii") as file:
        return file.read().strip()


def tend(root: str, order: Told) -> Told:
    """End, begin and forget as ordered; tell how what is asked for stands.

    What begins may want the port of what ends, and later the name of what is forgotten.
    """
    os.makedirs(root, mode=0o700, exist_ok=True)
    os.chmod(root, 0o700)
    end([place(root, key) for key in order["end"]], PATIENCE_S if order["begin"] else 0.0)
    for job in order["begin"]:
        begin(root, job, order)
    end([place(root, key) for key in order["forget"]], PATIENCE_S)
    for key in order["forget"]:
        shutil.rmtree(place(root, key), ignore_errors=True)
    if order["forget"] and os.listdir(root) == ["keeper.py"]:
        shutil.rmtree(root, ignore_errors=True)
    keys = [*(job["key"] for job in order["begin"]), *order["ask"]]
    return {"boot_id": boot_id(), "units": {key: told(place(root, key)) for key in keys}}


def place(root: str, key: str) -> str:
    """Return the folder of a job. Raises ValueError where its key is no name."""
    if not key or not all(c.isalnum() or c in "-_." for c in key) or key.startswith("."):
        raise ValueError("no key: " + repr(key))
    return os.path.join(root, key)


def begin(root: str, job: Told, order: Told) -> None:
    """Begin a job that nobody began before, or lay it ready where jobs are held; `order` says so,
    and whether systemd keeps it."""
    folder = place(root, job["key"])
    if not order.get("held") and told(folder)["state"] == "waits":
        shutil.rmtree(folder)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return
    os.mkdir(os.path.join(folder, "work"), 0o700)
    for name, text in job["files"].items():
        put(os.path.join(folder, "work", os.path.basename(name)), text)
    put(os.path.join(root, "keeper.py"), order["keeper"])
    here = {"boot_id": boot_id(), "held": bool(order.get("held"))}
    put(os.path.join(folder, "order.json"), json.dumps({**job, **here}))
    words = [sys.executable or "python3", "-I", os.path.join(root, "keeper.py"), "run", folder]
    named = unit(folder) if order["systemd"] and os.path.isdir(SYSTEMD) else ""
    if wrong := "" if order.get("held") else start(words, named):
        finish(folder, {"ended": "lost", "exit_status": None, "reason": wrong})


def unit(folder: str) -> str:
    """Return the name that systemd knows a job by."""
    return "-".join(["millwright", *folder.rstrip("/").split("/")[-2:]])


def start(words: list[str], name: str) -> str:
    """Start a process that outlives this one, a service if it has a name; return what failed."""
    if name:
        asked = ["systemd-run", "--quiet", "--collect", "--unit=" + name]
        asked += ["--property=KillMode=control-group", "--property=TimeoutStopSec=10", "--", *words]
        done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.stderr.decode("utf-8", "replace").strip()[:300] if done.returncode else ""
    quiet = subprocess.DEVNULL
    subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    return ""


def put(path: str, text: str) -> None:
    """See a file on the disk, whole or not at all."""
    fresh = path + ".tmp"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def finish(folder: str, result: Told) -> None:
    """Keep how a job ended; whatever it left in its folder goes."""
    shutil.rmtree(os.path.join(folder, "work"), ignore_errors=True)
    put(os.path.join(folder, "result.json"), json.dumps({**result, "boot_id": boot_id()}))


def read(folder: str, name: str) -> Told:
    """Return what a file says; nothing where it is not there or torn."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def told(folder: str) -> Told:
    """Return how a job stands; with its output where it is done."""
    result, begun, order = (read(folder, f"{n}.json") for n in ("result", "begun", "order"))
    if result:
        outputs = {name: output(folder, name) for name in ("stdout", "stderr")}
        return {"state": "done", **result, **outputs}
    if not os.path.isdir(folder):
        return {"state": "none"}
    if not order and time.time() - os.stat(folder).st_mtime < YOUNG_S:
        return {"state": "begins"}
    boot = begun.get("boot_id") or order.get("boot_id", "")
    if order.get("held") and not begun:
        return {"state": "waits"}
    if boot == boot_id() and begun and lives(int(begun["pid"]), str(begun["since"])):
        return {"state": "runs", "boot_id": boot}
    if boot == boot_id() and not begun and time.time() - os.stat(folder).st_mtime < YOUNG_S:
        return {"state": "begins", "boot_id": boot}
    return {"state": "gone", "boot_id": boot}


def output(folder: str, name: str) -> str:
    """Return what a job printed, as JSON can carry it."""
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return base64.b64encode(file.read(STREAM_BYTES)).decode("ascii")
    except OSError:
        return ""


def since(pid: int) -> str:
    """Return when a process began, in the kernel's ticks: a number that comes again has another."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[19]


def lives(pid: int, begun: str) -> bool:
    """Return whether that very process is there still."""
    try:
        return since(pid) == begun
    except (OSError, IndexError):
        return False


def end(folders: list[str], wait_s: float) -> None:
    """End jobs that run, and wait so long at most until they have."""
    for pid in filter(None, map(runs, folders)):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + wait_s
    while any(map(runs, folders)) and time.monotonic() < deadline:
        time.sleep(0.05)


def runs(folder: str) -> int:
    """Return the process that keeps a job; 0 where it is at its end, or was never begun."""
    begun = read(folder, "begun.json")
    if begun and not read(folder, "result.json") and lives(int(begun["pid"]), str(begun["since"])):
        return int(begun["pid"])
    return 0


def run(folder: str) -> int:
    """Run a job to its end, or to its limit, and keep how it ended."""
    order = read(folder, "order.json")
    here = {"pid": os.getpid(), "since": since(os.getpid()), "boot_id": boot_id()}
    put(os.path.join(folder, "begun.json"), json.dumps(here))
    begun, began = time.monotonic(), round(time.time(), 3)
    try:
        process = subprocess.Popen(
            order["argv"],
            cwd=os.path.join(folder, "work"),
            env={"PATH": PATH, "LC_ALL": "C", "HOME": "/root", **order["settings"]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        put(os.path.join(folder, "stderr"), f"{order['argv'][0]}: {error.strerror}\n")
        finish(folder, {"ended": "exit", "exit_status": 127, "duration_s": 0, "dropped": 0})
        return 0
    ended_by: list[int] = []

    def told_to_end(number: int, _: object) -> None:
        ended_by.append(number)
        stop(process, signal.SIGTERM)

    signal.signal(signal.SIGTERM, told_to_end)
    result = watched(folder, process, begun + float(order["limit_s"]))
    if ended_by:
        result.update(ended="signal", exit_status=None, reason="it was told to end from outside")
    result["dropped"] += written(folder, order.get("output") or "")
    finish(folder, {**result, "duration_s": round(time.monotonic() - begun, 3), "began": began})
    return 0


def watched(folder: str, process: subprocess.Popen[bytes], deadline: float) -> Told:
    """Keep what a process prints until it ends or its time is over; return how it ended."""
    dropped, late = 0, False
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("stdout", process.stdout), ("stderr", process.stderr)):
            assert pipe is not None
            file = open(os.path.join(folder, name), "wb")  # noqa: SIM115
            selector.register(pipe, selectors.EVENT_READ, file)
        while selector.get_map() and time.monotonic() < deadline + 2 * PATIENCE_S:
            if not late and time.monotonic() >= deadline:
                late = True
                stop(process, signal.SIGTERM)
            if time.monotonic() >= deadline + PATIENCE_S:
                stop(process, signal.SIGKILL)
            if process.poll() is not None and not selector.select(0):
                break
            dropped += taken(selector)
        for key in list(selector.get_map().values()):
            key.data.close()
    return {**ending(process, late), "dropped": dropped}


def written(folder: str, name: str) -> int:
    """Put what a job wrote into a file behind what it printed; return how much was too much."""
    if not name:
        return 0
    path = os.path.join(folder, "work", os.path.basename(name))
    with contextlib.suppress(OSError), open(path, "rb") as file:
        with open(os.path.join(folder, "stdout"), "ab") as printed:
            printed.write(file.read(max(0, STREAM_BYTES - printed.tell())))
        return max(0, os.fstat(file.fileno()).st_size - file.tell())
    return 0


def taken(selector: selectors.BaseSelector) -> int:
    """Take what waits in the pipes; return how many bytes were too many."""
    dropped = 0
    for key, _ in selector.select(0.5):
        file: IO[bytes] = key.data
        chunk = os.read(key.fd, 1 << 16)
        if not chunk:
            selector.unregister(key.fileobj)
            file.close()
            continue
        room = max(0, STREAM_BYTES - file.tell())
        file.write(chunk[:room])
        dropped += max(0, len(chunk) - room)
    return dropped


def ending(process: subprocess.Popen[bytes], late: bool) -> Told:
    """Return how a process ended; one that nothing ends is late as well."""
    try:
        status = process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        return {"ended": "timeout", "exit_status": None, "reason": "nothing ends it, not even KILL"}
    if late:
        return {"ended": "timeout", "exit_status": None, "reason": "did not end in its time"}
    if status < 0:
        return {"ended": "signal", "exit_status": None, "reason": f"ended by signal {-status}"}
    return {"ended": "exit", "exit_status": status, "reason": ""}


def stop(process: subprocess.Popen[bytes], how: int) -> None:
    """End a process and those that it started."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, how)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

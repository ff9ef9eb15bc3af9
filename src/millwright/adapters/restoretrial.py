"""What the head runs in a drill of its restore: Python 3.9 and nothing of ours, sent as it stands.

`trial NAME` unpacks a backup beside what runs and starts a second controller from it, in networks
and processes of its own, where it reaches nobody; then both are asked for the same things. `inside`
is the part that runs in there. What runs on the head is only asked.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any

SETTINGS = "/etc/millwright/backup.json"
NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
SCRATCH = "millwright-trial-"
STARTS_S = 90.0
OWN = ("statesavelocation", "slurmctldpidfile", "slurmctldlogfile", "slurmctldsyslogdebug",
       "mailprog")  # fmt: skip
"""Keys that the second controller has its own values of, in small letters. Without a MailProg it
would take the host's own, and write to people of jobs that it cannot start."""
SILENT = re.compile(
    r"(Prolog|Epilog)Slurmctld|Resv(Prolog|Epilog)|\w*Program|SlurmctldPrimary\w+|JobComp\w+"
    r"|BurstBufferType|SlurmSchedLogFile",
    re.IGNORECASE,
)
"""Keys that it does without: whatever would run something, or write where the first one does. The
accounting that it would tell is not there: it starts from what it last knew, as a head does whose
database is late."""
HOME = "/etc/slurm/"
DEEPEST = 8
KNOWN: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
Told = dict[str, Any]


class Refused(Exception):
    """What keeps the trial from being made."""


def main(words: list[str]) -> int:
    """`trial NAME`, or `inside SCRATCH ADDRESS`."""
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        told = trial(words[1]) if words[0] == "trial" else inside(words[1], words[2])
    except (Refused, OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        told = {"ok": False, "problem": str(error)[:500] or repr(error)}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def ran(words: list[str], seconds: float = 20.0, conf: str = "") -> str:
    """Return the output of a command. Raises Refused where it fails."""
    settings = {**os.environ, **({"SLURM_CONF": conf} if conf else {})}
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=seconds, env=settings, check=False
    )
    if done.returncode:
        raise Refused(f"{' '.join(words[:3])}: {done.stderr.strip()[-300:]}")
    return done.stdout


def trial(name: str) -> Told:
    """Restore a backup beside what runs, and set both side by side."""
    if not NAME.fullmatch(name):
        raise Refused(f"{name!r} is no backup's name")
    with open(SETTINGS, encoding="utf-8") as file:
        settings = json.load(file)
    for left in os.listdir("/var/tmp"):
        if left.startswith(SCRATCH):
            shutil.rmtree(os.path.join("/var/tmp", left), ignore_errors=True)
    live = pictured("")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir="/var/tmp") as scratch:
        unpack(os.path.join(settings["folder"], name), scratch, settings)
        address = socket.gethostbyname(socket.gethostname())
        words = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
        words += [sys.executable, "-Ic", source(), "inside", scratch, address]
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=STARTS_S + 60, check=False
        )
        if done.returncode or not done.stdout.strip():
            raise Refused(f"no room of its own: {done.stderr.strip()[-300:]}")
        restored = json.loads(done.stdout)
    if not restored.get("ok", False):
        return {"ok": False, "problem": restored.get("problem", "it told nothing")}
    return {
        "ok": True,
        "answered_in_s": round(restored["answered_at"] - began, 2),
        "period_h": settings["period_h"],
        "live": live,
        "restored": restored["picture"],
    }


def source() -> str:
    """Return this program as it was given to Python."""
    with open("/proc/self/cmdline", "rb") as file:
        return file.read().split(b"\0")[2].decode()


def unpack(place: str, scratch: str, settings: Told) -> None:
    """Unpack state and configuration, and have the configuration point at the scratch alone."""
    os.chmod(scratch, 0o755)
    folders = {"state.tar.gz": "state", "configuration.tar.gz": "etc"}
    for part, folder in folders.items():
        target = os.path.join(scratch, folder)
        os.mkdir(target, 0o755)
        with tarfile.open(os.path.join(place, part)) as tar:
            for member in tar.getmembers():
                if member.name.startswith(("/", "..")) or "/../" in member.name:
                    raise Refused(f"{part} holds {member.name}, which leads out of it")
            tar.extractall(target, **KNOWN)
    state = os.path.join(scratch, "state", os.path.basename(settings["state"].rstrip("/")))
    for trigger in ("trigger_state", "trigger_state.old"):
        # Triggers run programs of their own.
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(state, trigger))
    conf = os.path.join(scratch, "etc", "slurm", "slurm.conf")
    with open(conf, encoding="utf-8") as file:
        lines = inlined(file.read(), os.path.dirname(conf))
        text, user = rewritten(lines, scratch, state)
    with open(conf, "w", encoding="utf-8") as file:
        file.write(text)
    os.mkdir(os.path.join(scratch, "run"), 0o755)
    owned(scratch, user)


def inlined(text: str, folder: str, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a configuration with those of the files that it includes, as the backup
    has them: what they would run is left out as well. Raises Refused where it has them not."""
    for line in text.replace("\\\n", "").splitlines():
        words = line.split()
        if len(words) < 2 or words[0].lower() != "include":
            yield line
            continue
        path = os.path.normpath(os.path.join(folder, words[1].removeprefix(HOME)))
        if not path.startswith(folder + os.sep) or depth == DEEPEST or not os.path.isfile(path):
            raise Refused(f"slurm.conf includes {words[1]}, which the backup does not hold")
        with open(path, encoding="utf-8") as file:
            yield from inlined(file.read(), folder, depth + 1)


def rewritten(lines: Iterable[str], scratch: str, state: str) -> tuple[str, str]:
    """Return a configuration that reaches nobody and keeps everything in the scratch, and whose
    user it names. Slurm reads keys in any letters, with blanks around the sign."""
    kept, user = [], "root"
    for line in lines:
        key, _, value = line.partition("=")
        key = key.strip()
        if key.lower() == "slurmuser":
            user = value.strip().split("(")[0]
        if key.lower() in OWN or SILENT.fullmatch(key):
            continue
        kept.append(line)
    run = os.path.join(scratch, "run")
    kept += [f"StateSaveLocation={state}", f"SlurmctldPidFile={run}/slurmctld.pid"]
    kept += [f"SlurmctldLogFile={run}/slurmctld.log", "MailProg=/bin/true"]
    return "\n".join(kept) + "\n", user


def owned(scratch: str, user: str) -> None:
    """Give everything in the scratch to the user that the controller runs as."""
    entry = pwd.getpwnam(user)
    for folder, _, files in os.walk(scratch):
        for path in (folder, *(os.path.join(folder, each) for each in files)):
            os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def inside(scratch: str, address: str) -> Told:
    """Start the second controller where it reaches nobody, and ask it."""
    ran(["ip", "link", "set", "lo", "up"])
    ran(["ip", "address", "add", f"{address}/32", "dev", "lo"])
    conf = os.path.join(scratch, "etc", "slurm", "slurm.conf")
    with open(os.path.join(scratch, "run", "out"), "wb") as out:
        daemon = subprocess.Popen(["slurmctld", "-D", "-f", conf], stdout=out, stderr=out)
        try:
            deadline = time.monotonic() + STARTS_S
            while True:
                try:
                    ran(["scontrol", "show", "partition"], 10.0, conf)
                    answered = time.monotonic()
                    return {"ok": True, "answered_at": answered, "picture": pictured(conf)}
                except (Refused, subprocess.TimeoutExpired) as error:
                    if daemon.poll() is not None or time.monotonic() > deadline:
                        raise Refused(f"{error}; {last_words(scratch)}") from None
                    time.sleep(0.3)
        finally:
            daemon.terminate()
            try:
                daemon.wait(15)
            except subprocess.TimeoutExpired:
                daemon.kill()


def last_words(scratch: str) -> str:
    """Return how the log of the second controller ends."""
    for name in ("slurmctld.log", "out"):
        try:
            with open(os.path.join(scratch, "run", name), errors="replace") as file:
                lines = [line.strip() for line in file if line.strip()]
        except OSError:
            continue
        if lines:
            return " | ".join(lines[-3:])[-300:]
    return "it wrote nothing"


def pictured(conf: str) -> Told:
    """Return what a controller knows: jobs that have not ended, nodes, partitions, reservations."""
    jobs = ran(["squeue", "--noheader", "--states=PD,R,S,CG", "--format=%i %T"], conf=conf)
    nodes = ran(["sinfo", "--noheader", "--Node", "--format=%N"], conf=conf)
    parts = ran(["sinfo", "--noheader", "--format=%R"], conf=conf)
    held = ran(["scontrol", "--oneliner", "show", "reservation"], conf=conf)
    return {
        "jobs": sorted({line.split()[0] for line in jobs.splitlines() if line.strip()}),
        "nodes": sorted(set(nodes.split())),
        "partitions": sorted(set(parts.split())),
        "reservations": sorted(re.findall(r"ReservationName=(\S+)", held)),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

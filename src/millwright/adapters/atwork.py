"""Which process carries a drill out now, so that somebody else may order it to end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError

FILE = "drill.process"
_STARTED = 19
"""Where a process's start stands in its `stat`, counted from the field after its name."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process on this machine that carries out a drill."""

    drill: str
    pid: int

    def end(self) -> None:
        """Order it to end, as Ctrl-C does. Raises MillwrightError where that is not allowed."""
        try:
            os.kill(self.pid, signal.SIGTERM)
        except ProcessLookupError:
            return
        except PermissionError:
            raise MillwrightError(
                f"{self.drill} is carried out by process {self.pid}, which is another user's",
                hint=f"have its user or root stop it: kill {self.pid}",
            ) from None


@contextlib.contextmanager
def at_work(workspace: Workspace, drill: str) -> Iterator[None]:
    """Leave word of this process while it carries out a drill."""
    path = workspace.root / FILE
    pid = os.getpid()
    told = {"drill": drill, "pid": pid, "boot": _boot(), "started": _started(pid)}
    workspace.replace_files({path: writing(json.dumps(told).encode() + b"\n")})
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def worker_of(workspace: Workspace) -> Worker | None:
    """Return the process that carries a drill out, where it lives and is the very one that left
    word: a number is given to another process one day. None where nobody is at work here."""
    try:
        told = json.loads((workspace.root / FILE).read_bytes())
        drill, pid = str(told["drill"]), int(told["pid"])
        same = told["boot"] == _boot() and told["started"] == _started(pid) and pid > 1
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Worker(drill, pid) if same else None


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _started(pid: int) -> str:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return stat.rpartition(")")[2].split()[_STARTED]

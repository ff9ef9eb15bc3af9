"""The process that answers for the BMCs of a lab: started, found by its words, and ended."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from millwright.lab import credentials, host, seed
from millwright.lab.home import Home
from millwright.lab.plan import LabPlan

MODULE = "millwright.lab.bmc"
"""What answers; a process with this word and the lab's name is it."""

NEEDED = ("sushy_tools", "bcrypt")


def start(home: Home, plan: LabPlan, told: Callable[[str], None]) -> None:
    """Start the BMCs unless they answer already, and for all hosts; say so where they cannot."""
    if running(plan.id) and credentials.fit(seed.folder(plan), plan):
        return
    end(plan.id)
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        told("no BMC answers: they need `pip install 'millwright[lab]'`")
        return
    credentials.lay(seed.folder(plan), plan)
    with open(home.folder / "bmc.log", "ab") as journal:
        subprocess.Popen(
            [sys.executable, "-m", MODULE, plan.id],
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=journal,
            cwd="/",
            start_new_session=True,
        )


def running(lab: str) -> list[int]:
    """Return the processes that answer for the BMCs of a lab."""
    return [pid for pid, words in host.processes() if words[-3:] == ["-m", MODULE, lab]]


def end(lab: str) -> None:
    """End the BMCs; done before their hosts are stopped, so that none starts a host again."""
    while found := running(lab):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)

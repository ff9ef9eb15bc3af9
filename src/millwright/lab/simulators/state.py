"""What tools remember between runs: settings an operator made, load that is running."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

from .device import LOAD, STATE, Gpu, path_of, read_json


def setting(gpu: Gpu, key: str) -> str | None:
    """Return what was set for the GPU (`power_limit_w`, `persistence`, `locked_clocks`)."""
    value = read_json(STATE).get("gpus", {}).get(str(gpu.slot), {}).get(key)
    return None if value is None else str(value)


def remember(gpus: list[Gpu], key: str, value: str | None) -> None:
    """Set `key` of each GPU; None forgets it."""
    content = read_json(STATE)
    per_gpu = content.setdefault("gpus", {})
    for gpu in gpus:
        entry = per_gpu.setdefault(str(gpu.slot), {})
        if value is None:
            entry.pop(key, None)
        else:
            entry[key] = value
    _write(STATE, content)


def next_run() -> int:
    """Return the number of this benchmark run, so that two runs never measure quite the same."""
    content = read_json(STATE)
    number = int(content.get("runs", 0)) + 1
    content["runs"] = number
    try:
        _write(STATE, content)
    except OSError:
        return os.getpid()
    return number


def busy_slots() -> frozenset[int]:
    """Return the slots of the GPUs that a benchmark keeps busy at this moment."""
    content = read_json(LOAD)
    ended = not os.path.exists(f"/proc/{content.get('pid')}")
    if ended or float(content.get("until", 0)) < time.time():
        return frozenset()
    return frozenset(int(slot) for slot in content.get("slots", []))


@contextlib.contextmanager
def load_on(gpus: list[Gpu], seconds: float) -> Iterator[None]:
    """Let other tools see these GPUs at work, for at most `seconds`."""
    slots = [gpu.slot for gpu in gpus]
    with contextlib.suppress(OSError):
        _write(LOAD, {"pid": os.getpid(), "until": time.time() + seconds, "slots": slots})
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path_of(LOAD))


def hang() -> None:
    """Never return, and pay no heed to being asked: a process that waits for a dead driver."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(3600)


def _write(path: str, content: dict[str, Any]) -> None:
    target = path_of(path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    draft = f"{target}.{os.getpid()}"
    with open(draft, "w", encoding="utf-8") as stream:
        json.dump(content, stream)
    os.replace(draft, target)

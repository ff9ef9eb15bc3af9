"""What `manage detect` takes for one minute of 10,000 nodes, of which reading, and for hours."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NODES, GPUS, GOAL_S = 10_000, 8, 10.0
METRICS = {
    "DCGM_FI_DEV_SM_CLOCK": 1755.0,
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": 0.6,
    "DCGM_FI_DEV_GPU_TEMP": 63.0,
    "DCGM_FI_DEV_POWER_USAGE": 640.0,
    "DCGM_FI_DEV_GPU_UTIL": 98.0,
}
_ONLY_READ = (
    "import sys; from pathlib import Path; "
    "from millwright.adapters.telemetryfile import read_telemetry; "
    "read_telemetry((Path(sys.argv[1]),))"
)


def written(path: Path, nodes: int, minutes: int) -> int:
    """Write a line a sample and return how many."""
    dice = random.Random(1)
    noise = [dice.gauss(1, 0.008) for _ in range(9_973)]
    at = 0
    with path.open("w", encoding="utf-8") as file:
        for minute in range(minutes):
            moment = f"2026-01-05T{10 + minute // 60:02d}:{minute % 60:02d}:00Z"
            for node in range(nodes):
                for gpu in range(GPUS):
                    for metric, level in METRICS.items():
                        at += 1
                        row = {
                            "at": moment, "node": f"gpu{node:05d}", "device": f"gpu{gpu}",
                            "metric": metric, "value": round(level * noise[at % 9_973], 4),
                            "labels": {"sku": "h100", "role": "compute", "job": f"j{node // 64}"},
                        }  # fmt: skip
                        file.write(json.dumps(row) + "\n")
    return at


def measured(words: list[str]) -> tuple[float, float]:
    """Return how many seconds a command takes on the clock, and of the processor."""
    begun = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 3):
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print the minute against its goal, and six hours of 64 nodes."""
    with tempfile.TemporaryDirectory() as folder:
        for nodes, minutes in ((NODES, 1), (64, 360)):
            path = Path(folder) / f"{nodes}.jsonl"
            rows = written(path, nodes, minutes)
            words = [sys.executable, "-m", "millwright", "manage", "detect", "--telemetry"]
            clock, spent = measured([*words, str(path)])
            _, read = measured([sys.executable, "-c", _ONLY_READ, str(path)])
            goal = f" (goal: {GOAL_S:g} s)" if minutes == 1 else ""
            print(
                f"{nodes:>6} nodes, {minutes:>3} minutes, {rows:>9,} samples: {clock:.1f} s on the "
                f"clock{goal}, {spent:.1f} s of processor, of it reading {read:.1f} s"
            )


if __name__ == "__main__":
    main()

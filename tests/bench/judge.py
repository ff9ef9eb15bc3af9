"""What a verdict over 10,000 nodes of 8 GPUs and 20 metrics costs, and how it grows. It prints."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

METRICS = tuple(f"gemm_t{at:02d}_tflops" for at in range(10)) + tuple(
    f"hbm_t{at:02d}_bandwidth" for at in range(10)
)
SIZES = (1_000, 10_000)
_ONLY_READ = (
    "import sys; from pathlib import Path; "
    "from millwright.adapters.measurementfile import read_measurements; "
    "read_measurements((Path(sys.argv[1]),))"
)
_ONLY_JSON = "import json, sys; [json.loads(line) for line in open(sys.argv[1])]"


def written(path: Path, nodes: int) -> None:
    """Write one line a measurement; one GPU in a thousand nodes' hundred is 7 % slow in GEMMs."""
    dice = random.Random(1)
    noise = [dice.gauss(1, 0.008) for _ in range(9_973)]
    at = 0
    with path.open("w", encoding="utf-8") as file:
        for node in range(nodes):
            for gpu in range(8):
                for metric in METRICS:
                    at += 1
                    slow = 0.93 if node % 100 == 3 and gpu == 5 and metric[0] == "g" else 1.0
                    row = {
                        "schema": "millwright.measurement/1", "at": "2026-01-05T10:00:00Z",
                        "node": f"gpu{node:05d}", "device": f"gpu{gpu}", "metric": metric,
                        "value": round(700 * noise[at % 9_973] * slow, 2),
                        "unit": "TFLOP/s" if metric[0] == "g" else "GB/s", "tool": "bench 1",
                        "simulated": True, "sku": "bench-8gpu", "test": metric, "attempt": 1,
                        "params": {"bytes": 1073741824}, "env": {"driver": "550.54.15"},
                    }  # fmt: skip
                    file.write(json.dumps(row) + "\n")


def measured(words: list[str]) -> tuple[float, float, int]:
    """Return seconds on the clock, seconds of processor and the peak of memory in MiB."""
    begun = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    clock = time.perf_counter() - begun
    return clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main() -> None:
    """Print times at two sizes, what reading alone takes, and the exponent of growth."""
    spent = {}
    with tempfile.TemporaryDirectory() as folder:
        for nodes in SIZES:
            path = Path(folder) / f"{nodes}.jsonl"
            written(path, nodes)
            verdict = ["-m", "millwright", "build", "verdict", "--measurements", str(path)]
            clock, spent[nodes], memory = measured([sys.executable, *verdict])
            rows = nodes * 8 * len(METRICS)
            print(
                f"{nodes:>6} nodes, {rows:>9,} measurements: {clock:.1f} s on the clock, "
                f"{spent[nodes]:.1f} s of processor, {memory} MiB"
            )
        _, read, _ = measured([sys.executable, "-c", _ONLY_READ, str(path)])
        _, plain, _ = measured([sys.executable, "-c", _ONLY_JSON, str(path)])
    print(f"of it reading: {read:.1f} s; the standard library's json alone: {plain:.1f} s")
    growth = math.log(spent[SIZES[1]] / spent[SIZES[0]]) / math.log(SIZES[1] / SIZES[0])
    print(f"grows with the power {growth:.2f} of the nodes")


if __name__ == "__main__":
    main()

"""What a design costs against writing its cable rows, and how the cost grows. It prints."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPEC = """schema: millwright.factory/1
name: bench
blueprint: {blueprint}
compute: [{{name: gpu, gpus: {gpus}}}]
fabrics: {{compute: {{manager: none}}}}
"""
THREE_TIERS = "dgx-superpod-b200"
LARGEST = "dgx-superpod-b300-spectrum"


def solved(folder: Path, blueprint: str, gpus: int) -> tuple[float, int]:
    """Return seconds and the peak of memory in MiB of one whole process."""
    folder.mkdir(exist_ok=True)
    text = SPEC.format(blueprint=blueprint, gpus=gpus)
    (folder / "factory.yaml").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "millwright", "-q", "-C", str(folder), "design", "solve"]
    begun = time.perf_counter()
    with subprocess.Popen(words) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{blueprint} with {gpus} GPUs ended with {process.returncode}")
    return time.perf_counter() - begun, usage.ru_maxrss // 1024


def rewritten(folder: Path) -> float:
    """Return the seconds that the csv module needs to write the same cable rows."""
    with open(folder / "design" / "cables.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    begun = time.perf_counter()
    with open(folder / "again.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return time.perf_counter() - begun


def started() -> float:
    """Return the seconds that python and the libraries of a solve need to start."""
    words = [sys.executable, "-c", "import typer, pydantic, yaml, openpyxl"]
    begun = time.perf_counter()
    subprocess.run(words, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print the ratio at 2,048 nodes, the largest size, and the exponent of growth."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "site"
        seconds, _ = min(solved(folder, THREE_TIERS, 16384) for _ in range(3))
        rows, start = min(rewritten(folder) for _ in range(3)), min(started() for _ in range(3))
        ratio = (seconds - start) / rows
        print(
            f"2,048 nodes, 16,384 GPUs: {seconds:.2f} s = start-up {start:.2f} s "
            f"+ {ratio:.1f} x writing the cable rows ({rows:.3f} s)"
        )
        sizes = (1024, 4096, 16384, 65536, 131072)
        times = []
        for gpus in sizes:
            seconds, memory = solved(Path(temporary) / str(gpus), LARGEST, gpus)
            times.append(seconds)
            print(f"{gpus:>7,} GPUs: {seconds:6.2f} s, {memory:>5,} MiB")
        net = [max(seconds - start, 0.01) for seconds in times]
        for first in (0, 2):
            exponent = math.log(net[-1] / net[first]) / math.log(sizes[-1] / sizes[first])
            print(f"from {sizes[first]:,} GPUs on, cost grows with their power {exponent:.2f}")


if __name__ == "__main__":
    main()

"""How long until the first word, against what every typer program pays. No test: it prints."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
NINE = """
import typer
app = typer.Typer(help="A program with nine empty commands.")
def command(number):
    @app.command(f"verb{number}")
    def verb(name: str = "x", count: int = 1, force: bool = False):
        "Do a thing."
for number in range(9):
    command(number)
app()
"""


def best(words: list[str]) -> float:
    """Return the shortest of several runs in seconds: the least disturbed one."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begun)
    return min(times)


def main() -> None:
    """Print both ratios with what they are measured against."""
    ours = [sys.executable, "-m", "millwright"]
    imports = best([sys.executable, "-c", "import typer, rich"])
    with tempfile.TemporaryDirectory() as folder:
        nine = Path(folder) / "nine.py"
        nine.write_text(NINE, encoding="utf-8")
        rich_help = best([sys.executable, str(nine), "--help"])
    version, help_ = best([*ours, "--version"]), best([*ours, "--help"])
    print(f"--version  {version * 1000:6.0f} ms  {version / imports:5.2f} x `import typer, rich`")
    print(f"--help     {help_ * 1000:6.0f} ms  {help_ / rich_help:5.2f} x nine empty commands")


if __name__ == "__main__":
    main()

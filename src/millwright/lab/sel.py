"""The system event log of each simulated BMC: lines that are only added."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Literal

from millwright.lab.home import Home

Severity = Literal["OK", "Warning", "Critical"]


def log(home: Home, host: str, severity: Severity, message: str) -> None:
    """Add an entry, with the time of now."""
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    line = json.dumps({"at": at, "severity": severity, "message": message})
    with open(home.host(host) / "sel.jsonl", "a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def entries(home: Home, host: str) -> list[dict[str, str]]:
    """Return all entries, the oldest first."""
    try:
        text = (home.host(host) / "sel.jsonl").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text.splitlines()]

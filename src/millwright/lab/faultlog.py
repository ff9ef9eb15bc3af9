"""Which faults a host of the lab has: kept beside its tree, and laid into it for its own tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from millwright.lab.home import Home, put


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it was asked for. `device` is a GPU, fan or supply; `value` the rest."""

    id: str
    kind: str
    device: int | None
    value: str | None
    at: str


def active(home: Home, host: str) -> list[Fault]:
    """Return the faults of a host, the oldest first."""
    try:
        text = (home.host(host) / "faults.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [Fault(**entry) for entry in json.loads(text)["faults"]]


def keep(home: Home, host: str, faults: list[Fault]) -> str:
    """Write the faults of a host; return the text, which the host's tools read as well."""
    listed = [asdict(fault) for fault in faults]
    text = json.dumps({"simulated": True, "faults": listed}, indent=1) + "\n"
    put(home.host(host) / "faults.json", text)
    return text


def made(words: Sequence[str | int | None], device: int | None, value: str | None) -> Fault:
    """Return a fault of now; `words` are kind, device and value in the order they are said."""
    name = ":".join(str(word) for word in words if word is not None)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return Fault(name, str(words[0]), device, value, at)

"""What a simulated node is made of: figures by model, identities by the node's name.

Figures (`h100.json`, ...) are data with a `source` in every group. Identities are drawn from
SHA-256 of the node's name, so that a lab built twice shows the same serial numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

MODELS = ("h100", "h200", "b200", "mi300x")
_SERIAL_DIGITS = 10


def figures(model: str) -> dict[str, Any]:
    """Return the figures of `model` as its file holds them; KeyError names an unknown model."""
    if model not in MODELS:
        raise KeyError(model)
    text = resources.files(__package__).joinpath(f"{model}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def profile_for(
    name: str,
    model: str,
    hcas: Sequence[dict[str, str]] | None = None,
    link_layer: str | None = None,
) -> dict[str, Any]:
    """Return the JSON to lay on the node `name` as /etc/millwright-lab/profile.json.

    `hcas` is [{"name": ..., "guid": ...}, ...] where a designed fabric already says which port has
    which GUID (16 hex digits, `0x` allowed); otherwise both are made up. `link_layer` is what that
    fabric speaks (InfiniBand or Ethernet); if not said, what the model is mostly seen with.
    """
    content = figures(model)
    content["hca"]["link_layer"] = link_layer or content["hca"]["link_layer"]
    buses = content["pci"]["bus_ids"]
    given = hcas if hcas is not None else _made_up_hcas(name, content["hca"]["names"])
    return {
        "simulated": True,
        "name": name,
        "serial": f"SIM{_digits(name, 'chassis')}",
        **content,
        "gpus": [_gpu(name, slot, bus, content["vendor"]) for slot, bus in enumerate(buses)],
        "hcas": [
            _hca(name, hca, bus) for hca, bus in zip(given, content["hca"]["bus_ids"], strict=False)
        ],
    }


def _gpu(name: str, slot: int, bus: str, vendor: str) -> dict[str, Any]:
    raw = _hex(name, f"gpu{slot}")
    uuid = "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:32]))
    return {
        "slot": slot,
        "uuid": f"GPU-{uuid}" if vendor == "nvidia" else uuid,
        "unique_id": f"0x{raw[32:48]}",
        "serial": f"165{_digits(name, f'gpu{slot}')}",
        "bus_id": bus,
        # The module number is where the GPU sits on the baseboard; it is not the PCI order.
        "module_id": (slot + 6) % 8 + 1,
        "numa_node": slot // 4,
    }


def _hca(name: str, given: dict[str, str], bus: str) -> dict[str, Any]:
    guid = given["guid"].removeprefix("0x").replace(":", "").zfill(16).lower()
    lid = int(_hex(name, given["name"])[:4], 16) % 48_000 + 1
    return {"name": given["name"], "guid": guid, "bus_id": bus, "lid": lid}


def _made_up_hcas(name: str, names: Sequence[str]) -> list[dict[str, str]]:
    # 0x02 in the first byte: locally administered, so it can never be a vendor's GUID.
    return [{"name": hca, "guid": f"02{_hex(name, hca)[:14]}"} for hca in names]


def _hex(name: str, what: str) -> str:
    return hashlib.sha256(f"{name}/{what}".encode()).hexdigest()


def _digits(name: str, what: str) -> str:
    return str(int(_hex(name, what)[:16], 16))[-_SERIAL_DIGITS:].zfill(_SERIAL_DIGITS)

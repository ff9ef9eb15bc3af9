"""Many measurements as columns: a row costs a few numbers, whatever is said again costs nothing."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.model.measurement import Param

Pairs = tuple[tuple[str, Param], ...]

_NUMBERED = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+|[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f.]+|0x[0-9a-f]+|[0-9]+",
    re.IGNORECASE,
)
_PLACES = frozenset({"rack", "row", "pod", "pdu", "cdu", "leaf", "rail", "slot", "u"})
_VERSIONS = (
    "driver", "vbios", "bios", "bmc", "firmware", "power_cap", "cuda", "nccl", "rocm", "rccl",
    "library", "lib", "kernel", "os", "version", "sku", "cpld", "inforom",
)  # fmt: skip
"""Keys of `env`, or their beginnings and ends, by which two results are not like each other."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What was measured under which conditions: rows of one subject may be compared.

    `params` and `versions` are sorted by key. What `env` says of a place, and what else it says
    of the moment (temperatures, times), is no condition. `part` is the kind of device, where it
    is known: GPUs are compared with GPUs, and no inlet with an outlet.
    """

    metric: str
    unit: str
    sku: str = ""
    test: str = ""
    tool: str = ""
    params: Pairs = ()
    versions: Pairs = ()
    platform: str = ""
    part: str = ""

    @property
    def conditions(self) -> str:
        """Return everything beside metric, unit and SKU as one line of `key=value`."""
        told = [f"test={self.test}"] if self.test else []
        told += [f"part={self.part}"] if self.part else []
        told += [f"{key}={value}" for key, value in (*self.params, *self.versions)]
        return " ".join((*told, *([self.tool] if self.tool else ())))


def part_of(device: str) -> str:
    """Return the kind of a device: its name without numbers, addresses and identifiers."""
    return _NUMBERED.sub("", device).strip(" _-")


def versions_of(env: Mapping[str, Param]) -> Pairs:
    """Return what of an environment makes results unlike each other, sorted by key."""
    return tuple(sorted((key, value) for key, value in env.items() if _is_version(key)))


def places_of(env: Mapping[str, Param]) -> Pairs:
    """Return where a thing stands, as far as its environment says so, sorted by key."""
    return tuple(sorted((key, value) for key, value in env.items() if key in _PLACES))


def _is_version(key: str) -> bool:
    return any(key == name or key.startswith(f"{name}_") or key.endswith(f"_{name}")
               for name in _VERSIONS)  # fmt: skip


@dataclass(slots=True)
class Measurements:
    """Rows of measurement files as columns of codes into `nodes`, `devices`, `subjects`, `peers`.

    `moment` is equal for rows that claim the same time, and means nothing else. `peer` is -1 where
    a row has none. `value` is NaN where a row says that there is none. `serials` and `places` are
    keyed by codes of node and device.
    """

    nodes: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    peers: list[tuple[str, str]] = field(default_factory=list)
    node: array[int] = field(default_factory=lambda: array("i"))
    device: array[int] = field(default_factory=lambda: array("i"))
    subject: array[int] = field(default_factory=lambda: array("i"))
    peer: array[int] = field(default_factory=lambda: array("i"))
    attempt: array[int] = field(default_factory=lambda: array("i"))
    moment: array[int] = field(default_factory=lambda: array("q"))
    value: array[float] = field(default_factory=lambda: array("d"))
    serials: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    places: dict[tuple[int, int], Pairs] = field(default_factory=dict)
    simulated: int = 0

    def __len__(self) -> int:
        return len(self.value)

"""What parts were accepted with, joined with telemetry by serial number: boards are swapped.

By name alone only where nobody says which serial number is there now; and that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from millwright.manage.assess.parts import gpus_of
from millwright.manage.assess.voice import Voice
from millwright.model.fingerprint import Fingerprint
from millwright.model.heard import Recording
from millwright.model.nodeset import folded
from millwright.model.telemetry import Telemetry

Place = tuple[str, str]
"""A node, and a device of it; "" for the node itself."""
SERIAL = "serial"
"""The label that says which part a sample is of."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What is accepted of each place, by metric, and what a reader must know of how that was
    found."""

    accepted: Mapping[tuple[str, str, str], float]
    notes: tuple[str, ...]


def serials_of(telemetry: Telemetry) -> dict[Place, str]:
    """Return the serial numbers that samples told last, by place."""
    told = [dict(labels).get(SERIAL, "").strip() for labels in telemetry.labels]
    if not any(told):
        return {}
    moment = np.frombuffer(telemetry.moment, dtype=np.float64)
    series = np.frombuffer(telemetry.of_series, dtype=np.int32)
    label = np.frombuffer(telemetry.of_labels, dtype=np.int32)
    says = np.flatnonzero(np.array([bool(each) for each in told])[label])
    order = says[np.argsort(moment[says], kind="stable")]
    last: dict[Place, str] = {}
    _, first = np.unique(series[order][::-1], return_index=True)
    for row in np.sort(order[len(order) - 1 - first]).tolist():
        node, device, _ = telemetry.series[series[row]]
        last[node, device] = told[label[row]]
    return last


def serials_heard(recording: Recording) -> dict[Place, str]:
    """Return the serial numbers that nodes of a recording tell of themselves and their GPUs."""
    found: dict[Place, str] = {}
    for node, heard in recording.nodes.items():
        voice = Voice(node, heard)
        firmware = voice.facts("dmidecode")
        own = (firmware.system.serial if firmware and firmware.system else None) or ""
        told = [("", own), *((f"gpu{gpu.index}", gpu.serial or "") for gpu in gpus_of(voice))]
        found |= {(node, place): serial for place, serial in told if serial.strip()}
    return found


@dataclass(slots=True)
class _Kept:
    """Fingerprints by number, by name, and where each number stood when it was accepted."""

    by_serial: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    by_name: dict[Place, dict[str, float]] = field(default_factory=dict)
    stood: dict[str, Place] = field(default_factory=dict)

    def add(self, each: Fingerprint) -> None:
        self.by_serial.setdefault((each.serial, each.device), {})[each.metric] = each.median
        self.by_name.setdefault((each.node, each.place), {})[each.metric] = each.median
        self.stood[each.serial] = each.node, "" if each.device else each.place


@dataclass(slots=True)
class _Told:
    """What is said of how places were joined: nodes by name alone, numbers that nobody accepted,
    and parts that stood elsewhere."""

    named: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)

    def notes(self) -> Iterable[str]:
        if self.named:
            nodes = folded(sorted(set(self.named)))
            yield (
                f"{len(self.named)} parts of {nodes} are held against what was accepted under "
                "their names: nobody says their serial numbers, and boards may have been swapped"
            )
        if self.strange:
            yield f"no acceptance is kept of these, and none is held against: {_some(self.strange)}"
        if self.moved:
            yield f"moved since, held against their own acceptance: {_some(self.moved)}"


def joined(
    kept: Iterable[Fingerprint], places: Iterable[Place], now: Mapping[Place, str]
) -> Joined:
    """Return what these places are held against: what their own part reached, wherever it stood.

    `now` says which serial number is where. A part that was never accepted is held against nothing,
    and one whose number is told of two nodes neither.
    """
    book, told = _Kept(), _Told()
    for each in kept:
        book.add(each)
    seen: dict[str, set[str]] = {}
    for (node, _), serial in now.items():
        seen.setdefault(serial, set()).add(node)
    twice = {serial for serial, nodes in seen.items() if len(nodes) > 1}
    found: dict[tuple[str, str, str], float] = {}
    for place in sorted(set(places)) if book.by_name else ():
        numbers = [each for each in (now.get(place), now.get((place[0], ""))) if each]
        values = _values(book, told, place, numbers) if not twice & set(numbers) else {}
        if twice & set(numbers):
            told.strange.append(f"{_spot(*place)} ({numbers[0]}, told of several nodes)")
        found |= {(*place, metric): value for metric, value in values.items()}
    return Joined(found, tuple(told.notes()))


def _values(book: _Kept, told: _Told, place: Place, numbers: list[str]) -> dict[str, float]:
    """Return what the part at a place reached: by its own number, or as part of its node's."""
    if not numbers:
        values = book.by_name.get(place, {})
        told.named += [place[0]] if values else []
        return values
    for serial, device, here in (
        (numbers[0], "", place), *((each, place[1], (place[0], "")) for each in numbers)
    ):  # fmt: skip
        if (serial, device) in book.by_serial:
            there = book.stood[serial]
            if there != here:
                told.moved.append(f"{serial} of {_spot(*here)}, then {_spot(*there)}")
            return book.by_serial[serial, device]
    if place in book.by_name:
        told.strange.append(f"{_spot(*place)} ({numbers[0]})")
    return {}


def _spot(node: str, device: str) -> str:
    return f"{node} {device}".strip()


_MOST = 6


def _some(words: list[str]) -> str:
    told = list(dict.fromkeys(words))
    more = f" and {len(told) - _MOST} more" if len(told) > _MOST else ""
    return ", ".join(told[:_MOST]) + more

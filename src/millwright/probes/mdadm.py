"""`mdadm --detail` of one or several arrays: what they are made of, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.metrics import RAID_FAILED_DEVICES
from millwright.probes.pairs import Pairs, pair_of
from millwright.probes.reading import Problem, Reading, count, is_simulated

TOOL = "mdadm"
_ARRAY = re.compile(r"(?P<device>/dev/\S{1,80}):$")
_MEMBER = re.compile(
    r"\s+(?P<number>\d{1,4}|-)\s+(?P<major>\d{1,5})\s+(?P<minor>\d{1,8})\s+(?P<slot>\d{1,4}|-)"
    r"(?:\s+(?P<state>[a-zA-Z][a-zA-Z -]*?))?(?:\s+(?P<device>/dev/\S{1,80}))?$"
)
_HEADING = re.compile(r"\s*Number\s+Major\s+Minor\s+RaidDevice\b")
_KIB = re.compile(r"(?P<kib>\d{1,18})\b")
_DONE = re.compile(r"(?P<percent>\d{1,3})% complete$")
_FAILURE = re.compile(
    r"mdadm:|.*(?:command not found|Permission denied|must be super-user|No such file)"
)
_BYTES_PER_KIB = 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A device of an array, or a slot without one (`removed`)."""

    number: int | None
    slot: int | None
    states: tuple[str, ...]
    device: str | None

    @property
    def faulty(self) -> bool:
        """Whether it failed, or its slot is empty."""
        return bool({"faulty", "removed"} & set(self.states))


@dataclass(frozen=True, slots=True)
class Array:
    """One array. `states` are mdadm's own words (`clean`, `degraded`, `recovering`)."""

    device: str
    level: str | None
    size_bytes: int | None
    states: tuple[str, ...]
    raid_devices: int | None
    total_devices: int | None
    active_devices: int | None
    working_devices: int | None
    failed_devices: int | None
    spare_devices: int | None
    rebuilt_percent: int | None
    name: str | None
    uuid: str | None
    members: tuple[Member, ...]

    @property
    def degraded(self) -> bool | None:
        """Whether it lacks a device; None where its state is not told."""
        if not self.states:
            return None
        bad = {"degraded", "FAILED", "inactive", "Not Started"}
        return bool(bad & set(self.states)) or any(member.faulty for member in self.members)


@dataclass(frozen=True, slots=True)
class Arrays:
    """All arrays of an output."""

    arrays: tuple[Array, ...]


@dataclass(slots=True)
class _Draft:
    device: str
    pairs: Pairs = field(default_factory=Pairs)
    members: list[Member] = field(default_factory=list)
    table: bool = False


def command(*arrays: str) -> list[str]:
    """Return what to ask a node, as root."""
    return ["mdadm", "--detail", *arrays]


def read(text: str) -> Reading[Arrays]:
    """Return every array; lines that belong to none are a problem."""
    told = output(text)
    drafts: list[_Draft] = []
    problems = told.problems
    for line in told.whole:
        _take(line, drafts, problems)
    problems += [found for draft in drafts for found in draft.pairs.problems]
    if not drafts and not problems:
        problems.append(Problem("no array is told"))
    arrays = tuple(map(_array, drafts))
    measurements = tuple(found for array in arrays for found in _measured(array))
    return Reading(TOOL, Arrays(arrays), measurements, tuple(problems), is_simulated(text))


def _take(line: Line, drafts: list[_Draft], problems: list[Problem]) -> None:
    at, text = line
    if not text.strip():
        return
    if found := _ARRAY.match(text):
        if any(draft.device == found["device"] for draft in drafts):
            problems.append(Problem(f"{found['device']} is told twice", at))
        drafts.append(_Draft(found["device"]))
    elif _FAILURE.match(text):
        problems.append(Problem(shown(text), at))
    elif drafts and _HEADING.match(text):
        drafts[-1].table = True
    elif drafts and drafts[-1].table and (member := _MEMBER.match(text)):
        _member(at, member, drafts[-1], problems)
    elif drafts and not drafts[-1].table and (pair := pair_of(line, " : ")):
        drafts[-1].pairs.put(pair)
    else:
        problems.append(not_understood(line))


def _member(at: int, found: re.Match[str], draft: _Draft, problems: list[Problem]) -> None:
    member = Member(
        number=count(found["number"]),
        slot=count(found["slot"]),
        states=tuple((found["state"] or "").split()),
        device=found["device"],
    )
    if member in draft.members:
        return
    if member.device and any(each.device == member.device for each in draft.members):
        problems.append(Problem(f"{member.device} is told twice", at))
    draft.members.append(member)


def _array(draft: _Draft) -> Array:
    get = draft.pairs.get
    size = _KIB.match(get("Array Size") or "")
    rebuilt = _DONE.match(get("Rebuild Status", "Resync Status", "Reshape Status") or "")
    return Array(
        device=draft.device,
        level=get("Raid Level"),
        size_bytes=int(size["kib"]) * _BYTES_PER_KIB if size else None,
        states=tuple(filter(None, (state.strip() for state in (get("State") or "").split(",")))),
        raid_devices=count(get("Raid Devices")),
        total_devices=count(get("Total Devices")),
        active_devices=count(get("Active Devices")),
        working_devices=count(get("Working Devices")),
        failed_devices=count(get("Failed Devices")),
        spare_devices=count(get("Spare Devices")),
        rebuilt_percent=int(rebuilt["percent"]) if rebuilt else None,
        name=(get("Name") or "").partition("  (")[0] or None,
        uuid=get("UUID"),
        members=tuple(draft.members),
    )


def _measured(array: Array) -> Iterator[Measurement]:
    if array.failed_devices is not None:
        yield RAID_FAILED_DEVICES.of(array.failed_devices, array.device)

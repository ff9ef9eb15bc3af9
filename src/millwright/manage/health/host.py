"""Signals of the host: memory, processors, disks, file systems, clock, processes, its packages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from millwright.manage.health.signals import Seen, Source, source, truth
from millwright.manage.health.view import Unheard, View, number, object_of, words_of
from millwright.probes import nvme, smartctl
from millwright.probes.smartctl_facts import NvmeHealth

_EDAC = re.compile(r"/mc/(?P<mc>mc\d{1,3})/(?P<kind>ce|ue)_count$")
VOLATILE = frozenset({"tmpfs", "overlay", "ramfs"})
"""Kinds of file systems that are made read-only on purpose, not by an error."""
IMAGES = frozenset({"squashfs", "iso9660", "udf", "cramfs", "erofs"})
"""Kinds that are always full and never written."""


def _edac(view: View) -> Iterator[Seen]:
    told = view.told("edac")
    sums: dict[tuple[str, str], float] = {}
    for path, text in told.items():
        if (found := _EDAC.search(path)) and (value := number(text)) is not None:
            key = (found["kind"], found["mc"])
            sums[key] = sums.get(key, 0.0) + value
    if not sums:
        raise Unheard("edac: the kernel counts no memory errors; no driver for this memory")
    for (kind, controller), value in sums.items():
        yield Seen(f"edac_{'corrected' if kind == 'ce' else 'uncorrected'}", controller, value)


def _memory(view: View) -> Iterator[Seen]:
    told = view.told("kernel")
    total = re.search(r"^MemTotal:\s+(\d{1,15}) kB", words_of(told.get("/proc/meminfo")), re.M)
    if total is None:
        raise Unheard("kernel: it does not say how much memory it has")
    if view.expected and view.expected.memory_mib:
        share = int(total[1]) / 1024 / view.expected.memory_mib
        note = f"{int(total[1]) >> 10} of {view.expected.memory_mib} MiB"
        yield Seen("memory_share", "", share, note)


def _processors(view: View) -> Iterator[Seen]:
    told = view.told("cpu")
    spent = [
        value
        for path, text in told.items()
        if path.endswith("/package_throttle_count") and (value := number(text)) is not None
    ]
    if spent:
        yield Seen("cpu_throttles", "", max(spent))


def _disks(view: View) -> Iterator[Seen]:
    told = view.told("disks")
    if not told:
        raise Unheard("disks: it tells of no disk")
    for name, said in told.items():
        answer = object_of(said)
        text = words_of(answer.get("text"))
        if not text:
            why = words_of(answer.get("error")) or "neither smartctl nor nvme is installed"
            yield Seen("disk_ailing", name, None, why)
            continue
        yield from _disk(name, words_of(answer.get("tool")), text)


def _disk(name: str, tool: str, text: str) -> Iterator[Seen]:
    if tool == "nvme":
        reading: Any = nvme.read(text)
        logs = [log.health for log in reading.facts.logs]
        if reading.problems or not logs:
            yield Seen("disk_ailing", name, None, _problem(reading))
            return
        yield from _nvme(name, logs[0])
        return
    reading = smartctl.read(text)
    drives = reading.facts.drives
    if reading.problems or not drives:
        yield Seen("disk_ailing", name, None, _problem(reading))
        return
    drive = drives[0]
    if drive.passed is not None:
        yield Seen("disk_ailing", name, float(not drive.passed), "its own verdict")
    if drive.nvme is not None:
        yield from _nvme(name, drive.nvme)
    elif drive.passed is None:
        yield Seen("disk_ailing", name, None, "it does not tell its health")


def _problem(reading: Any) -> str:
    return str(reading.problems[0].message)[:160] if reading.problems else "it tells no health"


def _nvme(name: str, health: NvmeHealth) -> Iterator[Seen]:
    yield Seen("nvme_warning_bits", name, health.critical_warning, "bits of the SMART log")
    yield Seen("nvme_spare_low", name, truth(health.spare_is_low))
    yield Seen("nvme_wear_percent", name, health.percentage_used)
    yield Seen("nvme_media_errors", name, health.media_errors)


def _mounts(view: View) -> Iterator[Seen]:
    told = view.told("mounts")
    if not told:
        raise Unheard("mounts: no file system is told")
    for place, said in told.items():
        mount = object_of(said)
        kind, options = words_of(mount.get("kind")), mount.get("options")
        if not isinstance(mount.get("answers"), bool):
            raise Unheard(f"mounts: {place[:80]} is no file system that was looked at")
        hung = mount["answers"] is False
        yield Seen("mount_hung", place, float(hung), words_of(mount.get("source")))
        if hung or kind in IMAGES:
            continue
        if error := mount.get("error"):
            yield Seen("mount_failing", place, 1.0, str(error)[:160])
            continue
        if isinstance(options, list) and kind not in VOLATILE:
            read_only = "ro" in options and "/" in words_of(mount.get("source"))
            yield Seen("mount_read_only", place, float(read_only), f"{kind}")
        if "ro" not in (options if isinstance(options, list) else ()):
            yield from _room(place, mount)


def _room(place: str, mount: dict[str, Any]) -> Iterator[Seen]:
    for all_, free, signal in (
        ("blocks", "blocks_free", "mount_used_percent"),
        ("files", "files_free", "mount_files_percent"),
    ):
        total, left = number(mount.get(all_)), number(mount.get(free))
        if total and left is not None:
            yield Seen(signal, place, round(100 * (1 - left / total), 1))


def _clock(view: View) -> Iterator[Seen]:
    if number(view.told("clock").get("now")) is None:
        raise Unheard("clock: it does not say its time")
    if view.apart_s is None:
        raise Unheard("clock: too few clocks to say which of them is wrong")
    yield Seen("clock_apart_s", "", abs(view.apart_s), f"{view.apart_s:+.1f} s from the others")


def _chrony(view: View) -> Iterator[Seen]:
    """The fields of `chronyc -c tracking`: reference, stratum, offset in seconds, leap status."""
    cells = view.text("chronyc").strip().split(",")
    if len(cells) != 14:
        raise Unheard("chronyc: that is no tracking report")
    yield Seen("clock_synchronised", "", float(cells[13] != "Not synchronised"), cells[13])
    offset = number(cells[4])
    yield Seen("clock_offset_s", "", None if offset is None else abs(offset))


def _processes(view: View) -> Iterator[Seen]:
    states: dict[str, list[str]] = {"D": [], "Z": []}
    rows = [line.split(None, 6) for line in view.text("processes").splitlines() if line.strip()]
    if not rows or any(len(row) < 7 for row in rows):
        raise Unheard("processes: that is no list of processes")
    for row in rows:
        # What waits for a disk for a moment is no news: only who is older than that counts.
        if row[3] in states and (number(row[4]) or 0) > 120:
            states[row[3]].append(row[6])
    for state, signal in (("D", "processes_stuck"), ("Z", "processes_zombie")):
        names = ", ".join(sorted(set(states[state]))[:5])
        yield Seen(signal, "", float(len(states[state])), names)


def _lock(view: View) -> Iterator[Seen]:
    held = number(view.told("package-lock").get("held_s"))
    if held is not None:
        by = words_of(view.told("package-lock").get("by"))
        yield Seen("package_lock_s", "", held, f"{by} holds it for {held:.0f} s")


SOURCES: Iterable[Source] = (
    source("edac", _edac, "edac_corrected", "edac_uncorrected"),
    source("kernel", _memory, "memory_share"),
    source("cpu", _processors, "cpu_throttles"),
    source(
        "disks",
        _disks,
        *("disk_ailing", "nvme_warning_bits", "nvme_spare_low", "nvme_wear_percent"),
        "nvme_media_errors",
    ),
    source(
        "mounts",
        _mounts,
        *("mount_hung", "mount_failing", "mount_read_only"),
        *("mount_used_percent", "mount_files_percent"),
    ),
    source("clock", _clock, "clock_apart_s"),
    source("chronyc", _chrony, "clock_synchronised", "clock_offset_s"),
    source("processes", _processes, "processes_stuck", "processes_zombie"),
    source("package-lock", _lock, "package_lock_s"),
)

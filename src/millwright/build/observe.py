"""What a turn's output says: values with their units, what is at fault by the tool's own word, and
what is known of the node from then on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from millwright.build.boots import BOOT
from millwright.model.buildplan import PlannedTest
from millwright.model.buildrun import Came
from millwright.model.measurement import Measurement
from millwright.ports import Unit
from millwright.probes import metrics
from millwright.probes.dcgmi_diag_facts import Diagnostic, Test
from millwright.probes.dmidecode_facts import Machine as Firmware
from millwright.probes.kernel_events import Event
from millwright.probes.kernel_log import KernelLog
from millwright.probes.nvidia_smi_gpu import Gpu, Machine
from millwright.probes.reading import Reading
from millwright.probes.registry import named
from millwright.probes.smartctl_facts import Drives

NOT_THERE = (126, 127)
WHOLE = 0.95
"""Of its planned time a run must have gone on for so much."""
FAILED = ("fail", "failed", "error")
RAN = (*FAILED, "pass", "passed", "warn")
"""Words of a diagnostic for a test that looked: one that was skipped, or is mute, did not."""
TELLING = (Diagnostic, Machine, Drives, KernelLog)
"""Facts that hold faults themselves; an exit status alone makes up for no output."""
BRAKES = frozenset(
    {"hw_slowdown", "hw_thermal_slowdown", "sw_thermal_slowdown", "hw_power_brake_slowdown"}
)
"""Reasons to be slow that are a fault; a power cap in force is none."""
HELD = "held_us."
"""A fact of a GPU: how long the driver has counted such a reason, the longest of them."""
XIDS_OF_JOBS = frozenset({13, 31, 43, 45})
"""What programs do to themselves, by NVIDIA's catalogue: noise until they are known to be good."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What came of one turn. Only what `measured` has measurements, and may be judged; beside it,
    a node that answers and did not start again has failed to."""

    came: Came
    reason: str = ""
    problems: tuple[str, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    simulated: bool = False
    again: bool = False
    """Whether it is worth another try."""


def observed(test: PlannedTest, unit: Unit) -> Observed:
    """Return what a job that is done says. A tool that failed measured nothing."""
    if broken := _broken(test, unit):
        return broken
    if test.reader == BOOT:
        return Observed("measured", "", (), tuple(_booted(unit)))
    tool = named(test.reader)
    if tool is None:
        return Observed("error", f"no reader {test.reader} is known")
    reading = tool.read((unit.stdout or unit.stderr).decode("utf-8", "replace"))
    return _from_reading(test, unit, reading)


def _broken(test: PlannedTest, unit: Unit) -> Observed | None:
    """Return why a job's output cannot be asked what it measured; None where it can."""
    if unit.ended == "timeout":
        told = f"{test.tool} did not end within {test.limit_s} s: {unit.reason}"
        stayed = (metrics.BOOTS_FAILED.of(1.0),) if test.reader == BOOT else ()
        return Observed("hung", told, measurements=stayed)
    if unit.ended != "exit":
        return Observed("error", f"{test.tool}: {unit.reason or unit.ended}", again=True)
    if unit.exit_status in NOT_THERE:
        return Observed("error", f"{test.tool} is not there: {_said(unit)}")
    if unit.exit_status != 0 and unit.exit_status not in test.found_with:
        told = f"{test.tool} ended with {unit.exit_status}: {_said(unit)}"
        return Observed("error", told, again=True)
    if test.timed and unit.duration_s < WHOLE * test.seconds:
        told = f"{test.tool} ran {unit.duration_s:g} s of {test.seconds}: too short to count"
        return Observed("error", told, again=True)
    if unit.dropped_bytes:
        told = f"{test.tool} said more than is kept: {unit.dropped_bytes} bytes of it are missing"
        return Observed("error", told)
    return None


def _booted(unit: Unit) -> Iterator[Measurement]:
    """Yield what a start took; nothing where nobody saw it begin, as after a run was left."""
    if unit.duration_s > 0:
        yield metrics.BOOT_TIME.of(round(unit.duration_s, 1))
    yield metrics.BOOTS_FAILED.of(0.0)


def _said(unit: Unit) -> str:
    raw = (unit.stderr or unit.stdout).decode("utf-8", "backslashreplace")
    return " ".join(raw.split())[-200:] or "it said nothing"


def _from_reading(test: PlannedTest, unit: Unit, reading: Reading[Any]) -> Observed:
    problems = tuple(
        f"line {p.line}: {p.message}" if p.line else p.message for p in reading.problems
    )
    faults = tuple(_faults(test, unit, reading.facts))
    found = (*reading.measurements, *faults)
    if told := _missing(test, reading, faults):
        told = f"{test.tool} {told}" + (f": {problems[0]}" if problems else "")
        return Observed("error", told, problems, simulated=reading.simulated, again=True)
    return Observed("measured", "", problems, found, dict(_known(reading.facts)), reading.simulated)


def _missing(test: PlannedTest, reading: Reading[Any], faults: tuple[Measurement, ...]) -> str:
    """Return why a reading counts for nothing; a fault that was found always counts.

    A node that leaves a value out is judged by what was expected of it. A pair or a fabric is
    not: its turn has to say itself that it did not measure.
    """
    bad = isinstance(reading.facts, TELLING) and any(fault.value for fault in faults)
    if reading.problems and not reading.measurements and not bad:
        return "said nothing that can be read"
    found = {each.metric for each in (*reading.measurements, *faults)}
    lacks = [each.metric for each in test.expects if each.metric not in found]
    return f"said nothing of {', '.join(lacks)}" if lacks and test.scope != "node" else ""


def _faults(test: PlannedTest, unit: Unit, facts: object) -> Iterator[Measurement]:
    """Yield how many faults the tool itself found, by device where it says which."""
    if isinstance(facts, Diagnostic):
        yield from _diagnosed(facts, unit.exit_status in test.found_with)
    elif isinstance(facts, Machine):
        for gpu in facts.gpus:
            yield from _ailing(gpu)
    elif isinstance(facts, Drives):
        yield metrics.DISKS_TOLD.of(float(sum(drive.health_told for drive in facts.drives)))
        yield from _failing(facts)
    elif isinstance(facts, KernelLog):
        yield metrics.KERNEL_ERRORS.of(float(sum(e.count for e in facts.events if not _of_jobs(e))))
    elif test.found_with:
        yield metrics.BURNIN_FAULTS.of(float(unit.exit_status in test.found_with))


def _of_jobs(event: Event) -> bool:
    """Return whether an event tells of a program that went wrong, and not of the machine."""
    return event.kind == "oom" or (event.kind == "xid" and event.code in XIDS_OF_JOBS)


def _diagnosed(facts: Diagnostic, ended_badly: bool) -> Iterator[Measurement]:
    """Yield faults by device. One that no test looked at is left out, and so is missing.

    Where a test's summary or the exit status tells of a fault that no result names, it is the
    node's.
    """
    counts: dict[str, int] = {}
    for test in facts.tests:
        for result in test.results:
            word = (result.status or "").lower()
            for entity in result.entities or ("",):
                if word in RAN:
                    counts[entity] = counts.get(entity, 0) + (word in FAILED)
        if (test.status or "").lower() in FAILED and not _names_a_fault(test):
            counts[""] = counts.get("", 0) + 1
    if ended_badly and facts.tests and not any(counts.values()):
        counts[""] = 1
    for device, count in counts.items():
        yield metrics.BURNIN_FAULTS.of(float(count), device)


def _names_a_fault(test: Test) -> bool:
    return any((result.status or "").lower() in FAILED for result in test.results)


def _failing(facts: Drives) -> Iterator[Measurement]:
    """Yield 1 for a disk that gives itself up, 0 for one that does not; it passes too easily."""
    for drive in facts.drives:
        if drive.passed is not None:
            yield metrics.BURNIN_FAULTS.of(float(not drive.passed), drive.device or "")


def _ailing(gpu: Gpu) -> Iterator[Measurement]:
    """Yield what a GPU's own driver holds against it, 1 or 0; nothing of what it does not tell."""
    if gpu.clocks.reasons_told:
        yield metrics.GPU_THROTTLED.of(
            float(bool(BRAKES & set(gpu.clocks.reasons))), f"gpu{gpu.index}"
        )
    for metric, told in (
        (metrics.GPU_ROW_REMAP_PENDING, gpu.repair.remap_pending),
        (metrics.GPU_ROW_REMAP_FAILED, gpu.repair.remap_failed),
    ):
        if told is not None:
            yield metric.of(float(told), f"gpu{gpu.index}")


def _known(facts: object) -> Iterator[tuple[str, str]]:
    """Yield what later measurements of the node carry: serials, versions, power caps.

    A key ends with its device; the node's own serial number has none behind the dot.
    """
    if isinstance(facts, Firmware):
        if facts.system is not None and facts.system.serial:
            yield "serial.", facts.system.serial
        return
    if not isinstance(facts, Machine):
        return
    if facts.driver:
        yield "driver", facts.driver
    for gpu in facts.gpus:
        cap = gpu.power.limit_w
        told = (
            ("serial", gpu.serial),
            ("vbios", gpu.vbios),
            ("power_cap_w", None if cap is None else f"{cap:g}"),
        )
        yield from ((f"{key}.gpu{gpu.index}", value) for key, value in told if value)
        if counted := [each.for_us for each in gpu.clocks.held_back if each.reason in BRAKES]:
            yield f"{HELD}gpu{gpu.index}", str(max(counted))

"""`nvme` (nvme-cli 1 and 2): smart-log, id-ctrl and list, each as text and as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.json_node import Node, document
from millwright.probes.nvme_list import Namespace, columns_of, namespaces, row_of
from millwright.probes.pairs import Pairs, grouped, pair_of
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, Reading, is_simulated
from millwright.probes.smartctl_facts import NvmeHealth
from millwright.units import celsius

TOOL = "nvme"
_SMART = re.compile(r"Smart Log for NVME device:\s?(?P<device>\S{1,60}) namespace-id:\S+$")
_CONTROLLER = re.compile(r"NVME Identify Controller:$", re.IGNORECASE)
_FAILURE = re.compile(
    r"NVMe status|nvme:|.*(?:command not found|No such file|Permission denied|No such device"
    r"|Inappropriate ioctl|passthru: |Failed to|failed to)"
)
_CELSIUS = re.compile(r"(?P<c>-?\d{1,3}) ?[\u00b0\u00ba]? ?C\b")
_KELVIN = re.compile(r"(?:.*\()?(?P<k>\d{2,3}) (?:K|Kelvin)\)?$")
_PERCENT = re.compile(r"(?P<percent>\d{1,3})%$")
_AMOUNT = re.compile(r"(?P<amount>\d[\d,.'\u00a0\u202f]{0,40}?)(?: \(.*\))?$")
_SENSOR = re.compile(r"temperature[ _]sensor[ _]\d{1,2}$")


@dataclass(frozen=True, slots=True)
class Controller:
    """`id-ctrl`: who a controller is, and what it can do (bit fields as numbers)."""

    vendor_id: int | None
    model: str | None
    serial: str | None
    firmware: str | None
    total_bytes: int | None
    unallocated_bytes: int | None
    namespaces: int | None
    optional_admin_commands: int | None
    format_attributes: int | None
    sanitize_capabilities: int | None
    warning_temperature_c: float | None
    critical_temperature_c: float | None
    subsystem: str | None


@dataclass(frozen=True, slots=True)
class Log:
    """`smart-log` of a device, which only the text names."""

    device: str | None
    health: NvmeHealth


@dataclass(frozen=True, slots=True)
class Disks:
    """What one output holds: logs, controllers, or a list of namespaces."""

    logs: tuple[Log, ...] = ()
    controllers: tuple[Controller, ...] = ()
    namespaces: tuple[Namespace, ...] = ()


def command(device: str) -> list[str]:
    """Return what to ask a node about a drive, as root."""
    return ["nvme", "smart-log", device, "--output-format=json"]


def read(text: str) -> Reading[Disks]:
    """Return what the output holds; what is none of the three is a problem."""
    told = text.removeprefix("\ufeff").lstrip()
    if told.startswith(("{", "[")) or "\n{" in told:
        tree, problems = document(text, expected=_is_known)
        disks = _disks(tree)
    else:
        disks, problems = _lines(text)
    if not (disks.logs or disks.controllers or disks.namespaces) and not problems:
        problems.append(Problem("no log, no controller and no list is told"))
    measurements = tuple(
        found for log in disks.logs for found in log.health.measured(log.device or "")
    )
    return Reading(TOOL, disks, measurements, tuple(problems), is_simulated(text))


def _is_known(node: Node) -> bool:
    return any(node.at(key).value is not None for key in ("critical_warning", "sn", "Devices"))


def _disks(tree: Node) -> Disks:
    if tree.at("critical_warning").value is not None:
        return Disks(logs=(Log(None, _health(tree)),))
    if tree.at("sn").value is not None:
        return Disks(controllers=(_controller(lambda key: tree.at(key).said),))
    return Disks(namespaces=tuple(namespaces(tree.at("Devices"))))


def _health(log: Node) -> NvmeHealth:
    warning = log.at("critical_warning")
    kelvin = log.at("temperature").number
    return NvmeHealth(
        critical_warning=warning.whole if warning.whole is not None else warning.at("value").whole,
        temperature_c=None if not kelvin else celsius(kelvin),
        available_spare_percent=log.at("avail_spare").number,
        available_spare_threshold_percent=log.at("spare_thresh").number,
        percentage_used=log.at("percent_used").number,
        data_units_read=log.at("data_units_read").whole,
        data_units_written=log.at("data_units_written").whole,
        host_reads=log.at("host_read_commands").whole,
        host_writes=log.at("host_write_commands").whole,
        controller_busy_minutes=log.at("controller_busy_time").whole,
        power_cycles=log.at("power_cycles").whole,
        power_on_hours=log.at("power_on_hours").whole,
        unsafe_shutdowns=log.at("unsafe_shutdowns").whole,
        media_errors=log.at("media_errors").whole,
        error_log_entries=log.at("num_err_log_entries").whole,
        warning_temperature_minutes=log.at("warning_temp_time").whole,
        critical_temperature_minutes=log.at("critical_comp_time").whole,
        sensors_c=tuple(
            celsius(value)
            for key, node in log.members
            if _SENSOR.match(key) and (value := node.number)
        ),
    )


def _controller(get: Callable[[str], str | None]) -> Controller:
    def whole(key: str) -> int | None:
        told = get(key) or ""
        return int(told, 16) if re.fullmatch(r"0x[0-9a-f]{1,16}", told) else _amount(told)

    warning, critical = whole("wctemp"), whole("cctemp")
    return Controller(
        vendor_id=whole("vid"),
        model=get("mn"),
        serial=get("sn"),
        firmware=get("fr"),
        total_bytes=whole("tnvmcap"),
        unallocated_bytes=whole("unvmcap"),
        namespaces=whole("nn"),
        optional_admin_commands=whole("oacs"),
        format_attributes=whole("fna"),
        sanitize_capabilities=whole("sanicap"),
        warning_temperature_c=celsius(warning) if warning else None,
        critical_temperature_c=celsius(critical) if critical else None,
        subsystem=get("subnqn"),
    )


@dataclass(slots=True)
class _Draft:
    """A log or a controller while its lines go by."""

    device: str | None
    log: bool
    pairs: Pairs


def _lines(text: str) -> tuple[Disks, list[Problem]]:
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    problems = lines.problems + told.problems
    problems += [found for draft in lines.drafts for found in draft.pairs.problems]
    logs = tuple(Log(d.device, _said(d.pairs)) for d in lines.drafts if d.log)
    controllers = tuple(_controller(d.pairs.get) for d in lines.drafts if not d.log)
    return Disks(logs, controllers, tuple(lines.rows)), problems


class _Lines:
    """Sorts lines under the heading that they follow; rows of a list under its columns."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.rows: list[Namespace] = []
        self.problems: list[Problem] = []
        self._heading = ""
        self._columns: tuple[slice, ...] = ()

    def take(self, line: Line) -> None:
        """Read one whole line."""
        at, text = line
        if not text.strip():
            return
        if found := _SMART.match(text):
            self.drafts.append(_Draft(found["device"], True, Pairs()))
        elif _CONTROLLER.match(text.strip()):
            self.drafts.append(_Draft(None, False, Pairs()))
        elif columns := columns_of(text):
            self._columns = columns
        elif self._columns:
            self._row(line)
        elif _FAILURE.match(text):
            self.problems.append(Problem(shown(text), at))
        elif text.startswith("Node ") and "Model" in text:
            self._heading = text
        else:
            self._pair(line)

    def _row(self, line: Line) -> None:
        row = row_of(self._heading, line[1], self._columns)
        if row is None:
            self.problems.append(not_understood(line))
        elif row not in self.rows:
            self.rows.append(row)

    def _pair(self, line: Line) -> None:
        pair = pair_of(line)
        if pair is None or not self.drafts:
            # Explanations of `-H` hang below their line without being one.
            if not self.drafts or pair is None and line[1][:1] not in " \t[":
                self.problems.append(not_understood(line))
        elif pair.indent == 0 and pair.key != "ps":
            self.drafts[-1].pairs.put(pair)


def _said(pairs: Pairs) -> NvmeHealth:
    get = pairs.get
    warning = get("critical_warning") or ""
    return NvmeHealth(
        critical_warning=int(warning, 0) if re.fullmatch(r"0x[0-9a-f]+|\d", warning) else None,
        temperature_c=_degrees(get("temperature")),
        available_spare_percent=_percent(get("available_spare")),
        available_spare_threshold_percent=_percent(get("available_spare_threshold")),
        percentage_used=_percent(get("percentage_used")),
        data_units_read=_amount(get("data_units_read", "Data Units Read")),
        data_units_written=_amount(get("data_units_written", "Data Units Written")),
        host_reads=_amount(get("host_read_commands")),
        host_writes=_amount(get("host_write_commands")),
        controller_busy_minutes=_amount(get("controller_busy_time")),
        power_cycles=_amount(get("power_cycles")),
        power_on_hours=_amount(get("power_on_hours")),
        unsafe_shutdowns=_amount(get("unsafe_shutdowns")),
        media_errors=_amount(get("media_errors")),
        error_log_entries=_amount(get("num_err_log_entries")),
        warning_temperature_minutes=_amount(get("Warning Temperature Time")),
        critical_temperature_minutes=_amount(get("Critical Composite Temperature Time")),
        sensors_c=tuple(_sensors(pairs)),
    )


def _sensors(pairs: Pairs) -> Iterator[float]:
    for key, value in pairs:
        if _SENSOR.match(key) and (degrees := _degrees(value)) is not None:
            yield degrees


def _degrees(text: str | None) -> float | None:
    """Return degrees Celsius, told as such or, where a locale wants Fahrenheit, as kelvins."""
    if found := _CELSIUS.match(text or ""):
        return int(found["c"])
    found = _KELVIN.match(text or "")
    return celsius(int(found["k"])) if found else None


def _percent(text: str | None) -> int | None:
    found = _PERCENT.match(text or "")
    return int(found["percent"]) if found else None


def _amount(text: str | None) -> int | None:
    found = _AMOUNT.match(words(text) or "")
    return grouped(found["amount"]) if found else None

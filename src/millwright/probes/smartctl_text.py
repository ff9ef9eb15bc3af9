"""smartctl's text (-a, -x, -i, -H, -A), of ATA, SCSI and NVMe drives, one or several in a row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from millwright.probes.endings import Line, output, shown
from millwright.probes.pairs import Pairs, grouped, pair_of
from millwright.probes.reading import Problem
from millwright.probes.smartctl_facts import Attribute, Drive, NvmeHealth, Uncorrected

_BANNER = re.compile(r"smartctl (?:pre-)?\d")
_SECTION = re.compile(r"=== START OF (?P<name>[A-Z ]+) SECTION ===$")
_ATTRIBUTE = re.compile(
    r"\s*(?P<id>\d{1,3}) (?P<name>[A-Za-z][\w/.-]{1,60})\s+(?P<flag>0x[0-9a-f]{4}|[POSRCK-]{6})\s+"
    r"(?P<value>\d{3}|---)\s+(?P<worst>\d{3}|---)\s+(?P<threshold>\d{3}|---)\s+"
    r"(?:(?:Pre-fail|Old_age)\s+(?:Always|Offline)\s+)?(?P<failed>\S{1,20})\s+(?P<raw>\S.*)$"
)
_HEADING = re.compile(r"\s*ID# ATTRIBUTE_NAME\b")
_ERRORS = re.compile(r"(?P<way>read|write|verify):(?:\s+[\d.,]+){6}\s+(?P<uncorrected>\d{1,12})$")
_HOURS = re.compile(r"Accumulated power on time, hours:minutes (?P<hours>\d{1,8}):\d\d\b")
_WORDS = {"PASSED": True, "OK": True, "FAILED!": False}
_DEGREES = re.compile(r"(?P<c>-?\d{1,3}) (?:C|Celsius)$")
_PERCENT = re.compile(r"(?P<percent>\d{1,3})%$")
_RPM = re.compile(r"(?P<rpm>\d{1,6}) rpm$")
_AMOUNT = re.compile(r"(?P<amount>\d[\d,.'\u00a0\u202f]{0,40}?)(?: bytes)?(?: \[.*\])?$")
_SATA = re.compile(r".*?, (?P<most>\d{1,2}\.\d) Gb/s(?: \(current: (?P<now>\d{1,2}\.\d) Gb/s\))?$")
_SENSOR = re.compile(r"temperature sensor \d{1,2}$")
_FAILURE = re.compile(
    r"Smartctl open device|Read (?:NVMe|SMART|Device).*failed|A mandatory SMART command failed"
    r"|.*(?:Permission denied|No such device|command not found|Unable to detect device type"
    r"|Input/output error|failed: )"
)


@dataclass(slots=True)
class _Draft:
    """A drive while its lines go by."""

    pairs: Pairs = field(default_factory=Pairs)
    attributes: dict[int, Attribute] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    hours: int | None = None
    passed: bool | None = None
    section: str | None = None
    table: bool = False
    nvme: bool = False


def drives(text: str) -> tuple[list[Drive], list[Problem]]:
    """Return the drives of a text, and what is wrong with it."""
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    problems = lines.problems + told.problems
    problems += [found for draft in lines.drafts for found in draft.pairs.problems]
    if not lines.drafts and not problems:
        problems.append(Problem("this is no text of smartctl"))
    return [_drive(draft) for draft in lines.drafts], problems


class _Lines:
    """Sorts lines under the drive that they follow; sections without a use are passed over."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.problems: list[Problem] = []
        self._draft: _Draft | None = None

    def take(self, line: Line) -> None:
        """Read one whole line."""
        at, text = line
        if _FAILURE.match(text):
            self.problems.append(Problem(shown(text), at))
        elif found := _SECTION.match(text):
            self._section(found["name"])
        elif _BANNER.match(text):
            self._draft = None
        elif self._draft is not None:
            self._told(line, self._draft)

    def _section(self, name: str) -> None:
        """Open a section: information begins a drive, and so does health without any before it."""
        draft = self._draft
        if draft is None or name == "INFORMATION":
            draft = self._draft = _Draft()
            self.drafts.append(draft)
        draft.section, draft.table = name, False

    def _told(self, line: Line, draft: _Draft) -> None:
        at, text = line
        if _HEADING.match(text):
            draft.table = True
        elif not text.strip():
            draft.table = False
        elif draft.table:
            if found := _ATTRIBUTE.match(text):
                self._attribute(at, found, draft)
            elif text[:3].strip().isdigit():
                self.problems.append(Problem(f"no attribute: {shown(text)}", at))
        else:
            _counted(line, draft)

    def _attribute(self, at: int, found: re.Match[str], draft: _Draft) -> None:
        attribute = _attribute(found)
        if draft.attributes.setdefault(attribute.number, attribute) != attribute:
            self.problems.append(Problem(f"attribute {attribute.number} is told twice", at))
            del draft.attributes[attribute.number]


def _counted(line: Line, draft: _Draft) -> None:
    """Take what stands outside of a table; only NVMe drives have a critical warning."""
    if found := _HOURS.match(line[1]):
        draft.hours = int(found["hours"])
    elif found := _ERRORS.match(line[1]):
        draft.errors[found["way"]] = int(found["uncorrected"])
    elif (pair := pair_of(line)) and pair.indent == 0:
        draft.nvme = draft.nvme or pair.key == "Critical Warning"
        if pair.key.lower() in _KEYS or _SENSOR.match(pair.key.lower()):
            draft.pairs.put(pair)


_KEYS = frozenset(
    """device model|model number|product|vendor|model family|serial number|firmware version|revision
    |lu wwn device id|logical unit id|user capacity|total nvm capacity|namespace 1 size/capacity
    |rotation rate|sata version is|transport protocol|current drive temperature|temperature
    |smart overall-health self-assessment test result|smart health status|critical warning
    |available spare|available spare threshold|percentage used|data units read|data units written
    |host read commands|host write commands|controller busy time|power cycles|power on hours
    |unsafe shutdowns|media and data integrity errors|error information log entries
    |warning comp. temperature time|critical comp. temperature time
    |elements in grown defect list""".replace("\n    ", "").split("|")
)


def _attribute(found: re.Match[str]) -> Attribute:
    number = {
        key: int(found[key]) if found[key].isdigit() else None
        for key in ("value", "worst", "threshold")
    }
    failed = None if found["failed"] in ("-", "") else found["failed"]
    return Attribute(int(found["id"]), found["name"], **number, raw=found["raw"], failed=failed)


def _drive(draft: _Draft) -> Drive:
    get = draft.pairs.get
    verdict = get("SMART overall-health self-assessment test result", "SMART Health Status")
    sata = _SATA.match(get("SATA Version is") or "")
    health = _health(draft.pairs) if draft.nvme else None
    by_number = draft.attributes
    return Drive(
        device=None,
        protocol=_protocol(draft),
        family=get("Model Family"),
        model=get("Device Model", "Model Number") or _joined(get("Vendor"), get("Product")),
        serial=get("Serial Number"),
        firmware=get("Firmware Version", "Revision"),
        wwn=_wwn(get("LU WWN Device Id", "Logical Unit id")),
        capacity_bytes=_amount(
            get("Total NVM Capacity", "User Capacity", "Namespace 1 Size/Capacity")
        ),
        rotation_rpm=_matched(_RPM, get("Rotation Rate")),
        link_gbps=float(sata["now"]) if sata and sata["now"] else None,
        link_max_gbps=float(sata["most"]) if sata else None,
        passed=_WORDS.get((verdict or "").split(" ")[0], False if verdict else None),
        temperature_c=_temperature(draft),
        power_on_hours=_hours(draft, health),
        power_cycles=health.power_cycles if health else _raw(by_number.get(12)),
        nvme=health,
        attributes=tuple(by_number.values()),
        grown_defects=grouped(get("Elements in grown defect list")),
        uncorrected=tuple(Uncorrected(*each) for each in draft.errors.items()),
    )


def _protocol(draft: _Draft) -> str | None:
    if draft.nvme or "Total NVM Capacity" in draft.pairs or "Model Number" in draft.pairs:
        return "NVMe"
    if "Transport protocol" in draft.pairs or "Product" in draft.pairs:
        return "SCSI"
    return "ATA" if draft.attributes or "Device Model" in draft.pairs else None


def _temperature(draft: _Draft) -> float | None:
    told = draft.pairs.get("Temperature", "Current Drive Temperature")
    if told is not None:
        return _matched(_DEGREES, told)
    for number in (194, 190):
        if number in draft.attributes:
            first = draft.attributes[number].raw.split(" ")[0]
            return int(first) if first.isdigit() and len(first) <= 3 else None
    return None


def _hours(draft: _Draft, health: NvmeHealth | None) -> int | None:
    if health is not None:
        return health.power_on_hours
    if draft.hours is not None:
        return draft.hours
    attribute = draft.attributes.get(9)
    if attribute is None:
        return None
    # Some vendors count minutes and seconds beside the hours: `44316h+12m+03.456s`.
    found = re.match(r"(?P<hours>\d{1,8})(?:$|h\+| \()", attribute.raw)
    return int(found["hours"]) if found else None


def _raw(attribute: Attribute | None) -> int | None:
    return attribute.raw_count if attribute else None


def _health(pairs: Pairs) -> NvmeHealth:
    get = pairs.get
    warning = get("Critical Warning") or ""
    return NvmeHealth(
        critical_warning=int(warning, 16) if re.fullmatch(r"0x[0-9a-fA-F]{2}", warning) else None,
        temperature_c=_matched(_DEGREES, get("Temperature")),
        available_spare_percent=_matched(_PERCENT, get("Available Spare")),
        available_spare_threshold_percent=_matched(_PERCENT, get("Available Spare Threshold")),
        percentage_used=_matched(_PERCENT, get("Percentage Used")),
        data_units_read=_amount(get("Data Units Read")),
        data_units_written=_amount(get("Data Units Written")),
        host_reads=_amount(get("Host Read Commands")),
        host_writes=_amount(get("Host Write Commands")),
        controller_busy_minutes=_amount(get("Controller Busy Time")),
        power_cycles=_amount(get("Power Cycles")),
        power_on_hours=_amount(get("Power On Hours")),
        unsafe_shutdowns=_amount(get("Unsafe Shutdowns")),
        media_errors=_amount(get("Media and Data Integrity Errors")),
        error_log_entries=_amount(get("Error Information Log Entries")),
        warning_temperature_minutes=_amount(get("Warning Comp. Temperature Time")),
        critical_temperature_minutes=_amount(get("Critical Comp. Temperature Time")),
        sensors_c=tuple(
            degrees
            for key, value in pairs
            if _SENSOR.match(key) and (degrees := _matched(_DEGREES, value)) is not None
        ),
    )


def _matched(pattern: re.Pattern[str], text: str | None) -> int | None:
    found = pattern.match(text or "")
    return int(found[1]) if found else None


def _amount(text: str | None) -> int | None:
    found = _AMOUNT.match(text or "")
    return grouped(found["amount"]) if found else None


def _joined(*told: str | None) -> str | None:
    return " ".join(each for each in told if each) or None


def _wwn(text: str | None) -> str | None:
    digits = (text or "").removeprefix("0x").replace(" ", "").lower()
    return f"0x{digits}" if re.fullmatch(r"[0-9a-f]{16}", digits) else None

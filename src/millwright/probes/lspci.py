"""`lspci` in its forms (plain, -n, -nn, -D, up to -vvv): devices, and how their links came up.

Link speeds, widths and access control stand in the output only for root, and from -vv on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.metrics import PCIE_LINK_SPEED, PCIE_LINK_WIDTH
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "lspci"
_SLOT = r"(?P<slot>(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])"
_NAMED = re.compile(
    _SLOT + r" (?P<class>[^\[:]+?)(?: \[(?P<class_id>[0-9a-f]{4})\])?: (?P<name>.+?)"
    r"(?: \[(?P<vendor>[0-9a-f]{4}):(?P<device>[0-9a-f]{4})\])?"
    r"(?: \(rev (?P<revision>[0-9a-f]{2})\))?(?: \(prog-if [^)]*\))?$"
)
_NUMBERED = re.compile(
    _SLOT + r" (?P<class_id>[0-9a-f]{4}): (?P<vendor>[0-9a-f]{4}):(?P<device>[0-9a-f]{4})"
    r"(?: \(rev (?P<revision>[0-9a-f]{2})\))?(?: \(prog-if [^)]*\))?$"
)
_CLASS = re.compile(_SLOT + r" (?P<class>[^\[:]+?)(?: \[(?P<class_id>[0-9a-f]{4})\])?: ")
_WHOLE = re.compile(r"(?:\(rev [0-9a-f]{2}\)|\[[0-9a-f]{4}:[0-9a-f]{4}\])$")
_LINK = re.compile(
    r"(?P<kind>LnkCap|LnkSta):\s.*?Speed (?P<speed>[0-9.]{1,6}|unknown)(?:GT/s)?"
    r"(?: \((?P<speed_is>\w+)\))?, Width x(?P<width>\d{1,3})(?: \((?P<width_is>\w+)\))?"
)
_ACS = re.compile(r"ACSCtl:\s+(?P<flags>\S+(?: \S+)*)$")
_NUMA = re.compile(r"NUMA node: (?P<node>\d{1,5})$")
_DRIVER = re.compile(r"Kernel driver in use: (?P<driver>\S+)$")
_FAILURE = re.compile(r"lspci:|pcilib:|.*command not found")
_TOLD = ("LnkCap:", "LnkSta:", "ACSCtl:", "NUMA n", "Kernel", "!!!")
_DEAD = "!!! Unknown header type"
_ALL_ONES = "ff"
_DOWNGRADED = "downgraded"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link can do and what it trained to; lspci's own judgement decides, if it has one."""

    capable_gt_s: float | None
    capable_width: int | None
    speed_gt_s: float | None
    width: int | None
    speed_downgraded: bool | None
    width_downgraded: bool | None


@dataclass(frozen=True, slots=True)
class PciDevice:
    """One function. `access_control` holds the switches of ACSCtl that are on, None without any.

    `answers` is false where all that is read from a device is ones: it fell off the bus.
    """

    slot: str
    class_name: str | None
    class_id: str | None
    vendor_id: str | None
    device_id: str | None
    name: str | None
    revision: str | None
    numa_node: int | None
    driver: str | None
    link: Link | None
    access_control: tuple[str, ...] | None
    answers: bool


@dataclass(frozen=True, slots=True)
class Bus:
    """All functions, in the order of the output."""

    devices: tuple[PciDevice, ...]


@dataclass(slots=True)
class _Draft:
    """A function while its lines go by."""

    head: re.Match[str]
    named: bool
    links: dict[str, re.Match[str]] = field(default_factory=dict)
    access_control: tuple[str, ...] | None = None
    numa_node: int | None = None
    driver: str | None = None
    answers: bool = True
    details: dict[str, str] = field(default_factory=dict)


def command() -> list[str]:
    """Return what to ask a node, as root: all devices of all domains, with their links."""
    return ["lspci", "-D", "-nn", "-vvv"]


def read(text: str) -> Reading[Bus]:
    """Return every function; details that follow no function are a problem."""
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    if told.cut:
        lines.take_cut(told.cut)
    if not lines.drafts:
        lines.problems.append(Problem("no device is listed"))
    if lines.denied:
        lines.problems.append(Problem("capabilities are hidden: only root may see them"))
    devices = tuple(_device(draft) for draft in lines.drafts.values())
    measurements = tuple(found for device in devices for found in _measurements(device))
    return Reading(TOOL, Bus(devices), measurements, tuple(lines.problems), is_simulated(text))


class _Lines:
    """Sorts details under the function that they follow; an empty line ends a function."""

    def __init__(self) -> None:
        self.drafts: dict[str, _Draft] = {}
        self.problems: list[Problem] = []
        self.denied = False
        self._draft: _Draft | None = None
        self._lost = False

    def take(self, line: Line) -> None:
        """Read one whole line."""
        text = line[1]
        if not text:
            self._draft, self._lost = None, False
        elif text[0] in "\t ":
            self._detail(line)
        elif found := _NUMBERED.match(text) or _NAMED.match(text):
            self._open(line, found, named=found.re is _NAMED)
        elif _FAILURE.match(text):
            self.problems.append(Problem(shown(text), line[0]))
        else:
            self.problems.append(not_understood(line))

    def take_cut(self, line: Line) -> None:
        """Read a last line without newline: its name is in doubt unless numbers follow."""
        if line[1][0] not in "\t " and _WHOLE.search(line[1]):
            self.take(line)
            return
        self.problems.append(Problem(f"the last line may be cut: {shown(line[1])}", line[0]))
        if found := _CLASS.match(line[1]):
            self._open(line, found, named=False)

    def _open(self, line: Line, found: re.Match[str], *, named: bool) -> None:
        slot = found["slot"]
        if slot in self.drafts:
            self.problems.append(Problem(f"{slot} is listed twice", line[0]))
        self._draft = self.drafts.setdefault(slot, _Draft(found, named))

    def _detail(self, line: Line) -> None:
        text = line[1].strip()
        if "<access denied>" in text:
            self.denied = True
        if self._draft is None:
            if not self._lost:
                self.problems.append(Problem("details without their device", line[0]))
            self._lost = True
        elif text.startswith(_TOLD):
            self._told(line, text, self._draft)

    def _told(self, line: Line, text: str, draft: _Draft) -> None:
        key = text.partition(":")[0]
        if draft.details.setdefault(key, text) == text:
            _detail(text, draft)
            return
        # No function says one of these twice: the heading of another is lost.
        self.problems.append(Problem(f"{draft.head['slot']} says twice its {key}", line[0]))
        self._draft, self._lost = None, True


def _detail(text: str, draft: _Draft) -> None:
    if found := _LINK.match(text):
        draft.links.setdefault(found["kind"], found)
    elif found := _ACS.match(text):
        flags = found["flags"].split()
        draft.access_control = tuple(flag[:-1] for flag in flags if flag.endswith("+"))
    elif found := _NUMA.match(text):
        draft.numa_node = int(found["node"])
    elif found := _DRIVER.match(text):
        draft.driver = found["driver"]
    elif text.startswith(_DEAD):
        draft.answers = False


def _device(draft: _Draft) -> PciDevice:
    told = draft.head.groupdict()
    return PciDevice(
        slot=told["slot"],
        class_name=told.get("class"),
        class_id=told.get("class_id"),
        vendor_id=told.get("vendor"),
        device_id=told.get("device"),
        name=told.get("name") if draft.named else None,
        revision=told.get("revision"),
        numa_node=draft.numa_node,
        driver=draft.driver,
        link=_link(draft.links.get("LnkCap"), draft.links.get("LnkSta")),
        access_control=draft.access_control,
        answers=draft.answers and told.get("revision") != _ALL_ONES,
    )


def _link(can: re.Match[str] | None, does: re.Match[str] | None) -> Link | None:
    if can is None and does is None:
        return None
    best, now = _speed(can), _speed(does)
    widest, width = _width(can), _width(does)
    return Link(
        capable_gt_s=best,
        capable_width=widest,
        speed_gt_s=now,
        width=width,
        speed_downgraded=_downgraded(does and does["speed_is"], best, now),
        width_downgraded=_downgraded(does and does["width_is"], widest, width),
    )


def _speed(found: re.Match[str] | None) -> float | None:
    """Return GT/s; None where the device does not know, or the word is no number."""
    if found is None or not re.fullmatch(r"\d{1,3}(?:\.\d)?", found["speed"]):
        return None
    return float(found["speed"])


def _width(found: re.Match[str] | None) -> int | None:
    return int(found["width"]) if found else None


def _downgraded(judged: str | None, best: float | None, now: float | None) -> bool | None:
    """Return lspci's own judgement; older versions give none, so compare."""
    if judged:
        return judged == _DOWNGRADED
    return now < best if now is not None and best is not None else None


def _measurements(device: PciDevice) -> list[Measurement]:
    link = device.link
    if link is None:
        return []
    told = ((PCIE_LINK_SPEED, link.speed_gt_s), (PCIE_LINK_WIDTH, link.width))
    return [metric.of(value, device.slot) for metric, value in told if value is not None]

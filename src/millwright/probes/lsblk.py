"""`lsblk` as a tree, -P (pairs) and -J (JSON), with any columns, with or without -b.

Without -b sizes are rounded to one decimal; `size_rounded` says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.json_node import Node, document
from millwright.probes.pairs import size_bytes
from millwright.probes.quantity import truth, words
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "lsblk"
_PAIRS = re.compile(r'(?:[A-Z][A-Z0-9:%_-]{0,30}="[^"]*"\s*)+$')
_PAIR = re.compile(r'(?P<key>[A-Z][A-Z0-9:%_-]*)="(?P<value>[^"]*)"')
_HEADING = re.compile(r"K?NAME\b")
_ROW = re.compile(
    r"(?P<tree>[\s│├└─|`-]*)(?P<name>[A-Za-z0-9][\w.:!/+-]*)(?: \((?P<target>[^)]*)\))?(?:\s+|$)"
)
_FAILURE = re.compile(r"lsblk:|.*command not found")
_PLAIN = ("name", "maj:min", "rm", "size", "ro", "type")
_MAJ_MIN = re.compile(r"\d+:\d+$")
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")
Get = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Device:
    """A block device. `parent` is the one that it hangs below; what no column tells is None."""

    name: str
    parent: str | None
    type: str | None
    size_bytes: int | None
    size_rounded: bool
    rotational: bool | None
    read_only: bool | None
    model: str | None
    serial: str | None
    revision: str | None
    wwn: str | None
    transport: str | None
    file_system: str | None
    mount_points: tuple[str, ...]

    @property
    def in_use(self) -> bool:
        """Whether it holds a file system, or is mounted: nothing may be written over it."""
        return bool(self.file_system or self.mount_points)


@dataclass(frozen=True, slots=True)
class Devices:
    """All block devices, parents before what hangs below them."""

    devices: tuple[Device, ...]

    def below(self, name: str) -> tuple[Device, ...]:
        """Return what hangs directly below a device."""
        return tuple(device for device in self.devices if device.parent == name)

    @property
    def disks(self) -> tuple[Device, ...]:
        """Whole disks that have a size: no loops, no empty readers of cards."""
        return tuple(each for each in self.devices if each.type == "disk" and each.size_bytes)


def command() -> list[str]:
    """Return what to ask a node."""
    columns = "NAME,TYPE,SIZE,ROTA,RO,MODEL,SERIAL,REV,WWN,TRAN,FSTYPE,MOUNTPOINT"
    return ["lsblk", "-J", "-b", "-o", columns]


def read(text: str) -> Reading[Devices]:
    """Return every device; a line that is none is a problem."""
    told = text.removeprefix("\ufeff").lstrip()
    if told.startswith("{") or "\n{" in told:
        tree, problems = document(text, expected=_is_listing)
        devices = list(_nodes(tree.at("blockdevices"), None, problems))
    else:
        devices, problems = _lines(text)
    if not devices and not problems:
        problems.append(Problem("no device is listed"))
    facts = Devices(tuple(dict.fromkeys(devices)))
    return Reading(TOOL, facts, (), tuple(problems), is_simulated(text))


def _is_listing(node: Node) -> bool:
    return isinstance(node.at("blockdevices").value, list)


def _nodes(listed: Node, parent: str | None, problems: list[Problem]) -> Iterator[Device]:
    for entry in listed.entries:
        name = entry.first("name", "kname", "path").said
        if name is None:
            problems.append(Problem("a device has no name"))
            continue
        points = entry.at("mountpoints")
        mounted = [each.said for each in points.entries] or [entry.at("mountpoint").said]
        yield _device(name, parent, _asked(entry), tuple(filter(None, mounted)))
        yield from _nodes(entry.at("children"), name, problems)


def _asked(entry: Node) -> Get:
    def get(key: str) -> str | None:
        node = entry.at(key)
        flag = node.value if isinstance(node.value, bool) else None
        return str(int(flag)) if flag is not None else node.said

    return get


def _device(name: str, parent: str | None, get: Get, mounted: tuple[str, ...]) -> Device:
    size = get("size")
    exact = size is not None and size.isascii() and size.isdigit()
    return Device(
        name=name,
        parent=parent or get("pkname"),
        type=get("type"),
        size_bytes=size_bytes(size),
        size_rounded=size is not None and not exact,
        rotational=truth(get("rota")),
        read_only=truth(get("ro")),
        model=get("model"),
        serial=get("serial"),
        revision=get("rev"),
        wwn=get("wwn"),
        transport=get("tran"),
        file_system=get("fstype"),
        mount_points=mounted,
    )


def _lines(text: str) -> tuple[list[Device], list[Problem]]:
    told = output(text)
    rows = _Rows(_columns(told.whole))
    for line in told.whole:
        rows.take(line)
    return rows.devices, rows.problems + told.problems


class _Rows:
    """Reads rows: pairs name their columns; those of a tree lie where no row has a letter.

    Two columns between which some row leaves no gap are not read, for a cell may be either's.
    """

    def __init__(self, columns: Mapping[str, slice]) -> None:
        self._columns = columns
        self.devices: list[Device] = []
        self.problems: list[Problem] = []
        self._heading: tuple[str, ...] = ()
        self._above: list[tuple[int, str]] = []

    def take(self, line: Line) -> None:
        """Read one whole line."""
        at, text = line
        if not text.strip():
            return
        if _PAIRS.match(text):
            self._pairs(line)
        elif _FAILURE.match(text):
            self.problems.append(Problem(shown(text), at))
        elif _HEADING.match(text):
            self._heading, self._above = tuple(text.lower().split()), []
        elif self._heading and (found := _ROW.match(text)):
            self._row(line, found)
        elif self._heading and self.devices and text[:1] in " \t":
            self._mounted(text.strip())
        else:
            self.problems.append(not_understood(line))

    def _pairs(self, line: Line) -> None:
        found = _PAIR.finditer(line[1])
        told = {each["key"].lower(): _unescaped(each["value"]) for each in found}
        name = words(told.get("name")) or words(told.get("kname")) or words(told.get("path"))
        if name is None:
            self.problems.append(Problem("a device has no name", line[0]))
            return
        points = told.get("mountpoints", told.get("mountpoint", "")).split("\n")
        mounted = tuple(point for point in points if words(point))
        self.devices.append(_device(name, None, _words_of(told), mounted))

    def _row(self, line: Line, found: re.Match[str]) -> None:
        depth = len(found["tree"])
        while self._above and self._above[-1][0] >= depth:
            self._above.pop()
        parent = self._above[-1][1] if self._above else None
        self._above.append((depth, found["name"]))
        if self._heading[: len(_PLAIN)] != _PLAIN:
            told = {key: line[1][where].strip() for key, where in self._columns.items()}
            point = told.get("mountpoint") or told.get("mountpoints")
            points = (point,) if point else ()
            self.devices.append(_device(found["name"], parent, _words_of(told), points))
            return
        cells = line[1][found.end() :].split(None, len(_PLAIN) - 1)
        if len(cells) < len(_PLAIN) - 1 or not _MAJ_MIN.match(cells[0]):
            self.problems.append(not_understood(line))
            return
        told = dict(zip(_PLAIN[1:], cells, strict=False))
        mounted = (cells[5].strip(),) if len(cells) > 5 else ()
        self.devices.append(_device(found["name"], parent, _words_of(told), mounted))

    def _mounted(self, point: str) -> None:
        """Take a further mount point, which stands on a line of its own."""
        if point.startswith("/") or point == "[SWAP]":
            last = self.devices[-1]
            fields = {name: getattr(last, name) for name in last.__slots__}
            fields["mount_points"] = (*last.mount_points, point)
            self.devices[-1] = Device(**fields)


def _words_of(told: Mapping[str, str]) -> Get:
    return lambda key: words(told.get(key))


def _columns(lines: Sequence[Line]) -> dict[str, slice]:
    """Return where the columns of a table lie, by the names in its heading.

    Between two columns no line has a letter; a stretch that no heading names belongs to the column
    before it, whose cells have blanks. A stretch with two headings is neither's.
    """
    texts = [text for _, text in lines if text.strip()]
    at = next((at for at, text in enumerate(texts) if _HEADING.match(text)), None)
    if at is None or any(_PAIRS.match(text) for text in texts):
        return {}
    heading, texts = texts[at], texts[at:]
    width = max(map(len, texts))
    taken = [any(len(text) > at and text[at] != " " for text in texts) for at in range(width)]
    found: dict[str, slice] = {}
    last: str | None = None
    for begin, end in _stretches(taken):
        names = heading[begin:end].split()
        if names:
            last = names[0].lower() if len(names) == 1 else None
        if last is not None:
            found[last] = slice(found[last].start if last in found else begin, end)
    return found


def _stretches(taken: Sequence[bool]) -> Iterator[tuple[int, int]]:
    begin = None
    for at, used in enumerate((*taken, False)):
        if used and begin is None:
            begin = at
        elif not used and begin is not None:
            yield begin, at
            begin = None


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).strip()

"""`nvme list`: namespaces by their device nodes, in the JSON of two versions and as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.probes.json_node import Node
from millwright.probes.quantity import words

_RULES = re.compile(r"-+(?: +-+){3,}$")
_NODE = re.compile(r"/dev/nvme\S{1,30}$")


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace with the drive it lies on; the table tells sizes rounded, so they are left."""

    device: str
    model: str | None
    serial: str | None
    firmware: str | None
    size_bytes: int | None
    used_bytes: int | None
    sector_bytes: int | None


def namespaces(devices: Node) -> Iterator[Namespace]:
    """Yield namespaces: version 1 lists them, version 2 hangs them below their controllers."""
    for entry in devices.entries:
        if path := entry.at("DevicePath").said:
            yield _namespace(path, entry, entry)
        for subsystem in entry.at("Subsystems").entries:
            yield from _below(subsystem)


def _below(subsystem: Node) -> Iterator[Namespace]:
    """Yield what hangs below controllers, and below the subsystem where paths are joined."""
    controllers = subsystem.at("Controllers").entries
    for controller in controllers:
        for entry in controller.at("Namespaces").entries:
            if name := entry.at("NameSpace").said:
                yield _namespace(f"/dev/{name}", entry, controller)
    if controllers:
        for entry in subsystem.at("Namespaces").entries:
            if name := entry.at("NameSpace").said:
                yield _namespace(f"/dev/{name}", entry, controllers[0])


def _namespace(path: str, entry: Node, drive: Node) -> Namespace:
    return Namespace(
        device=path,
        model=drive.at("ModelNumber").said,
        serial=drive.at("SerialNumber").said,
        firmware=drive.at("Firmware").said,
        size_bytes=entry.at("PhysicalSize").whole,
        used_bytes=entry.at("UsedBytes").whole,
        sector_bytes=entry.at("SectorSize").whole,
    )


def columns_of(line: str) -> tuple[slice, ...]:
    """Return where the columns are, of the line of dashes that draws them; else none."""
    if not _RULES.match(line):
        return ()
    return tuple(slice(found.start(), found.end()) for found in re.finditer(r"-+", line))


def row_of(heading: str, line: str, columns: tuple[slice, ...]) -> Namespace | None:
    """Return the namespace of a row under its columns; None where it is none."""
    names = [heading[column].strip() for column in columns]
    cells = {name: line[column].strip() for name, column in zip(names, columns, strict=True)}
    if not _NODE.match(cells.get("Node", "")):
        return None
    return Namespace(
        device=cells["Node"],
        model=words(cells.get("Model")),
        serial=words(cells.get("SN")),
        firmware=words(line[columns[-1].start :]) if names[-1] == "FW Rev" else None,
        size_bytes=None,
        used_bytes=None,
        sector_bytes=None,
    )

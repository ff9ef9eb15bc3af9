"""The cable list as a file: one row a cable, streamed, with places and labels of both ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import IO, Any

from millwright.model.cluster import CableTable, Device

HEADER = (
    "id",
    "fabric",
    "plane",
    "rail",
    "a_device",
    "a_port",
    "a_rack",
    "a_u",
    "b_device",
    "b_port",
    "b_rack",
    "b_u",
    "medium",
    "length_m",
    "part_number",
    "label_a",
    "label_b",
    "bundle",
)
Row = tuple[Any, ...]


def rows(
    cables: CableTable, devices: Iterable[Device], part_numbers: Mapping[str, str]
) -> Iterator[Row]:
    """Yield one tuple a cable in the order of HEADER; unknown places and lengths are empty.

    `{length}` in a part number stands for the length in metres, in three digits; a cable of unknown
    length then has none.
    """
    places = {d.name: (d.rack or "", "" if d.u is None else d.u) for d in devices}
    nowhere = ("", "")
    columns = (getattr(cables, field.name) for field in fields(CableTable))
    for fabric, plane, rail, a, a_port, b, b_port, medium, cable, bundle, length in zip(
        *columns, strict=True
    ):
        a_rack, a_u = places.get(a, nowhere)
        b_rack, b_u = places.get(b, nowhere)
        a_end, b_end = f"{a} {a_port}", f"{b} {b_port}"
        yield (
            f"{fabric}:{b}:{b_port}",
            fabric,
            plane or "",
            rail or "",
            a,
            a_port,
            a_rack,
            a_u,
            b,
            b_port,
            b_rack,
            b_u,
            medium,
            length or "",
            _ordered_as(part_numbers.get(cable, ""), length),
            f"{a_end} > {b_end}",
            f"{b_end} > {a_end}",
            bundle,
        )


def _ordered_as(number: str, length_m: int) -> str:
    if "{length}" not in number:
        return number
    return number.replace("{length}", f"{length_m:03d}") if length_m else ""


def write(file: IO[bytes], lines: Iterable[Row]) -> None:
    """Write header and rows; the same on every platform and locale."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(lines)
    text.flush()
    text.detach()


def read(file: IO[str]) -> tuple[CableTable, list[Row]]:
    """Return the cables of a file that `write` wrote, as columns and as rows.

    Raises ValueError where the header is another one.
    """
    reader = csv.reader(file)
    if tuple(next(reader, ())) != HEADER:
        raise ValueError("the header is not that of a cable list")
    table, lines = CableTable(), []
    for line in reader:
        lines.append(tuple(line))
        table.fabric.append(line[1])
        table.plane.append(int(line[2] or 0))
        table.rail.append(int(line[3] or 0))
        table.a_device.append(line[4])
        table.a_port.append(line[5])
        table.b_device.append(line[8])
        table.b_port.append(line[9])
        table.medium.append(line[12])
        table.cable.append("")
        table.bundle.append(line[17])
        table.length_m.append(int(line[13] or 0))
    return table, lines


def document(line: Row) -> dict[str, Any]:
    """Return a row as JSON tells it: null for what is empty."""
    cell = dict(zip(HEADER, line, strict=True))

    def number(text: Any) -> int | None:
        return int(text) if text != "" else None

    def end(side: str) -> dict[str, Any]:
        return {
            "device": cell[f"{side}_device"],
            "port": cell[f"{side}_port"],
            "rack": cell[f"{side}_rack"] or None,
            "u": number(cell[f"{side}_u"]),
        }

    return {
        "id": cell["id"],
        "fabric": cell["fabric"],
        "plane": number(cell["plane"]),
        "rail": number(cell["rail"]),
        "a": end("a"),
        "b": end("b"),
        "medium": cell["medium"],
        "length_m": number(cell["length_m"]),
        "part_number": cell["part_number"] or None,
        "label_a": cell["label_a"],
        "label_b": cell["label_b"],
        "bundle": cell["bundle"],
    }

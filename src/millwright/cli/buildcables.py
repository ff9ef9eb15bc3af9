"""`build cables`: the cables that are seen against those that are planned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, InputError, MillwrightError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from millwright.cli.cabling import Cabling
    from millwright.model.cabling import Listing

FORMATS = ("ibnetdiscover", "iblinkinfo", "lldp", "csv", "nvlink")


@guarded
def cables(
    context: typer.Context,
    observed: Annotated[
        Path | None, typer.Option(help="A listing that was recorded; - is standard input.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help=f"What the listing is: {', '.join(FORMATS)}.")
    ] = None,
    names: Annotated[Path | None, typer.Option(help="Lines of `observed,planned` names.")] = None,
    json: Json = False,
) -> None:
    """Compare the cables that are seen with the design: what is missing, swapped, or elsewhere.

    Without a listing the fabric is asked: ibnetdiscover on a node of it, lldpctl on all nodes.
    With `--format nvlink` the GPUs of rack-scale machines are asked what NVLink domain they are in.
    Names that differ from the design's are learned and shown; what fits several is left open.
    Ends with 1 where a cable is not as planned, with 3 where somebody did not answer.

    Example: millwright -C superpod build cables --observed fabric.txt
    """
    from millwright.cli.cabling import names_of

    door = door_of(context, json=json)
    if format_ not in (None, *FORMATS):
        raise MillwrightError(f"--format takes {', '.join(FORMATS)}, not {format_!r}")
    given = names_of(names)
    if format_ == "nvlink":
        from millwright.cli.nvlinkdomains import compare_nvlink

        compare_nvlink(door, observed)
        return
    if observed is None:
        from millwright.cli.cablesasked import compare_live

        compare_live(door, format_, given)
        return
    _recorded(door, observed, format_, given)


def _recorded(door: Door, path: Path, format_: str | None, given: Mapping[str, str]) -> None:
    from millwright.adapters.toolfile import read_output

    text = read_output(path)
    format_ = format_ or sniffed(str(path), text)
    show(door, [listed(door, (str(path), format_), text)], given, format_)


def sniffed(file: str, text: str) -> str:
    """Return what a listing is, by how it begins. Raises InputError where nothing fits."""
    from millwright.adapters.cablefile import HEADER
    from millwright.adapters.csvfile import excerpt

    head = text.removeprefix("\ufeff").lstrip()
    if head.startswith(",".join(HEADER[:4])):
        return "csv"
    if head.startswith("{"):
        return "lldp"
    if "Topology file" in head[:400] or "\nswitchguid=" in text or "\ncaguid=" in text:
        return "ibnetdiscover"
    if "==(" in text:
        return "iblinkinfo"
    found = f"a listing that is none of those known: {excerpt(text) or 'nothing'}"
    expected, hint = ", ".join(FORMATS), "say --format where it is one of them all the same"
    raise InputError((Problem(file, 1, 1, "", found, expected, hint),))


def listed(door: Door, said: tuple[str, str], text: str) -> tuple[Cabling, Listing]:
    """Return the cables that a listing (its file and its format) is about, and the listing.

    Raises InputError where it holds nothing of its format.
    """
    from millwright.adapters.csvfile import excerpt, wrong
    from millwright.build import cablelistings
    from millwright.cli.cabling import ETHERNET, INFINIBAND, cabling_of
    from millwright.probes import iblinkinfo, ibnetdiscover

    file, format_ = said
    if format_ == "ibnetdiscover":
        listing = cablelistings.of_fabric(ibnetdiscover.read(text))
        cabling = cabling_of(door, INFINIBAND)
    elif format_ == "iblinkinfo":
        listing = cablelistings.of_linkinfo(iblinkinfo.read(text))
        cabling = cabling_of(door, INFINIBAND)
    elif format_ == "csv":
        cabling = cabling_of(door, None)
        listing = cablelistings.of_rows(_csv_rows(file, text), cabling.boxes)
    else:
        from millwright.cli.cablesheard import heard

        cabling = cabling_of(door, ETHERNET)
        listing = cablelistings.of_lldp(heard(file, text), cabling.boxes)
    if not listing.links and not listing.down:
        why = excerpt(listing.problems[0] if listing.problems else text) or "nothing"
        raise InputError((wrong(file, 1, f"no link: {why}", f"a listing of {format_}"),))
    return cabling, listing


def _csv_rows(file: str, text: str) -> list[Mapping[str, str]]:
    """Return the rows of an as-built list, which has the columns of design/cables.csv or more."""
    from millwright.adapters.csvfile import excerpt, read_list, wrong

    told = read_list(file, text)
    needed = ("a_device", "a_port", "b_device", "b_port")
    lacking = ", ".join(name for name in needed if name not in told.columns)
    if lacking:
        found = f"the columns {excerpt(', '.join(told.columns)) or 'nothing'}"
        raise InputError((wrong(file, 1, found, f"also {lacking}", lacking),))
    return [row.cells for row in told.rows]


def show(
    door: Door, asked: Sequence[tuple[Cabling, Listing]], given: Mapping[str, str], format_: str
) -> None:
    """Compare what was asked, show it, and end as it came out."""
    from millwright.build.cables import compare
    from millwright.model.cabling import merged
    from millwright.reports.cables import cable_lines, cables_document

    compared = merged(
        [compare(listing, cabling.plan, cabling.boxes, given) for cabling, listing in asked]
    )
    rows = {key: row for cabling, _ in asked for key, row in cabling.rows.items()}
    if door.json:
        door.ui.json(cables_document(compared, rows, {"format": format_}))
    else:
        door.ui.raw(cable_lines(compared))
        for problem in compared.problems[:20]:
            door.ui.complain(f"problem: {problem}")
    if compared.findings or compared.doubts:
        raise typer.Exit(int(Exit.NO))
    if compared.problems or compared.not_observed:
        raise typer.Exit(int(Exit.UNANSWERED))

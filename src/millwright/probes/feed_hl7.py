"""The form of an HL7 v2 message: its kind, and which fields are filled; never what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OTHER = "(other)"
_WORDS = (
    "ACK ADT BAR CRM DFT DOC MDM MFK MFN OMG OMI OML OMN OMP ORD ORF ORG ORI ORL ORM ORN ORP ORR "
    "ORS ORU OSR PEX PGL PPP PRR PTR QBP QCK QRY RAR RAS RDE RDR RDS RER RGR RGV ROR RQA RQC RRA "
    "RRD RRE RRG RSP SIU SRM SRR VXQ VXR VXU VXX"
)
TYPES = frozenset(_WORDS.split())
"""Message types of HL7 v2: what is none of them is counted, and not named."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is told of one message: a kind of a closed list, and which required names it lacks."""

    kind: str
    lacking: tuple[str, ...] = ()
    readable: bool = True


def forms(raw: bytes, required: Sequence[str]) -> Iterator[Form]:
    """Yield the form of every message of a file, framed by MLLP or not.

    A required name is a segment and a field: `PID-3`; a segment alone has to be there.
    """
    text = raw.replace(b"\x0b", b"").replace(b"\x1c", b"\r").replace(b"\n", b"\r")
    segments = [line for line in text.split(b"\r") if line.strip()]
    starts = [at for at, line in enumerate(segments) if line.startswith(b"MSH")]
    if not starts or starts[0] != 0:
        yield Form(OTHER, readable=False)
        return
    for begin, end in zip(starts, [*starts[1:], len(segments)], strict=True):
        yield _form(segments[begin:end], required)


def _form(segments: Sequence[bytes], required: Sequence[str]) -> Form:
    head = segments[0]
    if len(head) < 8:
        return Form(OTHER, readable=False)
    mark = head[3:4]
    rows = [line.split(mark) for line in segments]
    rows[0].insert(1, mark)
    kind = rows[0][9][:3].decode("ascii", "replace") if len(rows[0]) > 9 else ""
    lacking = tuple(name for name in required if not _filled(rows, name))
    return Form(kind if kind in TYPES else OTHER, lacking)


def _filled(rows: Sequence[Sequence[bytes]], name: str) -> bool:
    segment, _, field = name.partition("-")
    mine = [row for row in rows if row[0] == segment.encode()]
    if not mine or not field:
        return bool(mine)
    at = int(field) if field.isdigit() else -1
    return all(0 < at < len(row) and row[at].strip(b" ^&~") not in (b"", b'""') for row in mine)

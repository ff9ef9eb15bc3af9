"""The form of a DICOM file: its modality, and which elements it has; never what is in them.

Reads headers of elements alone, and of values just the transfer syntax and the modality, which is
told where it is one of a closed list. Big-endian and deflated files are counted as unreadable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from millwright.probes.feed_hl7 import OTHER, Form

_WORDS = (
    "AR AU BDUS BI BMD CR CT CTPROTOCOL DG DOC DX ECG EPS ES FID GM HC HD IO IVOCT IVUS KER KO LEN "
    "LS MG MR NM OAM OCT OP OPM OPR OPT OPV OSS OT PLAN PR PT PX REG RESP RF RG RTDOSE RTIMAGE "
    "RTPLAN RTRECORD RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XC"
)
MODALITIES = frozenset(_WORDS.split())
TAGS = {
    "SOPClassUID": 0x00080016, "SOPInstanceUID": 0x00080018, "StudyDate": 0x00080020,
    "AccessionNumber": 0x00080050, "Modality": 0x00080060, "Manufacturer": 0x00080070,
    "StudyDescription": 0x00081030, "SeriesDescription": 0x0008103E, "PatientName": 0x00100010,
    "PatientID": 0x00100020, "PatientBirthDate": 0x00100030, "PatientSex": 0x00100040,
    "BodyPartExamined": 0x00180015, "SliceThickness": 0x00180050, "KVP": 0x00180060,
    "StudyInstanceUID": 0x0020000D, "SeriesInstanceUID": 0x0020000E,
    "InstanceNumber": 0x00200013, "ImagePositionPatient": 0x00200032,
    "ImageOrientationPatient": 0x00200037, "Rows": 0x00280010, "Columns": 0x00280011,
    "PixelSpacing": 0x00280030, "BitsAllocated": 0x00280100, "RescaleIntercept": 0x00281052,
    "RescaleSlope": 0x00281053, "PixelData": 0x7FE00010,
}  # fmt: skip
"""Keywords of the standard (PS3.6) that a feed may require, and their tags."""
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR",
                   b"UT", b"UV"))  # fmt: skip
_IMPLICIT = b"1.2.840.10008.1.2"
_UNREADABLE = (b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.1.99")
_SYNTAX = 0x00020010
_PIXELS = 0x7FE00010
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_OPEN = 0xFFFFFFFF
MOST_ELEMENTS = 100_000


class Raw(Protocol):
    """Bytes, or what gives those of a slice: no file is held whole for its header's sake."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def __getitem__(self, part: slice, /) -> bytes:
        """Return those of a slice."""
        ...


LONGEST_SYNTAX = 64


class _Cut(Exception):
    """The file ends, or makes no sense, within an element."""


def form(raw: Raw, required: Sequence[str]) -> Form:
    """Return the form of one file. Required names are keywords of `TAGS`."""
    if raw[128:132] != b"DICM":
        return Form(OTHER, readable=False)
    try:
        tags, modality = _read(raw)
    except _Cut:
        return Form(OTHER, readable=False)
    told = modality.strip(b" \0").decode("ascii", "replace")
    lacking = tuple(name for name in required if TAGS.get(name) not in tags)
    return Form(told if told in MODALITIES else OTHER, lacking)


def _read(raw: Raw) -> tuple[set[int], bytes]:
    syntax, at = b"", 132
    for tag, begin, length, end in _elements(raw, 132, implicit=False, group=2):
        if tag == _SYNTAX:
            syntax = raw[begin : begin + min(length, LONGEST_SYNTAX)].rstrip(b" \0")
        at = end
    if syntax in _UNREADABLE:
        raise _Cut
    tags: set[int] = set()
    modality = b""
    for tag, begin, length, _ in _elements(raw, at, implicit=syntax == _IMPLICIT):
        if length:
            tags.add(tag)
        if tag == TAGS["Modality"]:
            modality = raw[begin : begin + min(length, 16)]
    return tags, modality


def _elements(
    raw: Raw, at: int, *, implicit: bool, group: int | None = None
) -> Iterator[tuple[int, int, int, int]]:
    """Yield tag, begin and length of each value, and where the next element begins; pixels are
    the last."""
    for _ in range(MOST_ELEMENTS):
        if at >= len(raw):
            return
        tag, begin, length = _head(raw, at, implicit)
        if group is not None and tag >> 16 != group:
            return
        if tag == _PIXELS:
            yield tag, begin, 1, len(raw)
            return
        end = _after(raw, begin, implicit, 0) if length == _OPEN else begin + length
        if end > len(raw):
            raise _Cut
        yield tag, begin, end - begin, end
        at = end
    raise _Cut


def _head(raw: Raw, at: int, implicit: bool) -> tuple[int, int, int]:
    if at + 8 > len(raw):
        raise _Cut
    tag = int.from_bytes(raw[at : at + 2], "little") << 16
    tag |= int.from_bytes(raw[at + 2 : at + 4], "little")
    if implicit or tag >> 16 == 0xFFFE:
        return tag, at + 8, int.from_bytes(raw[at + 4 : at + 8], "little")
    if raw[at + 4 : at + 6] in _LONG:
        return tag, at + 12, int.from_bytes(raw[at + 8 : at + 12], "little")
    return tag, at + 8, int.from_bytes(raw[at + 6 : at + 8], "little")


def _after(raw: Raw, at: int, implicit: bool, depth: int) -> int:
    """Return where a sequence or an item of no told length ends."""
    if depth > 16:
        raise _Cut
    for _ in range(MOST_ELEMENTS):
        tag, begin, length = _head(raw, at, implicit)
        if tag in (_ITEM_END, _SEQUENCE_END):
            return begin
        at = _after(raw, begin, implicit, depth + 1) if length == _OPEN else begin + length
    raise _Cut

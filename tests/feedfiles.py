"""Messages of feeds as they come, with a patient in each: what must never come out of a look."""

from __future__ import annotations

import json
import struct

PATIENT = ("ZAPHODSON", "TRILLIAN", "19420317", "MRN-77341-X", "Heart of Gold Street")
"""Name, given name, birth date, number and address that are planted everywhere."""
_LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT")


def element(tag: int, kind: bytes, value: bytes, *, implicit: bool = False) -> bytes:
    """One element of DICOM, little endian."""
    value += b" " * (len(value) % 2)
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return head + struct.pack("<I", len(value)) + value
    if kind in _LONG:
        return head + kind + struct.pack("<HI", 0, len(value)) + value
    return head + kind + struct.pack("<H", len(value)) + value


def open_sequence(tag: int, inner: bytes) -> bytes:
    """A sequence of no told length with one item of no told length."""
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + b"SQ" + struct.pack("<HI", 0, 0xFFFFFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + inner
    return (
        head
        + item
        + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
        + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    )


def dicom(modality: str = "CT", *, implicit: bool = False, more: bytes = b"") -> bytes:
    """A file of DICOM with a patient in it."""
    syntax = b"1.2.840.10008.1.2" + (b"" if implicit else b".1")
    meta = element(0x00020010, b"UI", syntax + b"\0" * (len(syntax) % 2))
    body = b"".join(
        element(tag, kind, value, implicit=implicit)
        for tag, kind, value in (
            (0x00080060, b"CS", modality.encode()),
            (0x00100010, b"PN", f"{PATIENT[0]}^{PATIENT[1]}".encode()),
            (0x00100020, b"LO", PATIENT[3].encode()),
            (0x00100030, b"DA", PATIENT[2].encode()),
            (0x0020000D, b"UI", b"1.2.3.4"),
        )
    )
    pixels = element(0x7FE00010, b"OW", b"\1\2" * 40, implicit=implicit)
    return b"\0" * 128 + b"DICM" + meta + body + more + pixels


def hl7(kind: str = "ORU^R01", *, number: str = PATIENT[3]) -> bytes:
    """A message of HL7 v2 with a patient in it."""
    name, given, birth, _, street = PATIENT
    return (
        f"MSH|^~\\&|LAB|{name}|||20260302||{kind}|1|P|2.5\r"
        f"PID|1||{number}||{name}^{given}||{birth}|F|||{street}\r"
        f"OBX|1|NM|{name}||7.1\r"
    ).encode()


def fhir(kind: str = "Observation", **more: object) -> bytes:
    """A resource of FHIR with a patient in it."""
    name, given, birth, number, street = PATIENT
    return json.dumps(
        {
            "resourceType": kind, "status": "final", "subject": {"display": f"{given} {name}"},
            "identifier": [{"value": number}], "birthDate": birth, name: street, **more,
        }
    ).encode()  # fmt: skip

"""Serial numbers by which power is acted on: what names no machine, or many, is none."""

from __future__ import annotations

NO_SERIAL = frozenset(
    (
        "", "none", "n/a", "na", "default string", "not specified", "not available", "unknown",
        "to be filled by o.e.m.", "to be filled by oem", "system serial number", "serial number",
        "empty", "invalid", "oem", "0123456789", "123456789", "1234567890",
    )
)  # fmt: skip
"""What firmware says where nobody wrote a number, in small letters."""


def names_no_machine(serial: str) -> bool:
    """Return whether a serial number is one that firmware has before anybody wrote its own."""
    return serial.strip().casefold() in NO_SERIAL or not serial.strip("0 .-_")

"""What the words behind an Xid's or SXid's number say: the unit of a link, the driver's wish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

NVLINK5 = range(144, 151)
RECOVERY = 154

_NVLINK5 = re.compile(
    r"(?P<unit>[A-Z][A-Z0-9_]{1,40}(?:/[A-Z][A-Z0-9_]{1,40})?) (?P<severity>Fatal|Nonfatal)\b"
    r"(?: XC\d{1,3})?(?: i-?\d{1,3})?(?: Link (?P<link>-?\d{1,3}))?"
    r"(?: \((?P<words>[^)]{0,400})\)?)?"
)
_SWITCH = re.compile(r"\): \d{1,6}, (?P<severity>Fatal|Non-fatal)\b(?:, Link (?P<link>\d{1,3})\b)?")
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,8}$")
_RECOVERY = re.compile(r"recovery action changed from .{1,60}? to 0x(?P<to>[0-9a-fA-F]{1,4})\b")
_PLACE = re.compile(r"\(GPC (\d{1,3}), TPC (\d{1,3})(?:, SM (\d{1,3}))?\)")


@dataclass(frozen=True, slots=True)
class LinkError:
    """An error of an NVLink of the fifth generation. What the line does not say is None.

    `sub_code` is that of the unit, of which `unit` is the name. `severity` is the driver's word.
    """

    unit: str
    severity: Literal["Fatal", "Nonfatal"]
    link: int | None
    intrinfo: int | None
    status: int | None

    @property
    def sub_code(self) -> int | None:
        """Return bits 20 to 25 of the first hex word."""
        return None if self.intrinfo is None else (self.intrinfo >> 20) & 0x3F


def link_error(text: str) -> LinkError | None:
    """Return what an Xid of 144 to 150 says; None where its words are not of that form."""
    found = _NVLINK5.search(text)
    if found is None:
        return None
    words = [_number(word) for word in (found["words"] or "").split()]
    return LinkError(
        unit=found["unit"],
        severity="Fatal" if found["severity"] == "Fatal" else "Nonfatal",
        link=int(found["link"]) if found["link"] else None,
        intrinfo=words[0] if words else None,
        status=words[1] if len(words) > 1 else None,
    )


def _number(word: str) -> int | None:
    return int(word, 16) if _HEX.match(word) else None


@dataclass(frozen=True, slots=True)
class SwitchError:
    """An error of an NVSwitch: the driver's word for it, and the link where it names one."""

    severity: Literal["Fatal", "Non-fatal"]
    link: int | None


def switch_error(text: str) -> SwitchError | None:
    """Return what an SXid says behind its number; None where its words are not of that form."""
    found = _SWITCH.search(text)
    if found is None:
        return None
    severity: Literal["Fatal", "Non-fatal"] = (
        "Fatal" if found["severity"] == "Fatal" else "Non-fatal"
    )
    return SwitchError(severity, int(found["link"]) if found["link"] else None)


def recovery_action(text: str) -> int | None:
    """Return the recovery action that an Xid 154 changes to; None where it says none."""
    found = _RECOVERY.search(text)
    return int(found["to"], 16) if found else None


def place(text: str) -> str | None:
    """Return the part of the GPU that an exception names, such as `GPC 8 TPC 5`."""
    found = _PLACE.search(text)
    return f"GPC {found[1]} TPC {found[2]}" if found else None

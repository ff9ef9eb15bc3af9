"""`lynis-report.dat`: `key=value` and `key[]=value`, with values parted by bars."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(r"(?P<key>[a-z][a-z0-9_]{0,60})(?P<many>\[\])?=(?P<value>.*)$")


@dataclass(frozen=True, slots=True)
class LynisRemark:
    """A warning or a suggestion: the control's number and what it says."""

    control: str
    text: str
    warning: bool


@dataclass(frozen=True, slots=True)
class LynisReport:
    """One report. `done` are controls that were carried out, `skipped` those that were not."""

    host: str
    version: str
    at: str
    index: str
    remarks: tuple[LynisRemark, ...]
    done: tuple[str, ...]
    skipped: tuple[str, ...]


def read(text: str) -> LynisReport | None:
    """Return a report; None where the text is none."""
    one: dict[str, str] = {}
    many: dict[str, list[str]] = {}
    for line in text.splitlines():
        found = _LINE.match(line.strip())
        if found is None:
            continue
        if found["many"]:
            many.setdefault(found["key"], []).append(found["value"])
        else:
            one[found["key"]] = found["value"]
    if "lynis_version" not in one:
        return None
    remarks = [
        LynisRemark(value.split("|")[0], (value.split("|") + [""])[1], key == "warning")
        for key in ("warning", "suggestion")
        for value in many.get(key, ())
    ]
    return LynisReport(
        host=one.get("hostname", ""),
        version=one["lynis_version"],
        at=one.get("report_datetime_end") or one.get("report_datetime_start", ""),
        index=one.get("hardening_index", ""),
        remarks=tuple(remarks),
        done=_numbers(one.get("tests_executed", "")),
        skipped=_numbers(one.get("tests_skipped", "")),
    )


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part.strip())

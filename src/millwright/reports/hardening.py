"""What closes a cluster: each setting, who asks for it, how it stood, and what is not followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Any

from millwright.model.hardening import Hardening
from millwright.model.nodeset import folded
from millwright.model.standing import Done
from millwright.reports.table import Table, left

SCHEMA = "millwright.deploy-hardening/1"
KEYS = ("name", "kind", "design", "rules", "state", "hosts", "reason", "source")

WIDTHS = (32, 33, 15, 12, 17)
"""Of the columns of a screen; with what stands between them they come to less than 120."""
REASON_WIDTH = 80


def rows(
    settings: Sequence[tuple[Hardening, str]], ledger: Mapping[tuple[str, str], Done]
) -> Iterator[dict[str, Any]]:
    """Yield each setting with its state at the last proof, hosts that stand alike together.

    A setting comes with what it is in words. A role that failed names the settings that it failed
    by; its other settings were found as designed.
    """
    for setting, words in settings:
        for state, hosts in _states(setting, words, ledger):
            values = (setting.name, setting.kind, words, list(setting.rules), state, hosts)
            told = dict(zip(KEYS, (*values, setting.note, setting.source), strict=True))
            yield told


def _states(
    setting: Hardening, words: str, ledger: Mapping[tuple[str, str], Done]
) -> list[tuple[str, str]]:
    if setting.kind == "exception":
        return [("not followed", "")]
    role = "kernel-parameters" if setting.kind == "parameter" else "hardening"
    mark = f"{words.partition(' ')[0]} is " if setting.kind == "parameter" else f"{setting.name}: "
    same: dict[str, list[str]] = {}
    for (host, name), done in ledger.items():
        if name == role:
            same.setdefault(_state(done, mark), []).append(host)
    return [(state, folded(hosts)) for state, hosts in same.items()] or [("never done", "")]


def _state(done: Done, mark: str) -> str:
    if done.standing == "unknown":
        return "unknown"
    if mark in done.detail:
        return done.standing
    return "proven"


def sheet(told: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Return settings as a table of all that is known of them: for programs, not for a screen."""
    columns = left("setting", "design", "rules", "state", "hosts", "reason")
    return Table(title, columns, tuple((*_cells(each), each["reason"]) for each in told))


def table(told: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Return settings as a table that a screen of 120 columns holds; long words go on below."""
    rows = tuple(row for each in told for row in _folded(_cells(each)))
    return Table(title, left("setting", "design", "rules", "state", "hosts"), rows)


def reasons(told: Sequence[Mapping[str, Any]]) -> Table:
    """Return what is said of settings beside their design, each once."""
    said = dict.fromkeys((each["name"], each["reason"]) for each in told if each["reason"])
    rows = tuple(row for name, reason in said for row in _folded((name, reason)))
    return Table("Why", left("setting", "reason"), rows)


def _cells(each: Mapping[str, Any]) -> tuple[str, ...]:
    rules = ", ".join(each["rules"])
    return (each["name"], each["design"], rules, each["state"], each["hosts"])


def _folded(cells: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield a row, and those that carry what its cells have no room for."""
    widths = WIDTHS[: len(cells)] if len(cells) > 2 else (WIDTHS[0], REASON_WIDTH)
    parts = [
        wrap(cell, width, break_on_hyphens=False) or [""]
        for cell, width in zip(cells, widths, strict=True)
    ]
    yield from zip_longest(*parts, fillvalue="")


def document(told: Sequence[Mapping[str, Any]], *, simulated: bool) -> dict[str, Any]:
    """Return settings as JSON."""
    return {"schema": SCHEMA, "simulated": simulated, "settings": list(told)}

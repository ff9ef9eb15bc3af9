"""What closes a cluster: each setting, who asks for it, how it stood, and what is not followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.model.hardening import Hardening
from millwright.model.nodeset import folded
from millwright.model.standing import Done
from millwright.reports.table import Table, left

SCHEMA = "millwright.deploy-hardening/1"
KEYS = ("name", "kind", "design", "rules", "state", "hosts", "reason", "source")


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


def table(told: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Return settings as a table."""
    columns = left("setting", "design", "rules", "state", "hosts", "reason")
    return Table(
        title,
        columns,
        tuple(
            (
                each["name"],
                each["design"],
                ", ".join(each["rules"]),
                each["state"],
                each["hosts"],
                each["reason"],
            )
            for each in told
        ),
    )


def document(told: Sequence[Mapping[str, Any]], *, simulated: bool) -> dict[str, Any]:
    """Return settings as JSON."""
    return {"schema": SCHEMA, "simulated": simulated, "settings": list(told)}

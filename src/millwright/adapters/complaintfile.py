"""Reads complaints out of what others found: health sweeps and findings of detection."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millwright.errors import MillwrightError
from millwright.model.incident import Complaint
from millwright.model.nodeset import WrongNodeSet, expanded

HEALTH, FINDINGS = "millwright.health/1", "millwright.findings/1"
MAX_BYTES = 64 << 20
_SILENT = ("flat-line", "stale")
"""Kinds of findings that say that nobody knows: a look is due, and no repair."""


@dataclass(frozen=True, slots=True)
class Told:
    """What files say: complaints, what is common to many nodes, and what is no complaint."""

    complaints: tuple[Complaint, ...] = ()
    common: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    simulated: bool = False
    answered: frozenset[str] = frozenset()
    """Nodes that a sweep looked at and that answered: what is not told of them is not so."""


def read_complaints(paths: tuple[Path, ...]) -> Told:
    """Return the complaints of files, in their order.

    Raises MillwrightError where a file is neither a sweep nor findings.
    """
    complaints: list[Complaint] = []
    common: list[str] = []
    notes: list[str] = []
    simulated = False
    answered: set[str] = set()
    for path in paths:
        document = _document(path)
        simulated = simulated or document.get("simulated") is True
        for index, raw in enumerate(_listed(document)):
            one = _Reading(path, index, raw, document)
            if why := one.passed_over():
                notes.append(why)
            elif told := one.common():
                common.append(told)
            else:
                complaints.append(one.complaint())
        silent = list(_silent(path, document))
        complaints += silent
        answered |= set(_nodes(document)) - {each.node for each in silent}
    return Told(tuple(complaints), tuple(common), tuple(notes), simulated, frozenset(answered))


def _nodes(document: Mapping[str, Any]) -> dict[str, Any]:
    nodes = document.get("nodes")
    return nodes if document.get("schema") == HEALTH and isinstance(nodes, dict) else {}


def _silent(path: Path, document: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield a complaint for each node that did not answer a sweep at all."""
    nodes = document.get("nodes")
    for node, told in nodes.items() if isinstance(nodes, dict) else ():
        silent = told.get("silent") if isinstance(told, dict) else None
        if silent and isinstance(node, str):
            yield Complaint(
                node=node, fault="node:silent", hard=True, families=("silence",),
                message=f"it does not answer: {silent}"[:2000], source=str(path),
                simulated=document.get("simulated") is True,
            )  # fmt: skip


def _document(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise MillwrightError(f"{path} is larger than {MAX_BYTES >> 20} MiB")
        found = json.loads(raw)
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise MillwrightError(f"{path} is no JSON: {error}"[:300]) from None
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema not in (HEALTH, FINDINGS):
        raise MillwrightError(
            f"{path} tells no findings: its schema is {schema!r}",
            hint=f"give what `manage health --json` ({HEALTH}) or `manage detect --json` "
            f"({FINDINGS}) wrote",
        )
    return dict(found)


def _listed(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    found = document.get("findings")
    for raw in found if isinstance(found, list) else ():
        yield raw if isinstance(raw, dict) else {}


@dataclass(frozen=True, slots=True)
class _Reading:
    """One finding of a file."""

    path: Path
    index: int
    raw: dict[str, Any]
    document: Mapping[str, Any]

    def word(self, key: str) -> str:
        value = self.raw.get(key)
        return value.strip() if isinstance(value, str) else ""

    def words(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key)
        return tuple(str(each) for each in value) if isinstance(value, list) else ()

    @property
    def swept(self) -> bool:
        return self.document.get("schema") == HEALTH

    def passed_over(self) -> str:
        """Return why this is no complaint; nothing where it is one."""
        where = f"{self.word('node')} {self.word('device')}".strip()
        if silenced := self.word("silenced"):
            return f"{where}: {self.word('check') or self.word('kind')} is explained: {silenced}"
        if self.word("kind") in _SILENT:
            return f"{where}: {self.word('kind')} says that nobody knows: look at it first"
        if self.raw.get("until"):
            return f"{where}: {self.word('kind')} was over at {self.word('until')}"
        return ""

    def common(self) -> str:
        """Return what is common to several nodes, in the detector's own words."""
        if self.word("kind") in ("common-cause", "slow-job"):
            return f"{self.word('node')}: {self.word('reason') or self.word('group')}"[:300]
        return ""

    def complaint(self) -> Complaint:
        """Return the finding as a complaint. Raises MillwrightError where it names no node."""
        try:
            (node,) = expanded(self.word("node"))
            return Complaint.model_validate(
                {
                    "node": node,
                    "device": self.word("device"),
                    "source": str(self.path),
                    "simulated": self.document.get("simulated") is True,
                    **(self._health() if self.swept else self._finding()),
                }
            )
        except (WrongNodeSet, ValueError, ValidationError) as error:
            raise MillwrightError(
                f"{self.path}: findings[{self.index}] is no finding of one node: "
                f"{str(error).splitlines()[0]}"[:300],
                hint="it wants node, device and what is wrong",
            ) from None

    def _health(self) -> dict[str, Any]:
        severity = self.word("severity") or "watch"
        return {
            "fault": _fault(self.word("fault")) or f"check:{_plain(self.word('check'))}",
            "severity": severity,
            # Checks of one sweep may well see one thing: together they are one witness.
            "families": ("health",),
            "hard": severity == "critical",
            "since": self.word("since") or None,
            "message": self.word("message"),
            "check": self.word("check"),
            "advised": self.words("actions"),
        }

    def _finding(self) -> dict[str, Any]:
        families = self.words("families")
        hard = self.word("kind") == "hard-fact"
        told = self.raw.get("evidence")
        evidence = told if isinstance(told, dict) else {}
        metric = str(evidence.get("metric") or "")
        value, peers = evidence.get("value"), evidence.get("peer_median")
        seen = f"{metric} {value} against {peers} of peers".strip()
        family = _plain(str(evidence.get("family") or "") or (families[0] if families else "any"))
        return {
            "fault": _fault(self.word("fault")) or f"degraded:{family}",
            "severity": "critical" if hard or len(set(families)) > 1 else "warning",
            "families": families,
            "hard": hard,
            "since": self.word("since") or None,
            "message": f"{self.word('reason') or seen}. {self.word('advice')}"[:2000],
        }


def _fault(text: str) -> str:
    return text if re.fullmatch(r"[a-z][a-z0-9_-]*(:[A-Za-z0-9_.@+-]+)*", text) else ""


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.@+-]+", "-", text).strip("-") or "unnamed"

"""One node as it was heard: answers that could be read, and for the others the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from millwright.manage.questions import by_id
from millwright.model.assessment import Proof
from millwright.model.heard import Heard
from millwright.probes.reading import Reading
from millwright.probes.registry import named

NOT_FOUND = 127
COLLECTED = "collected"
"""What the collector notes beside its answers: how those ended that are not there."""
MOST_SHOWN, MOST_AROUND = 200, 90


@dataclass(frozen=True, slots=True)
class Voice:
    """One node of a recording. What was not answered whole is None wherever it is asked for."""

    node: str
    heard: Mapping[str, Heard]
    _read: dict[str, Reading[Any] | None] = field(default_factory=dict)
    _objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    def text(self, question: str) -> str | None:
        """Return an answer, whole."""
        heard = self.heard.get(question)
        return heard.text if heard is not None and heard.whole else None

    def object(self, question: str) -> dict[str, Any]:
        """Return an answer that is a JSON object, as our programs print it; empty without one."""
        if question not in self._objects:
            try:
                told = json.loads(self.text(question) or "{}")
            except ValueError:
                told = {}
            self._objects[question] = told if isinstance(told, dict) else {}
        return self._objects[question]

    def file(self, question: str, path: str) -> str | None:
        """Return the text of a file that a question reads."""
        told = self.object(question).get(path)
        return told if isinstance(told, str) else None

    def facts(self, question: str) -> Any:
        """Return the facts that the question's reader reads; None where it cannot."""
        if question not in self._read:
            text, tool = self.text(question), named(by_id(question).tool)
            self._read[question] = tool.read(text) if text and tool else None
        reading = self._read[question]
        return None if reading is None else reading.facts

    def why(self, question: str) -> str:
        """Return why a question has no answer that can be read; nothing where it has one."""
        heard = self.heard.get(question)
        if heard is None:
            return _collected(self.heard.get(COLLECTED), question)
        if heard.whole:
            return "" if heard.text.strip() else "the answer is empty"
        if heard.ended == "exit" and heard.status == NOT_FOUND:
            return "the tool is not installed"
        if heard.cut_bytes:
            return f"the answer was longer than is kept, by {heard.cut_bytes} bytes"
        if heard.ended != "exit":
            return heard.reason or "it did not answer in time"
        said = heard.errors.strip().splitlines()
        return said[-1][:MOST_SHOWN] if said else f"it ended with status {heard.status}"

    def proof(self, question: str, *needles: str) -> Proof:
        """Return the first line of an answer with all of these words; else the answer itself."""
        heard = self.heard.get(question)
        lines = heard.text.splitlines() if heard is not None else []
        for at, line in enumerate(lines, start=1):
            if needles and all(needle in line for needle in needles):
                return Proof(node=self.node, question=question, at=at, line=_around(line, needles))
        return Proof(node=self.node, question=question)


def collected(voices: Mapping[str, Voice]) -> bool:
    """Return whether nodes recorded themselves, each at its own time."""
    return any(COLLECTED in voice.heard for voice in voices.values())


def _around(line: str, needles: tuple[str, ...]) -> str:
    """Return a line, or of a long one what stands around the first word."""
    line = line.strip()
    if len(line) <= MOST_SHOWN:
        return line
    at = max(0, line.find(needles[0]) - 10)
    return f"...{line[at : at + MOST_AROUND]}..."


def _collected(note: Heard | None, question: str) -> str:
    """Return what the collector noted of a question that it got no answer to."""
    for line in note.text.splitlines() if note is not None else ():
        name, _, status = line.partition(" ")
        if name == question and status != "0":
            return {
                str(NOT_FOUND): "the tool is not installed",
                "124": "it did not answer in time",
                "137": "it did not answer in time",
            }.get(status, f"it ended with status {status}")
    return "it was not asked"

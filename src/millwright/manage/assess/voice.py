"""One node as it was heard: answers that could be read, and for the others the reason."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
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
NOT_INSTALLED = "the tool is not installed"
NO_SENSE = "its answer makes no sense"
_LINES = frozenset({"chronyc", "sshd"})
"""Questions without a reader whose answers are lines, and no object."""


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
            except (ValueError, RecursionError):
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

    def garbled(self, question: str) -> str:
        """Return why an answer is none that its reader, or we, can read; nothing where it is one.

        What is read in part counts as read: its facts say what they do not know.
        """
        text = self.text(question)
        if text is None:
            return ""
        if not by_id(question).tool:
            return "" if self.object(question) or question in _LINES else NO_SENSE
        facts, told = self.facts(question), self._read[question]
        if told is None or not told.problems or any(_values(facts)):
            return ""
        return f"{NO_SENSE}: {told.problems[0].message}"[:MOST_SHOWN]

    def why(self, question: str) -> str:
        """Return why a question has no answer that can be read; nothing where it has one."""
        heard = self.heard.get(question)
        if heard is None:
            return _collected(self.heard.get(COLLECTED), question)
        if heard.whole:
            return "" if heard.text.strip() else "the answer is empty"
        if heard.ended == "exit" and heard.status == NOT_FOUND:
            return NOT_INSTALLED
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


def _values(facts: Any) -> Iterator[Any]:
    """Yield what facts hold, but for how many lines it took to say it."""
    yield from (getattr(facts, each.name) for each in fields(facts) if each.name != "lines")


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
                str(NOT_FOUND): NOT_INSTALLED,
                "124": "it did not answer in time",
                "137": "it did not answer in time",
            }.get(status, f"it ended with status {status}")
    return "it was not asked"

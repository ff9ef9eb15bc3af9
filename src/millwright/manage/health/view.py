"""One node as it was heard: its answers, read when somebody wants them, or why there is none."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from millwright.manage.expected import Expected
from millwright.manage.questions import DEVICE, Party, by_id
from millwright.model.fault import FaultCatalog
from millwright.model.heard import Heard
from millwright.probes.reading import Reading
from millwright.probes.registry import named

NOT_FOUND = 127
NOT_ASKED = "was not asked"


class Unheard(Exception):
    """A question that was not answered so that it could be read; `why` goes into the document."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Elsewhere(Exception):
    """A question that is none of this node's business: nothing is well or unknown of it here."""


@dataclass(frozen=True, slots=True)
class CableSeen:
    """One cable that is not as designed: whose it is, at which port, and what is wrong with it."""

    node: str
    port: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """One node of a recording. `expected` is None where no design names it.

    `apart_s` is how far its clock is from the others', None where there is nobody to compare with.
    `at` is when it was heard, `fleet` all nodes of the design that compute, `silent` why it did not
    answer over SSH, and `was_silent` whether so before. `faults` is what is known of faults,
    `cables` what of a subnet is not as designed, or why nobody knows.
    """

    node: str
    heard: Mapping[str, Heard]
    expected: Expected | None = None
    apart_s: float | None = None
    at: str = ""
    fleet: tuple[str, ...] = ()
    silent: str | None = None
    was_silent: bool = False
    faults: FaultCatalog | None = None
    cables: tuple[CableSeen, ...] | str = "it was not compared with a design"
    _read: dict[str, Reading[Any]] = field(default_factory=dict)

    def text(self, question: str) -> str:
        """Return what was answered, whole. Raises Unheard."""
        heard = self.heard.get(question)
        if heard is None:
            raise Unheard(f"it did not answer: {self.silent}" if self.silent else NOT_ASKED)
        if why := why_not(heard):
            raise Unheard(why)
        return heard.text

    def facts(self, question: str) -> Any:
        """Return the facts of an answer, by its question's reader. Raises Unheard where it could
        not be read without doubt."""
        if question not in self._read:
            tool = named(by_id(question).tool)
            if tool is None:
                raise Unheard(f"{question} has no reader")
            self._read[question] = tool.read(self.text(question))
        reading = self._read[question]
        if reading.problems:
            raise Unheard(f"{question}: {reading.problems[0].message}"[:200])
        return reading.facts

    def told(self, question: str) -> dict[str, Any]:
        """Return the object that a program told. Raises Unheard where it is none."""
        try:
            value = json.loads(self.text(question))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Unheard(f"{question} did not tell what it should")
        return value

    def has(self, question: str) -> bool:
        """Return whether a question was answered whole."""
        heard = self.heard.get(question)
        return heard is not None and heard.whole

    @property
    def device(self) -> bool:
        """Return whether it is no host, but something whose SNMP agent alone was heard."""
        return set(self.heard) == {DEVICE.id}

    @property
    def container(self) -> bool:
        """Return whether the node says that it is a container of a machine."""
        try:
            return bool(self.told("clock").get("container"))
        except Unheard:
            return False

    @property
    def up_s(self) -> float | None:
        """Return for how long the node runs; None where it does not say."""
        try:
            return number(self.told("clock").get("up_s"))
        except Unheard:
            return None

    def lacks(self, party: Party) -> bool:
        """Return whether the node is surely none of a party: its design says so.

        Without a design, what its own PCI bus lists says which accelerators it has not, and a
        command that only runs beside the scheduler that it runs none.
        """
        if self.expected is not None:
            return party not in self.expected.parties
        if party in ("head", "subnet"):
            heard = self.heard.get("slurm-nodes" if party == "head" else "ibnetdiscover")
            return heard is not None and "does not run here" in heard.errors
        adapters = self.heard.get("ibstat")
        if party == "infiniband" and adapters is not None and "CA '" in adapters.text:
            # Adapters for RoCE are Ethernet controllers on the bus.
            return False
        words = {"nvidia": "nvidia", "amd": "advanced micro devices", "infiniband": "infiniband"}
        if party not in words:
            return False
        try:
            bus = self.text("lspci").lower()
        except Unheard:
            return False
        kinds = ("[0302]", "[0300]", "[1200]", "[1180]") if party != "infiniband" else ("[0207]",)
        lines = [line for line in bus.splitlines() if any(kind in line for kind in kinds)]
        return not any(words[party] in line for line in lines)


def why_not(heard: Heard) -> str:
    """Return why an answer cannot be read; nothing where it is whole."""
    if heard.ended == "timeout":
        return f"{heard.question} hangs: {heard.reason or 'it did not end'}"
    if heard.ended != "exit":
        return f"{heard.question}: {heard.reason or heard.ended}"
    if heard.status == NOT_FOUND:
        said = heard.errors.strip().splitlines()
        return said[-1][:160] if said else f"{heard.question}: its command is not installed"
    if heard.cut_bytes:
        return f"{heard.question}: {heard.cut_bytes} bytes of its answer were not kept"
    if heard.status != 0:
        said = (heard.errors or heard.text).strip().splitlines()
        return f"{heard.question}: {(said[-1] if said else f'exit {heard.status}')[:160]}"
    return ""


def number(value: object) -> float | None:
    """Return a number that a node told as one; None where it is none that can be."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def words_of(value: object) -> str:
    """Return a text that a node told as one; empty where it is none."""
    return value if isinstance(value, str) else ""


def object_of(value: object) -> dict[str, Any]:
    """Return an object that a node told as one; empty where it is none."""
    return value if isinstance(value, dict) else {}

"""The journal of one incident: what was done to its node, and what may have been done."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.journeys.remedyhands import Hands, Judged, Life
from millwright.model.incident import Incident, Stands
from millwright.model.lifecycle import FIRST, Deed, NodeState, Phase, Step, Transition


class Diary:
    """Reads and writes the journal of an incident. Every call is on the disk before it returns."""

    def __init__(self, incident: Incident, hands: Hands) -> None:
        self.incident = incident
        self._hands = hands

    @property
    def node(self) -> str:
        """Return the node of the incident."""
        return self.incident.node

    @property
    def state(self) -> NodeState:
        """Return the node's state."""
        return self._hands.book.states().get(self.node, FIRST)

    def deeds(self, step: Step | None = None) -> list[Deed]:
        """Return the incident's lines, or those of one step, the oldest first."""
        return [
            deed
            for deed in self._hands.book.deeds()
            if deed.incident == self.incident.id and step in (None, deed.step)
        ]

    def write(self, step: Step, phase: Phase, detail: str = "", like: Deed | None = None) -> None:
        """Add a line; of the same try as another one where `like` is that."""
        self._hands.book.put(
            Deed(
                incident=self.incident.id, node=self.node, step=step, phase=phase,
                at=self._hands.now(), detail=detail[:2000], remedy=like.remedy if like else "",
                attempt=like.attempt if like else 0, actor=self._hands.actor,
            )
        )  # fmt: skip

    def judged(self, step: Step, found: Judged, like: Deed | None = None, serial: str = "") -> Deed:
        """Add what a look came to."""
        deed = Deed(
            incident=self.incident.id, node=self.node, step=step, phase="done",
            at=self._hands.now(), outcome=found.outcome, detail=found.why[:2000],
            evidence=found.evidence, remedy=like.remedy if like else "",
            attempt=like.attempt if like else 0, actor=self._hands.actor, serial=serial,
        )  # fmt: skip
        self._hands.book.put(deed)
        return deed

    def intend(self, remedy: str, life: Life) -> Deed:
        """Add that a remedy is about to be done: a new try."""
        deed = Deed(
            incident=self.incident.id, node=self.node, step="act", phase="intent",
            at=self._hands.now(), remedy=remedy, attempt=len(list(self.intents())) + 1,
            boot_id=life.boot_id, serial=life.serial, actor=self._hands.actor,
        )  # fmt: skip
        self._hands.book.put(deed)
        return deed

    def intents(self) -> Iterator[Deed]:
        """Yield the tries that were begun."""
        return (deed for deed in self.deeds("act") if deed.phase == "intent")

    @property
    def tried(self) -> tuple[str, ...]:
        """Return the remedies that were begun for this incident."""
        return tuple(deed.remedy for deed in self.intents())

    def last_try(self) -> Deed | None:
        """Return the last try that was begun."""
        return next(iter(reversed(list(self.intents()))), None)

    def came_of(self, intent: Deed, step: Step = "act") -> Deed | None:
        """Return what came of a try, or of its validation, where that is known."""
        return next(
            (
                deed
                for deed in reversed(self.deeds(step))
                if deed.attempt == intent.attempt and deed.phase != "intent"
            ),
            None,
        )

    def move(self, after: NodeState, why: str, evidence: tuple[str, ...] = ()) -> None:
        """Keep that the node goes into another state; one that is there already stays."""
        before = self.state
        if before != after:
            self._hands.book.move(
                Transition(
                    node=self.node, before=before, after=after, at=self._hands.now(),
                    incident=self.incident.id, why=why[:2000] or after, actor=self._hands.actor,
                    evidence=evidence,
                )
            )  # fmt: skip

    def close(self, stands: Stands, **more: object) -> None:
        """Keep how the incident came out."""
        said = {"stands": stands, "closed": self._hands.now(), **more}
        self.keep(**said)

    def keep(self, **more: object) -> None:
        """Keep what is known of the incident now."""
        self.incident = self.incident.model_copy(update=more)
        self._hands.book.keep(self.incident)

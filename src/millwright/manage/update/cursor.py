"""What a node's journal asks for next in an update. Everything follows from what is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from millwright.manage.remedy.past import NOT_KNOWN, PASSED
from millwright.model.lifecycle import Deed, NodeState, Step
from millwright.model.update import NodeUpdate

Next = Literal[
    "take", "empty", "install", "settle", "boot", "await", "validate", "undo", "back", "keep",
    "ended",
]  # fmt: skip
"""Take it out; wait for its jobs; install; find out what became of an installation; start it
again; find out whether it did; validate; install the old versions; give it back; keep it out."""
ORDER: tuple[Next, ...] = get_args(Next)
MOST_LOOKS = 2
MOST_BOOTS = 2
"""How often one try is looked at by a gate that does not know, and is told to start again."""
INSTALLS = ("update", "undo")
UNTOUCHED, UPDATED, UNDONE = "untouched", "updated", "undone"
PASSED_OVER, KEPT, TAKEN_OVER = "passed over", "kept out", "taken over"
"""How it ended for a node: back as it was; with the new versions; with the old ones again; never
taken out, for it was not well before; out, for a person; proven, and somebody else keeps it out."""


def _of(deeds: Sequence[Deed], step: Step, attempt: int | None = None) -> list[Deed]:
    return [d for d in deeds if d.step == step and attempt in (None, d.attempt)]


def attempt_of(deeds: Sequence[Deed]) -> int:
    """Return which installation a node is at: 1 the new versions, 2 the old ones again."""
    return max((d.attempt for d in _of(deeds, "act")), default=1)


def touched(deeds: Sequence[Deed]) -> bool:
    """Return whether an installation was begun on a node."""
    return bool(_of(deeds, "act"))


def fell(deeds: Sequence[Deed]) -> bool:
    """Return whether the new versions did not do on a node."""
    failed = any(d.phase == "failed" and d.remedy in INSTALLS for d in _of(deeds, "act"))
    return failed or attempt_of(deeds) > 1 or bool(_of(deeds, "hold"))


def next_step(deeds: Sequence[Deed], state: NodeState, update: NodeUpdate) -> Next:
    """Return what is next for a node, by the lines of this run about it and its state."""
    if ended := _ending(deeds):
        return ended
    if not any(d.phase == "done" for d in _of(deeds, "drain")):
        return "take"
    if not touched(deeds):
        return "install" if state == "drained" else "empty"
    attempt = attempt_of(deeds)
    acts = [d for d in _of(deeds, "act", attempt) if d.remedy in INSTALLS]
    if acts[-1].phase == "intent":
        return "settle"
    if acts[-1].phase == "failed":
        return _after(attempt, update)
    return _proving(deeds, attempt, update)


_ENDINGS: tuple[tuple[Step, Next], ...] = (("hold", "keep"), ("return", "back"))


def outcome_of(deeds: Sequence[Deed]) -> str:
    """Return how it ended for a node; nothing where it has not ended."""
    if any(d.phase == "done" for d in _of(deeds, "hold")):
        return KEPT
    ended = [d for d in _of(deeds, "return") if d.phase != "intent"]
    return ended[-1].outcome if ended else ""


def _ending(deeds: Sequence[Deed]) -> Next | None:
    for step, going in _ENDINGS:
        if found := _of(deeds, step):
            return "ended" if any(d.phase != "intent" for d in found) else going
    return None


def _proving(deeds: Sequence[Deed], attempt: int, update: NodeUpdate) -> Next:
    """Return what is next where versions are installed: a start, and the gate."""
    if update.boots:
        boots = [d for d in _of(deeds, "act", attempt) if d.remedy == "reboot"]
        if not boots:
            return "boot"
        if boots[-1].phase == "intent":
            return "await"
        if boots[-1].phase == "failed":
            told = sum(d.phase == "intent" for d in boots)
            return "boot" if told < MOST_BOOTS else _after(attempt, update)
    looks = _of(deeds, "validate", attempt)
    if not looks or (looks[-1].outcome == NOT_KNOWN and len(looks) < MOST_LOOKS):
        return "validate"
    return "back" if looks[-1].outcome == PASSED else _after(attempt, update)


def _after(attempt: int, update: NodeUpdate) -> Next:
    """Return what follows a try that came to nothing: the old versions once, then a person."""
    return "undo" if attempt == 1 and update.back else "keep"

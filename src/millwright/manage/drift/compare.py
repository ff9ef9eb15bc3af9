"""Three ways at once: what is declared, what was recorded, what is seen; peers where none is told.

What was accepted is right for as long as what is declared is what it was then. What was recorded or
declared and is not told now is unknown: no drift, and not well either.
"""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from millwright.manage.assess.shape import shape_of
from millwright.manage.assess.voice import Voice
from millwright.manage.drift.kinds import Change, Known, judged
from millwright.manage.drift.mending import mending
from millwright.manage.drift.picture import OWN, asked_by, lister, logged, picture_of
from millwright.manage.majority import majority
from millwright.model.drift import (
    ABSENT,
    KINDS,
    Declared,
    Difference,
    DriftDocument,
    Held,
    NotTold,
    Picture,
)
from millwright.model.heard import Recording
from millwright.model.nodeset import folded

NO_RECORD = "nothing is recorded or declared of it; take it with `millwright manage drift accept`"


MOST_WHO = 2
"""Runs, or logs, that are named for one difference; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What nodes are held against: pictures and declarations by node, and what is known of now."""

    recorded: Mapping[str, Picture] = field(default_factory=dict)
    declared: Mapping[str, Mapping[str, Declared]] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    simulated: bool = False
    run: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """Pictures of now, and what most peers of a node have, by item."""

    pictures: Mapping[str, Picture]
    peers: Mapping[str, Mapping[str, str]]


def seen_in(
    recording: Recording, declared: Mapping[str, Mapping[str, Declared]] | None = None
) -> Seen:
    """Return the pictures of a recording, and what most peers of each node have."""
    named = declared or {}
    voices = {name: Voice(name, told) for name, told in recording.nodes.items()}
    made = {
        name: picture_of(voice, recording.at, named.get(name, ())) for name, voice in voices.items()
    }
    pictures = {name: picture for name, (picture, _) in made.items()}
    shape = shape_of({name: node for name, (_, node) in made.items()}, voices)
    peers: dict[str, dict[str, str]] = {}
    for group in shape.alike:
        most = _most([pictures[name] for name in group.nodes if name in pictures])
        peers |= dict.fromkeys(group.nodes, most)
    return Seen(pictures, peers)


def _most(pictures: Sequence[Picture]) -> dict[str, str]:
    """Return what more than half of those who tell an item have, of three or more."""
    found: dict[str, str] = {}
    for key in dict.fromkeys(key for picture in pictures for key in picture.items):
        told = [value for picture in pictures if (value := value_of(picture, key)) is not None]
        most = majority(told)
        if most and most.rules and most.of > 2 and not key.startswith(OWN):
            found[key] = most.value
    return found


def value_of(picture: Picture, key: str) -> str | None:
    """Return what a picture says of an item; absent where its list was read and has it not."""
    if held := picture.items.get(key):
        return held.value
    if key in picture.untold:
        return None
    return ABSENT if set(lister(key)) & set(picture.answered) else None


def compared(recording: Recording, ground: Ground) -> DriftDocument:
    """Return every difference, folded; and what was not told."""
    seen = seen_in(recording, ground.declared)
    changes: list[Change] = []
    gaps = [(name, "", 0, why) for name, why in recording.silent.items()]
    count = 0
    for name, picture in seen.pictures.items():
        voice = Voice(name, recording.nodes[name])
        held = _Node(picture, ground, seen.peers.get(name, {}), voice)
        if name not in ground.recorded and name not in ground.declared:
            gaps.append((name, "", 0, NO_RECORD))
        own, missing, met = held.changes()
        changes, count = [*changes, *own], count + met
        gaps += missing
    differences = tuple(sorted(_folded(changes, ground.known), key=_order))
    unknown = tuple(_gaps(gaps))
    bad = any(each.counts for each in differences)
    return DriftDocument(
        at=recording.at,
        answer="drift" if bad else "unanswered" if unknown else "none",
        simulated=ground.simulated or bool(recording.simulated),
        run=ground.run,
        nodes=len(seen.pictures) + len(recording.silent),
        compared=count,
        differences=differences,
        unknown=unknown,
    )


_Gap = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class _Node:
    """One node with all that it is held against."""

    picture: Picture
    ground: Ground
    peers: Mapping[str, str]
    voice: Voice

    def changes(self) -> tuple[list[Change], list[_Gap], int]:
        """Return what differs, what is not told, and how many items were held against something."""
        changes: list[Change] = []
        missing: Counter[tuple[str, str]] = Counter()
        met = 0
        for change in self._all():
            if change.observed is None:
                missing[change.question, self._why(change)] += 1
                continue
            met += 1
            if _differs(change):
                changes.append(replace(change, log=logged(self.voice, change.key)))
        gaps = [(self.picture.node, q, count, why) for (q, why), count in missing.items()]
        return changes, gaps, met

    def _why(self, change: Change) -> str:
        return self.voice.why(change.question) or "the answer does not tell it"

    def _all(self) -> Iterator[Change]:
        name, items = self.picture.node, self.picture.items
        before = self.ground.recorded.get(name)
        declared = declared_of(self.picture, self.ground.declared.get(name, {}))
        keys = (*items, *(before.items if before else ()), *declared, *self.peers)
        for key in dict.fromkeys(keys):
            recorded = value_of(before, key) if before else None
            named = declared.get(key)
            basis = recorded is not None or named is not None
            peers = None if basis else self.peers.get(key)
            if not basis and peers is None:
                continue
            held = items.get(key) or (before.items.get(key) if before else None)
            told = value_of(self.picture, key)
            # A peer's item that this node cannot tell is no gap: nobody said that it has one.
            if told is None and not basis:
                continue
            yield Change(
                node=name,
                key=key,
                heart=held.heart if held else key.replace(".", " ", 1),
                question=held.question if held else asked_by(key),
                declared=named,
                recorded=recorded,
                accepted=_accepted(before, key, named),
                peers=peers,
                observed=told,
                since=before.at if before else "",
            )


def _accepted(before: Picture | None, key: str, named: Declared | None) -> bool:
    """Return whether what was recorded was so in the face of what is declared today."""
    held: Held | None = before.items.get(key) if before else None
    if before is None or named is None:
        return before is not None
    # An absent item keeps no word of what was declared: it was right only if nobody missed it.
    return held is not None and held.declared == named.value


def declared_of(picture: Picture, declared: Mapping[str, Declared]) -> dict[str, Declared]:
    """Return what is declared of a node, with what follows from other items of it."""
    driver, manager = picture.items.get("driver"), picture.items.get("fabric-manager")
    found = dict(declared)
    if driver and manager:
        found.setdefault("fabric-manager", Declared(driver.value, "gpu-driver", derived=True))
    return found


def accepted(picture: Picture, declared: Mapping[str, Declared]) -> Picture:
    """Return a picture that is kept: each item with what is declared of it at that time."""
    named = declared_of(picture, declared)
    items = {
        key: held.model_copy(update={"declared": named[key].value}) if key in named else held
        for key, held in picture.items.items()
    }
    for key, wanted in named.items():
        if key not in items and value_of(picture, key) == ABSENT:
            who = next(iter(lister(key)))
            items[key] = Held(value=ABSENT, heart=key, question=who, declared=wanted.value)
    return picture.model_copy(update={"items": items})


def fits(wanted: Declared, value: str) -> bool:
    """Return whether a value is as it is declared."""
    if wanted.match == "words":
        return set(wanted.value.split()) <= set(value.split())
    if wanted.match == "pattern":
        return fnmatch.fnmatchcase(value, wanted.value)
    return " ".join(wanted.value.split()) == value


def _differs(change: Change) -> bool:
    value = change.observed or ""
    if change.declared is not None and fits(change.declared, value):
        return False
    if change.recorded is not None and change.accepted:
        return value != change.recorded
    if change.declared is not None or change.recorded is not None:
        return change.declared is not None or value != change.recorded
    return value != change.peers


def _folded(changes: Sequence[Change], known: Known) -> Iterator[Difference]:
    """Yield one difference for all nodes where it is the same, whoever made it and whenever."""
    same: dict[Difference, list[Change]] = {}
    for change in changes:
        kind, why = judged(change, known)
        single = Difference(
            item=change.key,
            heart=change.heart,
            nodes=("-",),
            declared=change.declared.value if change.declared else None,
            recorded=change.recorded,
            peers=change.peers,
            observed=change.observed or "",
            kind=kind,
            why=why,
            role=change.declared.role if change.declared else "",
        )
        same.setdefault(single, []).append(change)
    for each, own in same.items():
        nodes = tuple(change.node for change in own)
        since = [change.since for change in own if change.since]
        told = {
            "nodes": nodes,
            "when": f"between {min(since)} and {known.at}" if since and known.at else "",
            "who": _some([known.who(change) for change in own]),
            "command": mending(each, folded(nodes)),
        }
        yield each.model_copy(update=told)


def _some(words: Sequence[str]) -> str:
    """Return what is told, each once; of many the first."""
    told = [word for word in dict.fromkeys(words) if word]
    more = f"; and {len(told) - MOST_WHO} others" if len(told) > MOST_WHO else ""
    return "; ".join(told[:MOST_WHO]) + more


def _order(each: Difference) -> tuple[int, str, str]:
    return KINDS.index(each.kind), each.item, folded(each.nodes)


def unheard(recording: Recording) -> tuple[NotTold, ...]:
    """Return questions that hung, were lost or were cut: nothing of them can be recorded."""
    voices = [Voice(name, told) for name, told in recording.nodes.items()]
    found = [
        (voice.node, question, 0, voice.why(question))
        for voice in voices
        for question, heard in voice.heard.items()
        if heard.ended != "exit" or heard.cut_bytes
    ]
    return tuple(_gaps([*((n, "", 0, why) for n, why in recording.silent.items()), *found]))


def _gaps(gaps: Sequence[_Gap]) -> Iterator[NotTold]:
    same: dict[tuple[str, int, str], list[str]] = {}
    for node, question, count, why in gaps:
        same.setdefault((question, count, why), []).append(node)
    for (question, count, why), nodes in same.items():
        yield NotTold(nodes=tuple(nodes), question=question, items=count, why=why)

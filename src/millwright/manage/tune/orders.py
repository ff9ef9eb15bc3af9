"""What a node is told so that a note comes or goes: which values, and what it keeps of them.

A value that is not as we left it was changed by a hand: it is named and stays, unless forced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from millwright.manage.tune.stack import acceptable, of_state, popped, pushed
from millwright.manage.tune.wants import canonical, complies, concrete, sayable
from millwright.model.tuned import Facts, Instance, Layer, Saved, Value
from millwright.model.tuning import FILED, Wanted


@dataclass(frozen=True, slots=True)
class Write:
    """One instance that is to have another value; `expect` are those that it may have before."""

    place: Instance
    now: str
    value: str
    expect: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a plan does not do, and why: `bad` where a hand's change is in the way."""

    what: str
    why: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class NodeOrder:
    """What one node is told. `saved` is all that it keeps afterwards."""

    node: str
    generation: int
    writes: tuple[Write, ...] = ()
    saved: tuple[Saved, ...] = ()
    kept: tuple[Saved, ...] = ()
    """What is new of that and needs no value set: it is right already, or only files say it."""
    changes: bool = False
    force: bool = False
    remarks: tuple[Remark, ...] = ()
    disruptive: tuple[str, ...] = ()

    @property
    def blocked(self) -> bool:
        """Return whether a hand's change keeps some of it from being done."""
        return any(each.bad for each in self.remarks)


@dataclass(slots=True)
class _Draft:
    facts: Facts
    force: bool
    stack: dict[Instance, Saved] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    touched: dict[Instance, str] = field(default_factory=dict)
    """Places that are to have a value, and which."""


def to_apply(
    wants: Sequence[Wanted], facts: Facts, asked: frozenset[str] = frozenset(), *, force: bool
) -> NodeOrder:
    """Return what a node is told so that a note is in force.

    `asked` names parameters whose values are estimates and that are wanted all the same.
    """
    draft = _Draft(facts, force, of_state(facts.state))
    note = wants[0].note if wants else ""
    meant: dict[Instance, tuple[str, Layer]] = {}
    for want in wants:
        why = _left_out(want, asked)
        if why:
            draft.remarks.append(Remark(want.name, why))
            continue
        for found in _instances(want, facts, draft.remarks):
            word = concrete(want.want, found)
            if word is not None and not sayable(want.kind, word):
                told = f"{word!r} is no value of a {want.kind}"
                draft.remarks.append(Remark(want.name, told, bad=True))
            elif word is None:
                draft.remarks.append(Remark(f"{want.name} {found.instance}".strip(), _NO_WORD))
            elif facts.contained and found.fixed and not complies(want.want, found):
                draft.remarks.append(Remark(want.name, _NO_KERNEL))
            else:
                meant[found.place] = (
                    found.value,
                    Layer(note=note, version=want.version, want=word),
                )
    for place, (now, layer) in meant.items():
        _place(draft, place, pushed(draft.stack, place, now, layer))
    _drop(draft, [place for place in draft.stack if place not in meant], frozenset({note}))
    disruptive = {(str(want.kind), want.key): want.name for want in wants if want.disruptive}
    return _order(draft, disruptive)


_NO_KERNEL = "not testable here: a container cannot set it"
_NO_WORD = "the node does not say what that would be there"


def to_revert(notes: Iterable[str], facts: Facts, *, force: bool) -> NodeOrder:
    """Return what a node is told so that notes go: what is left is as if they had never come."""
    draft = _Draft(facts, force, of_state(facts.state))
    _drop(draft, list(draft.stack), frozenset(notes))
    return _order(draft, {})


def _left_out(want: Wanted, asked: frozenset[str]) -> str:
    if not want.want:
        return "left untouched, as this site says"
    if want.checked:
        return "only looked at"
    if not want.gates and want.name not in asked:
        return f"an estimate: applied where it is named (--also {want.name})"
    return ""


def _instances(want: Wanted, facts: Facts, remarks: list[Remark]) -> Iterator[Value]:
    """Yield what a parameter is on this node; of one that only files say it is what they say."""
    if want.kind in FILED:
        place: Instance = (want.kind, want.key, "")
        ours = of_state(facts.state).get(place)
        remarks.append(Remark(want.name, _later(want)))
        yield Value(want.kind, want.key, "", ours.value if ours else "")
        return
    why = facts.failed.get((want.kind, want.key))
    if why:
        remarks.append(Remark(want.name, f"it could not be read: {why}", bad=True))
        return
    found = facts.of(want.kind, want.key)
    if not found:
        remarks.append(Remark(want.name, "not there"))
    yield from found


def _later(want: Wanted) -> str:
    if want.kind == "limit":
        return "holds for sessions that begin afterwards, and services that start afterwards"
    return "holds when the module is loaded next: at a start of the node"


def _place(draft: _Draft, place: Instance, saved: Saved) -> None:
    if _ours(draft, place):
        draft.stack[place] = saved
        draft.touched[place] = saved.value


def _drop(draft: _Draft, places: Sequence[Instance], notes: frozenset[str]) -> None:
    """Take notes off places; one where another note is left gets that one's value."""
    for place in places:
        saved = draft.stack[place]
        left = popped(saved, notes)
        if left == saved:
            continue
        if _gone(draft, place):
            draft.remarks.append(Remark(" ".join(place).strip(), "it is not there any more"))
            del draft.stack[place]
        elif _ours(draft, place):
            draft.touched[place] = left.value if left else saved.base
            if left:
                draft.stack[place] = left
            else:
                del draft.stack[place]


def _finish(draft: _Draft) -> None:
    """Take in what a change that did not come to its end was about to do."""
    state = draft.facts.state
    if state.pending is None:
        return
    ends = {saved.place: saved.base for saved in state.saved}
    ends |= {place: saved.value for place, saved in draft.stack.items()}
    for place, value in ends.items():
        if place not in draft.touched and not _gone(draft, place) and _ours(draft, place):
            draft.touched[place] = value


def _gone(draft: _Draft, place: Instance) -> bool:
    kind, key, _ = place
    if kind in FILED or (kind, key) in draft.facts.failed:
        return False
    return all(each.place != place for each in draft.facts.values)


def _ours(draft: _Draft, place: Instance) -> bool:
    """Return whether a place is as we left it, or was never ours; remark where it is not."""
    fine = acceptable(draft.facts, place)
    if fine is None or draft.force or place[0] in FILED:
        return True
    name = " ".join(word for word in place if word)
    why = draft.facts.failed.get((place[0], place[1]))
    if why:
        draft.remarks.append(Remark(name, f"it could not be read: {why}", bad=True))
        return False
    now = next((v.value for v in draft.facts.values if v.place == place), "")
    if canonical(now) in {canonical(each) for each in fine}:
        return True
    left = " or ".join(sorted(fine))
    told = f"changed by hand since: {now}, and we left {left}; --force overwrites it"
    draft.remarks.append(Remark(name, told, bad=True))
    return False


def _order(draft: _Draft, disruptive: Mapping[tuple[str, str], str]) -> NodeOrder:
    facts = draft.facts
    _finish(draft)
    now = {each.place: each.value for each in facts.values}
    writes = tuple(
        Write(place, now[place], value, _expected(facts, place, now[place]))
        for place, value in draft.touched.items()
        if place in now and place[0] not in FILED and canonical(now[place]) != canonical(value)
    )
    saved = tuple(draft.stack[place] for place in sorted(draft.stack))
    before = tuple(sorted(facts.state.saved, key=lambda each: each.place))
    if facts.files and not draft.force:
        told = "changed by hand; --force writes it anew"
        draft.remarks += [Remark(f"/{path}", told, bad=True) for path in facts.files]
    begun = facts.state.pending is not None
    written = {each.place for each in writes}
    return NodeOrder(
        node=facts.node,
        generation=facts.state.generation,
        writes=writes,
        saved=saved,
        kept=tuple(each for each in saved if each not in before and each.place not in written),
        changes=bool(writes) or saved != before or begun or (bool(facts.files) and draft.force),
        force=draft.force,
        remarks=tuple(dict.fromkeys(draft.remarks)),
        disruptive=tuple(
            dict.fromkeys(
                disruptive[w.place[0], w.place[1]]
                for w in writes
                if (w.place[0], w.place[1]) in disruptive
            )
        ),
    )


def _expected(facts: Facts, place: Instance, now: str) -> tuple[str, ...]:
    return tuple(sorted({now, *(acceptable(facts, place) or ())}))


def already(wants: Sequence[Wanted], facts: Facts) -> bool:
    """Return whether everything that a note would set is as it wants it."""
    sets = [want for want in wants if not want.checked and want.want and want.gates]
    found = [(want, each) for want in sets for each in facts.of(want.kind, want.key)]
    return bool(found) and all(complies(want.want, each) for want, each in found)

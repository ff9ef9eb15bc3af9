"""Whether a node is as a note wants it, now and after its next start."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.manage.tune.stack import of_state
from millwright.manage.tune.wants import canonical, complies, concrete, folded_in
from millwright.model.tuned import Compliance, ComplianceWord, Facts, Value
from millwright.model.tuning import FILED, Wanted


def compliance(wants: Sequence[Wanted], facts: Facts) -> tuple[Compliance, ...]:
    """Return how each parameter stands; all instances of one are judged together."""
    return tuple(_judged(want, facts) for want in wants)


def _judged(want: Wanted, facts: Facts) -> Compliance:
    found = facts.of(want.kind, want.key)
    told = fold_of(found)
    if not want.want:
        return Compliance(facts.node, want, "untouched", told)
    why = facts.failed.get((want.kind, want.key))
    if why:
        return Compliance(facts.node, want, "unknown", told, why)
    if not found:
        return _absent(want, facts)
    word, detail = _now(want, found)
    if word == "differs" and facts.contained and _fixed(want, found):
        word, detail = "untestable", "not testable here: a container cannot set it"
    if word == "ok":
        word, detail = _after_a_start(want, facts, found)
    return Compliance(facts.node, want, word, told, detail)


def _fixed(want: Wanted, found: Sequence[Value]) -> bool:
    return all(each.fixed for each in found if complies(want.want, each) is False)


def _absent(want: Wanted, facts: Facts) -> Compliance:
    """A file of the system may say it all the same: a module that is not loaded is one."""
    said = facts.persisted.get((want.kind, want.key, ""))
    if said and want.kind in FILED:
        word: ComplianceWord = "ok" if _alike(want, said[0]) else "differs"
        return Compliance(facts.node, want, word, said[0], f"not in use; {said[1]} says so")
    return Compliance(facts.node, want, "absent", "", "not there")


def _now(want: Wanted, found: Sequence[Value]) -> tuple[ComplianceWord, str]:
    answers = [complies(want.want, each) for each in found]
    if False in answers:
        wrong = sum(1 for each in answers if each is False)
        return "differs", f"{wrong} of {len(found)}" if len(found) > 1 else ""
    if None in answers:
        return "unknown", f"it does not say what {want.want} would be"
    return "ok", ""


def _after_a_start(
    want: Wanted, facts: Facts, found: Sequence[Value]
) -> tuple[ComplianceWord, str]:
    """Return how a parameter that is right now would be after a start of the node."""
    noted = {
        place
        for place, saved in of_state(facts.state).items()
        if any(layer.note == want.note for layer in saved.layers)
    }
    for each in found:
        said = facts.persisted.get(each.place)
        if said is None and each.place in noted:
            return "reboot", "nothing would set it again after a start"
        if said is not None and not _alike(want, said[0], each):
            who = said[1] or "nothing"
            return "reboot", f"after a start {said[0] or 'unset'}: {who} says so"
    return "ok", ""


def _alike(want: Wanted, said: str, found: Value | None = None) -> bool:
    if found is None:
        found = Value(want.kind, want.key, "", said)
    meant = concrete(want.want, found)
    return meant is None or canonical(folded_in(meant, said)) == canonical(said)


def fold_of(found: Sequence[Value]) -> str:
    """Return the values of all instances, each once, the most frequent first."""
    counts: dict[str, int] = {}
    for each in found:
        value = canonical(each.value) or "unset"
        counts[value] = counts.get(value, 0) + 1
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    if len(ordered) == 1:
        return ordered[0]
    more = f", and {len(ordered) - 4} others" if len(ordered) > 4 else ""
    return ", ".join(f"{value} ({counts[value]})" for value in ordered[:4]) + more

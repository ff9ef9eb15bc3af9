"""From what machines and persons said to one answer for each control and each paragraph.

Nothing is green by itself: where a person's part is missing, or a machine did not tell, or what was
told is too old, the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from millwright.manage.comply.asks import answered
from millwright.manage.comply.ground import Ground
from millwright.manage.comply.scans import of_paragraph
from millwright.manage.comply.scope import holds
from millwright.model.checked import (
    WORST,
    Answer,
    ControlAnswer,
    Coverage,
    RuleAnswer,
    Testimony,
    Word,
    WordKind,
)
from millwright.model.compliance import Books, Control, Pack, PackRule

_BAD: tuple[Literal["fail", "unknown"], ...] = ("fail", "unknown")


@dataclass(frozen=True, slots=True)
class Standing:
    """The words on one control that hold today, the last of each kind, and what ended."""

    holds: Mapping[WordKind, Word]
    expired: Mapping[WordKind, Word]


def words_of(words: Iterable[Word], control: Control, today: date) -> Standing:
    """Return which words hold: neither withdrawn, nor followed, nor past their day."""
    own = [word for word in words if word.control == control.id]
    gone = {word.of for word in own if word.kind == "withdrawal"}
    last: dict[WordKind, Word] = {w.kind: w for w in own if w.id not in gone}
    last.pop("withdrawal", None)
    holding = {kind: word for kind, word in last.items() if today <= last_day(word, control)}
    ended = {kind: word for kind, word in last.items() if kind not in holding}
    return Standing(holding, ended)


def last_day(word: Word, control: Control) -> date:
    """Return the last day of a word: its own, and at most what the control allows."""
    latest = datetime.fromisoformat(word.at).date() + timedelta(days=control.attest_days)
    return min(date.fromisoformat(word.expires), latest) if word.expires else latest


def control_answers(
    ground: Ground, books: Books, words: Sequence[Word], names: Iterable[str]
) -> dict[str, ControlAnswer]:
    """Return the answer of each control, each machine question asked once."""
    told: dict[str, Testimony] = {}
    found: dict[str, ControlAnswer] = {}
    for name in dict.fromkeys(names):
        control = books.controls[name]
        if not holds(control.when, ground.factory, ground.scope.data):
            found[name] = ControlAnswer(control=name, title=control.title, answer="not-applicable",
                                        why="nothing of the scope calls for it")  # fmt: skip
            continue
        for ask in control.asks:
            if ask not in told:
                told[ask] = answered(ground, ask)
        said = tuple(_fresh(told[ask], control, ground) for ask in control.asks)
        found[name] = _one(control, said, words_of(words, control, ground.now.date()), ground.now)
    return found


def _fresh(said: Testimony, control: Control, ground: Ground) -> Testimony:
    """Return a testimony, or that it is too old to count."""
    if said.found == "unknown" or not said.at:
        return said
    days = ground.days_since(said.at)
    if days <= control.days:
        return said
    why = f"it is {days:.0f} days old, and good for {control.days}: {said.why}"
    return said.model_copy(update={"found": "unknown", "why": why[:2000]})


def _one(
    control: Control, said: tuple[Testimony, ...], standing: Standing, now: datetime
) -> ControlAnswer:
    answer, why = _answer(control, said, standing)
    used = (*standing.holds.values(), *standing.expired.values())
    return ControlAnswer(
        control=control.id,
        title=control.title,
        answer=answer,
        why=why[:2000],
        simulated=any(each.simulated for each in said),
        stale=bool(standing.expired),
        testimony=said,
        words=used,
        due=_due(control, said, standing, now),
    )


def _answer(
    control: Control, said: tuple[Testimony, ...], standing: Standing
) -> tuple[Answer, str]:
    for found in _BAD:
        bad = next((each for each in said if each.found == found), None)
        if bad is not None:
            return _excused(control, standing, (found, bad.why))
    if not control.attest:
        moot = all(each.found == "not-applicable" for each in said)
        return ("not-applicable" if moot else "pass"), "; ".join(each.why for each in said)
    word = standing.holds.get("attestation")
    if word is None:
        ended = standing.expired.get("attestation")
        missing = f"the attestation of {ended.at[:10]} has ended" if ended else "nobody attested it"
        part = f"machines: {'; '.join(s.why for s in said)}; " if said else ""
        return _excused(control, standing, ("unanswered", f"{part}{missing}"))
    return "attested", f"{word.owner}: {word.reason} (until {last_day(word, control)})"


def _excused(
    control: Control, standing: Standing, otherwise: tuple[Answer, str]
) -> tuple[Answer, str]:
    """Return a compensating measure or a waiver that holds, else what was found.

    An expired waiver is a fail: what it stood for was known to be wrong.
    """
    word = standing.holds.get("compensating")
    if word is not None and control.compensable:
        return "compensating", f"{word.owner}: {word.instead} ({otherwise[1]})"
    word = standing.holds.get("waiver")
    if word is not None:
        return "waived", f"{word.owner}: {word.reason} (until {word.expires}; {otherwise[1]})"
    ended = standing.expired.get("waiver") or standing.expired.get("compensating")
    if ended is not None:
        day = last_day(ended, control)
        return "fail", f"the {ended.kind} of {ended.owner} ended on {day}; {otherwise[1]}"
    return otherwise


def _due(
    control: Control, said: tuple[Testimony, ...], standing: Standing, now: datetime
) -> str | None:
    """Return the day on which something has to be done again; today where nothing was done."""
    days = [date.fromisoformat(each.at[:10]) + timedelta(days=control.days) if each.at
            else now.date() for each in said]  # fmt: skip
    if control.attest:
        word = standing.holds.get("attestation")
        days.append(last_day(word, control) if word else now.date())
    return min(days).isoformat() if days else None


def rule_answers(
    ground: Ground, books: Books, packs: Iterable[Pack], answers: Mapping[str, ControlAnswer]
) -> tuple[RuleAnswer, ...]:
    """Return the answer of each paragraph of packs: the worst of its controls and of scans."""
    return tuple(_rule(ground, pack, rule, answers) for pack in packs for rule in books.of(pack.id))


def _rule(
    ground: Ground, pack: Pack, rule: PackRule, answers: Mapping[str, ControlAnswer]
) -> RuleAnswer:
    own = [answers[name] for name in rule.controls if name in answers]
    answer: Answer
    if not holds(rule.when, ground.factory, ground.scope.data):
        answer, why = "not-applicable", "nothing of the scope calls for it"
    elif not own:
        answer, why = "unanswered", "no control answers it"
    else:
        answer = next(each for each in WORST if any(o.answer == each for o in own))
        first = next(o for o in own if o.answer == answer)
        why = f"{first.control}: {first.why}"
    answer, why = _with_scans(ground, rule, (answer, why))
    return RuleAnswer(
        pack=pack.id, ref=rule.ref, words=rule.words, level=rule.level, status=pack.status,
        read=rule.read or pack.read, answer=answer, why=why[:2000],
        simulated=any(each.simulated for each in own),
        applies_from=rule.applies_from or pack.applies_from, controls=rule.controls,
    )  # fmt: skip


def _with_scans(ground: Ground, rule: PackRule, so_far: tuple[Answer, str]) -> tuple[Answer, str]:
    """Return an answer with what scans say of the paragraph: they can spoil it, never give it."""
    passed, failed, left = of_paragraph(ground.scans, rule.ref)
    if not passed + failed + left:
        return so_far
    told = f"scans: {failed} of {passed + failed + left} rules failed, {left} not covered"
    if failed and so_far[0] not in ("fail", "waived", "not-applicable"):
        return "fail", f"{told}; {so_far[1]}"
    return so_far[0], f"{so_far[1]}; {told}"


def coverage(packs: Iterable[Pack], rules: Sequence[RuleAnswer]) -> tuple[Coverage, ...]:
    """Return for each pack how many paragraphs are answered how."""
    found = []
    for pack in packs:
        own = [rule for rule in rules if rule.pack == pack.id]
        counts = {answer: sum(rule.answer == answer for rule in own) for answer in reversed(WORST)}
        found.append(
            Coverage(
                pack=pack.id, title=pack.title, status=pack.status,
                applies_from=pack.applies_from, total=len(own),
                counts={answer: count for answer, count in counts.items() if count},
                simulated=sum(rule.simulated and rule.answer == "pass" for rule in own),
            )
        )  # fmt: skip
    return tuple(found)

"""Puts what pairs showed into findings: of an end, or of what lies between two."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.build.judge.findings import Found, Teller, shown
from millwright.build.judge.links import Weak, WeakEnd, WeakLink
from millwright.build.judge.traits import NEVER_FAILS
from millwright.model.verdict import Verdict, VerdictFinding

_WITHIN = ", yet no more than a healthy one of such a fleet may be: repeat it with other partners"


def of_pairs(teller: Teller, weak: Weak) -> Iterator[Found]:
    """Yield findings of ends that are slow with most partners, and of links between good ends."""
    for end in weak.ends:
        yield end.end[0], _weak_end(teller, end)
    for link in weak.links:
        for at in (0, 1):
            yield link.ends[at][0], _weak_link(teller, link, at)


def _weak_end(teller: Teller, end: WeakEnd) -> VerdictFinding:
    subject = teller.batch.names.subjects[end.subject]
    may_fail = _may_fail(teller, end.subject)
    often = end.slow >= 2 and end.slow * 3 >= 2 * end.partners
    sure = often and end.sure
    return VerdictFinding(
        metric=subject.metric, device=end.end[1], value=shown(end.value), unit=subject.unit,
        test=subject.test, params=dict(subject.params), kind="outlier",
        peer_median=shown(end.typical), robust_z=_signed(teller, end.subject, end.raw),
        peers=end.partners,
        deviation_percent=shown(end.percent),
        reason=f"{end.percent:.1f} % {_off(teller, end.subject)} with {end.slow} of "
        f"{end.partners} partners: it is this end and not theirs"
        + (_WITHIN if often and not sure else ""),
        verdict=Verdict.FAIL if sure and may_fail else Verdict.WARN,
        disposition=("rma" if may_fail else None) if sure else "retest",
    )  # fmt: skip


def _weak_link(teller: Teller, link: WeakLink, at: int) -> VerdictFinding:
    subject = teller.batch.names.subjects[link.subject]
    (_, device), other = link.ends[at], link.ends[1 - at]
    peer = "/".join(part for part in other if part)
    told = (
        "both are well with others, so it is the path between them"
        if link.decided
        else "too few partners to tell which of them, or what lies between"
    )
    sure = link.confirmed and link.decided
    return VerdictFinding(
        metric=subject.metric, device=device, value=shown(link.values[0]), unit=subject.unit,
        test=subject.test, params=dict(subject.params), kind="outlier", peer=peer,
        peer_median=shown(link.typical), robust_z=_signed(teller, link.subject, link.raw),
        deviation_percent=shown(link.percent), attempts=tuple(map(shown, link.values)),
        reason=f"{link.percent:.1f} % {_off(teller, link.subject)} with {peer} than the two allow, "
        f"in {link.again} of {len(link.values)} attempts: {told}",
        verdict=Verdict.FAIL if sure and _may_fail(teller, link.subject) else Verdict.WARN,
        disposition=None if sure else "retest",
    )  # fmt: skip


def _may_fail(teller: Teller, subject: int) -> bool:
    trait = teller.batch.names.traits[subject]
    return trait.family not in NEVER_FAILS and trait.worse != 0


def _signed(teller: Teller, subject: int, raw: float) -> float:
    return shown(raw * (teller.batch.names.traits[subject].worse or 1))


def _off(teller: Teller, subject: int) -> str:
    return "worse" if teller.batch.names.traits[subject].worse else "off"

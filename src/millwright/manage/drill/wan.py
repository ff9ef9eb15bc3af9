"""The site without its WAN: the rules of the cut, and what looks before, during and after say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from millwright.manage.drill.judging import first, held, seconds
from millwright.model.drill import DrillDeed, DrillFigure, DrillPlan
from millwright.model.verdict import Verdict

BEFORE, DURING, AFTER = "before", "during", "after"
BEAT_S = 1.0
"""How often the drill's job beats."""
LOCAL = ("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32")
LOCAL_6 = ("::1/128", "fe80::/10", "ff00::/8")


def rules(inside: Iterable[str], seconds_left: int) -> str:
    """Return the cut as `nft` reads it. `inside` are networks and addresses of the site.

    Answers to whoever began a conversation pass, so that nobody who is logged in is locked out, and
    the next one may log in. What drops is a set whose elements the kernel itself lets go after
    `seconds_left`, beside the timer that takes the whole table away.
    """
    nets = [ip_network(each, strict=False) for each in (*LOCAL, *LOCAL_6, *inside)]
    # A service within a network of the site is named once: nft takes no ranges that overlap.
    four = ", ".join(map(str, collapse_addresses(n for n in nets if isinstance(n, IPv4Network))))
    six = ", ".join(map(str, collapse_addresses(n for n in nets if isinstance(n, IPv6Network))))
    armed = ", ".join(f"{number} timeout {seconds_left}s" for number in (1, 6, 17, 58, 132))
    chain = f"""\
    ct direction reply accept
    ip daddr {{ {four} }} accept
    ip6 daddr {{ {six} }} accept
    meta l4proto @armed drop
"""
    return f"""\
table inet millwright_drill {{
  set armed {{
    type inet_proto; flags timeout;
    elements = {{ {armed} }}
  }}
  chain out {{
    type filter hook output priority 10; policy accept;
    oifname "lo" accept
{chain}  }}
  chain through {{
    type filter hook forward priority 10; policy accept;
{chain}  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that a host depends on, and how it was in a look."""

    host: str
    name: str
    what: str
    outside: bool
    ok: bool
    told: str = ""


def probes(deeds: Iterable[DrillDeed], when: str) -> dict[tuple[str, str], Probe]:
    """Return what looks of all hosts found, by host and name.

    Within the cut what failed once has failed; afterwards the last look counts.
    """
    found: dict[tuple[str, str], Probe] = {}
    for deed in deeds:
        if (deed.step, deed.outcome) == ("look", when) and deed.answer:
            for probe in _probes(deed.node, deed.answer):
                known = found.get((probe.host, probe.name))
                if known is None or known.ok or when != DURING or probe.outside:
                    found[probe.host, probe.name] = probe
    return found


def _probes(host: str, answer: str) -> Iterator[Probe]:
    document: Mapping[str, Any] = json.loads(answer)
    for row in document.get("rows", ()):
        yield Probe(
            host, str(row["name"]), str(row["what"]), bool(row["outside"]), bool(row["ok"]),
            str(row.get("told", "")),
        )  # fmt: skip


def longest_gap_s(beats: Sequence[float], since: float, until: float) -> float | None:
    """Return the longest time without a beat between two moments, less its own pace.

    None where it did not beat before the first moment: nothing was there to stand still.
    """
    early = [beat for beat in beats if beat <= since]
    if not early:
        return None
    marks = [max(early), *(beat for beat in beats if since < beat < until), until]
    gaps = [after - before for before, after in zip(marks, marks[1:], strict=False)]
    return round(max(0.0, max(gaps) - BEAT_S), 1)


def figures(plan: DrillPlan, deeds: Sequence[DrillDeed]) -> tuple[DrillFigure, ...]:
    """Return what the site without its WAN showed."""
    looks = tuple(probes(deeds, when) for when in (BEFORE, DURING, AFTER))
    return (
        _away(plan, looks),
        held(_inside(plan, looks), plan),
        held(_standstill(deeds), plan),
        _new_work(deeds),
        _stopped(looks),
        _whole(plan, deeds, looks),
    )


Looks = tuple[Mapping[tuple[str, str], Probe], ...]


def _broken(looks: Looks, *, outside: bool) -> list[Probe]:
    """Return what worked before the cut and not within it."""
    before, during = looks[0], looks[1]
    return [
        probe
        for key, probe in during.items()
        if probe.outside is outside and not probe.ok and key in before and before[key].ok
    ]


def _away(plan: DrillPlan, looks: Looks) -> DrillFigure:
    """Return on how many hosts something outside was really gone."""
    stopped = {probe.host for probe in _broken(looks, outside=True)}
    goes_on = [p for p in looks[1].values() if p.outside and p.ok]
    name, what = "cut", "hosts on which something outside was gone"
    missing = sorted(set(plan.nodes) - stopped)
    figure = DrillFigure(
        name=name, what=what, value=len(stopped), unit=f"of {len(plan.nodes)} hosts",
        why="each was seen before and not within it",
    )  # fmt: skip
    told = "; ".join(f"{p.host}: {p.what} still answered" for p in goes_on)
    if not goes_on and missing:
        told = f"nothing outside answered before on {', '.join(missing)}: nothing was lost there"
    bad = {"verdict": Verdict.UNKNOWN, "why": told[:600]}
    return figure.model_copy(update=bad) if told else figure


def _unseen(plan: DrillPlan, look: Mapping[tuple[str, str], Probe]) -> str:
    """Return the hosts that did not look, in words."""
    return ", ".join(sorted(set(plan.nodes) - {probe.host for probe in look.values()}))


def _inside(plan: DrillPlan, looks: Looks) -> DrillFigure:
    what = "services of the site that broke"
    tried = [key for key, p in looks[1].items() if not p.outside]
    broken = _broken(looks, outside=False)
    unknown = ""
    if not tried:
        unknown = "nothing was tried within the cut"
    elif not broken and (unseen := _unseen(plan, looks[1])):
        unknown = f"{unseen} told nothing within the cut"
    elif not any(p.ok for p in looks[0].values() if not p.outside):
        unknown = "nothing inside was well before the cut"
    if unknown:
        return DrillFigure(name="inside-broken", what=what, why=unknown)
    never = [p for p in looks[0].values() if not p.outside and not p.ok]
    told = "; ".join(f"{p.host}: {p.what}: {p.told}" for p in broken)
    if not broken:
        told = f"{len(tried) - len(never)} of {len(tried)} things were tried and went on"
        sick = "; ".join(f"{p.host}: {p.what} ({p.told})" for p in never)
        told += f"; not well before either: {sick}" if sick else ""
    return DrillFigure(
        name="inside-broken", what=what, value=len(broken), unit="services", why=told[:1500]
    )


def _standstill(deeds: Sequence[DrillDeed]) -> DrillFigure:
    what = "the longest standstill of a job that ran into the cut"
    beats = first(deeds, "seen", outcome="beats")
    cut, whole = first(deeds, "cut"), first(deeds, "uncut")
    if beats is None or cut is None or whole is None:
        failed = first(deeds, "job", "failed")
        why = failed.detail if failed else "its beats were not read"
        return DrillFigure(name="standstill", what=what, why=why)
    told = json.loads(beats.answer)
    gap = longest_gap_s(told["beats"], float(told["since"]), float(told["until"]))
    why = "" if gap is not None else "it did not beat before the cut"
    return DrillFigure(name="standstill", what=what, value=gap, unit="s", why=why)


def _new_work(deeds: Sequence[DrillDeed]) -> DrillFigure:
    what = "a job that was given within the cut ran"
    done = first(deeds, "seen", outcome="new-work")
    if done is not None:
        return DrillFigure(name="new-work", what=what, value=float(done.answer), unit="s")
    failed = first(deeds, "seen", "failed", "new-work")
    verdict = Verdict.FAIL if failed else Verdict.UNKNOWN
    return DrillFigure(
        name="new-work", what=what, verdict=verdict, why=failed.detail if failed else "not tried"
    )


def _stopped(looks: Looks) -> DrillFigure:
    broken = _broken(looks, outside=True)
    told = "; ".join(sorted({probe.what for probe in broken}))
    return DrillFigure(
        name="outside-stopped", what="what stops without the WAN", value=len(broken),
        unit="things", why=told[:1500] or "nothing that hosts are told to use",
    )  # fmt: skip


def _whole(plan: DrillPlan, deeds: Sequence[DrillDeed], looks: Looks) -> DrillFigure:
    name, what = "whole-again", "the WAN is there again, after the order to cut"
    value = seconds(first(deeds, "cut"), first(deeds, "uncut"))
    lost = [p for key, p in looks[2].items() if not p.ok and key in looks[0] and looks[0][key].ok]
    if value is None or not looks[2]:
        why = "nobody saw that the cut was undone; a timer on each host undoes it"
        return DrillFigure(name=name, what=what, verdict=Verdict.UNKNOWN, why=why)
    if lost:
        why = "; ".join(f"{p.host}: {p.what}: {p.told}" for p in lost)
        return DrillFigure(
            name=name, what=what, value=value, unit="s", verdict=Verdict.FAIL, why=why[:1500]
        )  # fmt: skip
    if unseen := _unseen(plan, looks[2]):
        why = f"{unseen} did not look after the cut"
        return DrillFigure(name=name, what=what, verdict=Verdict.UNKNOWN, why=why)
    undone = first(deeds, "uncut")
    return DrillFigure(
        name=name, what=what, value=value, unit="s", why=undone.detail if undone else ""
    )

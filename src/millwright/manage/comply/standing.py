"""What the workspace itself holds: proofs of roles, drills, evidence, promises of the spec."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from millwright.manage.comply.ground import Ground
from millwright.model.checked import Found, Testimony, Trace
from millwright.model.drill import DrillRecord
from millwright.model.nodeset import folded
from millwright.model.standing import Done

EVIDENCE_YEARS = 6.0
"""45 CFR 164.316(b)(2)(i)."""
EVERY_DAYS = 31.0
"""Within which another check must have been made for controls to count as gone through."""


def proof(ground: Ground, role: str) -> Testimony:
    """Return how a role stands on hosts, by the ledger of deployments.

    What a host cannot show is unknown here: it was not proven.
    """
    ask = f"proof:{role}"
    rows = {host: done for (host, name), done in ground.ledger.items() if name == role}
    if not rows:
        return Testimony(ask=ask, found="unknown", why=f"the role {role} was never proven here")
    bad = {
        host: f"{'fail' if done.standing == 'failed' else 'unknown'}: {done.standing} {done.detail}"
        for host, done in rows.items()
        if done.standing != "proven"
    }
    failed = [host for host, done in rows.items() if done.standing == "failed"]
    found: Found = "fail" if failed else "unknown" if bad else "pass"
    return Testimony(
        ask=ask,
        found=found,
        why=_words(role, rows, bad),
        at=min(done.at for done in rows.values()),
        simulated=ground.simulated,
        nodes=dict(list(bad.items())[:200]),
        traces=tuple(
            Trace(what=f"state.db: role {role}, run {run}", at=at, node=folded(hosts)[:1000])
            for (run, at), hosts in _by_run(rows).items()
        )[:20],
    )


def _by_run(rows: Mapping[str, Done]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for host, done in rows.items():
        found.setdefault((done.run, done.at), []).append(host)
    return found


def _words(role: str, rows: Mapping[str, Done], bad: Mapping[str, str]) -> str:
    proven = len(rows) - len(bad)
    told = f"the role {role} is proven on {proven} of {len(rows)} hosts"
    if not bad:
        return told
    host, why = next(iter(bad.items()))
    return f"{told}; {host}: {why.partition(': ')[2].strip()}"


def drill(ground: Ground, kind: str) -> Testimony:
    """Return how the last drill of a kind came out."""
    ask = f"drill:{kind}"
    last: DrillRecord | None = None
    for record in ground.drills:
        if record.kind == kind and record.verdict is not None:
            last = record
    if last is None:
        return Testimony(ask=ask, found="unknown", why=f"no drill of {kind} was run to its end")
    words = {"PASS": "pass", "FAIL": "fail"}
    found: Found = words.get(str(last.verdict), "unknown")  # type: ignore[assignment]
    return Testimony(
        ask=ask,
        found=found,
        why=f"{last.verdict} on {last.opened[:10]}{f': {last.why}' if last.why else ''}",
        at=last.opened,
        simulated=last.simulated,
        traces=(Trace(what=f"drill {last.id}, runs {', '.join(last.runs) or 'none'}"[:200],
                      at=last.opened),),
    )  # fmt: skip


def evidence(ground: Ground) -> Testimony:
    """Return whether every chain of evidence is whole, and signed to its end."""
    ask, at = "workspace:evidence", f"{ground.now:%Y-%m-%dT%H:%M:%SZ}"
    chains = ground.chains
    if not chains:
        return Testimony(ask=ask, found="unknown", why="there is no evidence in runs/")
    broken = {run: f"fail: line {seen.broken}: {seen.reason}" for run, seen in chains.items()
              if seen.broken}  # fmt: skip
    loose = {run: f"unknown: {seen.tail}" for run, seen in chains.items()
             if not seen.broken and seen.tail != "protected"}  # fmt: skip
    lines = sum(seen.lines for seen in chains.values())
    if broken:
        run, told = next(iter(broken.items()))
        why = f"{len(broken)} of {len(chains)} chains are broken; {run}: {told[6:]}"
    elif loose:
        why = (
            f"{len(loose)} of {len(chains)} chains are whole, and their tail is not signed: lines "
            "may have been cut off (`millwright evidence key` signs from now on)"
        )
    else:
        why = f"{len(chains)} chains with {lines} lines are whole and signed to their end"
    found: Found = "fail" if broken else "unknown" if loose else "pass"
    traces = (Trace(what=f"runs/: {len(chains)} chains", at=at),)
    return Testimony(ask=ask, found=found, why=why, at=at, nodes={**broken, **loose}, traces=traces)


def retention(ground: Ground) -> Testimony:
    """Return whether evidence is to be kept as long as the rule asks for."""
    ask, years = "workspace:retention", ground.factory.compliance.retention_years
    at = f"{ground.now:%Y-%m-%dT%H:%M:%SZ}"
    if years is None:
        why = "the spec does not say how long evidence is kept: compliance.retention_years"
        return Testimony(ask=ask, found="unknown", why=why, at=at)
    found: Found = "pass" if years >= EVIDENCE_YEARS else "fail"
    oldest = min(ground.chains, default="")
    since = f"; the oldest run is of {oldest[:4]}-{oldest[4:6]}-{oldest[6:8]}" if oldest else ""
    why = f"the spec keeps evidence {years:g} years, {EVIDENCE_YEARS:g} are asked for{since}"
    return Testimony(ask=ask, found=found, why=why, at=at,
                     traces=(Trace(what="factory.yaml: compliance.retention_years"),))  # fmt: skip


def checks(ground: Ground) -> Testimony:
    """Return whether controls are gone through at intervals: another check stands before this."""
    ask = "workspace:checks"
    if not ground.checks:
        return Testimony(ask=ask, found="unknown", why="no check was made before this one")
    last = ground.checks[0]
    days = ground.days_since(last.at)
    found: Found = "pass" if days <= EVERY_DAYS else "fail"
    why = f"the check before this one was made {days:.0f} days ago; {EVERY_DAYS:.0f} are allowed"
    return Testimony(ask=ask, found=found, why=why, at=last.at, simulated=last.simulated,
                     traces=(Trace(what=f"runs/{last.run}/comply.json", at=last.at),))  # fmt: skip


def downtime(ground: Ground) -> Testimony:
    """Return whether each tier with patients' data says what people do while it is down."""
    ask, at = "spec:downtime", f"{ground.now:%Y-%m-%dT%H:%M:%SZ}"
    named = {w.tier for w in ground.factory.workloads
             if w.tier and w.data is not None and w.data.class_ in ("phi", "limited")}  # fmt: skip
    tiers = [tier for tier in ground.factory.tiers if tier.name in named]
    if not tiers:
        why = "no tier of the spec has work with patients' data"
        return Testimony(ask=ask, found="unknown", why=why, at=at)
    without = [tier.name for tier in tiers if not tier.downtime_procedure]
    if without:
        why = f"{', '.join(without)}: no downtime_procedure says what people do meanwhile"
        return Testimony(ask=ask, found="fail", why=why, at=at)
    told = ", ".join(f"{tier.name}: {tier.downtime_procedure}" for tier in tiers)
    return Testimony(ask=ask, found="pass", why=told, at=at,
                     traces=(Trace(what="factory.yaml: tiers"),))  # fmt: skip


def holdings(ground: Ground) -> Testimony:
    """Return whether data of each class is no older than the spec keeps it, where nothing holds it.

    Classes that the spec gives no years, or that nobody measured lately, are not passed.
    """
    ask, at = "workspace:holdings", f"{ground.now:%Y-%m-%dT%H:%M:%SZ}"
    wanted = ground.scope.retention_years
    mute = [name for name in ground.scope.data if name != "public" and name not in wanted]
    there = ground.holdings or ()
    known = {held.class_ for held in there}
    unseen = [name for name in wanted if name not in known and name != "public"]
    today = ground.now.date()
    ages = {h.name: _too_old(h.oldest, wanted.get(h.class_), h.hold, today) for h in there}
    old = {name: why for name, why in ages.items() if why}
    if old:
        why = "; ".join(f"{name} {told}" for name, told in old.items())
        return Testimony(ask=ask, found="fail", why=why, at=at, nodes=old)
    gaps = [f"the spec gives {name} no retention_years" for name in mute]
    gaps += [f"nobody measured how old {name} data is (holdings.yaml)" for name in unseen]
    if gaps:
        return Testimony(ask=ask, found="unknown", why="; ".join(gaps), at=at)
    oldest = min((held.measured for held in there), default=at[:10])
    why = f"{len(there)} holdings are as old as declared, or held for a reason"
    return Testimony(ask=ask, found="pass", why=why, at=f"{oldest}T00:00:00Z",
                     traces=(Trace(what="holdings.yaml"),))  # fmt: skip


def _too_old(oldest: str, years: float | None, hold: str | None, today: date) -> str:
    if years is None or hold:
        return ""
    age = (today - date.fromisoformat(oldest)).days / 365.25
    return f"is {age:.1f} years old, and kept {years:g}" if age > years else ""

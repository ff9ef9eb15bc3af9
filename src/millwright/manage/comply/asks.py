"""The machine questions that controls name, and who answers them.

To ask something new: a judge over one node's voice (`NODES`), or a function of the ground
(`WHOLE`). A name that stands in no table is refused where rule books are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from millwright.manage.comply import flows, hosts, people, standing
from millwright.manage.comply.ground import Ask, Ground, Judge, Said, over_nodes
from millwright.manage.comply.placing import placement
from millwright.manage.comply.scans import scanned
from millwright.model.checked import Found, Testimony, Trace
from millwright.model.nodeset import folded

NODES: Mapping[str, tuple[Judge, str, str]] = {
    "sshd": (hosts.keys_only, "logins take keys alone", "sshd"),
    "mfa": (hosts.two_factors, "logins take two factors", "sshd"),
    "logoff": (hosts.idle_ends, "idle shells end", "house"),
    "logins": (hosts.logins_told, "logins are written down", "sshd"),
    "disks": (hosts.disks_encrypted, "file systems lie on encrypted devices", "lsblk"),
    "fips": (hosts.fips_mode, "the kernel is in its approved mode", "sysctl"),
    "auditd": (hosts.audited, "the audit daemon runs with rules", "audit-rules"),
    "clocks": (hosts.clock_right, "clocks are right within a millisecond", "chronyc"),
    "log-age": (hosts.logs_reach_back, "logs reach back half a year", "house"),
    "integrity": (hosts.integrity_watched, "files are compared with what they were", "house"),
    "updates": (hosts.holes_closed, "no update of security waits", "pending"),
    "transit": (flows.files_encrypted, "files are encrypted on their way", "mounts"),
    "tls": (flows.services_encrypted, "logs and measurements go over TLS", "flows"),
}
"""Judges of one node, what holds where they pass, and the question that they read."""


def _on_nodes(name: str, ground: Ground) -> Testimony:
    judge, what, question = NODES[name]
    return over_nodes(ground, f"facts:{name}", judge, what, question)


def _people(ground: Ground) -> Testimony:
    if not ground.people:
        why = "nobody is declared: people stand in the catalogue as `admins`"
        return Testimony(ask="facts:people", found="unknown", why=why)
    judge = partial(people.declared, ground)
    return over_nodes(ground, "facts:people", judge, "all who can get in are declared", "people")


def _identities(ground: Ground) -> Testimony:
    judge = partial(people.identities, ground.facts)
    return over_nodes(ground, "facts:identities", judge, "persons are told apart", "people")


def _flow(name: str, ask: str, ground: Ground) -> Testimony:
    _, question, what = flows.READ[name]

    def judge(voice: object) -> Said:
        return flows.guarded(ground, name, voice)  # type: ignore[arg-type]

    return over_nodes(ground, ask, judge, what, question)


def _backup_place(ground: Ground) -> Testimony:
    """Return whether any host names a place for backups beyond itself."""
    found = _flow("backups", "facts:backup-place", ground)
    if found.found != "pass":
        return found
    away = [node for node, voice in ground.facts.voices.items()
            if flows.configured(voice, "backup")]  # fmt: skip
    if away:
        why = f"{found.why}; {folded(away)[:200]} names a place beyond itself"
        return found.model_copy(update={"why": why[:2000]})
    why = "no file that is known here names a backup beyond the host: a copy may lie elsewhere"
    return found.model_copy(update={"found": "unknown", "why": why})


def _inventory(ground: Ground) -> Testimony:
    """Return whether the nodes are those of the design, each with a serial number."""
    told = over_nodes(
        ground, "facts:inventory", hosts.machine_known, "nodes tell serial numbers", "dmidecode"
    )
    strange = sorted(set(ground.facts.voices) - set(ground.hosts)) if ground.hosts else []
    if strange:
        why = f"not of the design: {', '.join(strange[:5])}; {told.why}"
        return told.model_copy(update={"found": "fail", "why": why[:2000]})
    return told


def _drift(ground: Ground) -> Testimony:
    ask, seen = "facts:drift", ground.drift
    if seen is None:
        return Testimony(ask=ask, found="unknown", why="no node was asked")
    words: dict[str, Found] = {"none": "pass", "drift": "fail"}
    found = words.get(seen.answer, "unknown")
    count = len(seen.differences)
    why = f"{count} differences between what is declared, accepted and seen" if count else (
        "nodes are as declared, accepted, and their peers" if found == "pass"
        else "some of it was not told"
    )  # fmt: skip
    return Testimony(
        ask=ask, found=found, why=why, at=ground.facts.at, simulated=ground.simulated
        or bool(ground.facts.simulated),
        traces=(Trace(what=f"{ground.facts.source or 'nodes'}: drift"[:200], at=ground.facts.at),),
    )  # fmt: skip


WHOLE: Mapping[str, Ask] = {
    **{f"facts:{name}": partial(_on_nodes, name) for name in NODES},
    **{f"flow:{name}": partial(_flow, name, f"flow:{name}") for name in flows.READ},
    "facts:people": _people,
    "facts:identities": _identities,
    "facts:backup-place": _backup_place,
    "facts:inventory": _inventory,
    "facts:drift": _drift,
    "facts:routes": partial(_flow, "routes", "facts:routes"),
    "flow:placement": placement,
    "workspace:evidence": standing.evidence,
    "workspace:retention": standing.retention,
    "workspace:checks": standing.checks,
    "workspace:holdings": standing.holdings,
    "spec:downtime": standing.downtime,
    "scan:vulnerabilities": partial(scanned, "vulnerabilities"),
    "scan:baseline": partial(scanned, "baseline"),
    **{f"drill:{kind}": partial(standing.drill, kind=kind)
       for kind in ("node-loss", "head-restore", "wan-loss")},
}  # fmt: skip


def answerable(ask: str, roles: Collection[str]) -> bool:
    """Return whether somebody answers a question; `roles` are those that deploying can prove."""
    kind, _, name = ask.partition(":")
    return name in roles if kind == "proof" else ask in WHOLE


def answered(ground: Ground, ask: str) -> Testimony:
    """Return what a machine question comes to."""
    kind, _, name = ask.partition(":")
    return standing.proof(ground, name) if kind == "proof" else WHOLE[ask](ground)

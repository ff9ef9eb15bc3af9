"""What imported scans say: of a kind as a whole, and of single paragraphs that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from millwright.manage.comply.ground import Ground
from millwright.model.checked import Found, Testimony, Trace
from millwright.model.scan import Scan, ScanKind

_WORDS = re.compile(r"[()\s]+")


def latest(scans: Iterable[Scan], kind: ScanKind | None = None) -> tuple[Scan, ...]:
    """Return the newest scan of each node, tool and profile."""
    found: dict[tuple[str, str, str], Scan] = {}
    for scan in sorted(scans, key=lambda each: each.at):
        if kind is None or scan.kind == kind:
            found[scan.node, scan.tool, scan.profile] = scan
    return tuple(found.values())


def scanned(kind: ScanKind, ground: Ground) -> Testimony:
    """Return what scans of a kind found; hosts of the design without one are unknown, and so are
    those whose scan has a rule that came to no answer, or none that passed."""
    ask = f"scan:{kind}"
    seen = latest(ground.scans, kind)
    if not seen:
        why = "no scan was imported (`millwright manage comply import FILE`)"
        return Testimony(ask=ask, found="unknown", why=why)
    without = sorted(set(ground.hosts) - {scan.node for scan in seen})
    bad = {scan.node: f"fail: {scan.count('fail')} rules" for scan in seen if scan.count("fail")}
    mute = {scan.node: _mute(scan) for scan in seen if _mute(scan) and scan.node not in bad}
    bad |= {node: f"unknown: {why}" for node, why in mute.items()}
    bad |= {node: "unknown: no scan of it" for node in without}
    failed, ruled = sum(s.count("fail") for s in seen), sum(len(s.rows) for s in seen)
    left = sum(scan.count("not-covered") + scan.count("unknown") for scan in seen)
    found: Found = "fail" if failed else "unknown" if without or mute else "pass"
    why = (
        f"{len(seen)} scans of {len({scan.node for scan in seen})} hosts: {failed} of {ruled} "
        f"rules failed, {left} were not covered"
    )
    if without:
        why += f"; {len(without)} hosts have no scan: {', '.join(without[:4])}"
    if mute:
        why += "; " + "; ".join(f"{node}: {told}" for node, told in list(mute.items())[:4])
    return Testimony(
        ask=ask, found=found, why=why, at=min(scan.at for scan in seen),
        simulated=any(scan.simulated for scan in seen), nodes=dict(list(bad.items())[:200]),
        traces=tuple(Trace(what=f"{s.tool} {s.file} sha256:{s.sha256[:12]}"[:200], at=s.at,
                           node=s.node) for s in seen)[:50],
    )  # fmt: skip


def _mute(scan: Scan) -> str:
    """Return why a scan without a fail shows nothing yet; nothing where it does."""
    if not scan.count("pass"):
        return "no rule of its scan passed"
    open_ = scan.count("unknown")
    return f"{open_} rules of its scan came to no answer" if open_ else ""


def same(ref: str, other: str) -> bool:
    """Return whether a scanner's reference means a paragraph, or a part of it."""
    mine, theirs = _parts(ref), _parts(other)
    return theirs[: len(mine)] == mine


def _parts(ref: str) -> list[str]:
    bare = ref.strip().removeprefix("45 CFR ").removeprefix("§")
    return [part for part in _WORDS.split(bare.replace("(", " (")) if part]


def of_paragraph(scans: Sequence[Scan], ref: str) -> tuple[int, int, int]:
    """Return how many rules of the newest scans belong to a paragraph: passed, failed, neither."""
    rows = [row for scan in latest(scans) for row in scan.rows
            if any(same(ref, each) for each in row.refs)]  # fmt: skip
    passed = sum(row.result == "pass" for row in rows)
    failed = sum(row.result == "fail" for row in rows)
    return passed, failed, len(rows) - passed - failed

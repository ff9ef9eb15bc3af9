"""What somebody took upon himself: findings that are shown and count for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from millwright.model.verdict import Verdict, VerdictFinding
from millwright.model.waiver import Waiver


@dataclass(frozen=True, slots=True)
class Accepted:
    """Waivers, and the day on which they are looked at."""

    waivers: Sequence[Waiver] = ()
    today: date = date.max


def waived(node: str, finding: VerdictFinding, accepted: Accepted) -> VerdictFinding:
    """Return the finding as waived where somebody accepts it, and the day is not past."""
    if finding.verdict is Verdict.PASS:
        return finding
    covering = [w for w in accepted.waivers if w.covers(node, finding.metric, finding.device)]
    if not covering:
        return finding
    # Of several the one that holds longest counts, whatever their order.
    last = max(covering, key=lambda each: (each.expires, each.owner, each.reason))
    by = f"{last.owner}, until {last.expires.isoformat()}: {last.reason}"
    if last.expires < accepted.today:
        return finding.model_copy(update={"waiver": f"expired; {by}"})
    return finding.model_copy(update={"waiver": by, "disposition": "waived"})

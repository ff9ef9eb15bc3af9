"""What a judge said, whoever it is: who is meant, when it was noticed, and whether to act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from millwright.errors import MillwrightError
from millwright.model.nodeset import expanded


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a judge named. `device` is "" where a whole node or group is meant."""

    nodes: frozenset[str]
    device: str
    since: float
    noticed: float
    acts: bool


def seconds_of(text: str) -> float:
    """Return a time as seconds since 1970. Raises MillwrightError where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise MillwrightError(f"no time: {text!r}", hint="2026-01-05T10:00:00Z") from None
    if found.tzinfo is None:
        raise MillwrightError(f"a time without a zone: {text!r}", hint="2026-01-05T10:00:00Z")
    return found.timestamp()


def notices_of(findings: Iterable[Mapping[str, Any]]) -> list[Notice]:
    """Return what a findings document says; of it `node` and `since` are all that must be there.

    `noticed` counts where it is said, else `since`; a finding acts where its `weight` says `act`,
    or its advice begins so, or nobody says anything of the kind.
    """
    found = []
    for number, each in enumerate(findings, start=1):
        try:
            found.append(_notice(each))
        except (KeyError, TypeError):
            raise MillwrightError(
                f"finding {number} does not say node and since",
                hint='wanted: {"findings": [{"node": "n1", "device": "", "since": "..."}]}',
            ) from None
        except MillwrightError as error:
            raise MillwrightError(f"finding {number}: {error.message}", hint=error.hint) from None
    return found


def _notice(each: Mapping[str, Any]) -> Notice:
    node, since = str(each["node"]), seconds_of(each["since"])
    nodes = frozenset(map(str, each.get("nodes") or _expanded(node)))
    noticed = seconds_of(each["noticed"]) if each.get("noticed") else since
    weight = str(each.get("weight") or str(each.get("advice") or "act").partition(":")[0])
    return Notice(nodes, str(each.get("device") or ""), since, noticed, weight == "act")


def _expanded(node: str) -> tuple[str, ...]:
    return expanded(node) if "[" in node else (node,)

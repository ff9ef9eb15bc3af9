"""Alerts for a person: what calls, at which limit, and which checks nothing but a sweep sees."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.alertcover import RulesDocument


def rules_lines(document: RulesDocument) -> Iterator[str]:
    """Yield alerts, then the checks that no exporter shows folded by why, then the files."""
    yield f"{len(document.alerts)} alerts"
    for each in document.alerts:
        quiet = f"  quiet: {', '.join(each.silenced_by)}" if each.silenced_by else ""
        shows = f"  shows {', '.join(each.checks)}" if each.checks else ""
        yield f"  {each.alert}  {each.severity}  {each.limit} ({each.limit_from}){shows}{quiet}"
    yield f"{len(document.unseen)} checks that no exporter shows: `millwright manage health` does"
    for why in dict.fromkeys(each.why for each in document.unseen):
        names = [each.check for each in document.unseen if each.why == why]
        yield f"  {why} ({len(names)}): {', '.join(names)}"
    for name in document.files:
        yield f"wrote {name}"

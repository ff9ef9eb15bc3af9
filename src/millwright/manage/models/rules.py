"""Alerts on what the exporter of models writes, with the limits of `models.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.alerting import Alert, RuleGroup
from millwright.model.modelwatch import ModelsFile

LOOK = "millwright_models_look_timestamp_seconds"
LOOK_S = 7_200
"""How old the last look may be before a silent exporter calls: two of the hourly looks."""
MANY_DAYS_S = 7 * 86_400
HINT = "`millwright manage models watch` shows feeds, answers, and what lay beside"


def model_groups(watched: ModelsFile) -> tuple[RuleGroup, ...]:
    """Return the rules of all feeds and models."""
    alerts = (_silent(), *_feeds(watched), *_models())
    return (RuleGroup(name="millwright-models", recordings=(), alerts=tuple(alerts)),)


def _silent() -> Alert:
    return Alert(
        name="models-not-looked-at", expr=f"time() - {LOOK} > {LOOK_S} or absent({LOOK})",
        for_s=300, severity="warning", subject="model",
        summary="nobody has looked at feeds and models for [value] s", hint=HINT,
    )  # fmt: skip


def _feeds(watched: ModelsFile) -> Iterator[Alert]:
    for name, feed in watched.feeds.items():
        mine = f'{{feed="{name}"}}'
        if feed.stale_after_min is not None:
            age = f"millwright_feed_newest_age_seconds{mine} + on() group_left() (time() - {LOOK})"
            yield _alert(f"feed-{name}-stale", f"{age} > {feed.stale_after_min * 60:g}",
                         "feed [feed]: nothing came for [value] s")  # fmt: skip
        if feed.per_day is not None:
            day = f'millwright_feed_received{{feed="{name}",span="24h"}}'
            least, most = feed.per_day
            yield _alert(f"feed-{name}-volume", f"{day} < {least} or {day} > {most}",
                         f"feed [feed]: [value] in 24 h, not {least} to {most}")  # fmt: skip
        share = f"/ (millwright_feed_looked_at{mine} > 0) > {feed.lacking_at_most:g}"
        yield _alert(f"feed-{name}-unreadable", f"millwright_feed_unreadable{mine} {share}",
                     "feed [feed]: a share of [value] cannot be read")  # fmt: skip
        if feed.require:
            joined = share.replace("/ (", "/ on(feed) group_left() (")
            yield _alert(f"feed-{name}-schema", f"millwright_feed_lacking{mine} {joined}",
                         "feed [feed]: a share of [value] lacks [required]")  # fmt: skip


def _models() -> Iterator[Alert]:
    yield Alert(
        name="model-shifted", expr='millwright_model_column{answer="missed"} == 1', for_s=0,
        severity="warning", subject="model",
        summary="model [model] [version]: [column] is apart from its reference, [node]", hint=HINT,
    )  # fmt: skip
    yield Alert(
        name="model-unknown", expr='millwright_model_column{answer="unknown",node=""} == 1',
        for_s=MANY_DAYS_S, severity="warning", subject="model",
        summary="model [model] [version]: too few answers to tell [column] for a week", hint=HINT,
    )  # fmt: skip


def _alert(name: str, expr: str, summary: str) -> Alert:
    return Alert(name=name, expr=expr, for_s=300, severity="warning", subject="feed",
                 summary=summary, hint=HINT)  # fmt: skip

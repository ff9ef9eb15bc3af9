"""Whether a feed is as it should be: freshness, volume, form. What was not promised is shown."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.modelwatch import FeedJudged, FeedLook, WatchedFeed

LEAST_READ = 20
"""Of how many messages the form has to be read before their share is a share."""


def judged(look: FeedLook, feed: WatchedFeed) -> tuple[FeedJudged, ...]:
    """Return the answers for one feed."""
    if look.newest_age_s is None:
        return tuple(
            FeedJudged(what=what, answer="unknown", told=look.why or "nothing was seen")
            for what in ("freshness", "volume", "schema")
        )
    return (_freshness(look, feed), _volume(look, feed), _schema(look, feed))


def _freshness(look: FeedLook, feed: WatchedFeed) -> FeedJudged:
    minutes = (look.newest_age_s or 0.0) / 60
    told = f"the newest came {minutes:,.0f} min ago"
    if feed.stale_after_min is None:
        return FeedJudged(what="freshness", answer="shown", told=f"{told}; no limit is said")
    late = minutes > feed.stale_after_min
    told += f" (stale after {feed.stale_after_min:g})"
    return FeedJudged(what="freshness", answer="missed" if late else "ok", told=told)


def _volume(look: FeedLook, feed: WatchedFeed) -> FeedJudged:
    told = f"{look.last_day} in 24 h, {look.last_hour} in the last hour"
    if feed.per_day is None:
        return FeedJudged(what="volume", answer="shown", told=f"{told}; no range is said")
    least, most = feed.per_day
    fits = least <= look.last_day <= most
    told += f" ({least} to {most} a day)"
    return FeedJudged(what="volume", answer="ok" if fits else "missed", told=told)


def _schema(look: FeedLook, feed: WatchedFeed) -> FeedJudged:
    if look.protocol == "file":
        return FeedJudged(what="schema", answer="shown", told="files have no form that is known")
    if look.schema_of < LEAST_READ:
        told = f"{look.schema_of} messages are too few to tell ({LEAST_READ} at least)"
        return FeedJudged(what="schema", answer="unknown", told=told)
    bad = list(_lacks(look, feed))
    if bad:
        return FeedJudged(what="schema", answer="missed", told="; ".join(bad))
    told = f"{look.schema_of} messages have all of {len(feed.require)} required names"
    return FeedJudged(what="schema", answer="ok" if feed.require else "shown", told=told)


def _lacks(look: FeedLook, feed: WatchedFeed) -> Iterator[str]:
    most = feed.lacking_at_most * look.schema_of
    if look.unreadable > most:
        yield f"{look.unreadable} of {look.schema_of} are none of {look.protocol}"
    for name, count in look.lacking.items():
        if count > most:
            yield f"{count} of {look.schema_of} lack {name}"

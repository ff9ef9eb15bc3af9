"""A look at models in Prometheus' text form: numbers, and labels of names that the site chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from millwright.model.modelwatch import Bins, FeedLook, ModelLook, Shift, WatchDocument

FAMILIES = {
    "millwright_models_look_timestamp_seconds": ("gauge", "When feeds and models were looked at."),
    "millwright_feed_newest_age_seconds": ("gauge", "Age of the newest message of a feed."),
    "millwright_feed_received": ("gauge", "Messages of a feed within a span before the look."),
    "millwright_feed_looked_at": ("gauge", "Messages whose form was read."),
    "millwright_feed_unreadable": ("gauge", "Of those, what is none of the feed's protocol."),
    "millwright_feed_kind": ("gauge", "Of those, messages by their kind."),
    "millwright_feed_lacking": ("gauge", "Of those, messages that lack a required name."),
    "millwright_feed_size_bytes": ("histogram", "Sizes of the messages of 24 hours."),
    "millwright_feed_gap_seconds": ("histogram", "Time between messages of 24 hours."),
    "millwright_model_answers": ("gauge", "Answers in the last window."),
    "millwright_model_psi": ("gauge", "Stability index against the reference, less chance."),
    "millwright_model_psi_low": ("gauge", "Lower end of its interval."),
    "millwright_model_psi_high": ("gauge", "Upper end of its interval."),
    "millwright_model_ks": ("gauge", "Greatest distance of cumulated distributions."),
    "millwright_model_column": ("gauge", "1 for how a column stands: ok, unknown or missed."),
    "millwright_model_promises": ("gauge", "1 for how the promises of its tier stand."),
}
"""Every series: its type and what it tells."""
Labels = Mapping[str, str]
Line = tuple[str, Labels, float]


def exposition(document: WatchDocument) -> Iterator[str]:
    """Yield the lines of a file for the textfile collector of the node exporter."""
    lines = list(_lines(document))
    for family, (kind, told) in FAMILIES.items():
        mine = [line for line in lines if _family(line[0]) == family]
        if not mine:
            continue
        yield f"# HELP {family} {told}"
        yield f"# TYPE {family} {kind}"
        simulated = {"simulated": "true"} if document.simulated else {}
        for name, labels, value in mine:
            yield f"{name}{_told({**labels, **simulated})} {value:.10g}"


def _family(name: str) -> str:
    for ending in ("_bucket", "_sum", "_count"):
        if name.endswith(ending) and name.removesuffix(ending) in FAMILIES:
            return name.removesuffix(ending)
    return name


def _told(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _lines(document: WatchDocument) -> Iterator[Line]:
    at = datetime.fromisoformat(document.at).timestamp()
    yield "millwright_models_look_timestamp_seconds", {}, at
    for feed in document.feeds:
        yield from _feed(feed)
    for model in document.models:
        yield from _model(model)


def _feed(look: FeedLook) -> Iterator[Line]:
    name = {"feed": look.feed, "protocol": look.protocol}
    if look.newest_age_s is None:
        return
    yield "millwright_feed_newest_age_seconds", name, look.newest_age_s
    yield "millwright_feed_received", {**name, "span": "1h"}, look.last_hour
    yield "millwright_feed_received", {**name, "span": "24h"}, look.last_day
    yield "millwright_feed_looked_at", name, look.schema_of
    yield "millwright_feed_unreadable", name, look.unreadable
    for kind, count in look.kinds.items():
        yield "millwright_feed_kind", {**name, "kind": kind}, count
    for required, count in look.lacking.items():
        yield "millwright_feed_lacking", {**name, "required": required}, count
    for family, bins in (
        ("millwright_feed_size_bytes", look.sizes), ("millwright_feed_gap_seconds", look.gaps),
    ):  # fmt: skip
        if bins is not None:
            yield from _histogram(family, name, bins)


def _histogram(family: str, name: Labels, bins: Bins) -> Iterator[Line]:
    below = 0
    for bound, count in zip((*bins.bounds, None), bins.counts, strict=True):
        below += count
        limit = "+Inf" if bound is None else f"{bound:g}"
        yield f"{family}_bucket", {**name, "le": limit}, below
    yield f"{family}_sum", name, bins.total
    yield f"{family}_count", name, below


def _model(look: ModelLook) -> Iterator[Line]:
    name = {"model": look.model, "version": look.version, "workload": look.workload}
    if look.window:
        yield "millwright_model_answers", name, look.rows
    yield "millwright_model_promises", {**name, "answer": look.promises}, 1
    for shift in look.shifts:
        yield from _shift(name, shift)


def _shift(name: Labels, shift: Shift) -> Iterator[Line]:
    labels = {**name, "column": shift.column, "node": shift.node}
    for family, value in (
        ("millwright_model_psi", shift.psi), ("millwright_model_psi_low", shift.psi_low),
        ("millwright_model_psi_high", shift.psi_high), ("millwright_model_ks", shift.ks),
    ):  # fmt: skip
        if value is not None:
            yield family, labels, value
    for answer in ("ok", "unknown", "missed"):
        yield "millwright_model_column", {**labels, "answer": answer}, float(shift.answer == answer)

"""A look at feeds and models as a person reads it: what is not as it should be comes first."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.modelwatch import Beside, ModelLook, WatchDocument

WORDS = {"ok": "ok", "shown": "--", "unknown": "UNKNOWN", "missed": "MISSED"}


def watch_lines(document: WatchDocument) -> Iterator[str]:
    """Yield feeds, then models: each with what was seen, and shifts with what lay beside."""
    mark = "  SIMULATED" if document.simulated else ""
    for look in document.feeds:
        yield f"feed {look.feed} ({look.protocol}){mark}"
        for each in document.judged.get(look.feed, ()):
            yield f"  {WORDS[each.answer]:8}{each.what}: {each.told}"
        if look.kinds:
            told = ", ".join(f"{kind} {count}" for kind, count in look.kinds.items())
            yield f"          kinds: {told}"
    for model in document.models:
        yield from _model(model, mark)


def _model(look: ModelLook, mark: str) -> Iterator[str]:
    about = f"{look.rows:,} answers in the window of {look.window}" if look.window else look.why
    about += f"; {look.why}" if look.window and look.why else ""
    yield f"model {look.model} {look.version} for {look.workload}{mark}"
    yield f"  {WORDS[look.answer]:8}{about}" + (
        f", against reference {look.reference}" if look.reference else ""
    )
    for each in look.shifts:
        where = f" on {each.node}" if each.node else ""
        yield f"  {WORDS[each.answer]:8}{each.column}{where}: {each.told}"
    if look.onset:
        nodes = f" on {', '.join(look.onset_nodes)}" if look.onset_nodes else ""
        yield f"          apart since the window of {look.onset}{nodes}"
    yield from (_beside(each) for each in look.beside)
    if look.onset and not look.beside:
        yield "          the workspace recorded nothing beside it"
    promised = {"met": "ok", "missed": "MISSED", "unknown": "UNKNOWN"}.get(look.promises, "--")
    yield f"  {promised:8}latency and errors of its tier: {look.promises}"


def _beside(each: Beside) -> str:
    hours = each.hours_before
    when = f"{hours:g} h before" if hours >= 0 else f"{-hours:g} h after its begin"
    where = f" on {each.event.node}" if each.event.node else ""
    mark = "*" if each.same_node else " "
    return (
        f"        {mark} {when}: {each.event.kind}{where}: {each.event.told} [{each.event.source}]"
    )

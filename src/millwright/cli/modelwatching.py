"""`manage models watch` and `reference`: looks at feeds and answers, and keeps counts alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import Inputs, inputs_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.model.modelwatch import (
        InfraEvent,
        ModelLook,
        ModelsFile,
        WatchDocument,
        WatchedModel,
    )
    from millwright.model.slo import SloDocument


def watched_of(door: Door) -> tuple[Inputs, ModelsFile]:
    """Return spec and `models.yaml` of a workspace."""
    from millwright.adapters.modelsfile import read_models

    inputs = inputs_of(door)
    return inputs, read_models(inputs.workspace, inputs.read.factory)


def nodes_of(inputs: Inputs) -> tuple[frozenset[str], bool]:
    """Return the nodes of the design, and whether it is a simulated one."""
    from millwright.adapters.artefacts import read_cluster, read_lock

    if not (inputs.workspace.design_dir / "cluster.json").is_file():
        return frozenset(), False
    cluster = read_cluster(inputs.workspace, read_lock(inputs.workspace))
    names = frozenset(each.name for each in cluster.devices if each.role == "compute")
    return names, cluster.simulated


def refer(door: Door, name: str, files: tuple[Path, ...]) -> None:
    """Make a reference of answers that were accepted, and keep it under the next number."""
    import getpass

    from millwright.adapters.answerfiles import windows_of
    from millwright.adapters.modelbook import keep_reference, references
    from millwright.model.modelwatch import Reference

    inputs, watched = watched_of(door)
    model = _named(watched, name)
    windows = windows_of(name, model, files, nodes_of(inputs)[0])
    if not windows:
        raise MillwrightError("the files hold no answers", hint="a header and rows below it")
    known = references(inputs.workspace, name)
    summed = {
        column.name: tuple(sum(c) for c in zip(*(w.columns[column.name] for w in windows),
                                               strict=True))
        for column in model.columns
    }  # fmt: skip
    reference = Reference(
        model=name, version=model.version, number=known[-1].number + 1 if known else 1,
        at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", actor=getpass.getuser(),
        rows=sum(each.rows for each in windows), watched=model.columns, columns=summed,
    )  # fmt: skip
    path = keep_reference(inputs.workspace, reference)
    if door.json:
        door.ui.json(reference.model_dump(mode="json", by_alias=True))
    else:
        door.ui.data(f"reference {reference.number} of {name} {model.version}: "
                     f"{reference.rows:,} answers  {path}")  # fmt: skip


def _named(watched: ModelsFile, name: str) -> WatchedModel:
    if name not in watched.models:
        told = ", ".join(watched.models) or "none"
        raise MillwrightError(f"models.yaml has no model {name!r}", hint=f"there are {told}")
    return watched.models[name]


def look(door: Door, slo: Path | None, out: Path | None) -> Exit:
    """Look at all feeds and models, keep the counts, and tell; return how the command ends."""
    from millwright.adapters.modelbook import keep_look
    from millwright.adapters.workspace import folder_of, writing
    from millwright.reports.exposition import exposition
    from millwright.reports.modelwatch import watch_lines

    inputs, watched = watched_of(door)
    document = _document(inputs, watched, slo)
    keep_look(inputs.workspace, document)
    if out is not None:
        text = "".join(f"{line}\n" for line in exposition(document))
        folder_of(out).replace_files({out: writing(text.encode())})
    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
    else:
        door.ui.raw(watch_lines(document))
    return status_of(document)


def status_of(document: WatchDocument) -> Exit:
    """Return how a look ends: by the worst answer."""
    answers = {each.answer for found in document.judged.values() for each in found}
    answers |= {each.answer for each in document.models}
    promises = {each.promises for each in document.models}
    if "missed" in answers or "missed" in promises:
        return Exit.NO
    return Exit.UNANSWERED if "unknown" in answers or "unknown" in promises else Exit.DONE


def _document(inputs: Inputs, watched: ModelsFile, slo: Path | None) -> WatchDocument:
    from millwright.adapters.feedfiles import look_at
    from millwright.adapters.infraevents import infra_events
    from millwright.adapters.ledger import ledger_of
    from millwright.cli.readying import slo_recorded
    from millwright.manage.models.feeds import judged
    from millwright.model.modelwatch import WatchDocument

    now, factory = datetime.now(UTC), inputs.read.factory
    protocols = {each.name: each.protocol for each in factory.feeds}
    feeds = tuple(
        look_at(name, protocols[name], feed, now.timestamp())
        for name, feed in watched.feeds.items()
    )
    ledger = ledger_of(inputs.workspace.root)
    try:
        events = infra_events(inputs.workspace, ledger)
    finally:
        ledger.close()
    nodes, simulated = nodes_of(inputs)
    promised = slo_recorded(inputs, slo)
    return WatchDocument(
        at=f"{now:%Y-%m-%dT%H:%M:%SZ}", factory=factory.name, simulated=simulated, feeds=feeds,
        judged={each.feed: judged(each, watched.feeds[each.feed]) for each in feeds},
        models=tuple(
            _promised(inputs, _model(inputs, name, (model, nodes), events), promised)
            for name, model in watched.models.items()
        ),
    )  # fmt: skip


def _model(
    inputs: Inputs,
    name: str,
    watched: tuple[WatchedModel, frozenset[str]],
    events: tuple[InfraEvent, ...],
) -> ModelLook:
    from millwright.adapters.answerfiles import answer_files, windows_of
    from millwright.adapters.modelbook import fitting, keep_windows, references, windows
    from millwright.manage.models.looks import look as looked
    from millwright.manage.models.looks import of_today

    model, nodes = watched
    try:
        fresh = windows_of(name, model, answer_files(model), nodes)
    except MillwrightError as error:
        kept, why = windows(inputs.workspace, name), error.message
        found = looked(name, model, (None, kept), events)
        return found.model_copy(update={"why": why})
    kept = keep_windows(inputs.workspace, name, fresh)
    reference = fitting(references(inputs.workspace, name), model)
    found = looked(name, model, (reference, kept), events)
    return of_today(found, model.window_hours, datetime.now(UTC))


def _promised(inputs: Inputs, found: ModelLook, slo: SloDocument | None) -> ModelLook:
    """Return a model with how the promises of its workload's tier stand, as recorded."""
    loads = {each.name: each.tier for each in inputs.read.factory.workloads}
    tiers = {each.tier: each.answer for each in slo.tiers} if slo else {}
    answer = tiers.get(loads.get(found.workload) or "", "unknown")
    return found.model_copy(update={"promises": answer})

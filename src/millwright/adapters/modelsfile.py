"""`models.yaml` of a workspace: which models answer here, and which feeds they live on."""

from __future__ import annotations

import json

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.workspace import Workspace
from millwright.adapters.yamlfile import Document, problem, read
from millwright.errors import InputError, MillwrightError
from millwright.model.modelwatch import ModelsFile
from millwright.model.spec import Factory
from millwright.probes.feed_dicom import TAGS

FILE = "models.yaml"


def read_models(workspace: Workspace, factory: Factory) -> ModelsFile:
    """Return what is watched. Raises InputError, with the place, where the file is wrong or names
    what the spec does not have; MillwrightError where there is none."""
    path = workspace.root / FILE
    if not path.exists():
        raise MillwrightError(
            f"there is no {path}",
            hint="schema: millwright.models/1, feeds: {NAME: {folder: ...}}, models: {...}",
        )
    document = read(path)
    try:
        found = ModelsFile.model_validate_json(json.dumps(document.value))
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, ModelsFile)) from None
    _feeds(found, factory, document, str(path))
    _models(found, factory, document, str(path))
    return found


def _feeds(found: ModelsFile, factory: Factory, document: Document, path: str) -> None:
    known = {each.name: each.protocol for each in factory.feeds}
    for name, feed in found.feeds.items():
        if name not in known:
            at, told = document.position(("feeds", name)), ", ".join(known) or "none"
            raise problem(path, at, f"feed {name!r}", f"a feed of factory.yaml: {told}")
        wrong = [each for each in feed.require if known[name] == "dicom" and each not in TAGS]
        if wrong:
            at = document.position(("feeds", name, "require"))
            raise problem(path, at, repr(wrong[0]), f"one of {', '.join(sorted(TAGS))}")
        if feed.per_day is not None and feed.per_day[0] > feed.per_day[1]:
            at = document.position(("feeds", name, "per_day"))
            raise problem(path, at, str(list(feed.per_day)), "[least, most]")


def _models(found: ModelsFile, factory: Factory, document: Document, path: str) -> None:
    workloads = [each.name for each in factory.workloads]
    for name, model in found.models.items():
        if model.workload not in workloads:
            at, told = document.position(("models", name, "workload")), ", ".join(workloads)
            raise problem(path, at, f"workload {model.workload!r}", f"one of {told or 'none'}")
        for index, feed in enumerate(model.feeds):
            if feed not in found.feeds:
                at, told = document.position(("models", name, "feeds", index)), "a feed of `feeds`"
                raise problem(path, at, f"feed {feed!r}", told)

"""`holdings.yaml` of a workspace: how old data is, by dates alone."""

from __future__ import annotations

import json

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.workspace import Workspace
from millwright.adapters.yamlfile import read
from millwright.errors import InputError
from millwright.model.holding import Holding, Holdings

FILE = "holdings.yaml"


def read_holdings(workspace: Workspace) -> tuple[Holding, ...] | None:
    """Return what is held; None without the file. Raises InputError with every problem of it."""
    path = workspace.root / FILE
    if not path.exists():
        return None
    document = read(workspace.inside(path))
    try:
        found = Holdings.model_validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Holdings)) from None
    return found.holdings

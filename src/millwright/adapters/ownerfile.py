"""`owners.yaml` of a workspace: who answers for which gate."""

from __future__ import annotations

import json

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.workspace import Workspace
from millwright.adapters.yamlfile import problem, read
from millwright.errors import InputError
from millwright.model.readiness import Owners
from millwright.model.spec import Factory

FILE = "owners.yaml"


def read_owners(workspace: Workspace, factory: Factory) -> Owners | None:
    """Return who owns gates; None where the file is not there.

    Raises InputError, with the place, where it is wrong or names a workload that the spec has not.
    """
    path = workspace.root / FILE
    if not path.exists():
        return None
    document = read(path)
    try:
        owners = Owners.model_validate_json(json.dumps(document.value))
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Owners)) from None
    known = [each.name for each in factory.workloads]
    for name in owners.workloads:
        if name not in known:
            at = document.position(("workloads", name))
            raise problem(path, at, f"workload {name!r}", f"one of {', '.join(known) or 'none'}")
    return owners

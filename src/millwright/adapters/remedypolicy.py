"""`remedy.yaml` of a workspace: what the site lets repair do by itself."""

from __future__ import annotations

import json

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.workspace import Workspace
from millwright.adapters.yamlfile import problem, read
from millwright.errors import InputError
from millwright.model.nodeset import WrongNodeSet, expanded
from millwright.model.remedy import Policy

FILE = "remedy.yaml"


def read_policy(workspace: Workspace, factory: str) -> Policy:
    """Return the policy; where there is none, nothing is allowed beyond advice.

    Raises InputError where it is wrong, or is of another factory.
    """
    path = workspace.root / FILE
    if not path.exists():
        return Policy(factory=factory)
    document = read(path)
    try:
        policy = Policy.model_validate_json(json.dumps(document.value))
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Policy)) from None
    if policy.factory != factory:
        at = document.position(("factory",))
        raise problem(path, at, repr(policy.factory), f"{factory!r}, this factory's name")
    for key, sets in (("partners", policy.partners), ("infrastructure", (policy.infrastructure,))):
        for index, names in enumerate(sets):
            try:
                expanded(names or "none")
            except WrongNodeSet as error:
                at = document.position((key, index))
                raise problem(path, at, repr(names), "a node set", error.hint) from None
    return policy

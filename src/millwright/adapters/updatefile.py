"""`update.yaml`: what is to be updated to which version, and how carefully."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.yamlfile import read
from millwright.errors import InputError, MillwrightError
from millwright.model.update import UpdateOrder


def read_update(path: Path) -> UpdateOrder:
    """Return the order of a file. Raises InputError with file, line and key of what is wrong."""
    document = read(path)
    try:
        return UpdateOrder.model_validate_json(json.dumps(document.value))
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, UpdateOrder)) from None


def said_order(said: dict[str, object]) -> UpdateOrder:
    """Return the order of a command line. Raises MillwrightError with what is wrong in it."""
    try:
        return UpdateOrder.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"] if part != "[key]")
        told = first["msg"].removeprefix("Value error, ")
        if first["loc"][-1:] == ("[key]",):
            where, told = str(first["input"]), "no part of a node is called so"
        raise MillwrightError(
            f"{where or 'the order'}: {told}",
            hint="such as --set driver=580.105.08; parts are driver, dcgm, containers, ofed, "
            "slurm, package:NAME and firmware:NAME",
        ) from None

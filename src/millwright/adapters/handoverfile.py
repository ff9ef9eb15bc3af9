"""Reads `handoff.yaml`: contacts, warranty, spares, limits, and where credentials are kept."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.yamlfile import read
from millwright.errors import InputError
from millwright.model.handover import HandoverFile

NAME = "handoff.yaml"


def read_handover(path: Path) -> HandoverFile | None:
    """Return what the file says; None where there is none.

    Raises InputError with every problem.
    """
    if not path.exists():
        return None
    document = read(path)
    try:
        return HandoverFile.model_validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, HandoverFile)) from None

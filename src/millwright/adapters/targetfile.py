"""Reads the firmware versions that a site wants to run."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.yamlfile import read
from millwright.errors import InputError
from millwright.model.asset import FirmwareTarget, FirmwareTargets


def read_targets(path: Path) -> tuple[FirmwareTarget, ...]:
    """Return the targets of a file. Raises InputError with every problem."""
    document = read(path)
    try:
        found = FirmwareTargets.model_validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, FirmwareTargets)) from None
    return found.targets

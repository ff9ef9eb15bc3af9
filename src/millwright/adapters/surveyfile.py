"""Reads what was found at the machines, and the keys that are let in."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.yamlfile import read, text_of
from millwright.errors import InputError
from millwright.model.survey import Survey

MOST_KEY_BYTES = 64 * 1024


def read_survey(path: Path) -> Survey:
    """Return the survey of a file. Raises InputError with every problem."""
    document = read(path)
    try:
        return Survey.model_validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Survey)) from None


def read_key_file(path: Path) -> str:
    """Return the text of a file of keys. Raises InputError where it is none."""
    return text_of(path, max_bytes=MOST_KEY_BYTES)

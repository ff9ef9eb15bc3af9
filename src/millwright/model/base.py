"""The ground of all documents: frozen values that refuse what they do not know."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"

Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=40)]
"""A name that may become part of a hostname, a file name and a label: lower case, digits, single
dashes."""

Figure = Annotated[
    float,
    PlainSerializer(
        lambda number: int(number) if number.is_integer() else number, when_used="json"
    ),
]
"""A number that JSON shows without a fraction where it has none."""

Gbps = Annotated[float, Field(gt=0, le=100_000)]
Text = Annotated[str, Field(max_length=2_000)]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]


def _instant(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 <= found.year < 9999:
        raise ValueError("a time like 2026-01-05T10:00:00Z is needed")
    return text


Instant = Annotated[str, AfterValidator(_instant)]
"""A point in time, in the ISO form and with its zone: two of them can be compared."""


class Frozen(BaseModel):
    """A value that is written to a file: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=False)

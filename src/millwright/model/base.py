"""The ground of all documents: frozen values that refuse what they do not know."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

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


class Frozen(BaseModel):
    """A value that is written to a file: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=False)

"""Names that hosts have already, as a node set: `gpu[001-127],old-7`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from millwright.model.base import NAME_PATTERN
from millwright.model.nodeset import WrongNodeSet, expanded


def _are_names(text: str) -> str:
    try:
        names = expanded(text)
    except WrongNodeSet as error:
        raise ValueError(error.message) from None
    wrong = [name for name in names if len(name) > 40 or not re.match(NAME_PATTERN, name)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no name of a host: lower case, digits, single dashes")
    return text


HostNames = Annotated[str, Field(min_length=1, max_length=4_000), AfterValidator(_are_names)]
"""A node set whose names can all become names of devices."""

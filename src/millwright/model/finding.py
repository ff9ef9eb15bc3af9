"""What the design has to say about itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen

Severity = Literal["info", "warn", "error"]


class Finding(Frozen):
    """One remark: which rule, how serious, where in the spec or the design, what, and what
    to do."""

    rule: Annotated[str, Field(pattern=r"^MW-[A-Z]-\d{3}$")]
    severity: Severity
    where: str
    message: str
    hint: str = ""

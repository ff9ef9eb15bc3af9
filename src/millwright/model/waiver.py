"""What a person takes upon himself: a finding that is known, with an owner, a reason, an end."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from millwright.model.base import Frozen, ShortText


class Waiver(Frozen):
    """Findings of a node that are accepted until a day.

    `metric` and `device` narrow it; left out, all of the node's are meant. A waived finding is
    shown with owner and reason, and counts for nothing until the day is past. What is missing
    can be waived too.
    """

    node: ShortText
    metric: str = ""
    device: str = ""
    owner: ShortText
    reason: Annotated[str, Field(min_length=3, max_length=500)]
    expires: date

    def covers(self, node: str, metric: str, device: str) -> bool:
        """Return whether a finding is one of those meant."""
        return node == self.node and self.metric in ("", metric) and self.device in ("", device)

"""What becomes another thing where one design takes the place of another."""

from __future__ import annotations

from typing import Literal

from millwright.model.base import Frozen

What = Literal["site", "pool", "rack", "device", "address", "cable", "bill"]
How = Literal["added", "removed", "changed"]


class Difference(Frozen):
    """One thing that is there in one design alone, or is another one in the other.

    `key` is what of it changed; texts are empty where a thing is not there.
    """

    what: What
    how: How
    name: str
    key: str = ""
    before: str = ""
    after: str = ""


class DesignDiff(Frozen):
    """Everything that differs, and how much of each kind. `old` and `new` are names of designs."""

    old: str
    new: str
    counts: dict[What, dict[How, int]]
    differences: tuple[Difference, ...]

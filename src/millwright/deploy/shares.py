"""So many hosts, or so much of them: how large a wave is, and how many may fail in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from millwright.errors import MillwrightError

_TEXT = re.compile(r"^([0-9]{1,6})(%?)$")


@dataclass(frozen=True, slots=True)
class Share:
    """A number of hosts, or a percentage of them."""

    number: int
    percent: bool = False

    def of(self, whole: int) -> int:
        """Return how many of so many hosts that is; a percentage is rounded up, and never none."""
        if not self.percent:
            return self.number
        return max(1, math.ceil(whole * self.number / 100))


def share(text: str, option: str, least: int) -> Share:
    """Return what was said for an option. Raises MillwrightError where it is no share."""
    found = _TEXT.match(text)
    if found is None or int(found[1]) < least or (found[2] and int(found[1]) > 100):
        raise MillwrightError(
            f"{option} takes a number of hosts or a percentage, such as 8 or 25%, not {text!r}"
        )
    return Share(int(found[1]), bool(found[2]))

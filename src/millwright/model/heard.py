"""What machines were asked and what they said, as it came: the ground of every look at day 2.

One recording serves every reader: health, assessment, drift, tuning. It comes over SSH or from a
folder that somebody recorded, and nobody who reads it can tell the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.model.evidence import Ended


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer: `question` names what was asked; `status` is None unless it `ended` by itself.

    `reason` says why nothing came where it `ended` lost or timed out. `cut_bytes` counts what was
    beyond the limit: a reader that needs the whole says UNKNOWN then.
    """

    question: str
    ended: Ended
    status: int | None
    text: str
    errors: str = ""
    reason: str = ""
    cut_bytes: int = 0

    @property
    def whole(self) -> bool:
        """Return whether the command ended by itself, content, and nothing of it was cut."""
        return self.ended == "exit" and self.status == 0 and not self.cut_bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """What nodes said at one moment, by node and question; `at` is when the first was asked.

    `silent` holds nodes that did not answer at all, with the reason. A question missing under a
    node was never asked there.
    """

    at: str
    nodes: Mapping[str, Mapping[str, Heard]]
    silent: Mapping[str, str] = field(default_factory=dict)
    simulated: frozenset[str] = frozenset()

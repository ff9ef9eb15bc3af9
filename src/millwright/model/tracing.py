"""Requirements traced: each line of a spec, and what of the design answers it."""

from __future__ import annotations

from typing import Literal

from millwright.model.base import Frozen

State = Literal["met", "missed", "used", "later", "open"]
"""`met` and `missed` are limits held against figures; `used` is what the design was made with;
`later` is answered by another phase, which is named; `open` by nobody yet."""

Path = tuple[str | int, ...]


class Answer(Frozen):
    """What answers a requirement; `by` names rules, numbers and commands that can be asked."""

    state: State
    text: str
    by: tuple[str, ...] = ()


class Requirement(Frozen):
    """One line of a spec that asks for something. `line` counts from 1; 0 is not known."""

    line: int
    path: str
    says: str
    answer: Answer

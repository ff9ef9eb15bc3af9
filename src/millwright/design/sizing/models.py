"""The model of a workload: found by its name or read from its own configuration."""

from __future__ import annotations

import difflib

from millwright.design.sizing.sheet import NOT_SAID, Sheet
from millwright.errors import Infeasible
from millwright.model.languagemodel import ModelShape
from millwright.model.sizing import Number

UNKNOWN_MODEL = "MW-D-084"
KEYS = ("layers", "hidden", "heads", "kv_heads", "head_dim", "feed_forward", "vocabulary")


def named_shape(sheet: Sheet) -> ModelShape:
    """Return the shape that the workload's `model` names.

    Raises Infeasible where it names none, or one that nobody knows.
    """
    name = sheet.workload.model
    if name is None:
        raise Infeasible(
            f"model is not said, and a workload of kind {sheet.workload.kind} is sized by its "
            "shape",
            rule=NOT_SAID,
            where=sheet.where("model"),
            hint="name one of `millwright catalog list models`, or the path of its config.json",
        )
    found = sheet.ground.models.get(name)
    if found is None:
        known = sorted(sheet.ground.models)
        close = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise Infeasible(
            f"the shape of {name!r} is not known",
            rule=UNKNOWN_MODEL,
            where=sheet.where("model"),
            hint=f"{meant}`millwright catalog list models` shows what is; the path of a "
            "config.json, or an entry of `models` in catalog/*.yaml, says another",
        )
    return found


def put_shape(sheet: Sheet, shape: ModelShape) -> None:
    """Write the numbers of a shape onto the sheet."""
    for key in KEYS:
        sheet.put(
            f"model_{key}",
            Number(
                value=getattr(shape, key), source=shape.source, confidence=shape.confidence,
                note=shape.title or shape.name,
            ),
        )  # fmt: skip

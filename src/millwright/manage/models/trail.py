"""Which word may follow which in the trail of a model; what may not is refused with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.model.modelword import ModelWord, WordKind

ANSWERS: dict[str, WordKind] = {
    "approved": "retraining-approved", "refused": "retraining-refused", "done": "retrained",
}  # fmt: skip
"""What may be answered to a retraining that is wanted."""


def of(words: Sequence[ModelWord], model: str, version: str) -> list[ModelWord]:
    """Return the words of one version of a model."""
    return [each for each in words if each.model == model and each.version == version]


def state(words: Sequence[ModelWord], model: str, version: str) -> WordKind | None:
    """Return the last word of a version; None where nobody has said any."""
    mine = of(words, model, version)
    return mine[-1].kind if mine else None


def against(
    words: Sequence[ModelWord], model: str, version: str, said: tuple[WordKind, str]
) -> str:
    """Return why a word may not be said now, by its kind and its author; nothing where it may.

    Who wants a retraining does not approve it: two persons stand for a model that changes.
    """
    kind, actor = said
    mine = of(words, model, version)
    if kind in ("retraining-approved", "retraining-refused", "retrained"):
        return _answer(mine, kind, actor)
    if kind == "withdrawn" and not any(each.kind == "signed-off" for each in mine):
        return f"{model} {version} was never signed off"
    return ""


def _answer(mine: Sequence[ModelWord], kind: WordKind, actor: str) -> str:
    about = [each for each in mine if each.kind.startswith(("retraining", "retrained"))]
    last = about[-1] if about else None
    if kind == "retrained":
        approved = last is not None and last.kind == "retraining-approved"
        return "" if approved else "no retraining of it is approved"
    if last is None or last.kind != "retraining-wanted":
        return "nobody wants its retraining"
    if kind == "retraining-approved" and last.actor == actor:
        return f"{actor} wanted it: somebody else approves"
    return ""

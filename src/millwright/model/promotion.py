"""A model on its way from the zone that trained it to the zone that serves it: signed, whole."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from millwright.model.base import Frozen, Name, ShortText
from millwright.model.evidence import Digest, Signed
from millwright.model.modelword import Version

MANIFEST = "promotion.json"


def _inside(name: str) -> str:
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or not name.isprintable() or "\\" in name:
        raise ValueError("a path below the folder is needed")
    return name


FileName = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_inside)]


class PromotedFile(Frozen):
    """One file of a model."""

    path: FileName
    size: Annotated[int, Field(ge=0)]
    sha256: Digest


class Promotion(Signed):
    """`millwright.promotion/1`: which files of which version go from which zone to which.

    `trained_on` is the class of data that it has seen; its residency goes with the model, for
    weights can give back what they were trained on.
    """

    schema_: Annotated[Literal["millwright.promotion/1"], Field(alias="schema")] = (
        "millwright.promotion/1"
    )
    factory: Name
    model: Name
    version: Version
    workload: Name
    trained_by: Name
    from_zone: Name
    to_zone: Name
    trained_on: ShortText
    residency: tuple[ShortText, ...] = ()
    at: str
    actor: ShortText
    files: Annotated[tuple[PromotedFile, ...], Field(min_length=1, max_length=100_000)]

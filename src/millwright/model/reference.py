"""Published tables, row by row, as data: what a vendor printed, and which design it describes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen, ShortText

Status = Literal["match", "erratum", "deviation", "deferred"]


class Misprint(Frozen):
    """Why a printed value is not what the design computes, and who says so."""

    kind: Literal["misprint", "copy error", "counting unit", "design choice", "conflict"]
    reason: ShortText


class PublishedRow(Frozen):
    """One row of a published table.

    `factory` is a fragment of factory.yaml (schema and name are added), `catalog` holds entries
    that only this row needs. A row of a `model` is about its shape and no design. `values` maps a
    measure (see `design.measure`) to the printed figure. Fields named in `errata` must be among
    `values`. `deferred` says why a row is not computed yet. A row whose source has
    `evidence: memory` is shown and does not gate.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    source: ShortText
    row: ShortText
    factory: dict[str, Any] = {}
    model: str | None = None
    catalog: dict[str, Any] = {}
    values: dict[str, float | None] = {}
    errata: dict[str, Misprint] = {}
    deferred: ShortText | None = None
    note: str = ""


class ConformLine(Frozen):
    """One published figure beside the computed one."""

    source: str
    row: str
    field: str
    published: Figure | None
    computed: Figure | None
    status: Status
    note: str = ""
    gates: bool = True

"""`handoff.yaml` (millwright.handoff/1): what nobody but people know of a factory that is handed
over."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen, ShortText, Text
from millwright.model.placement import Day

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Brand(Frozen):
    """How the papers look: who signs them, in which colour, with which picture.

    `logo` is a PNG or SVG file of the workspace.
    """

    organisation: ShortText | None = None
    line: ShortText | None = None
    accent: Colour | None = None
    logo: ShortText | None = None


class Contact(Frozen):
    """Somebody to call, for what, and how they are reached."""

    name: ShortText
    role: ShortText
    reach: ShortText


class Warranty(Frozen):
    """What a vendor stands for, until when, and under which contract."""

    item: ShortText
    vendor: ShortText
    until: Day
    contract: ShortText | None = None
    contact: ShortText | None = None


class Spare(Frozen):
    """Parts that lie ready, and where."""

    item: ShortText
    quantity: Annotated[int, Field(ge=0, le=100_000)]
    location: ShortText


class Credential(Frozen):
    """What opens something: which kind, where it is kept, who hands it over. Never itself."""

    what: ShortText
    kept: ShortText
    owner: ShortText


class HandoverFile(Frozen):
    """The whole of `handoff.yaml`; nothing of it is needed, and what is not said is told so."""

    schema_: Annotated[Literal["millwright.handoff/1"], Field(alias="schema")]
    prepared_by: ShortText | None = None
    brand: Brand = Brand()
    contacts: Annotated[tuple[Contact, ...], Field(max_length=200)] = ()
    credentials: Annotated[tuple[Credential, ...], Field(max_length=500)] = ()
    warranty: Annotated[tuple[Warranty, ...], Field(max_length=2000)] = ()
    spares: Annotated[tuple[Spare, ...], Field(max_length=2000)] = ()
    limits: Annotated[tuple[Text, ...], Field(max_length=200)] = ()

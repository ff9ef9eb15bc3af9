"""Rule books as data: packs, their paragraphs, and the controls that answer them.

A paragraph stands here by its number and in our own words; the text of the law counts. What a
control asks of machines is named, never written as code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from millwright.model.access import Day
from millwright.model.base import Frozen, Name, ShortText, Text

DataClass = Literal["phi", "limited", "deidentified", "controlled-genomic", "public"]
PackStatus = Literal["final", "proposed", "guidance"]
"""In force; not law yet, and taken on wish only; what nobody has to follow."""
Read = Literal["verified", "secondary", "memory"]
"""How well a paragraph was held against its source: read there, in an excerpt, or not at all."""
Level = Literal["required", "addressable", "standard", "duty", "advice"]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ().,/_-]*$", max_length=60)]
Ask = Annotated[str, Field(pattern=r"^[a-z]+:[a-z0-9][a-z0-9.-]*$", max_length=60)]
"""What a machine is asked for: a kind and a name, such as `proof:firewall` or `facts:sshd`."""


class When(Frozen):
    """To whom something applies; what is not said holds for everybody.

    `jurisdictions` are prefixes of where the site or its data lie, `eu` says that any member state
    of the European Union is meant. Any one entry of a list is enough.
    """

    jurisdictions: tuple[ShortText, ...] = ()
    eu: bool = False
    data: tuple[DataClass, ...] = ()
    kinds: tuple[ShortText, ...] = ()


class Pack(Frozen):
    """A rule book, or a part of one.

    `applies_from` is the first day of its duties where that is known, `source_checked` the day on
    which somebody looked last whether it still reads so. A pack that is `derived` has no paragraphs
    of its own: they are gathered from the references of controls.
    """

    id: Name
    title: ShortText
    status: PackStatus
    publisher: ShortText
    url: Annotated[str, Field(pattern=r"^https://", max_length=300)]
    edition: str = ""
    applies_from: Day | None = None
    source_checked: Day
    read: Read
    when: When = When()
    derived: bool = False
    note: Text = ""

    @property
    def on_wish(self) -> bool:
        """Return whether it is taken only where the spec names it: all but law in force are."""
        return self.status != "final"


class PackRule(Frozen):
    """One paragraph: what it asks for in our words, and the controls that answer it together."""

    pack: Name
    ref: Reference
    words: ShortText
    level: Level = "duty"
    controls: tuple[Name, ...] = ()
    applies_from: Day | None = None
    read: Read | None = None
    when: When = When()
    note: Text = ""

    @property
    def id(self) -> str:
        """Return the name by which a site lays its own paragraph over it."""
        return f"{self.pack}:{self.ref}"


class Control(Frozen):
    """One thing that has to be so, whoever asks for it.

    `asks` is what machines are asked for, all of it has to hold; `attest` is what a person stands
    for. Where both are there, both are needed. Machine evidence is good for `days`, an attestation
    for at most `attest_days`. `compensable` says that a signed compensating measure is an answer.
    `nist` are the controls of SP 800-53 revision 5 that it is part of.
    """

    id: Name
    title: ShortText
    asks: tuple[Ask, ...] = ()
    attest: Text = ""
    days: Annotated[int, Field(ge=1, le=3660)] = 1
    attest_days: Annotated[int, Field(ge=1, le=1830)] = 365
    compensable: bool = False
    nist: tuple[Reference, ...] = ()
    when: When = When()
    fix: Text = ""
    duty: ShortText | None = None
    """What the calendar calls it, where it is done by people at intervals."""

    @model_validator(mode="after")
    def _is_answered(self) -> Self:
        if not self.asks and not self.attest:
            raise ValueError("asks or attest must say what answers it; found neither")
        return self


class Books(Frozen):
    """All packs, paragraphs and controls that are in force in a workspace."""

    packs: Mapping[str, Pack]
    rules: tuple[PackRule, ...]
    controls: Mapping[str, Control]

    def of(self, pack: str) -> tuple[PackRule, ...]:
        """Return the paragraphs of a pack, in their order."""
        if not self.packs[pack].derived:
            return tuple(rule for rule in self.rules if rule.pack == pack)
        found: dict[str, list[str]] = {}
        for control in self.controls.values():
            for ref in control.nist:
                found.setdefault(ref, []).append(control.id)
        return tuple(
            PackRule(
                pack=pack, ref=ref, words=self.controls[names[0]].title, controls=tuple(names),
                level="advice",
            )
            for ref, names in sorted(found.items())
        )  # fmt: skip

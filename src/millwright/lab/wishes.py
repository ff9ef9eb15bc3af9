"""What is asked of a lab on the command line, and what was asked of it the last time."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.lab.plan import LabPlan
from millwright.model.base import Frozen

Told = Callable[[str], None]


class Kept(Frozen):
    """What was said of a lab when it last began: kept, so that it comes up again as it was."""

    schema_: Annotated[Literal["millwright.lab-wishes/1"], Field(alias="schema")] = (
        "millwright.lab-wishes/1"
    )
    os: str | None = None
    bare: bool | None = None
    gateways: int | None = None

    def words(self) -> list[str]:
        """Return the options that say it."""
        gateways = ["--gateways", str(self.gateways)] if self.gateways else []
        return [
            *gateways,
            *(["--bare"] if self.bare else []),
            *(["--os", self.os] if self.os else []),
        ]


@dataclass(frozen=True, slots=True)
class Wished:
    """What was said on the command line; nothing means: as the lab is, or was, or the spec has
    it."""

    nodes: int | None = None
    os: str | None = None
    bare: bool | None = None
    gateways: int | None = None

    def like(self, there: LabPlan) -> Wished:
        """Return the wish with what was not said taken from a lab that is up."""
        return self.after(Kept(os=there.os, bare=there.bare, gateways=len(there.gateways)))

    def after(self, last: Kept) -> Wished:
        """Return the wish with what was not said taken from the last one."""
        return Wished(
            self.nodes,
            self.os or last.os,
            last.bare if self.bare is None else self.bare,
            last.gateways if self.gateways is None else self.gateways,
        )

    @property
    def kept(self) -> Kept:
        """Return what of the wish is kept; the number of nodes is in factory.yaml."""
        return Kept(os=self.os, bare=self.bare, gateways=self.gateways)


def completed(workspace: Workspace, wished: Wished, there: LabPlan | None, told: Told) -> Wished:
    """Return the wish with what was not said taken from the lab that is up, or was the last here.

    Raises MillwrightError where what was kept cannot be read.
    """
    if there is not None:
        return wished.like(there)
    last = _last(workspace)
    unsaid = Kept(
        os=None if wished.os else last.os,
        bare=last.bare if wished.bare is None else None,
        gateways=last.gateways if wished.gateways is None else None,
    )
    if words := unsaid.words():
        told(f"as the last time in {workspace.root}: {shlex.join(words)}")
    return wished.after(last)


def keep(workspace: Workspace, wished: Wished) -> None:
    """Write what was said of a lab, for the next time that it comes up."""
    if wished.kept != _last(workspace):
        text = wished.kept.model_dump_json(by_alias=True, indent=1) + "\n"
        workspace.replace_files({_file(workspace): writing(text.encode())})


def _last(workspace: Workspace) -> Kept:
    try:
        return Kept.model_validate_json(_file(workspace).read_bytes())
    except FileNotFoundError:
        return Kept()
    except ValidationError:
        raise MillwrightError(
            f"{_file(workspace)} is not what a lab was asked for as this version keeps it",
            hint="remove it, and say everything: --os, --bare, --gateways",
        ) from None


def _file(workspace: Workspace) -> Path:
    return workspace.root / ".millwright" / "lab" / "wishes.json"

"""What a design was made from: three digests that together decide every byte of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen


class Lock(Frozen):
    """`factory.lock.json`: the inputs behind the last solve, and the digests of the files
    it wrote."""

    schema_: Annotated[Literal["millwright.lock/1"], Field(alias="schema")] = "millwright.lock/1"
    tool_version: str
    spec_sha256: str
    catalog_sha256: str
    files: dict[str, str] = {}

    def changed_since(self, now: Lock) -> tuple[str, ...]:
        """Return, in words, which inputs differ from those of another lock."""
        inputs = {
            "factory.yaml": (self.spec_sha256, now.spec_sha256),
            "the catalogue": (self.catalog_sha256, now.catalog_sha256),
            "the version of millwright": (self.tool_version, now.tool_version),
        }
        return tuple(name for name, (then, current) in inputs.items() if then != current)

"""What closes a host beyond its ports, each setting with the rule that asks for it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from millwright.model.base import Text
from millwright.model.sourced import Entry

SettingKind = Literal[
    "sshd", "login", "module", "mode", "limit", "text", "audit", "parameter", "exception"
]
RuleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_-]*$", max_length=60)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9/][A-Za-z0-9._/*-]*$", max_length=100)]
Value = Annotated[str, Field(pattern=r"^[^{}%`\\]*$", max_length=400)]


class Hardening(Entry):
    """One setting, or an exception from what a rule asks for, with its reason in `note`.

    `sshd` is a keyword of the SSH server, `login` one of login.defs, `module` a kernel module that
    is not loaded, `mode` permissions of a file, `limit` an item of limits.conf (hard), `text` a
    whole file, `audit` a rule of the audit daemon (`key` names it), `parameter` an entry of
    the table of parameters, which says its value. `on` tells gateways from all others.
    """

    kind: SettingKind
    key: Key
    value: Value = ""
    rules: Annotated[tuple[RuleId, ...], Field(min_length=1)]
    on: Literal["everywhere", "gateways", "others"] = "everywhere"
    note: Text = ""

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        without = ("module", "parameter", "exception")
        if (self.kind in without) == bool(self.value):
            raise ValueError(f"a {self.kind} {'has no' if self.value else 'needs a'} value")
        if self.kind == "exception" and not self.note:
            raise ValueError("an exception needs its reason as note")
        if self.kind in ("mode", "text") and (not self.key.startswith("/") or ".." in self.key):
            raise ValueError(f"{self.key} is no whole path")
        return self

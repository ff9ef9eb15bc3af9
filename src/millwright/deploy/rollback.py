"""What a rollback would put back on a host, judged from three states of each file.

`before` the run, `after` it, and `now`: what is not as the run left it was changed by somebody
else, and is left alone unless that is forced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from millwright.ports import Answer

Action = Literal["put back", "remove", "as it was", "changed since", "not saved"]


@dataclass(frozen=True, slots=True)
class Restore:
    """One file of one host, what is to be done with it, and which roles wrote it."""

    host: str
    path: str
    action: Action
    roles: tuple[str, ...]
    now: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HostRestore:
    """One host: its files, the services of roles, and whether a rollback was begun before.

    `unknown` says why nothing is known of it.
    """

    host: str
    files: tuple[Restore, ...] = ()
    units: Mapping[str, tuple[str, ...]] | None = None
    begun: bool = False
    unknown: str = ""

    def chosen(self, *, force: bool) -> tuple[Restore, ...]:
        """Return the files that are put back; `force` also those that somebody changed since."""
        wanted = ("put back", "remove", *(("changed since",) if force else ()))
        return tuple(file for file in self.files if file.action in wanted)

    def roles(self, *, force: bool) -> tuple[str, ...]:
        """Return the roles whose files are put back, and all where one was cut off on the way."""
        files = self.files if self.begun else self.chosen(force=force)
        return tuple(dict.fromkeys(role for file in files for role in file.roles))

    def services(self, roles: Sequence[str]) -> tuple[str, ...]:
        """Return the services of some roles."""
        return tuple(u for u, of in (self.units or {}).items() if set(of) & set(roles))


def restores(answer: Answer) -> HostRestore:
    """Return what a host's answer to `show` comes to; what is no whole answer is unknown."""
    host = answer.node
    if not answer.succeeded or answer.dropped_bytes:
        said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
        return HostRestore(host, unknown=answer.reason or said[:300] or answer.ended)
    try:
        told = json.loads(answer.stdout)
        files = tuple(_restore(host, path, one) for path, one in told["paths"].items())
        units = {unit: tuple(one["roles"]) for unit, one in told["units"].items()}
        return HostRestore(host, files, units, bool(told["begun"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return HostRestore(host, unknown="its list of saved files cannot be read")


def _restore(host: str, path: str, one: Mapping[str, Any]) -> Restore:
    before, after, now = one["before"], one["after"], one["now"]
    return Restore(host, path, _action(before, after, now), tuple(one["roles"]), now)


def _action(before: Mapping[str, Any], after: Mapping[str, Any] | None, now: Any) -> Action:
    if before == now:
        return "as it was"
    if before["kind"] not in ("file", "link", "absent"):
        return "not saved"
    if after is None or after != now:
        return "changed since"
    return "remove" if before["kind"] == "absent" else "put back"


def given(host: HostRestore, *, force: bool) -> dict[str, Any]:
    """Return what a host is told to put back: each file as it was seen, and the services."""
    files = host.chosen(force=force)
    roles = host.roles(force=force)
    return {
        "paths": {file.path: dict(file.now) for file in files},
        "units": list(host.services(roles)),
    }

"""The role of people: their accounts, keys and rules are those of the design on every host."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere
from millwright.deploy.sections.access import Access, Account

PROGRAM = "/usr/local/lib/millwright/people"
KEYS = "/etc/ssh/millwright-keys/%u"


def _users(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    access = inputs.factory.access
    names = tuple(account.name for account in access.accounts)
    return (
        Check(
            (PROGRAM, "ask", *names),
            as_designed(access, directory=inputs.factory.identity is not None),
        ),
    )


def as_designed(access: Access, *, directory: bool = False) -> Judge:
    """Return the judge of a host's people: each that differs by name, and each that is left.

    Where the site has no `directory`, none may be left in force that was named once.
    """

    def judge(text: str) -> Verdict:
        try:
            found = json.loads(text)
            wrong = [*_everybody(found, access), *_ground(found, access)]
            wrong += [] if directory else _of_directory(found)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Verdict("failed", f"it answers {text.strip()[:80]!r}")
        return Verdict("failed", "; ".join(wrong)) if wrong else PROVEN

    return judge


def _everybody(found: Mapping[str, Any], access: Access) -> Iterator[str]:
    for account in access.accounts:
        own = found["people"].get(account.name)
        if own is None:
            yield f"{account.name} is not there"
        else:
            is_over = bool(account.expires) and account.expires <= found["today"]
            keys = () if is_over else account.keys
            wrong = list(_one(own, account, keys, account.name in access.deployers))
            if wrong:
                yield f"{account.name}: {', '.join(wrong)}"


def _one(
    own: Mapping[str, Any], account: Account, keys: Sequence[str], deploys: bool
) -> Iterator[str]:
    numbers = (own["uid"], own["gid"], own["own_group"])
    if numbers != (account.uid,) * 3:
        yield f"numbers {'/'.join(map(str, numbers))} instead of {account.uid}"
    if own["groups"] != list(account.groups):
        yield f"in groups {' '.join(own['groups']) or 'none'}"
    if own["expires"] != account.expires:
        yield f"ends on {own['expires'] or 'no day'}, the design says {account.expires or 'none'}"
    if own["keys"] != list(keys):
        yield "keys are not those of the design"
    wanted = f"{KEYS} .ssh/authorized_keys" if deploys else KEYS
    if own["keys_from"] != wanted:
        yield f"the SSH server reads keys from {own['keys_from'][:80] or 'nowhere'}"


def _ground(found: Mapping[str, Any], access: Access) -> Iterator[str]:
    for name in found["left"]:
        yield f"{name} is still there, and the design has nobody of that name"
    names = {account.name for account in access.accounts}
    for name in found["keys"]:
        if name not in names:
            yield f"keys of {name} are still there"
    rules = [line for line in found["rules"] if line and not line.startswith("#")]
    if rules != [rule for account in access.accounts for rule in account.sudo]:
        yield "rules of sudo are not those of the design"
    if not found["closed"]:
        yield "others than root may read or write them"
    if found["refused"]:
        yield f"sudo refuses its rules: {found['refused']}"
    if found["sweeps"] != "active":
        yield "nobody looks every night whose last day is over"


def _of_directory(found: Mapping[str, Any]) -> list[str]:
    return [f"a directory that nobody names is still in force: {f}" for f in found["directory"]]


USERS = Role(
    "users",
    "boot",
    everywhere,
    "people of the site: numbers, keys, rights; who was taken out goes",
    ("factory.access", "factory.identity"),
    _users,
)

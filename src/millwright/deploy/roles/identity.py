"""The role of the site's directory: hosts know its people, over TLS alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict
from millwright.deploy.inputs import Inputs, NodeInputs
from millwright.deploy.role import Role, Secret
from millwright.deploy.sections.identity import Directory

PROGRAM = "/usr/local/lib/millwright/identity"
ANSWERS_S = 30.0
"""How long a daemon may take until it has reached its directory for the first time."""
ASKED_S = 80.0
"""How long one answer may take: TLS, and three names that a daemon may look for in vain."""
BIND = Secret("identity-bind", "/etc/millwright/identity.password", 0, 0o400, 0, given=True)
"""The password of `services.identity.bind`, which `deploy secret identity-bind` takes."""
NOBODY_ASKED = Verdict("not testable", "services.identity names no probe")


def with_directory(node: NodeInputs, inputs: Inputs) -> bool:
    """Return whether the site has a directory."""
    del node
    return inputs.factory.identity is not None


def _identity(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    directory = inputs.factory.identity
    if directory is None:
        return ()
    words = (PROGRAM, "ask", directory.host, str(directory.port), directory.probe)
    return (Check(words, known(directory), ANSWERS_S, command_s=ASKED_S),)


def known(directory: Directory) -> Judge:
    """Return the judge of how a host stands to the directory."""

    def judge(text: str) -> Verdict:
        try:
            wrong = list(_wrong(json.loads(text), directory))
        except (ValueError, KeyError, TypeError, AttributeError):
            return Verdict("failed", f"it answers {text.strip()[:80]!r}")
        if wrong:
            return Verdict("failed", "; ".join(wrong))
        return PROVEN if directory.probe else NOBODY_ASKED

    return judge


def _wrong(found: Mapping[str, Any], directory: Directory) -> Iterator[str]:
    place = f"{directory.host}:{directory.port}"
    if found["tls"]:
        yield f"no TLS with {place}: {str(found['tls'])[:120]}"
    if found["sssd"] != "active":
        yield f"sssd is {found['sssd'] or 'not there'}"
    for path, mode in found["open"].items():
        yield f"others than root may read {path} ({mode})"
    for database in found["unasked"]:
        yield f"{database} of nsswitch.conf does not ask sss"
    if not found["pam"]:
        yield "PAM does not ask sss"
    yield from _known(found, directory)


def _known(found: Mapping[str, Any], directory: Directory) -> Iterator[str]:
    first = directory.first_uid
    if directory.probe and not found["probe"]:
        yield f"it knows no {directory.probe} with a number of {first} or above"
    if directory.probe and not found["attached"]:
        yield "sssd is offline: it has no connection to its directory, and answers from its cache"
    if directory.probe and found["probe"] and int(found["probe"]) < first:
        yield f"{directory.probe} has the number {found['probe']}, which is one of the host's own"
    for name, own in found["twice"]:
        yield f"{name} of the directory would be {own}, an account of the host's own"


IDENTITY = Role(
    "identity",
    "cluster",
    with_directory,
    "people of the site's directory, asked over TLS alone",
    ("factory.identity", "factory.access.accounts", "factory.access.deployers"),
    _identity,
    ("sssd",),
    (BIND,),
)

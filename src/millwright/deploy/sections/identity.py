"""The site's directory of people, as the spec names it: read into what SSSD is told, or refused."""

from __future__ import annotations

import re
from typing import Literal

from millwright.deploy.undeployable import Undeployable
from millwright.model.access import ADMIN_UIDS
from millwright.model.base import Frozen
from millwright.model.site import Identity, Services

URI = re.compile(r"ldaps://[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?/?")
BASE = re.compile(r"[A-Za-z]+=[A-Za-z0-9 ._-]+(,[A-Za-z]+=[A-Za-z0-9 ._-]+)*")
TLS_PORT = 636
FIRST_UID = ADMIN_UIDS[1] + 1
"""A directory's number that an account of the host's own has would be that account."""


class Directory(Frozen):
    """Whom SSSD asks, over TLS alone; `groups` may come in, `probe` must be known everywhere.

    Nobody is known whose number is below `first_uid`: those are the hosts' own.
    """

    kind: Literal["ad", "ldap"]
    uri: str
    host: str
    port: int
    base: str
    bind: str = ""
    probe: str = ""
    groups: tuple[str, ...] = ()
    first_uid: int = FIRST_UID


def directory(services: Services) -> Directory | None:
    """Return the directory of `services.identity`, or nothing where none is named.

    Raises Undeployable, naming the key, where it is none that SSSD can be told.
    """
    said = services.identity
    if said is None:
        return None
    if not isinstance(said, Identity):
        raise _refused("it says no kind, uri and base", "{kind: ldap, uri: …, base: …}")
    kind: Literal["ad", "ldap"] | None = (
        "ad" if said.kind == "ad" else "ldap" if said.kind == "ldap" else None
    )
    if kind is None:
        raise _refused(f"kind {(said.kind or 'nothing')[:40]!r} is not known", "kind: ad or ldap")
    if not said.uri or not URI.fullmatch(said.uri):
        found = (said.uri or "no uri")[:80]
        raise _refused(f"{found!r} is no directory over TLS", "uri: ldaps://dc1.example.org")
    if not said.base or not BASE.fullmatch(said.base):
        found = (said.base or "no base")[:80]
        raise _refused(f"{found!r} is no base of searches", 'base: "dc=example,dc=org"')
    if kind == "ad" and said.bind is None:
        raise _refused("Active Directory tells nothing to nobody", "bind: the name that asks it")
    host, _, port = said.uri.removeprefix("ldaps://").rstrip("/").partition(":")
    return Directory(
        kind=kind,
        uri=said.uri.rstrip("/"),
        host=host,
        port=int(port or TLS_PORT),
        base=said.base,
        bind=said.bind or "",
        probe=said.probe or "",
        groups=said.groups,
    )


def _refused(found: str, right: str) -> Undeployable:
    return Undeployable(f"services.identity: {found}", hint=f"in services.identity: {right}")

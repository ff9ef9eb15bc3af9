"""Whom an alert reaches, read from the spec's services or refused."""

from __future__ import annotations

import re
from typing import Literal

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.site import Endpoint, Service, Services

WEBHOOK = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
SMARTHOST = re.compile(r"smtp://([A-Za-z0-9][A-Za-z0-9.-]*:\d{1,5})/?")
MAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9][A-Za-z0-9.-]*")


class Receiver(Frozen):
    """One receiver of alerts; `nobody` is said openly wherever it is proven."""

    name: str = "nobody"
    kind: Literal["nobody", "webhook", "mail"] = "nobody"
    url: str = ""
    smarthost: str = ""
    to: str = ""


def receiver(services: Services) -> Receiver:
    """Return who takes alerts: `services.tickets`, else a web address of `services.siem`.

    Raises Undeployable, naming the key, where what is said there takes none.
    """
    if services.tickets is not None:
        return _read(services.tickets)
    siem = _service(services.siem)
    if siem is not None and (siem.uri or "").startswith(("http://", "https://")):
        return _webhook("siem", siem.uri or "")
    return Receiver()


def _read(endpoint: Endpoint) -> Receiver:
    service = _service(endpoint)
    uri = (service.uri if service else None) or ""
    if uri.startswith("smtp://"):
        found = SMARTHOST.fullmatch(uri)
        to = (service.to if service else None) or ""
        if not found or not MAIL.fullmatch(to):
            raise _refused(f"{uri[:80]!r} to {to[:80]!r}")
        return Receiver(name="tickets", kind="mail", smarthost=found[1], to=to)
    return _webhook("tickets", uri)


def _service(endpoint: Endpoint | None) -> Service | None:
    if endpoint is None or isinstance(endpoint, Service):
        return endpoint
    return Service(uri=endpoint if isinstance(endpoint, str) else endpoint[0])


def _webhook(name: str, uri: str) -> Receiver:
    if not WEBHOOK.fullmatch(uri):
        raise _refused(repr(uri[:80]), name)
    return Receiver(name=name, kind="webhook", url=uri)


def _refused(found: str, key: str = "tickets") -> Undeployable:
    return Undeployable(
        f"services.{key}: alerts cannot go to {found}",
        hint="write a web address without a user or a password, like https://tickets.example.org/"
        "hook, or {uri: smtp://mail.example.org:25, to: someone@example.org}",
    )

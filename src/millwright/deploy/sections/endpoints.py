"""Services of the site, as the spec names them: read into names and addresses, or refused."""

from __future__ import annotations

import re

from millwright.deploy.undeployable import Undeployable
from millwright.model.site import Endpoint, Service

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
PROXY = re.compile(r"http://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/?")


def told(endpoint: Endpoint | None) -> tuple[str, ...]:
    """Return what a spec says of a service: each URI, address or name of it."""
    if endpoint is None:
        return ()
    if isinstance(endpoint, Service):
        return (endpoint.uri,) if endpoint.uri else ()
    return (endpoint,) if isinstance(endpoint, str) else endpoint


def hosts_of(endpoint: Endpoint | None, key: str) -> tuple[str, ...]:
    """Return the hosts of a service, without the scheme before them.

    Raises Undeployable, naming the key, where one is no name and no address.
    """
    found = tuple(re.sub(r"^[a-z]+://", "", each).strip("/") for each in told(endpoint))
    for host in found:
        if not HOST.fullmatch(host):
            raise Undeployable(
                f"services.{key}: {host[:80]!r} is no host name and no address",
                hint=f"write it like time.example.org or 192.0.2.10, in services.{key}",
            )
    return found


def proxy_of(endpoint: Endpoint | None) -> str:
    """Return the site's way out, empty where it has none.

    Raises Undeployable where it is no plain URL, or holds a password: a spec is no place for one.
    """
    found = told(endpoint)
    if not found:
        return ""
    if "@" in found[0]:
        raise Undeployable(
            "services.proxy holds a user or a password, and every host would show it to everybody",
            hint="let the proxy know the factory by its addresses",
        )
    if len(found) > 1 or not PROXY.fullmatch(found[0]):
        raise Undeployable(
            f"services.proxy: {found[0][:80]!r} is no proxy that roles can use",
            hint="write one, like http://proxy.example.org:3128",
        )
    return found[0].rstrip("/")

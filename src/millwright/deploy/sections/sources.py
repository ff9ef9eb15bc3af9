"""Where packages come from: through the head node's cache, from named sources, or from a bundle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from millwright.deploy.sections.endpoints import proxy_of
from millwright.model.base import Frozen
from millwright.model.packages import Bundle
from millwright.model.packages import Packages as Wishes
from millwright.model.site import Services

CACHE_PORT = 3142
URI = re.compile(r"(?P<scheme>https?)://(?P<host>[^:/]+)(:(?P<port>[0-9]+))?")
BUNDLE = "/var/lib/millwright/bundle/current"
"""Where the head node has the bundle that it serves."""


class Archive(Frozen):
    """One archive as a host has it in its sources."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str
    pinned: bool
    bundled: bool


class Packages(Frozen):
    """The way of packages, the same for all hosts.

    `server` is the head node's address and `cache` the URL there; `proxy` is the site's way out;
    `tunnels` are the hosts of https sources, `ports` where sources may listen; `bundle` is the
    digest of the bundle that is served, empty where there is none.
    """

    server: str
    cache: str
    direct: bool
    proxy: str
    no_proxy: tuple[str, ...]
    ports: tuple[int, ...]
    tunnels: tuple[str, ...]
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """A bundle that the head node was given, and the digest of its lock."""

    lock: Bundle
    digest: str


def packages(
    wishes: Wishes, services: Services, at: Mapping[str, str], laid: Laid | None
) -> Packages:
    """Return the way of packages; `at` holds the networks, and `head` and `address` of the head.

    Raises Undeployable where `services.proxy` is no proxy that roles can use.
    """
    found = [URI.match(source.uri) for source in wishes.sources]
    parts = [match.groupdict() for match in found if match]
    networks = (value for key, value in at.items() if key not in ("head", "address"))
    return Packages(
        server=at["address"],
        cache=f"http://{at['address']}:{CACHE_PORT}",
        direct=wishes.without_cache == "direct" and laid is None,
        proxy=proxy_of(services.proxy),
        no_proxy=("localhost", "127.0.0.1", "::1", at["head"], at["address"], *sorted(networks)),
        ports=tuple(sorted({80, 443, *(int(part["port"]) for part in parts if part["port"])})),
        tunnels=tuple(sorted({part["host"] for part in parts if part["scheme"] == "https"})),
        bundle=laid.digest if laid else "",
    )


def archives(wishes: Wishes, server: str, laid: Laid | None, *, head: bool) -> tuple[Archive, ...]:
    """Return the sources of a host: none where it keeps those that it came with."""
    if laid:
        base = f"file:{BUNDLE}" if head else f"http://{server}:{CACHE_PORT}/bundle"
        return tuple(
            Archive(
                uri=f"{base}/{each.folder}/",
                suites=(each.suite,),
                components=each.components,
                signed_by=each.signed_by,
                pinned=True,
                bundled=True,
            )
            for each in laid.lock.archives
        )
    return tuple(
        Archive(
            uri=source.uri,
            suites=source.suites,
            components=source.components,
            signed_by=source.signed_by or "",
            pinned=source.pinned,
            bundled=False,
        )
        for source in wishes.sources
    )

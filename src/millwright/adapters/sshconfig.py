"""OpenSSH's way to nodes, as a file of its own: for Ansible, which runs OpenSSH itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.errors import MillwrightError
from millwright.model.reach import Route


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens connections: the pinned host keys, and a private key for all nodes or none."""

    known_hosts: str
    key: str | None = None
    root: str = ""


def ssh_config(
    routes: Mapping[str, Route], nodes: Sequence[str], opener: Opener, *, jumps: bool = True
) -> str:
    """Return the text for these nodes and, where `jumps` counts, the hosts before them.

    Raises MillwrightError where a path cannot be written in such a file.
    """
    before = {routes[node].jump for node in nodes} if jumps else set()
    hosts = [*nodes, *sorted(name for name in before if name and name not in nodes)]
    lines = [line for name in hosts for line in _host(routes[name], opener, jumps)]
    return "\n".join([*lines, *_all(opener)]) + "\n"


def _host(route: Route, opener: Opener, jumps: bool) -> Iterator[str]:
    yield f"Host {route.node}"
    yield f"  HostName {route.address}"
    yield f"  Port {route.port}"
    yield f"  User {route.user}"
    if jumps and route.jump:
        yield f"  ProxyJump {route.jump}"
    key = opener.key or (f"{opener.root}/{route.key}" if route.key else None)
    if key is not None:
        yield f"  IdentityFile {_quoted(key)}"
    if opener.key is not None or not route.agent:
        yield "  IdentityAgent none"


def _all(opener: Opener) -> Iterator[str]:
    yield "Host *"
    yield f"  UserKnownHostsFile {_quoted(opener.known_hosts)}"
    yield "  GlobalKnownHostsFile /dev/null"
    yield "  StrictHostKeyChecking yes"
    yield "  PasswordAuthentication no"
    yield "  KbdInteractiveAuthentication no"
    yield "  LogLevel ERROR"
    # A node whose packets are dropped says nothing: without these, Ansible waits for a quarter of
    # an hour.
    yield "  ConnectTimeout 10"
    yield "  ServerAliveInterval 15"
    yield "  ServerAliveCountMax 3"


def _quoted(path: str) -> str:
    if any(character in path for character in '"%\n$'):
        raise MillwrightError(f"{path!r} cannot be written for OpenSSH", hint="move the workspace")
    return f'"{path}"'

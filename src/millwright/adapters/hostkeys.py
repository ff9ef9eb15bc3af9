"""Host keys: pinned by a deliberate act in the workspace, and always checked."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import paramiko

from millwright.adapters.hostcertificates import Uncertified
from millwright.adapters.ssh import SshShell, reason_of
from millwright.adapters.sshorder import Unreached
from millwright.adapters.workspace import Workspace, writing
from millwright.model.reach import Route
from millwright.ports import Limits

Standing = Literal["new", "known", "changed", "unreachable", "uncertified"]
WINDOW = 64


@dataclass(frozen=True, slots=True)
class HostKey:
    """What a host showed, and how that stands to what is pinned. `was` is the pinned
    fingerprint."""

    node: str
    address: str
    standing: Standing
    entry: str = ""
    fingerprint: str = ""
    was: str = ""
    reason: str = ""


def known_hosts(workspace: Workspace) -> Path:
    """Return the file of the pinned keys."""
    return workspace.root / ".millwright" / "known_hosts"


def pinned(workspace: Workspace) -> paramiko.HostKeys:
    """Return the pinned keys; none where nothing was trusted yet."""
    keys = paramiko.HostKeys()
    with contextlib.suppress(FileNotFoundError):
        keys.load(str(known_hosts(workspace)))
    return keys


def entry_name(route: Route) -> str:
    """Return the name under which OpenSSH keeps a host: with its port where that is not 22."""
    return route.address if route.port == 22 else f"[{route.address}]:{route.port}"


def fingerprint_of(key: paramiko.PKey) -> str:
    """Return the fingerprint as `ssh-keygen -l` prints it."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


Show = Callable[[Route], paramiko.PKey]
"""How a host is made to show its key; what it raises is the reason why it did not."""


def scan(workspace: Workspace, routes: Sequence[Route], show: Show) -> list[HostKey]:
    """Return the key that each host shows, held against the pinned ones; hosts are asked
    at once."""
    keys = pinned(workspace)
    with ThreadPoolExecutor(max_workers=WINDOW) as pool:
        return list(pool.map(lambda route: _scanned(keys, route, show), routes))


def _scanned(keys: paramiko.HostKeys, route: Route, show: Show) -> HostKey:
    name = entry_name(route)
    try:
        shown = show(route)
    except Uncertified as error:
        return HostKey(route.node, route.address, "uncertified", reason=str(error))
    except (OSError, paramiko.SSHException, Unreached) as error:
        return HostKey(route.node, route.address, "unreachable", reason=reason_of(error))
    entry = f"{name} {shown.get_name()} {shown.get_base64()}"
    known: dict[str, paramiko.PKey] = dict(keys.lookup(name) or {})
    before = known.get(shown.get_name())
    if before is None:
        standing: Standing = "changed" if known else "new"
        was = ", ".join(fingerprint_of(key) for key in known.values())
    else:
        standing, was = ("known" if before == shown else "changed"), fingerprint_of(before)
    return HostKey(route.node, route.address, standing, entry, fingerprint_of(shown), was)


def shown_by(shell: SshShell, timeout_s: float) -> Show:
    """Return how hosts show their keys themselves, those behind a jump host through it."""

    def show(route: Route) -> paramiko.PKey:
        limits = Limits(connect_s=timeout_s)
        if route.jump:
            return _greeted(shell.through(route, limits), timeout_s)
        with socket.create_connection((route.address, route.port), timeout=timeout_s) as sock:
            return _greeted(sock, timeout_s)

    return show


def _greeted(sock: socket.socket | paramiko.Channel, timeout_s: float) -> paramiko.PKey:
    transport = paramiko.Transport(sock)
    try:
        transport.start_client(timeout=timeout_s)
        return transport.get_remote_server_key()
    finally:
        transport.close()


def pin(workspace: Workspace, keys: Iterable[HostKey]) -> None:
    """Add keys to the pinned ones; a host that is named again gets the new key only."""
    fresh = {key.entry.split(" ", 1)[0]: key.entry for key in keys if key.entry}
    path = known_hosts(workspace)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    kept = [line for line in lines if line.split(" ", 1)[0] not in fresh]
    text = "".join(f"{line}\n" for line in [*kept, *fresh.values()])
    workspace.replace_files({path: writing(text.encode())})

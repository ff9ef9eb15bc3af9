"""Commands on many nodes over SSH: connections reused, all bounded, host keys always checked."""

from __future__ import annotations

import selectors
import shlex
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import paramiko

from millwright.errors import MillwrightError
from millwright.model.reach import Become, Route
from millwright.ports import Answer, Limits

WINDOW = 64
CHUNK = 1 << 16


class Unreached(Exception):
    """A node could not be asked; the message is the reason that its answer carries."""


class SshShell:
    """A Shell over paramiko. Used as a context, it closes every connection at the end."""

    def __init__(
        self, routes: Mapping[str, Route], known_hosts: str, become: Become | None, root: Path
    ) -> None:
        self._routes = routes
        self._known_hosts = known_hosts
        self._root = root
        self._become = become
        self._password = _password(become, root)
        self._clients: dict[str, paramiko.SSHClient] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> SshShell:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; commands that still run are lost."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        """Yield one answer a node as they come; an interrupt lets go of those still running."""
        pool = ThreadPoolExecutor(max_workers=WINDOW)
        order = _Order(tuple(argv), given, limits, _end_of(limits))
        try:
            asked = [pool.submit(self._ask, node, order) for node in nodes]
            for done in as_completed(asked):
                yield done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            self.close()
            raise
        pool.shutdown()

    def _ask(self, node: str, order: _Order) -> Answer:
        begun = time.monotonic()
        try:
            client = self._connected(node, order.left())
            return self._execute(client, node, order)
        except Unreached as reason:
            told = str(reason)
        except paramiko.AuthenticationException:
            route = self._routes[node]
            told = f"{route.user}@{route.address} was not let in"
        except (OSError, paramiko.SSHException, EOFError) as error:
            told = str(error) or type(error).__name__
        spent = time.monotonic() - begun
        return Answer(node, order.argv, "lost", None, spent, reason=told)

    def _connected(self, node: str, limits: Limits) -> paramiko.SSHClient:
        with self._lock:
            client = self._clients.get(node)
        if client is not None and (transport := client.get_transport()) and transport.is_active():
            return client
        client = self._connect(self._routes[node], limits)
        with self._lock:
            self._clients[node] = client
        return client

    def _connect(self, route: Route, limits: Limits) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(_Refuse())
        try:
            client.load_host_keys(self._known_hosts)
        except FileNotFoundError:
            raise Unreached(_NOT_TRUSTED) from None
        try:
            client.connect(
                route.address,
                port=route.port,
                username=route.user,
                key_filename=str(self._root / route.key) if route.key else None,
                allow_agent=route.agent,
                look_for_keys=False,
                timeout=limits.connect_s,
                banner_timeout=limits.connect_s,
                auth_timeout=limits.connect_s,
                sock=self.through(route, limits) if route.jump else None,
            )
        except paramiko.BadHostKeyException:
            raise Unreached(
                f"the host key of {route.address} is not the one that was trusted: refused"
            ) from None
        return client

    def through(self, route: Route, limits: Limits) -> paramiko.Channel:
        """Open a channel to a node through its jump host.

        Raises Unreached, or what the connection to the jump host raises.
        """
        jump = self._routes.get(route.jump or "")
        if jump is None:
            raise Unreached(f"its jump host {route.jump} is not known")
        transport = self._connected(jump.node, limits).get_transport()
        if transport is None:
            raise Unreached(f"its jump host {route.jump} has gone")
        target = (route.address, route.port)
        return transport.open_channel(
            "direct-tcpip", target, ("127.0.0.1", 0), None, None, limits.connect_s
        )

    def _execute(self, client: paramiko.SSHClient, node: str, order: _Order) -> Answer:
        transport, limits, argv = client.get_transport(), order.left(), order.argv
        if transport is None:
            raise Unreached("the connection has gone")
        begun = time.monotonic()
        channel = transport.open_session(timeout=limits.connect_s)
        with channel:
            channel.exec_command(shlex.join(self._words(argv)))
            if self._password is not None:
                channel.sendall(self._password + b"\n")
            if order.given:
                channel.sendall(order.given)
            channel.shutdown_write()
            streams = _Streams(channel, limits.output_bytes)
            finished = streams.read_until(begun + limits.command_s)
            status = channel.recv_exit_status() if finished else None
        spent = time.monotonic() - begun
        kept = (bytes(streams.out), bytes(streams.err), streams.dropped)
        if not finished:
            told = f"no end within {limits.command_s:.3g} s"
            return Answer(node, argv, "timeout", None, spent, *kept, reason=told)
        if status == -1:
            return Answer(node, argv, "signal", None, spent, *kept, reason="ended by a signal")
        return Answer(node, argv, "exit", status, spent, *kept)

    def _words(self, argv: Sequence[str]) -> list[str]:
        if self._become is None:
            return list(argv)
        asks = ["-S", "-p", ""] if self._password is not None else ["-n"]
        return ["sudo", *asks, "--", *argv]


_NOT_TRUSTED = "its host key is not trusted yet: run `millwright deploy trust`"


class _Refuse(paramiko.MissingHostKeyPolicy):
    """Keys are pinned by a deliberate act, never by connecting."""

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        raise Unreached(_NOT_TRUSTED)


@dataclass(frozen=True, slots=True)
class _Order:
    """What every node is asked, and when (monotonic) the time of the whole run is over."""

    argv: tuple[str, ...]
    given: bytes
    limits: Limits
    end: float | None

    def left(self) -> Limits:
        """Return the limits that still fit into the run. Raises Unreached when it is over."""
        if self.end is None:
            return self.limits
        left = self.end - time.monotonic()
        if left <= 0:
            raise Unreached("the time of the whole run was over")
        connect_s, command_s = self.limits.connect_s, self.limits.command_s
        return replace(self.limits, connect_s=min(connect_s, left), command_s=min(command_s, left))


def _end_of(limits: Limits) -> float | None:
    return None if limits.run_s is None else time.monotonic() + limits.run_s


class _Streams:
    """Both outputs of a command, kept up to a limit and drained beyond it."""

    def __init__(self, channel: paramiko.Channel, limit: int) -> None:
        self._channel = channel
        self._limit = limit
        self.out = bytearray()
        self.err = bytearray()
        self.dropped = 0

    def read_until(self, deadline: float) -> bool:
        """Read to the end of the command; return False where the deadline comes first."""
        channel = self._channel
        with selectors.DefaultSelector() as selector:
            selector.register(channel, selectors.EVENT_READ)
            while True:
                moved = self._take()
                ended = channel.exit_status_ready() and channel.eof_received
                waiting = moved or channel.recv_ready() or channel.recv_stderr_ready()
                if (ended or channel.closed) and not waiting:
                    return True
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                if not moved:
                    selector.select(min(left, 0.2))

    def _take(self) -> bool:
        moved = False
        if self._channel.recv_ready():
            self._keep(self.out, self._channel.recv(CHUNK))
            moved = True
        if self._channel.recv_stderr_ready():
            self._keep(self.err, self._channel.recv_stderr(CHUNK))
            moved = True
        return moved

    def _keep(self, stream: bytearray, data: bytes) -> None:
        room = max(0, self._limit - len(stream))
        stream.extend(data[:room])
        self.dropped += max(0, len(data) - room)


def _password(become: Become | None, root: Path) -> bytes | None:
    """Return the password of sudo. Raises MillwrightError where others may read its file."""
    if become is None or become.password_file is None:
        return None
    path = root / become.password_file
    try:
        if path.stat().st_mode & 0o077:
            raise MillwrightError(
                f"{path} may be read by others", hint=f"chmod 600 {shlex.quote(str(path))}"
            )
        return path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None

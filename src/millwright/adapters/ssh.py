"""Commands on many nodes over SSH: connections reused, all bounded, host keys always checked."""

from __future__ import annotations

import contextlib
import logging
import queue
import shlex
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import paramiko

from millwright.adapters.becoming import lift
from millwright.adapters.channel import (
    PATIENCE_S,
    Streams,
    end_commands,
    notice_silence,
)
from millwright.adapters.sshorder import Order, Unreached, end_of
from millwright.errors import MillwrightError
from millwright.model.reach import SIMULATED_BANNER, Become, Route
from millwright.ports import Answer, Limits

WINDOW = 64

# What goes wrong on the way is an answer; the library's own log would print tracebacks beside it.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class SshShell:
    """A Shell over paramiko. Used as a context, it closes every connection at the end."""

    def __init__(
        self, routes: Mapping[str, Route], known_hosts: Path, become: Become | None, root: Path
    ) -> None:
        self._routes = routes
        self._known_hosts = known_hosts
        self._root = root
        self._lift = lift(become, root)
        _check_keys(routes, root)
        self._clients: dict[str, paramiko.SSHClient] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> SshShell:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """Return what must be kept nowhere."""
        return () if self._lift.password is None else (self._lift.password,)

    def close(self) -> None:
        """Close every connection; commands that still run are lost."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def run(
        self,
        nodes: Sequence[str],
        argv: Sequence[str],
        limits: Limits,
        given: bytes | Mapping[str, bytes] = b"",
    ) -> Iterator[Answer]:
        """Yield one answer a node as they come; an interrupt ends those still running.

        `given` is read by every command, or is each node's own, by its name. The threads that ask
        are daemons: a call that is interrupted waits for none of them.
        """
        order = Order(tuple(argv), given, limits, end_of(limits))
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        told: queue.SimpleQueue[Answer | Exception] = queue.SimpleQueue()
        for node in nodes:
            waiting.put(node)
        for _ in range(min(WINDOW, len(nodes))):
            threading.Thread(target=self._work, args=(waiting, told, order), daemon=True).start()
        try:
            for _ in nodes:
                answer = told.get()
                if isinstance(answer, Exception):
                    raise answer
                yield answer
        except BaseException:
            self._let_go(order.stop())
            self.close()
            raise

    def _let_go(self, transports: Sequence[paramiko.Transport]) -> None:
        """End what still runs, on all nodes at once, and wait a moment for that."""
        enders = [threading.Thread(target=self._end, args=(t,), daemon=True) for t in transports]
        for ender in enders:
            ender.start()
        deadline = time.monotonic() + PATIENCE_S
        for ender in enders:
            ender.join(max(0.0, deadline - time.monotonic()))

    def _work(
        self,
        waiting: queue.SimpleQueue[str],
        told: queue.SimpleQueue[Answer | Exception],
        order: Order,
    ) -> None:
        """Ask node after node until none waits; a bug is handed on and ends the run."""
        with contextlib.suppress(queue.Empty):
            while True:
                node = waiting.get_nowait()
                try:
                    told.put(self._ask(node, order))
                except Exception as bug:
                    told.put(bug)

    def _ask(self, node: str, order: Order) -> Answer:
        begun = time.monotonic()
        try:
            client = self._connected(node, order.left())
            answer = self._execute(client, node, order)
            return replace(answer, simulated=_is_simulated(client))
        except Unreached as reason:
            told = str(reason)
        except paramiko.AuthenticationException:
            route = self._routes[node]
            told = f"{route.user}@{route.address} was not let in"
        except (OSError, paramiko.SSHException, EOFError) as error:
            told = reason_of(error)
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
            client.load_host_keys(str(self._known_hosts))
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
        notice_silence(client)
        return client

    def through(self, route: Route, limits: Limits) -> paramiko.Channel:
        """Open a channel to a node through its jump host.

        A connection that forwards nothing may be older than the host's leave to forward: a new one
        is asked then. Raises Unreached, or what the connection to the jump host raises.
        """
        jump = self._routes.get(route.jump or "")
        if jump is None:
            raise Unreached(f"its jump host {route.jump} is not known")
        with self._lock:
            former = self._clients.get(jump.node)
        try:
            return self._forwarded(route, jump, limits)
        except paramiko.ChannelException as refused:
            if former is None or refused.code != _PROHIBITED:
                raise
        with self._lock:
            if self._clients.get(jump.node) is former:
                del self._clients[jump.node]
        # Commands may run on the former one: it ends with the last of them.
        return self._forwarded(route, jump, limits)

    def _forwarded(self, route: Route, jump: Route, limits: Limits) -> paramiko.Channel:
        try:
            transport = self._connected(jump.node, limits).get_transport()
        except (OSError, paramiko.SSHException, EOFError) as error:
            raise Unreached(f"its jump host {route.jump}: {reason_of(error)}") from None
        if transport is None:
            raise Unreached(f"its jump host {route.jump} has gone")
        target = (route.address, route.port)
        return transport.open_channel(
            "direct-tcpip", target, ("127.0.0.1", 0), None, None, limits.connect_s
        )

    def _execute(self, client: paramiko.SSHClient, node: str, order: Order) -> Answer:
        transport, limits, argv = client.get_transport(), order.left(), order.argv
        if transport is None:
            raise Unreached("the connection has gone")
        begun = time.monotonic()
        channel = transport.open_session(timeout=limits.connect_s)
        with channel, order.running(transport):
            channel.exec_command(shlex.join(self._lift.words(argv)))
            channel.sendall(self._lift.given + order.given_to(node))
            channel.shutdown_write()
            streams = Streams(channel, limits.output_bytes)
            finished = streams.read_until(begun + limits.command_s)
            status = channel.recv_exit_status() if finished else None
        spent = time.monotonic() - begun
        kept = (bytes(streams.out), bytes(streams.err), streams.dropped)
        if not finished:
            self._end(transport)
            told = f"no end within {limits.command_s:.3g} s"
            return Answer(node, argv, "timeout", None, spent, *kept, reason=told)
        if status == -1 and not transport.is_active():
            return Answer(node, argv, "lost", None, spent, *kept, reason="the connection broke")
        if status == -1:
            return Answer(node, argv, "signal", None, spent, *kept, reason="ended by a signal")
        return Answer(node, argv, "exit", status, spent, *kept)

    def _end(self, transport: paramiko.Transport) -> None:
        end_commands(transport, self._lift.words, self._lift.given)


def _check_keys(routes: Mapping[str, Route], root: Path) -> None:
    """Refuse keys that are not there or that nobody can use, before nodes are blamed for them."""
    for name in sorted({route.key for route in routes.values() if route.key}):
        path = root / name
        try:
            head = path.read_bytes()[:200]
        except OSError as error:
            raise MillwrightError(
                f"cannot read the key {path}: {error.strerror}", hint="see `key` in reach.yaml"
            ) from None
        if b"PRIVATE KEY" not in head:
            raise MillwrightError(f"{path} is no private key", hint="see `key` in reach.yaml")


def _is_simulated(client: paramiko.SSHClient) -> bool:
    transport = client.get_transport()
    return transport is not None and SIMULATED_BANNER in transport.remote_version


def reason_of(error: Exception) -> str:
    """Return what went wrong on the way to a node; of several addresses the last one's."""
    if isinstance(error, paramiko.ssh_exception.NoValidConnectionsError):
        error = list(error.errors.values())[-1]
    told = error.strerror if isinstance(error, OSError) else None
    return told or str(error) or type(error).__name__


_PROHIBITED = 1
"""What an SSH server answers where it may not forward (RFC 4254, 5.1)."""
_NOT_TRUSTED = "its host key is not trusted yet: run `millwright deploy trust`"


class _Refuse(paramiko.MissingHostKeyPolicy):
    """Keys are pinned by a deliberate act, never by connecting."""

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        raise Unreached(_NOT_TRUSTED)

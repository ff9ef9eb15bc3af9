"""The channel of one command: its outputs, kept up to a limit, and how it is let go of."""

from __future__ import annotations

import contextlib
import re
import selectors
import shlex
import socket
import time
from collections.abc import Callable, Sequence

import paramiko

CHUNK = 1 << 16
PATIENCE_S = 2.0


SILENCE = {socket.TCP_KEEPIDLE: 10, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3}
"""A node whose kernel says nothing for 25 s has gone, whatever its command waits for."""


def notice_silence(client: paramiko.SSHClient) -> None:
    """Let the kernel notice that a node fell silent while its command runs.

    Behind a jump host there is no socket of our own; there the command's time limit counts.
    """
    transport = client.get_transport()
    sock = None if transport is None else transport.sock
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in SILENCE.items():
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


CHILDREN = "exec pgrep -d, -P $PPID"
"""Constant shell text: the sessions that the server of this very connection has started."""


def end_commands(
    transport: paramiko.Transport, lifted: Callable[[Sequence[str]], list[str]], given: bytes
) -> None:
    """End what a connection runs on its node: a server lets commands outlive their channels.

    `lifted` puts what it takes to become root before a command, `given` is read by that. Where the
    node does not answer in time its commands are left to themselves.
    """
    with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
        found = _said(transport, CHILDREN, b"")
        if re.fullmatch(rb"[0-9,]+\n", found):
            words = lifted(["pkill", "-TERM", "-s", found.decode().strip()])
            _said(transport, shlex.join(words), given)


def _said(transport: paramiko.Transport, command: str, given: bytes) -> bytes:
    with transport.open_session(timeout=PATIENCE_S) as channel:
        channel.settimeout(PATIENCE_S)
        channel.exec_command(command)
        channel.sendall(given)
        channel.shutdown_write()
        return channel.recv(CHUNK)


class Streams:
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

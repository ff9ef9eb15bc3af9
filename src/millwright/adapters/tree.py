"""Commands through gateways that fan them out: ClusterShell's tree mode behind the Shell port.

Nodes go by their addresses, so that gateways need no names. The nodes of a gateway that dies are
asked through another one; where none is left they are lost, as values. An exit status of 255 is
what ssh says of a node it cannot reach, and is read so.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import shlex
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ClusterShell.Engine.Engine import EngineException
from ClusterShell.Event import EventHandler
from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet
from ClusterShell.Propagation import RouteResolvingError
from ClusterShell.Task import Task, TaskError, task_self
from ClusterShell.Topology import TopologyError, TopologyGraph
from ClusterShell.Worker.Worker import WorkerException

from millwright.adapters.gatewaykeys import lend
from millwright.adapters.ssh import SshShell
from millwright.errors import MillwrightError
from millwright.model.reach import Reach, Route
from millwright.ports import Answer, Limits

FANOUT = 64
LONGEST_S = 3600.0
UNREACHED = 255

TROUBLE = (EngineException, RouteResolvingError, TaskError, TopologyError, WorkerException, OSError)

UNPACK = """\
import json, os, sys
os.umask(0o077)
os.mkdir(sys.argv[1])
for name, text in json.load(sys.stdin).items():
    open(os.path.join(sys.argv[1], name), "w").write(text)
"""
"""What a gateway runs to take what it is lent; names are ours, and the texts come by stdin."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a tree stands on: how nodes are reached, the pinned keys, and the workspace."""

    reach: Reach
    routes: Mapping[str, Route]
    known_hosts: str
    root: Path


class TreeShell:
    """A Shell whose gateways reach the nodes; `direct` reaches the gateways themselves."""

    def __init__(self, ground: Ground, direct: SshShell) -> None:
        if ground.reach.tree is None:
            raise MillwrightError(
                "no gateways are known", hint="say tree: {gateways: [...]} in reach.yaml"
            )
        if ground.reach.become is not None and ground.reach.become.password_file:
            raise MillwrightError("a password is not handed to gateways", hint="say --via direct")
        self._ground = ground
        self._tree = ground.reach.tree
        self._direct = direct

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        """Yield one answer a node as they come; what was lent to gateways is taken back."""
        if given:
            raise MillwrightError("input is not handed to gateways", hint="say --via direct")
        words, gateways = tuple(argv), self._tree.gateways
        yield from self._direct.run([n for n in nodes if n in gateways], words, limits)
        inner = [node for node in nodes if node not in gateways]
        if not inner:
            return
        folder = f"/tmp/millwright-{secrets.token_hex(8)}"
        alive = self._lend(folder, limits)
        try:
            yield from self._fan_out(inner, words, limits, (alive, folder))
        finally:
            list(self._direct.run(alive, ["rm", "-rf", "--", folder], Limits()))

    def _lend(self, folder: str, limits: Limits) -> list[str]:
        """Lay keys and pinned host keys on the gateways; return those that took them."""
        longest = limits.run_s or limits.command_s + 4 * limits.connect_s
        lent = lend(self._tree, self._ground.root, self._ground.reach.user, min(LONGEST_S, longest))
        lent["known_hosts"] = Path(self._ground.known_hosts).read_bytes()
        packed = json.dumps({name: text.decode() for name, text in lent.items()}).encode()
        known = [name for name in self._tree.gateways if name in self._ground.routes]
        words = ["python3", "-Ic", UNPACK, folder]
        return sorted(a.node for a in self._direct.run(known, words, limits, packed) if a.succeeded)

    def _fan_out(
        self,
        nodes: Sequence[str],
        argv: tuple[str, ...],
        limits: Limits,
        ways: tuple[Sequence[str], str],
    ) -> Iterator[Answer]:
        alive, folder = ways
        routes = self._ground.routes
        gathered = _Gathered({routes[node].address: node for node in nodes}, argv, limits)
        if not alive:
            yield from gathered.rest("no gateway answers")
            return
        with self._own_folder(folder, routes[alive[0]]):
            run = _Run(gathered, self._options(folder, limits), [routes[n].address for n in alive])
            thread = threading.Thread(target=run.work, daemon=True)
            thread.start()
            try:
                yield from gathered.answers(thread, limits.run_s)
            finally:
                run.abort()
                thread.join(10.0)

    @contextlib.contextmanager
    def _own_folder(self, folder: str, gateway: Route) -> Iterator[None]:
        """Hold, under the very path that gateways have, what opens the gateways themselves."""
        place = Path(folder)
        place.mkdir(mode=0o700)
        try:
            (place / "known_hosts").symlink_to(Path(self._ground.known_hosts).resolve())
            if gateway.key is not None:
                (place / "key").symlink_to((self._ground.root / gateway.key).resolve())
            yield
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _options(self, folder: str, limits: Limits) -> str:
        said = {
            "UserKnownHostsFile": f"{folder}/known_hosts",
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
            "ConnectTimeout": str(max(1, round(limits.connect_s))),
            "Port": str(self._ground.reach.port),
            "User": self._ground.reach.user,
            "LogLevel": "ERROR",
        }
        pairs = " ".join(f"-o {name}={value}" for name, value in said.items())
        return f"-F /dev/null -i {folder}/key {pairs}"


@dataclass(slots=True)
class _Said:
    """What came of one node so far."""

    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    dropped: int = 0


class _Gathered(EventHandler):  # type: ignore[misc]
    """Gathers what nodes say, and hands on each answer when it is whole."""

    def __init__(self, node_at: Mapping[str, str], argv: tuple[str, ...], limits: Limits) -> None:
        self.node_at = dict(node_at)
        self.argv = argv
        self.limits = limits
        self._begun = time.monotonic()
        self._said = {address: _Said() for address in node_at}
        self._waiting = dict(node_at)
        self._whole: queue.SimpleQueue[tuple[str, int | None]] = queue.SimpleQueue()
        self.trouble = ""

    def ev_read(self, worker: Any, node: str, sname: str, msg: bytes) -> None:
        """Keep a line, up to the limit."""
        said = self._said.get(node)
        if said is None:
            self.trouble = msg.decode("utf-8", "backslashreplace")[:300]
            return
        stream = said.err if sname == worker.SNAME_STDERR else said.out
        line = msg + b"\n"
        room = max(0, self.limits.output_bytes - len(stream))
        stream.extend(line[:room])
        said.dropped += max(0, len(line) - room)

    def ev_hup(self, worker: Any, node: str, rc: int) -> None:
        """Note that a node is done."""
        del worker
        self._whole.put((node, rc))

    def ev_close(self, worker: Any, timedout: bool) -> None:
        """Note the nodes that did not end in time."""
        if timedout:
            for node in worker.iter_keys_timeout():
                self._whole.put((str(node), None))

    def answers(self, thread: threading.Thread, run_s: float | None) -> Iterator[Answer]:
        """Yield answers until all are in, the thread has ended, or the run's time is over."""
        end = time.monotonic() + (run_s or LONGEST_S)
        while self._waiting and time.monotonic() < end:
            ended = not thread.is_alive()
            try:
                address, status = self._whole.get(timeout=0 if ended else 0.1)
            except queue.Empty:
                if ended:
                    break
                continue
            if address in self._waiting:
                yield self._answer(address, status)
        over = time.monotonic() >= end
        yield from self.rest(
            "the time of the whole run was over" if over else self.trouble or "no gateway is left"
        )

    def rest(self, reason: str) -> Iterator[Answer]:
        """Yield those who never answered as lost."""
        for address in list(self._waiting):
            node, spent = self._waiting.pop(address), time.monotonic() - self._begun
            yield Answer(node, self.argv, "lost", None, spent, reason=reason)

    def _answer(self, address: str, status: int | None) -> Answer:
        node, said = self._waiting.pop(address), self._said[address]
        spent = time.monotonic() - self._begun
        kept = (bytes(said.out), bytes(said.err), said.dropped)
        if status is None:
            told = f"no end within {self.limits.command_s:g} s"
            return Answer(node, self.argv, "timeout", None, spent, *kept, reason=told)
        if status == UNREACHED:
            told = said.err.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
            return Answer(
                node, self.argv, "lost", None, spent, reason=told or "ssh could not reach it"
            )
        return Answer(node, self.argv, "exit", status, spent, *kept)


@dataclass(slots=True)
class _Run:
    """One run of ClusterShell's engine, in a thread of its own."""

    gathered: _Gathered
    options: str
    gateways: Sequence[str]
    task: Task | None = None

    def work(self) -> None:
        """Run until every node has ended or cannot be reached any more."""
        os.environ["CLUSTERSHELL_GW_PYTHON_EXECUTABLE"] = "python3"
        self.task = task = task_self()
        nodes = _nodes(self.gathered.node_at)
        task.topology = self._topology(nodes)
        for name in ("stdout_msgtree", "stderr_msgtree"):
            task.set_default(name, False)
        task.set_default("auto_tree", True)
        task.set_info("fanout", FANOUT)
        task.set_info("ssh_options", self.options)
        task.set_info("connect_timeout", self.gathered.limits.connect_s)
        try:
            task.shell(
                shlex.join(self.gathered.argv),
                nodes=nodes,
                handler=self.gathered,
                timeout=self.gathered.limits.command_s,
                stderr=True,
                tree=True,
            )
            task.resume()
        except TROUBLE as error:
            self.gathered.trouble = f"{type(error).__name__}: {error}"

    def _topology(self, nodes: NodeSet) -> Any:
        here = socket.gethostname().split(".")[0]
        graph = TopologyGraph()
        graph.add_route(_nodes([here]), _nodes(self.gateways))
        graph.add_route(_nodes(self.gateways), nodes)
        return graph.to_tree(here)

    def abort(self) -> None:
        """Let go of everything that still runs."""
        if self.task is not None:
            self.task.abort()


def _nodes(names: Any) -> NodeSet:
    return NodeSet.fromlist(list(names), resolver=RESOLVER_NOGROUP)

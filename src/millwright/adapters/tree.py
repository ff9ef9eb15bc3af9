"""Commands through gateways that fan them out: ClusterShell's tree mode behind the Shell port.

Nodes go by their addresses, so that gateways need no names. The nodes of a gateway that dies are
asked through another one, unless their commands had begun; those are lost, as values, like all
where no gateway is left."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import shlex
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ClusterShell.Engine.Engine import EngineException
from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet
from ClusterShell.Propagation import RouteResolvingError
from ClusterShell.Task import Task, TaskError, task_self
from ClusterShell.Topology import TopologyError, TopologyGraph
from ClusterShell.Worker.Worker import WorkerException

from millwright.adapters.ground import Ground
from millwright.adapters.lending import lay_on, taken_back
from millwright.adapters.ssh import SshShell
from millwright.adapters.treeanswers import Gathered
from millwright.errors import MillwrightError
from millwright.model.reach import Route
from millwright.ports import Answer, Limits

FANOUT = 64

TROUBLE = (EngineException, RouteResolvingError, TaskError, TopologyError, WorkerException, OSError)


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
        lent = lay_on(self._ground, self._direct, (folder, {}), limits)
        try:
            for answer in self._fan_out(inner, words, limits, (lent.gateways, folder)):
                yield replace(answer, simulated=lent.simulated)
        finally:
            taken_back(self._direct, lent.gateways, folder)

    def _fan_out(
        self,
        nodes: Sequence[str],
        argv: tuple[str, ...],
        limits: Limits,
        ways: tuple[Sequence[str], str],
    ) -> Iterator[Answer]:
        alive, folder = ways
        routes = self._ground.routes
        gathered = Gathered({routes[node].address: node for node in nodes}, argv, limits)
        if not alive:
            yield from gathered.rest("no gateway answers")
            return
        with self._own_folder(folder, routes[alive[0]]):
            addresses = [routes[name].address for name in alive]
            run = _Run(gathered, folder, self._options(folder, limits), addresses)
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
            (place / "known_hosts").symlink_to(self._ground.known_hosts.resolve())
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
class _Run:
    """One run of ClusterShell's engine, in a thread of its own."""

    gathered: Gathered
    folder: str
    options: str
    gateways: Sequence[str]
    task: Task | None = None

    def work(self) -> None:
        """Run until every node has ended or cannot be reached any more."""
        os.environ["CLUSTERSHELL_GW_PYTHON_EXECUTABLE"] = "python3"
        os.environ["CLUSTERSHELL_GW_LOG_DIR"] = self.folder
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
                shlex.join(self._bounded()),
                nodes=nodes,
                handler=self.gathered,
                timeout=self.gathered.limits.command_s,
                stderr=True,
                tree=True,
            )
            task.resume()
        except TROUBLE as error:
            self.gathered.trouble = f"{type(error).__name__}: {error}"

    def _bounded(self) -> list[str]:
        """Return the command as nodes bound it themselves: what a gateway lets go of runs on."""
        seconds = math.ceil(self.gathered.limits.command_s) + 1
        return ["timeout", "--kill-after=5", str(seconds), *self.gathered.argv]

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

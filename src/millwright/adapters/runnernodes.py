"""Playbooks on many nodes, by Ansible on runner nodes: each gateway takes a share of the nodes.

What a runner node gets is packed by ansible-runner (transmit), worked off there (worker) and read
here again (process); keys are lent for the run as to gateways of a tree. The nodes of a runner
node that dies are lost, as values.
"""

from __future__ import annotations

import io
import queue
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from millwright.adapters import masters, playproject
from millwright.adapters.ground import Ground
from millwright.adapters.lending import lay_on, taken_back
from millwright.adapters.playevents import Events
from millwright.adapters.playproject import Project
from millwright.adapters.plays import LocalPlaybooks, runner
from millwright.adapters.ssh import SshShell
from millwright.adapters.sshconfig import Opener, ssh_config
from millwright.errors import MillwrightError
from millwright.ports import Answer, Limits, Played

OUTPUT_BYTES = 256 << 20
LONGEST_S = 4 * 3600.0


class SharedPlaybooks:
    """Playbooks whose Ansible runs on the gateways of a tree; `direct` reaches those."""

    def __init__(self, ground: Ground, folder: Path, direct: SshShell) -> None:
        if ground.reach.tree is None:
            raise MillwrightError(
                "no runner nodes are known", hint="say tree: {gateways: [...]} in reach.yaml"
            )
        if ground.reach.become is not None and ground.reach.become.password_file:
            raise MillwrightError("a password is not handed to runner nodes", hint="--via direct")
        self._ground = ground
        self._folder = folder
        self._tree = ground.reach.tree
        self._direct = direct

    def play(self, playbook: str, nodes: Sequence[str], limits: Limits) -> Iterator[Played]:
        """Yield what came of each node, share by share; what was lent is taken back.

        Gateways among the nodes are reached from here: none of them works on itself.
        """
        folder = f"/tmp/millwright-{secrets.token_hex(8)}"
        limits = replace(limits, run_s=limits.run_s or LONGEST_S)
        inner = [node for node in nodes if node not in self._tree.gateways]
        things = (folder, self._lent(inner, folder))
        lent = lay_on(self._ground, self._direct, things, limits)
        alive = lent.gateways
        try:
            if outer := [node for node in nodes if node in self._tree.gateways]:
                with LocalPlaybooks(self._ground, self._folder) as local:
                    yield from local.play(playbook, outer, limits)
            if not alive:
                yield from Events(inner).outcomes("no runner node answers")
                return
            shares = {name: inner[at :: len(alive)] for at, name in enumerate(alive)}
            for outcome in self._work_off(playbook, shares, folder, limits):
                yield replace(outcome, simulated=lent.simulated)
        finally:
            taken_back(self._direct, alive, folder)

    def _lent(self, nodes: Sequence[str], folder: str) -> dict[str, bytes]:
        opener = Opener(f"{folder}/known_hosts", f"{folder}/key")
        config = ssh_config(self._ground.routes, nodes, opener, jumps=False)
        return {"ssh_config": config.encode()}

    def _work_off(
        self, playbook: str, shares: Mapping[str, Sequence[str]], folder: str, limits: Limits
    ) -> Iterator[Played]:
        told: queue.SimpleQueue[list[Played] | Exception] = queue.SimpleQueue()
        begun = [name for name, share in shares.items() if share]
        for name in begun:
            asked = (name, playbook, shares[name], folder, limits)
            work = threading.Thread(target=self._share, args=(told, asked), daemon=True)
            work.start()
        for _ in begun:
            outcome = told.get()
            if isinstance(outcome, Exception):
                raise outcome
            yield from outcome

    def _share(
        self,
        told: queue.SimpleQueue[list[Played] | Exception],
        asked: tuple[str, str, Sequence[str], str, Limits],
    ) -> None:
        try:
            told.put(self._outcomes(*asked))
        except Exception as bug:
            told.put(bug)

    def _outcomes(
        self, name: str, playbook: str, nodes: Sequence[str], folder: str, limits: Limits
    ) -> list[Played]:
        project = Project((self._folder / "plays" / name).resolve(), playbook)
        become = playproject.becoming(self._ground.reach.become)
        values = playproject.reached_by(f"{folder}/ssh_config") | become
        playproject.lay(project, nodes, values, limits, masters.environment(f"{folder}/cp"))
        words = ["ansible-runner", "worker", "--delete", "--private-data-dir", f"{folder}/work"]
        bounds = replace(limits, command_s=limits.run_s or LONGEST_S, output_bytes=OUTPUT_BYTES)
        (answer,) = self._direct.run([name], words, bounds, packed(project))
        events = Events(nodes, name)
        unpack(project, answer.stdout, events)
        return events.outcomes(_why(name, answer))


def _why(name: str, answer: Answer) -> str:
    """Return why a runner node told no end of its nodes."""
    if answer.ended == "exit" and answer.exit_status == 127:
        return f"{name} has no ansible-runner"
    if answer.ended == "exit":
        said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
        return f"{name}: {said[:200] or f'ansible-runner ended with {answer.exit_status}'}"
    return f"its runner node {name} was lost: {answer.reason}"


def packed(project: Project) -> bytes:
    """Return what a worker is sent: the folder of a run, as ansible-runner packs it."""
    with tempfile.TemporaryFile() as stream:
        runner().run(
            streamer="transmit",
            _output=stream,
            private_data_dir=str(project.place),
            playbook=project.playbook,
            forks=playproject.FORKS,
        )
        stream.seek(0)
        return stream.read()


def unpack(project: Project, stream: bytes, events: Events) -> None:
    """Give `events` what a worker sent; a stream that was cut ends where it ends."""
    whole = stream[: stream.rfind(b"\n") + 1]
    settings: dict[str, Any] = {"private_data_dir": str(project.place), "quiet": True}
    try:
        runner().run(
            streamer="process", _input=io.BytesIO(whole), event_handler=events.take, **settings
        )
    except (ValueError, KeyError, OSError):
        # What came before the cut has been taken; the rest is told as lost.
        return

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
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from millwright.adapters import masters, playproject
from millwright.adapters.ground import Ground
from millwright.adapters.lending import lay_on, taken_back
from millwright.adapters.playevents import Events
from millwright.adapters.playproject import Project, Variables
from millwright.adapters.plays import LocalPlaybooks, runner
from millwright.adapters.ssh import SshShell
from millwright.adapters.sshconfig import Opener, ssh_config
from millwright.errors import MillwrightError
from millwright.ports import Answer, Limits, Play, Played

OUTPUT_BYTES = 256 << 20
LONGEST_S = 4 * 3600.0


class SharedPlaybooks:
    """Playbooks whose Ansible runs on the gateways of a tree; `direct` reaches those."""

    def __init__(
        self, ground: Ground, folder: Path, direct: SshShell, variables: Variables | None = None
    ) -> None:
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
        self._variables = variables or Variables()
        self._local = LocalPlaybooks(ground, folder, variables)
        self._count = 0

    def __enter__(self) -> SharedPlaybooks:
        return self

    def __exit__(self, *failure: object) -> None:
        self._local.__exit__(*failure)

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played | None]:
        """Yield what came of each node, share by share; what was lent is taken back.

        Gateways among the nodes are reached from here: none of them works on itself.
        """
        gateways = frozenset(self._tree.gateways)
        yield from self._local.play(_of(plays, gateways), limits)
        strangers = {node for play in plays for node in play.nodes} - gateways
        if inner := _of(plays, strangers):
            yield from self._lend_and_play(inner, limits)

    def _lend_and_play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played]:
        folder = f"/tmp/millwright-{secrets.token_hex(8)}"
        limits = replace(limits, run_s=limits.run_s or LONGEST_S)
        nodes = list(dict.fromkeys(node for play in plays for node in play.nodes))
        lent = lay_on(self._ground, self._direct, (folder, self._lent(nodes, folder)), limits)
        alive = lent.gateways
        try:
            if not alive:
                yield from Events(plays).outcomes("no runner node answers")
                return
            shares = {name: _of(plays, nodes[at :: len(alive)]) for at, name in enumerate(alive)}
            for outcome in self._work_off(shares, folder, limits):
                yield replace(outcome, simulated=lent.simulated)
        finally:
            taken_back(self._direct, alive, folder)

    def _lent(self, nodes: Sequence[str], folder: str) -> dict[str, bytes]:
        opener = Opener(f"{folder}/known_hosts", f"{folder}/key")
        config = ssh_config(self._ground.routes, nodes, opener, jumps=False)
        return {"ssh_config": config.encode()}

    def _work_off(
        self, shares: Mapping[str, Sequence[Play]], folder: str, limits: Limits
    ) -> Iterator[Played]:
        told: queue.SimpleQueue[list[Played] | Exception] = queue.SimpleQueue()
        self._count += 1
        begun = [name for name, share in shares.items() if share]
        for name in begun:
            asked = (name, shares[name], folder, limits)
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
        asked: tuple[str, Sequence[Play], str, Limits],
    ) -> None:
        try:
            told.put(self._outcomes(*asked))
        except Exception as bug:
            told.put(bug)

    def _outcomes(
        self, name: str, plays: Sequence[Play], folder: str, limits: Limits
    ) -> list[Played]:
        """Have a runner node work its share off; what it did not come to is sent once more."""
        outcomes: list[Played] = []
        turn = 0
        while plays:
            turn += 1
            place = self._folder / "plays" / f"{self._count:03}-{name}-{turn}"
            project = Project(place.resolve(), plays, self._variables)
            become = playproject.becoming(self._ground.reach.become)
            values = playproject.reached_by(f"{folder}/ssh_config") | become
            playproject.lay(project, values, limits, masters.environment(f"{folder}/cp"))
            words = ["ansible-runner", "worker", "--delete", "--private-data-dir", f"{folder}/work"]
            bounds = replace(limits, command_s=limits.run_s or LONGEST_S, output_bytes=OUTPUT_BYTES)
            (answer,) = self._direct.run([name], words, bounds, packed(project))
            events = Events(plays, name)
            unpack(project, answer.stdout, events)
            outcomes += events.outcomes(_why(name, answer))
            plays = events.left()
        return outcomes


def _of(plays: Sequence[Play], nodes: Collection[str]) -> list[Play]:
    """Return the plays with those of their nodes that are among these."""
    shares = [
        Play(play.playbook, tuple(node for node in play.nodes if node in nodes)) for play in plays
    ]
    return [play for play in shares if play.nodes]


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
            playbook=playproject.PLAYBOOK,
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

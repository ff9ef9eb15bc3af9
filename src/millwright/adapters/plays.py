"""Playbooks on nodes, by Ansible on this machine: ansible-runner behind the Playbooks port."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from millwright.adapters import playproject
from millwright.adapters.ground import Ground
from millwright.adapters.masters import Masters
from millwright.adapters.playevents import Ears, Events, Heard, unheard
from millwright.adapters.playproject import Project, Variables
from millwright.adapters.sshconfig import Opener, ssh_config
from millwright.adapters.staying import strategies
from millwright.errors import MillwrightError
from millwright.ports import Limits, Play, Played

ENDING_S = 10.0
"""Seconds that Ansible is given to end, when somebody interrupts."""
TICK_S = 0.1


class LocalPlaybooks:
    """Playbooks whose Ansible runs here; `folder` is the run's, where all is kept.

    Used as a context, it ends the connections that Ansible keeps from one play to the next.
    """

    def __init__(
        self,
        ground: Ground,
        folder: Path,
        variables: Variables | None = None,
        heard: Heard = unheard,
    ) -> None:
        self._ground = ground
        self._folder = folder
        self._variables = variables or Variables()
        self._heard = heard
        self._masters = Masters()
        self._count = 0

    def __enter__(self) -> LocalPlaybooks:
        return self

    def __exit__(self, *_: object) -> None:
        self._masters.close()

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played | None]:
        """Yield what came of each node, when its play has ended; an interrupt ends Ansible."""
        left: Sequence[Play] = [play for play in plays if play.nodes]
        while left:
            left = yield from self._once(left, limits)

    def _once(
        self, plays: Sequence[Play], limits: Limits
    ) -> Generator[Played | None, None, Sequence[Play]]:
        """Run Ansible once; return the plays that it did not come to."""
        self._count += 1
        name = f"{self._count:03}-{plays[0].playbook.removesuffix('.yml')}"
        place = (self._folder / "plays" / name).resolve()
        become = self._ground.reach.become
        project = Project(place, plays, self._variables, strategies(become))
        self._lay(project, limits)
        told: queue.SimpleQueue[Played] = queue.SimpleQueue()
        events, stopped = Events(plays, ears=Ears(told.put, self._heard)), threading.Event()
        words: list[str] = []
        asked = (project, self._environment(), events, stopped, words)
        work = threading.Thread(target=_work, args=asked, daemon=True)
        work.start()
        try:
            while work.is_alive():
                try:
                    yield told.get(timeout=TICK_S)
                except queue.Empty:
                    yield None
        finally:
            stopped.set()
            work.join(ENDING_S)
        events.outcomes(words[0] if words else "Ansible did not end")
        while not told.empty():
            yield told.get()
        return events.left()

    def _environment(self) -> dict[str, str]:
        """Return what Ansible's process gets: a password by the name of its file only."""
        environment = {"PATH": searched()}
        become = self._ground.reach.become
        if become is not None and become.password_file:
            file = (self._ground.root / become.password_file).resolve()
            environment["ANSIBLE_BECOME_PASSWORD_FILE"] = str(file)
        return environment

    def _lay(self, project: Project, limits: Limits) -> None:
        ground = self._ground
        config = project.place / "ssh_config"
        values = playproject.reached_by(str(config)) | playproject.becoming(ground.reach.become)
        playproject.lay(project, values, limits, self._masters.environment())
        opener = Opener(str(ground.known_hosts.resolve()), root=str(ground.root.resolve()))
        config.write_text(ssh_config(ground.routes, project.nodes, opener), encoding="utf-8")


def runner() -> Any:
    """Return ansible-runner. Raises MillwrightError where it is not installed."""
    try:
        import ansible_runner
    except ImportError:
        raise MillwrightError(
            "Ansible is not installed", hint="pip install ansible-core ansible-runner"
        ) from None
    return ansible_runner


def _work(
    project: Project,
    environment: Mapping[str, str],
    events: Events,
    stopped: threading.Event,
    told: list[str],
) -> None:
    """Run Ansible to its end; `told` is given what it ended with."""
    done = runner().run(
        private_data_dir=str(project.place),
        playbook=playproject.PLAYBOOK,
        forks=playproject.FORKS,
        quiet=True,
        event_handler=events.take,
        cancel_callback=stopped.is_set,
        envvars=dict(environment),
    )
    told.append(f"Ansible ended: {done.status} ({done.rc})")


def searched() -> str:
    """Return where commands are looked for: beside our own interpreter first."""
    return f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"

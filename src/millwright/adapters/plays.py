"""Playbooks on nodes, by Ansible on this machine: ansible-runner behind the Playbooks port."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from millwright.adapters import playproject
from millwright.adapters.ground import Ground
from millwright.adapters.masters import Masters
from millwright.adapters.playevents import Events
from millwright.adapters.playproject import Project, Variables
from millwright.adapters.sshconfig import Opener, ssh_config
from millwright.errors import MillwrightError
from millwright.ports import Limits, Played


class LocalPlaybooks:
    """Playbooks whose Ansible runs here; `folder` is the run's, where all is kept.

    Used as a context, it ends the connections that Ansible keeps from one play to the next.
    `heard` is told of each task as it begins: the playbook, and the task.
    """

    def __init__(
        self,
        ground: Ground,
        folder: Path,
        variables: Variables | None = None,
        heard: Callable[[str, str], None] | None = None,
    ) -> None:
        self._heard = heard
        self._ground = ground
        self._folder = folder
        self._variables = variables or Variables()
        self._masters = Masters()
        self._count = 0

    def __enter__(self) -> LocalPlaybooks:
        return self

    def __exit__(self, *_: object) -> None:
        self._masters.close()

    def play(self, playbook: str, nodes: Sequence[str], limits: Limits) -> Iterator[Played]:
        """Yield what came of each node, when Ansible has ended; an interrupt ends it."""
        self._count += 1
        name = f"{self._count:03}-{playbook.removesuffix('.yml')}"
        place = (self._folder / "plays" / name).resolve()
        project = Project(place, playbook, self._variables)
        self._lay(project, nodes, limits)
        events, stopped = self._events(playbook, nodes), threading.Event()
        told: list[str] = []
        asked = (project, self._environment(), events, stopped, told)
        work = threading.Thread(target=_work, args=asked, daemon=True)
        work.start()
        try:
            while work.is_alive():
                work.join(0.1)
        finally:
            stopped.set()
            work.join(5.0)
        yield from events.outcomes(told[0] if told else "Ansible did not end")

    def _events(self, playbook: str, nodes: Sequence[str]) -> Events:
        heard = self._heard
        if heard is None:
            return Events(nodes)
        return Events(nodes, heard=lambda task: heard(playbook, task))

    def _environment(self) -> dict[str, str]:
        """Return what Ansible's process gets: a password by the name of its file only."""
        environment = {"PATH": searched()}
        become = self._ground.reach.become
        if become is not None and become.password_file:
            file = (self._ground.root / become.password_file).resolve()
            environment["ANSIBLE_BECOME_PASSWORD_FILE"] = str(file)
        return environment

    def _lay(self, project: Project, nodes: Sequence[str], limits: Limits) -> None:
        ground = self._ground
        config = project.place / "ssh_config"
        values = playproject.reached_by(str(config)) | playproject.becoming(ground.reach.become)
        playproject.lay(project, nodes, values, limits, self._masters.environment())
        opener = Opener(str(ground.known_hosts.resolve()), root=str(ground.root.resolve()))
        config.write_text(ssh_config(ground.routes, nodes, opener), encoding="utf-8")


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
        playbook=project.playbook,
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

"""What one run of Ansible stands on: a copy of the playbooks, an inventory, and settings.

It lies in the run's own folder, so that what ran can be read afterwards. It holds no secret.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from millwright.adapters.playevents import group_of
from millwright.adapters.resources import folder
from millwright.adapters.staying import environment as environment_of
from millwright.adapters.staying import staying
from millwright.errors import MillwrightError
from millwright.model.reach import Become
from millwright.ports import Limits, Play

FORKS = 64
"""As many nodes at a time as Ansible is let work on; each costs the machine a process."""


class Templated(MillwrightError):
    """A value would be read as a template, and whatever stands in it carried out."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What plays read: for all hosts, and for each by its name."""

    everywhere: Mapping[str, Any] = field(default_factory=dict)
    by_host: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """Where a run's files lie, which plays there are, and what they read.

    `strategies` is where those lie that leave a Python on hosts; none where Ansible's own are used.
    """

    place: Path
    plays: Sequence[Play]
    variables: Variables = field(default_factory=Variables)
    strategies: Path | None = None

    @property
    def nodes(self) -> list[str]:
        """Return every node of the plays, once."""
        return list(dict.fromkeys(node for play in self.plays for node in play.nodes))


PLAYBOOK = "plays.yml"
"""What is run: the plays of the product's playbooks, each on a group of its own."""


def lay(
    project: Project, values: Mapping[str, Any], limits: Limits, environment: Mapping[str, str]
) -> None:
    """Write everything that ansible-runner wants of a folder: playbooks, inventory and settings.

    Raises MillwrightError where there is no such playbook, or a path would be read as a template.
    """
    plays = [_play(play.playbook) for play in project.plays]
    own: dict[str, str] = {}
    if project.strategies is not None:
        books = [play.playbook for play in project.plays]
        plays = [staying(book, play) for book, play in zip(books, plays, strict=True)]
        own = environment_of(project.strategies)
    try:
        shutil.copytree(folder("playbooks"), project.place / "project")
    except (OSError, shutil.Error) as error:
        raise MillwrightError(f"cannot write {project.place}: {_why(error)}") from None
    _put(project.place / "project" / PLAYBOOK, plays)
    _put(project.place / "inventory" / "hosts.json", inventory(project, values))
    _put(project.place / "env" / "settings", _settings(limits))
    _put(project.place / "env" / "envvars", {**ENVIRONMENT, **own, **environment})


def _play(playbook: str) -> dict[str, Any]:
    """Return the play of a playbook, for the nodes that it is given here."""
    path = folder("playbooks") / playbook
    if not path.is_file():
        raise MillwrightError(f"there is no playbook {playbook!r}")
    (play,) = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {**play, "hosts": group_of(playbook)}


ENVIRONMENT = {
    # Ansible names a kept connection after the host's name, and two factories may each have a
    # head-1: OpenSSH names it after the address, the way and the user.
    "ANSIBLE_SSH_CONTROL_PATH": "%(directory)s/%%C",
    "ANSIBLE_HOST_KEY_CHECKING": "True",
    "ANSIBLE_PIPELINING": "True",
    "ANSIBLE_RETRY_FILES_ENABLED": "False",
    "ANSIBLE_NOCOLOR": "True",
}


def _settings(limits: Limits) -> dict[str, Any]:
    settings: dict[str, Any] = {"pexpect_use_poll": True, "idle_timeout": 600}
    if limits.run_s is not None:
        settings["job_timeout"] = max(1, round(limits.run_s))
    return settings


def inventory(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inventory of nodes; how they are reached stands in OpenSSH's own file.

    Raises MillwrightError where a value would be read as a template.
    """
    fixed = {"ansible_python_interpreter": "/usr/bin/python3"}
    variables = project.variables
    own = {node: dict(variables.by_host.get(node, {})) for node in project.nodes}
    groups: dict[str, dict[str, Any]] = {
        group_of(play.playbook): {"hosts": {node: {} for node in play.nodes}}
        for play in project.plays
    }
    every = {**fixed, **variables.everywhere, **values}
    document = {"all": {"hosts": own, "vars": every, "children": groups}}
    text = json.dumps(document)
    if is_template(text):
        raise Templated("a value of the design would be read as a template by Ansible")
    return document


def is_template(text: str) -> bool:
    """Return whether Ansible would read something of a text as a template."""
    return "{{" in text or "{%" in text or "{#" in text


def becoming(become: Become | None) -> dict[str, Any]:
    """Return what an inventory says of becoming root; passwords are given by file only."""
    return {"ansible_become": become is not None, "ansible_become_method": "sudo"}


def reached_by(config: str) -> dict[str, Any]:
    """Return what an inventory says of reaching nodes: through one file of OpenSSH's."""
    return {"ansible_ssh_common_args": f"-F {shlex.quote(config)}"}


def _why(error: OSError) -> str:
    return error.strerror or str(error.args[0])[:200]


def _put(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


IMPORTED = re.compile(r"(?:import|include)_role:\s*(?:\{\s*)?name:\s*([a-z][a-z0-9-]*)")


def made_of(role: str) -> tuple[str, ...]:
    """Return a role and every role that its tasks import, in the order in which they are met."""
    roles, found = folder("playbooks") / "roles", [role]
    for name in found:
        for tasks in sorted((roles / name / "tasks").rglob("*.yml")):
            met = IMPORTED.findall(tasks.read_text(encoding="utf-8"))
            found += [each for each in dict.fromkeys(met) if each not in found]
    return tuple(found)


def role_files(role: str) -> dict[str, str]:
    """Return the digest of each file of which a role's play consists."""
    playbooks = folder("playbooks")
    return {
        str(path.relative_to(playbooks)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _files_of(role)
    }


def role_digest(role: str) -> str:
    """Return the digest of everything that a role's play consists of."""
    playbooks, digest = folder("playbooks"), hashlib.sha256()
    for path in _files_of(role):
        digest.update(str(path.relative_to(playbooks)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files_of(role: str) -> list[Path]:
    playbooks = folder("playbooks")
    paths = [playbooks / f"{role}.yml"]
    for name in made_of(role):
        paths += sorted(path for path in (playbooks / "roles" / name).rglob("*") if path.is_file())
    return paths

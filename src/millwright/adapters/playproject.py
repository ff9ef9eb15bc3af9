"""What one run of Ansible stands on: a copy of the playbooks, an inventory, and settings.

It lies in the run's own folder, so that what ran can be read afterwards. It holds no secret.
"""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millwright.adapters.resources import folder
from millwright.errors import MillwrightError
from millwright.model.reach import Become
from millwright.ports import Limits

FORKS = 64
"""As many nodes at a time as Ansible is let work on; each costs the machine a process."""


@dataclass(frozen=True, slots=True)
class Project:
    """Where a run's files lie, and which playbook it is."""

    place: Path
    playbook: str


def lay(project: Project, nodes: Sequence[str], values: Mapping[str, Any], limits: Limits) -> None:
    """Write everything that ansible-runner wants of a folder: playbooks, inventory and settings.

    Raises MillwrightError where there is no such playbook, or a path would be read as a template.
    """
    if not (folder("playbooks") / project.playbook).is_file():
        raise MillwrightError(f"there is no playbook {project.playbook!r}")
    shutil.copytree(folder("playbooks"), project.place / "project")
    _put(project.place / "inventory" / "hosts.json", inventory(nodes, values))
    _put(project.place / "env" / "settings", _settings(limits))
    _put(project.place / "env" / "envvars", ENVIRONMENT)


ENVIRONMENT = {
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


def inventory(nodes: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inventory of nodes; how they are reached stands in OpenSSH's own file."""
    for value in values.values():
        if "{{" in str(value) or "{%" in str(value):
            raise MillwrightError(f"{value!r} would be read as a template", hint="move it")
    fixed = {"ansible_python_interpreter": "/usr/bin/python3"}
    return {"all": {"hosts": {node: {} for node in nodes}, "vars": {**fixed, **values}}}


def becoming(become: Become | None) -> dict[str, Any]:
    """Return what an inventory says of becoming root; passwords are given by file only."""
    return {"ansible_become": become is not None, "ansible_become_method": "sudo"}


def reached_by(config: str) -> dict[str, Any]:
    """Return what an inventory says of reaching nodes: through one file of OpenSSH's."""
    return {"ansible_ssh_common_args": f"-F {shlex.quote(config)}"}


def _put(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

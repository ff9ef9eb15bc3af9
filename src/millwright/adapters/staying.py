"""A Python that stays on hosts from one task to the next: Mitogen's strategies for Ansible.

Ansible starts a Python on the host for every task and every turn of a loop, which is most of what a
role costs. These strategies leave one there while plays last. It ends with the connection, and what
it runs with it: tasks that must come to their end name Ansible's own connection. Who has no such
strategies, has another Ansible than they were tried with, or becomes root by a password, is played
as Ansible does by itself.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from millwright.model.reach import Become

TRIED = ((2, 19),)
"""Releases of ansible-core with which all roles were played so."""
WITHOUT_PYTHON = frozenset(("bootstrap.yml",))
"""Plays that may come to hosts which have no Python yet."""
STRATEGIES = {
    "linear": "mitogen_linear",
    "ansible.builtin.host_pinned": "mitogen_host_pinned",
}
"""From a play's own strategy to the one that does the same."""
VALUES: Mapping[str, Any] = {
    # One connection is held for all tasks. It must not ride on one that OpenSSH keeps: a role that
    # hangs up and comes in again proves that there is a way in.
    "ansible_ssh_args": "-o ControlMaster=no -o ControlPath=none",
    # Seconds for a connection and the start of Python on a host that is busy.
    "ansible_timeout": 60,
    # As sshconfig says them: a host that falls silent is given up after 45 s.
    "mitogen_ssh_keepalive_interval": 15,
    "mitogen_ssh_keepalive_count": 3,
    "mitogen_ssh_compression": False,
    # Each task has a process of its own, as with Ansible itself: what a library read once, as the
    # settings of apt, is read again.
    "mitogen_task_isolation": "fork",
}


def strategies(become: Become | None) -> Path | None:
    """Return where the strategies lie; nothing where they are not to be used."""
    if become is not None and become.password_file:
        return None
    try:
        release = tuple(int(part) for part in version("ansible-core").split(".")[:2])
    except (PackageNotFoundError, ValueError):
        return None
    found = importlib.util.find_spec("ansible_mitogen") if release in TRIED else None
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "plugins" / "strategy"
    return folder if folder.is_dir() else None


def staying(playbook: str, play: Mapping[str, Any]) -> dict[str, Any]:
    """Return a play with the strategy that leaves a Python on its hosts, where there is one."""
    strategy = STRATEGIES.get(play.get("strategy", "linear"))
    if strategy is None or playbook in WITHOUT_PYTHON:
        return dict(play)
    return {**play, "strategy": strategy, "vars": {**play.get("vars", {}), **VALUES}}


def environment(folder: Path) -> dict[str, str]:
    """Return what tells Ansible where the strategies lie."""
    # Ansible warns at every start that strategies of others end with its release 2.23.
    return {"ANSIBLE_STRATEGY_PLUGINS": str(folder), "ANSIBLE_DEPRECATION_WARNINGS": "False"}

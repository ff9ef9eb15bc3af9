"""The exported inventory reaches real hosts with plain ansible-playbook, and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from millwright.adapters.resources import folder
from tests.lab.rehearsal import Rehearsal

ANSIBLE = Path(sys.executable).parent / "ansible-playbook"


def test_a_play_by_hand_finds_its_hosts_as_the_deployment_left_them(deployed: Rehearsal) -> None:
    deployed.done("deploy", "export", "inventory")
    done = subprocess.run(
        [
            str(ANSIBLE),
            "-i",
            "design/export/inventory/hosts.json",
            str(folder("playbooks") / "names.yml"),
            "--limit",
            "gpu1,gpu2,head-1",
            "--ssh-common-args",
            "-o UserKnownHostsFile=.millwright/known_hosts",
        ],
        cwd=deployed.root,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOST_KEY_CHECKING": "True"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    recap = [line for line in done.stdout.splitlines() if "unreachable=" in line]
    assert len(recap) == 3
    assert all("changed=0" in line and "unreachable=0" in line for line in recap)

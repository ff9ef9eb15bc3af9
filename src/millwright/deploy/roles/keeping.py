"""What outlives the head node: backups that are whole, and can be restored."""

from __future__ import annotations

import json
from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, active
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, Secret, on_head
from millwright.deploy.sections.slurm import PROGRAMS

DRILL = (f"{PROGRAMS}/backup", "drill")
"""Restores a backup into a server of its own and counts; a backup's name may follow."""


def _backup(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    kept = inputs.factory.backup

    def judge(text: str) -> Verdict:
        try:
            age_h = float(json.loads(text)["age_h"])
        except (ValueError, KeyError, TypeError):
            return Verdict("failed", f"the backups told nothing of use: {text[:120]}")
        if age_h > kept.period_h + kept.grace_h:
            return Verdict("failed", f"the newest backup is {age_h:.1f} h old")
        return PROVEN

    held = Check((f"{PROGRAMS}/backup", "check"), judge, command_s=120.0)
    return (active("millwright-backup.timer"), held)


BACKUP = Role(
    "backup",
    "cluster",
    on_head,
    "backups of accounting, the controller's state and its configuration",
    ("factory.backup", "factory.name", "factory.simulated"),
    _backup,
    (),
    (Secret("backup-key", "/etc/millwright/backup.key", 0, 0o400, 44),),
)

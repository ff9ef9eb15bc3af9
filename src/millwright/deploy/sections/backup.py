"""How the state of the scheduler is kept: where, how often, and how many times."""

from __future__ import annotations

from typing import Literal

from millwright.model.base import Frozen


class Backup(Frozen):
    """Backups lie on the head node itself: who keeps hosts must copy the folder elsewhere.

    Periods divide a day; the newest backup may be late by `grace_h`.
    """

    folder: str = "/var/backups/millwright"
    period_h: Literal[1, 2, 3, 4, 6, 8, 12, 24] = 24
    grace_h: int = 2
    keep: int = 14

"""Settings of the scheduler and its database: the keys that releases know, and their values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.sourced import Entry, Sourced

SettingsFile = Literal["slurm.conf", "cgroup.conf", "slurmdbd.conf", "mariadb.cnf"]
Release = Annotated[str, Field(pattern=r"^[0-9]{2}\.[0-9]{2}$")]
"""A release of Slurm: year and month, as 22.05."""
Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=60)]
Value = Annotated[str, Field(pattern=r"^[A-Za-z0-9/(*-][A-Za-z0-9 ,._/:=+()*;-]*$", max_length=400)]
"""One line without quotes, comments, shell text or templates."""


class SlurmKeys(Entry):
    """Keys of one file that came and went together.

    `until` is the last release that knows them. `read` says what it takes until a changed one
    counts: a reconfigure, or a start of the daemon.
    """

    file: SettingsFile
    since: Release
    until: Release | None = None
    read: Literal["restart", "reconfigure"]
    keys: Annotated[tuple[Key, ...], Field(min_length=1)]


class SlurmSetting(Entry):
    """What one key is set to; `since` and `until` bound the releases that the value is for.

    `only` says whether it is for real factories or for rehearsals alone.
    """

    file: SettingsFile = "slurm.conf"
    key: Key
    value: Sourced[Value]
    since: Release | None = None
    until: Release | None = None
    only: Literal["real", "simulated"] | None = None

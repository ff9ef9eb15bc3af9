"""Where a lab lives on the machine, outside of any workspace, and how two calls keep out of each
other's way."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from millwright.errors import MillwrightError
from millwright.lab.plan import LabPlan

STATE = Path("/var/lib/millwright")
CACHE = Path("/var/cache/millwright")


class Home:
    """The folder of one lab: its plan, and one folder for each host."""

    def __init__(self, lab: str) -> None:
        self.lab = lab
        self.folder = STATE / "labs" / lab

    @property
    def plan_file(self) -> Path:
        """Return the file that says what the lab consists of; while it is there, the lab is."""
        return self.folder / "lab.json"

    def host(self, name: str) -> Path:
        """Return the folder of a host: `upper`, `work`, `root` and `console.log`."""
        return self.folder / "hosts" / name

    def plan(self) -> LabPlan | None:
        """Return the plan of the lab, or nothing where there is no lab."""
        try:
            return LabPlan.model_validate_json(self.plan_file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            raise MillwrightError(
                f"{self.plan_file} is not the plan of a lab", hint="millwright lab down"
            ) from None

    def keep(self, plan: LabPlan) -> None:
        """Write the plan before anything of it is built."""
        put(self.plan_file, plan.model_dump_json(by_alias=True, indent=1) + "\n")


def put(path: Path, text: str) -> None:
    """Write a file whole, on the disk, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with open(fresh, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keep every other call that changes labs of this machine waiting at the door.

    Raises MillwrightError where one is at work: what it does is not known here.
    """
    STATE.mkdir(parents=True, exist_ok=True)
    with open(STATE / "lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise MillwrightError(
                "another call is changing a lab of this machine", hint="wait until it has ended"
            ) from None
        yield

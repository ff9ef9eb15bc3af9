"""Where a lab lives on the machine, outside of any workspace, and how two calls keep out of each
other's way."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
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
        """Return the plan of the lab, or nothing where there is no lab.

        Raises MillwrightError where it was made by a version that wrote other plans.
        """
        try:
            return LabPlan.model_validate_json(self.plan_file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            raise MillwrightError(
                f"{self.plan_file} is not the plan of a lab as this version makes them",
                hint="take it down: millwright -C DIR lab down",
            ) from None

    def keep(self, plan: LabPlan) -> None:
        """Write the plan before anything of it is built."""
        put(self.plan_file, plan.model_dump_json(by_alias=True, indent=1) + "\n")

    def lowers(self, name: str) -> tuple[Path, ...]:
        """Return the images that a host was laid on, where all of them are still there.

        A host stays on them for its whole life: what it wrote holds over no others.
        """
        try:
            text = (self.host(name) / "lowers").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        paths = tuple(Path(line) for line in text.splitlines())
        return paths if all(path.is_dir() for path in paths) else ()

    def keep_lowers(self, name: str, paths: Sequence[Path]) -> None:
        """Write what images a host is laid on."""
        put(self.host(name) / "lowers", "".join(f"{path}\n" for path in paths))

    def remove(self) -> None:
        """Remove the lab's folder: at once for everybody who looks, then file by file."""
        if self.folder.exists():
            self.folder.rename(self.folder.with_name(f"{GONE}{self.lab}.{os.getpid()}"))
        _sweep()


GONE = ".gone."
"""How the folder of a lab begins that is being removed."""


def put(path: Path, text: str) -> None:
    """Write a file whole, on the disk, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
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
    with _lock() as held:
        if not held:
            raise MillwrightError(
                "another call is changing a lab of this machine", hint="wait until it has ended"
            )
        _sweep()
        try:
            yield
        finally:
            _leave_no_folder()


@contextlib.contextmanager
def _lock() -> Iterator[bool]:
    """Yield whether the lock is held here. Its file goes with the last lab, so it is looked at
    again once it is held: nobody may hold one that others cannot see."""
    while True:
        (STATE / "labs").mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            file = open(STATE / "lock", "w", encoding="utf-8")  # noqa: SIM115
        except FileNotFoundError:
            continue
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            if _is_there(file.fileno()):
                yield True
                return


def _is_there(number: int) -> bool:
    try:
        return os.path.samestat(os.fstat(number), os.stat(STATE / "lock"))
    except FileNotFoundError:
        return False


def _sweep() -> None:
    """Remove what calls that were killed had begun to remove."""
    for gone in (STATE / "labs").glob(f"{GONE}*"):
        shutil.rmtree(gone)


def _leave_no_folder() -> None:
    """Remove the folders of all labs when the last one has gone."""
    with contextlib.suppress(OSError):
        (STATE / "labs").rmdir()
        (STATE / "lock").unlink()
        STATE.rmdir()

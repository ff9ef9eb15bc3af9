"""The folder of one factory: where its files lie, and how they are replaced without ever being
torn."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from millwright.errors import MillwrightError

Writer = Callable[[IO[bytes]], None]


def writing(content: bytes) -> Writer:
    """Return the writer of a content that is known already."""

    def write(file: IO[bytes]) -> None:
        file.write(content)

    return write


def folder_of(path: Path) -> Workspace:
    """Return the folder of a file that a person named, wherever it lies, to write it there.

    Raises MillwrightError where something stands there that is no file: a folder, a device, or a
    link, whose end is not what was said.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        what = "a link" if path.is_symlink() else "a folder" if path.is_dir() else "no file"
        raise MillwrightError(f"cannot write {path}: it is {what}", hint="name a file")
    return Workspace(path.parent)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A user's folder; nothing is written outside it."""

    root: Path

    @property
    def factory_file(self) -> Path:
        """Return the spec."""
        return self.root / "factory.yaml"

    @property
    def catalog_dir(self) -> Path | None:
        """Return the folder of the site's own catalogue, where there is one."""
        folder = self.root / "catalog"
        return folder if folder.is_dir() else None

    @property
    def design_dir(self) -> Path:
        """Return the folder of the design."""
        return self.root / "design"

    @property
    def lock_file(self) -> Path:
        """Return the file that ties a design to its inputs."""
        return self.root / "factory.lock.json"

    def inside(self, path: Path) -> Path:
        """Return the path if it lies in the workspace, links resolved.

        Raises MillwrightError where a link leads out of it.
        """
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise MillwrightError(
                f"{path} leads out of the workspace",
                hint="replace the link by a folder of the workspace",
            )
        return path

    def replace_files(self, writers: Mapping[Path, Writer]) -> None:
        """Write all files, then put them in place together, the last one last.

        Whatever goes wrong while writing leaves the former files as they were and no trace of the
        new ones.
        """
        written: list[tuple[Path, Path]] = []
        path = self.root
        try:
            for path, write in writers.items():
                self.inside(path).parent.mkdir(parents=True, exist_ok=True)
                fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
                written.append((fresh, path))
                with open(fresh, "wb") as file:
                    write(file)
                    file.flush()
                    os.fsync(file.fileno())
            for fresh, path in written:
                os.replace(fresh, path)
        except OSError as error:
            raise MillwrightError(
                f"cannot write {path}: {error.strerror}",
                hint="the former files are unchanged",
            ) from error
        finally:
            for fresh, _ in written:
                with contextlib.suppress(OSError):
                    fresh.unlink(missing_ok=True)

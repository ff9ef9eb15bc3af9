"""Connections of OpenSSH that outlive one start of Ansible and serve the next one of the same run.

Ansible names their sockets by host name, port and user alone. Two factories may have a `gpu1` each,
so every run keeps its sockets in a folder of its own; else one would play on the other's hosts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PERSIST_S = 120
"""Seconds that a connection which nobody uses is kept."""
ENDING_S = 5.0
PREFIX = "mw-"
LOCK = "lock"


class Masters:
    """The sockets of one run. Used as a context, it ends every connection.

    The folder is made when it is first asked for, and clears away those of runs that were killed.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock = -1

    def __enter__(self) -> Masters:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        """Return what tells Ansible where the sockets are."""
        if self._folder is None:
            clear_away()
            self._folder, self._lock = _own()
        return environment(str(self._folder))

    def close(self) -> None:
        """End every connection, and forget the sockets."""
        if self._folder is not None:
            _end(self._folder)
            os.close(self._lock)
            self._folder = None


def _own() -> tuple[Path, int]:
    """Return a new folder and its lock, which the system lets go for who is killed."""
    while True:
        # Paths of sockets may have about a hundred characters, and workspaces lie deep.
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        # Another run that clears away may have come between.
        with contextlib.suppress(OSError):
            return folder, _locked(folder, os.O_CREAT | os.O_EXCL)


def _locked(folder: Path, how: int = 0) -> int:
    """Return the lock of a folder, held. Raises OSError where somebody else holds it."""
    words = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | how
    lock = os.open(folder / LOCK, words, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def clear_away() -> None:
    """End what runs of this user left behind that were killed: their locks are free."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid != os.getuid() or folder.is_symlink():
                continue
            lock = _locked(folder)
            _end(folder)
            os.close(lock)


def _end(folder: Path) -> None:
    for socket in folder.iterdir() if folder.is_dir() else ():
        if not socket.is_socket():
            continue
        words = ["ssh", "-O", "exit", "-o", f"ControlPath={socket}", "nobody"]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(words, capture_output=True, check=False, timeout=ENDING_S)
    shutil.rmtree(folder, ignore_errors=True)


def environment(folder: str) -> dict[str, str]:
    """Return what tells Ansible to keep its sockets, and what it writes for a moment, in a
    folder."""
    return {
        "ANSIBLE_LOCAL_TEMP": f"{folder}/tmp",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": folder,
        "ANSIBLE_SSH_ARGS": f"-o ControlMaster=auto -o ControlPersist={PERSIST_S}s",
    }

"""Connections of OpenSSH that outlive one start of Ansible and serve the next one of the same run.

Ansible names their sockets by host name, port and user alone. Two factories may have a `gpu1` each,
so every run keeps its sockets in a folder of its own; else one would play on the other's hosts.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

PERSIST_S = 120
"""Seconds that a connection which nobody uses is kept; what a killed run leaves ends by itself."""
ENDING_S = 5.0


class Masters:
    """The sockets of one run. Used as a context, it ends every connection."""

    def __init__(self) -> None:
        # Paths of sockets may have about a hundred characters, and workspaces lie deep.
        self._folder = Path(tempfile.mkdtemp(prefix="mw-"))

    def __enter__(self) -> Masters:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        """Return what tells Ansible where the sockets are."""
        return environment(str(self._folder))

    def close(self) -> None:
        """End every connection, and forget the sockets."""
        for socket in self._folder.iterdir() if self._folder.is_dir() else ():
            words = ["ssh", "-O", "exit", "-o", f"ControlPath={socket}", "nobody"]
            try:
                subprocess.run(words, capture_output=True, check=False, timeout=ENDING_S)
            except (OSError, subprocess.TimeoutExpired):
                continue
        shutil.rmtree(self._folder, ignore_errors=True)


def environment(folder: str) -> dict[str, str]:
    """Return what tells Ansible to keep its sockets in a folder."""
    return {
        "ANSIBLE_SSH_CONTROL_PATH_DIR": folder,
        "ANSIBLE_SSH_ARGS": f"-o ControlMaster=auto -o ControlPersist={PERSIST_S}s",
    }

"""How commands become root: by sudo, whose password stands in a file and goes nowhere else."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.model.reach import Become

PAST_FENCE = 'while IFS= read -r line && [ "$line" != "$0" ]; do :; done; exec "$@"'
"""Constant shell text: passes over what sudo left of a password, so that no command reads it."""


@dataclass(frozen=True, slots=True)
class Lift:
    """What goes before a command, and what is written before its own input."""

    wanted: bool
    password: bytes | None = field(default=None, repr=False)
    fence: str = ""

    def words(self, argv: Sequence[str]) -> list[str]:
        """Return the command as the node is asked to run it."""
        if not self.wanted:
            return list(argv)
        if self.password is None:
            return ["sudo", "-n", "--", *argv]
        return ["sudo", "-S", "-p", "", "--", "sh", "-c", PAST_FENCE, self.fence, *argv]

    @property
    def given(self) -> bytes:
        """Return what sudo reads: a password, and where it ends whether sudo asked or not."""
        if self.password is None:
            return b""
        return self.password + b"\n" + self.fence.encode() + b"\n"


def lift(become: Become | None, root: Path) -> Lift:
    """Return how commands become root. Raises MillwrightError where others may read the
    password."""
    if become is None or become.password_file is None:
        return Lift(become is not None)
    return Lift(True, _password(root / become.password_file), secrets.token_hex(16))


def _password(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o111:
            raise MillwrightError(
                f"{path} may be executed, and Ansible would run it", hint="chmod 600 it"
            )
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
    return secret_of(path)


def secret_of(path: Path) -> bytes:
    """Return the password of a file. Raises MillwrightError where others may read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise MillwrightError(
                f"{path} may be read by others", hint=f"chmod 600 {shlex.quote(str(path))}"
            )
        return path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None

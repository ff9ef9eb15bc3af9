"""Secrets of a factory: drawn once, encrypted at rest, and laid on hosts past every tool's log.

The key that opens them lies among the user's own settings, outside of every workspace
(MILLWRIGHT_SECRETS_KEY names another place).
"""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.ports import Limits, Shell

PLACE = """\
import os, sys
path, owner, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3], 8)
content = sys.stdin.buffer.read()
folder = os.path.dirname(path)
if not os.path.isdir(folder):
    os.makedirs(folder, 0o700)
    os.chown(folder, owner, owner)
try:
    there = os.stat(path)
    same = open(path, "rb").read() == content
    same = same and (there.st_uid, there.st_mode & 0o7777) == (owner, mode)
except FileNotFoundError:
    same = False
if not same:
    fresh = path + ".millwright"
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    os.write(file, content)
    os.fchown(file, owner, owner)
    os.fchmod(file, mode)
    os.fsync(file)
    os.close(file)
    os.replace(fresh, path)
"""
"""What a host runs to take a secret; where it goes is ours, and the secret comes by stdin."""


def _key_file() -> Path:
    named = os.environ.get("MILLWRIGHT_SECRETS_KEY")
    if named:
        return Path(named)
    settings = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(settings) / "millwright" / "secrets.key"


def _cipher(workspace: Workspace) -> Fernet:
    path = _key_file()
    if path.resolve().is_relative_to(workspace.root.resolve()):
        raise MillwrightError(f"{path} lies in the workspace", hint="keep the key apart from it")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
    if path.stat().st_mode & 0o077:
        raise MillwrightError(f"{path} may be read by others", hint=f"chmod 600 {path}")
    try:
        return Fernet(path.read_bytes().strip())
    except ValueError:
        raise MillwrightError(f"{path} is no key of millwright's") from None


def secret(workspace: Workspace, name: str, length: int) -> bytes:
    """Return a secret of the workspace, drawn at the first call: letters and digits.

    Raises MillwrightError where the key does not open it.
    """
    path, cipher = workspace.root / "secrets" / f"{name}.enc", _cipher(workspace)
    if not path.exists():
        letters = string.ascii_letters + string.digits
        drawn = "".join(secrets.choice(letters) for _ in range(length)).encode()
        workspace.replace_files({path: writing(cipher.encrypt(drawn))})
    try:
        return cipher.decrypt(path.read_bytes())
    except InvalidToken:
        raise MillwrightError(
            f"{_key_file()} does not open {path}", hint="it was encrypted by another key"
        ) from None


def given(workspace: Workspace, name: str) -> bytes | None:
    """Return a secret that somebody handed over, or nothing where nobody did."""
    there = (workspace.root / "secrets" / f"{name}.enc").exists()
    return secret(workspace, name, 0) if there else None


def take(workspace: Workspace, name: str, content: bytes) -> None:
    """Keep a secret that is handed over, encrypted like those that are drawn."""
    path = workspace.root / "secrets" / f"{name}.enc"
    workspace.replace_files({path: writing(_cipher(workspace).encrypt(content))})


def lay(
    shell: Shell, hosts: Sequence[str], place: tuple[str, int, int], content: bytes
) -> dict[str, str]:
    """Put a secret on hosts, whole or not at all; return why it could not be put, by host.

    `place` is the path, the number of the owner, and the mode.
    """
    path, owner, mode = place
    words = ["python3", "-Ic", PLACE, path, str(owner), f"{mode:o}"]
    refused = {}
    for answer in shell.run(hosts, words, Limits(command_s=30.0), content):
        if not answer.succeeded:
            said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
            refused[answer.node] = answer.reason or said or "it was not taken"
    return refused

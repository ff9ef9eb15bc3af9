"""Public keys that are let in. A private one is refused, loudly, before anything is written."""

from __future__ import annotations

import base64
import binascii
import re

from millwright.errors import MillwrightError

KINDS = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
MOST_KEYS = 32
_PRIVATE = re.compile(r"PRIVATE KEY|PuTTY-User-Key-File|^AGE-SECRET-KEY-", re.M)
_REMARK = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._-]{0,63}")


class WrongKey(MillwrightError):
    """What was given is no public key of SSH."""


def public_keys(text: str, file: str) -> tuple[str, ...]:
    """Return the keys of a file, each as one line of plain words; odd remarks are left out.

    Raises WrongKey where the file holds a private key, an option, or anything else that is none.
    """
    if _PRIVATE.search(text):
        raise WrongKey(
            f"{file} holds a PRIVATE key: it must never leave its owner, and nothing was written",
            hint=f"give the public one, often {file}.pub",
        )
    lines = [line.strip() for line in text.split("\n")]
    keys = [_key(line, file) for line in lines if line and not line.startswith("#")]
    if not keys:
        raise WrongKey(f"{file} holds no key", hint="give a file like ~/.ssh/id_ed25519.pub")
    if len(keys) > MOST_KEYS:
        raise WrongKey(f"{file} holds {len(keys)} keys, and {MOST_KEYS} are the most")
    return tuple(dict.fromkeys(keys))


def _key(line: str, file: str) -> str:
    words = line.split()
    if len(words) < 2 or words[0] not in KINDS or not _is_of(words[0], words[1]):
        raise WrongKey(
            f"{file} holds a line that is no public key: {line[:40]!r}",
            hint=f"a line is `TYPE BASE64 REMARK` without options; types are {', '.join(KINDS)}",
        )
    remark = " ".join(words[2:])
    return " ".join(words[:2] + ([remark] if _REMARK.fullmatch(remark) else []))


def _is_of(kind: str, body: str) -> bool:
    """Return whether a key says inside which kind it is."""
    try:
        raw = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return False
    length = int.from_bytes(raw[:4], "big")
    return len(raw) > 4 + length and raw[4 : 4 + length] == kind.encode()

"""People of a site who run its factory, and the networks that they come from."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import date
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from millwright.model.base import Frozen
from millwright.model.sourced import Entry


def _whole_network(text: str) -> str:
    return str(ip_network(text))


Login = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]*$", max_length=32)]
Network = Annotated[str, Field(max_length=49), AfterValidator(_whole_network)]
PublicKey = Annotated[
    str,
    Field(
        pattern=r"^(sk-)?(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))(@openssh\.com)? "
        r"[A-Za-z0-9+/]+={0,2}( [A-Za-z0-9@._-]+)?$",
        max_length=1200,
    ),
]
"""One line of authorized_keys without options: type, key, and who it belongs to."""

ADMIN_UIDS = (20_000, 29_999)
"""Above what distributions give out by themselves, below what directories use."""

AS_GOOD_AS_ROOT = frozenset(("root", "sudo", "wheel", "shadow", "disk", "docker", "lxd", "kmem"))
"""Groups whose members become root by other ways than a rule that somebody can read."""
TAKEN = frozenset(("root", "munge", "slurm", "nobody", "daemon", "prometheus", "sshd"))
"""Users of systems and services, who are nobody's login."""


def _whole_day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _harmless(group: str) -> str:
    if group in AS_GOOD_AS_ROOT:
        raise ValueError(f"its members are as good as root: say it in `sudo`, not by {group}")
    return group


def _free(login: str) -> str:
    if login in TAKEN:
        raise ValueError("a user of the system has this name")
    return login


Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_whole_day)]
Group = Annotated[Login, AfterValidator(_harmless)]
SudoCommand = Annotated[
    str, Field(pattern=r"^(ALL|/[A-Za-z0-9._/+-]+( [A-Za-z0-9._/@=+-]+)*)$", max_length=200)
]
"""`ALL`, or one program by its path with exactly these words: no pattern, which words outwit."""


class SudoRule(Frozen):
    """What a person may do as root, and whether they are asked for their password before."""

    run: SudoCommand = "ALL"
    password: bool = True


class Admin(Entry):
    """A person who looks after hosts: a login with a number of its own, and public keys.

    `groups` are those of the system; `sudo` says what the person may do as root, everything with a
    password where nothing is said. `until` is the last day on which they come in.
    """

    name: Annotated[Login, AfterValidator(_free)]
    uid: Annotated[int, Field(ge=ADMIN_UIDS[0], le=ADMIN_UIDS[1])]
    title: Annotated[str, Field(pattern=r"^[^:\n\r{}%]*$", max_length=80)] = ""
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1, max_length=8)]
    groups: Annotated[tuple[Group, ...], Field(max_length=16)] = ("adm",)
    sudo: Annotated[tuple[SudoRule, ...], Field(max_length=16)] = (SudoRule(),)
    until: Day | None = None


class AdminNetwork(Entry):
    """A network that the site's people come from."""

    cidr: Network


def fingerprint(key: str) -> str:
    """Return the fingerprint of a public key, as nodes tell it; nothing where it is none."""
    for word in key.split():
        if word.startswith("AAAA"):
            try:
                raw = hashlib.sha256(base64.b64decode(word)).digest()
            except binascii.Error:
                return ""
            return "SHA256:" + base64.b64encode(raw).decode().rstrip("=")
    return ""

"""People of a site who run its factory, and the networks that they come from."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

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


class Admin(Entry):
    """A person who may become root: a login with a number of its own, and public keys."""

    name: Login
    uid: Annotated[int, Field(ge=ADMIN_UIDS[0], le=ADMIN_UIDS[1])]
    title: Annotated[str, Field(pattern=r"^[^:\n\r{}%]*$", max_length=80)] = ""
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1, max_length=8)]


class AdminNetwork(Entry):
    """A network that the site's people come from."""

    cidr: Network

"""Whom hosts of a site trust beside the world's authorities: certificates of its own."""

from __future__ import annotations

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.certificate import fingerprint
from millwright.model.site import Pki, Services


class Trusted(Frozen):
    """A certificate that signs others; `name` is its file on hosts, after its SHA-256."""

    name: str
    sha256: str
    pem: str


def trusted(services: Services) -> tuple[Trusted, ...]:
    """Return the authorities of `services.pki`, in their order.

    Raises Undeployable where one is said twice.
    """
    told = services.pki.certificates if isinstance(services.pki, Pki) else ()
    found = {sha256: pem for pem in told if (sha256 := fingerprint(pem))}
    if len(found) < len(told):
        raise Undeployable(
            "services.pki: one certificate stands there twice", hint="say each of them once"
        )
    return tuple(Trusted(name=sha256[:16], sha256=sha256, pem=pem) for sha256, pem in found.items())

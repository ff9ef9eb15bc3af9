"""The role of the site's own authorities: they stand in the store that programs read, and a retired
one no longer does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere
from millwright.deploy.sections.authorities import Trusted

PROGRAM = "/usr/local/lib/millwright/site-ca"


def _site_ca(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    authorities = inputs.factory.authorities
    return (Check((PROGRAM, "ask", *(each.sha256 for each in authorities)), stored(authorities)),)


def stored(authorities: Sequence[Trusted]) -> Judge:
    """Return the judge of a host's store of certificates."""

    def judge(text: str) -> Verdict:
        try:
            found = json.loads(text)
            wrong = list(_wrong(found, authorities))
        except (ValueError, KeyError, TypeError, AttributeError):
            return Verdict("failed", f"it answers {text.strip()[:80]!r}")
        return Verdict("failed", "; ".join(wrong)) if wrong else PROVEN

    return judge


def _wrong(found: Mapping[str, Any], authorities: Sequence[Trusted]) -> Iterator[str]:
    for each in authorities:
        if each.name not in found["laid"]:
            yield f"{each.name} is not laid"
        days = found["store"].get(each.sha256)
        if days is None:
            yield f"{each.name} is not in the store"
        elif not isinstance(days, (int, float)) or days < 0:
            yield f"{each.name} is not in force by this host's clock"
    for name in found["laid"]:
        if name not in {each.name for each in authorities}:
            yield f"{name} is laid, and the design does not have it"
    for name in found["retired"]:
        yield f"{name} is retired, and still in the store"


SITE_CA = Role(
    "site-ca",
    "image",
    everywhere,
    "the site's own authorities in the store of certificates, retired ones out of it",
    ("factory.authorities",),
    _site_ca,
)

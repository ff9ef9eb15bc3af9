"""Words of NetBox: types of interfaces and cables, slugs, and how long names may be."""

from __future__ import annotations

import re

from millwright.model.exported import Unexportable

ETHERNET = {
    1: "1000base-t",
    10: "10gbase-x-sfpp",
    25: "25gbase-x-sfp28",
    40: "40gbase-x-qsfpp",
    50: "50gbase-x-sfp56",
    100: "100gbase-x-qsfp28",
}
PLUGS = {
    (200, "qsfp-dd"): "200gbase-x-qsfpdd",
    (200, "qsfp"): "200gbase-x-qsfp56",
    (400, "osfp"): "400gbase-x-osfp",
    (400, "qsfp112"): "400gbase-x-qsfp112",
    (400, "qsfp-dd"): "400gbase-x-qsfpdd",
    (800, "osfp"): "800gbase-x-osfp",
    (800, "qsfp-dd"): "800gbase-x-qsfpdd",
}
INFINIBAND = {
    100: "infiniband-edr",
    200: "infiniband-hdr",
    400: "infiniband-ndr",
    800: "infiniband-xdr",
}
OTHER = "other"
CABLES = {
    "mmf": "mmf",
    "smf": "smf",
    "aoc": "aoc",
    "dac": "dac-passive",
    "acc": "dac-active",
    "cat5e": "cat5e",
    "cat6": "cat6",
}
LONGEST = 64
"""Names of devices and interfaces; labels and models may have 100 signs."""
LABEL = 100


def interface_type(gbps: float, connector: str, *, infiniband: bool) -> str:
    """Return the type of an interface; `other` where it has no word for the plug."""
    if infiniband:
        return INFINIBAND.get(int(gbps), OTHER)
    if int(gbps) in ETHERNET:
        return ETHERNET[int(gbps)]
    fitting = (t for (g, plug), t in PLUGS.items() if g == gbps and connector.startswith(plug))
    return next(fitting, OTHER)


def slug(text: str) -> str:
    """Return a slug: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LABEL] or "unnamed"


def named(text: str, most: int = LONGEST) -> str:
    """Return a name that its lists can hold: commas part names there.

    Raises Unexportable.
    """
    if not text or len(text) > most or "," in text or text != text.strip():
        raise Unexportable(
            f"{text!r:.120} is no name in NetBox",
            hint=f"1 to {most} signs, no comma, no space around it",
        )
    return text

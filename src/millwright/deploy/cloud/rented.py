"""The cloud's side of a zone as files: templates that hold no word of a spec, and their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.deploy.cloud.hcl import Value, lines_of
from millwright.deploy.cloud.zones import Away, allowed_regions
from millwright.model.exported import NOT_VALIDATED, Unknown

FILES = ("versions.tf", "variables.tf", "network.tf", "storage.tf", "nodes.tf", "outputs.tf")
"""Templates of `templates/cloud/aws`, written as they stand."""
VALUES = "zone.auto.tfvars"
ROOT_GIB = 500
"""Room of a node's root: system, containers and models (estimate)."""


@dataclass(frozen=True, slots=True)
class Machines:
    """How many machines of which kind, sized as which server, how well that is known."""

    count: int
    kind: str
    server: str
    gpus: int
    confidence: str


@dataclass(frozen=True, slots=True)
class Ranges:
    """The zone's own range, and those of the site that reach it."""

    zone: str
    site: tuple[str, ...]


def values_of(factory: str, place: Away, machines: Machines, ranges: Ranges) -> dict[str, Value]:
    """Return the values of all variables that the design can answer."""
    kept = {
        load.name: {"data_class": load.data.class_} for load in place.workloads if load.data
    }  # fmt: skip
    return {
        "factory": factory,
        "zone": place.zone.name,
        "region": place.zone.region or "",
        "allowed_regions": allowed_regions(place),
        "cidr": ranges.zone,
        "site_networks": ranges.site,
        "node_count": machines.count,
        "instance_type": machines.kind,
        "root_gib": ROOT_GIB,
        "buckets": kept,
    }


def values_text(factory: str, place: Away, machines: Machines, ranges: Ranges) -> str:
    """Return the file of values."""
    head = (
        "# Made by millwright from its design: make it again.",
        f"# {NOT_VALIDATED}",
        f"# {machines.count} machines are sized as {machines.server} ({machines.confidence}).",
    )
    body = lines_of(values_of(factory, place, machines, ranges))
    return "".join(f"{line}\n" for line in (*head, *body))


def unknown(place: Away) -> tuple[Unknown, ...]:
    """Return what nobody has said: variables without a value, and what stays to be done."""
    del place
    return (
        Unknown("ami", (), "no image is named", "-var ami=ami-..., of the spec's system"),
        Unknown("key_name", (), "no key pair is named", "-var key_name=..."),
        Unknown("site_gateway, site_asn", (), "the site's VPN gateway is not in the spec",
                "-var site_gateway=ADDRESS -var site_asn=NUMBER"),
        Unknown("availability_zone", (), "where GPUs are to be had is the provider's answer",
                "-var availability_zone=..."),
    )  # fmt: skip


def readme_lines(place: Away, machines: Machines, told: Sequence[Unknown]) -> Iterator[str]:
    """Yield what whoever applies it must know."""
    zone = place.zone
    names = ", ".join(f"`{load.name}`" for load in place.workloads)
    yield f"# Zone `{zone.name}`: {names}"
    yield ""
    yield f"**State: {NOT_VALIDATED}.** The files were parsed, and their attributes held against"
    yield "the provider's documentation (of five of 21 kinds of resource from memory); no account,"
    yield "provider or plan has seen them."
    yield ""
    yield f"{machines.count} x `{machines.kind}`, sized as {machines.server} with"
    yield f"{machines.gpus} GPUs ({machines.confidence})."
    yield ""
    yield "    tofu init"
    yield "    tofu plan -var ami=... -var key_name=... -var site_gateway=... -var site_asn=... \\"
    yield "      -var availability_zone=..."
    yield ""
    yield "## What nobody has said"
    yield ""
    yield from (f"- `{each.what}`: {each.means}; {each.mend}" for each in told)
    yield ""
    yield "## What it makes sure of"
    yield ""
    yield "- No internet gateway and no public address: in and out by IPsec with the site alone"
    yield "  (IKEv2, AES-256), and by the endpoint of storage. Packages are the mirror's."
    yield "- Disks and buckets are encrypted with the zone's own key, which is rotated and stays in"
    yield "  its region. Buckets are private, versioned, refuse plain HTTP and other networks, and"
    yield "  lie in the region; `allowed_regions` are those within the residency of all their data."
    yield "- Instance metadata asks for a token."
    yield ""
    yield "## What stays to be done, and is not in here"
    yield ""
    yield "- The state file holds the tunnels' keys in plain text: keep it encrypted, within"
    yield "  residency, and out of version control."
    yield "- Flow logs, budgets, quotas and rights of people (IAM) are the account's own."
    yield "- Nodes join by the site's roles once their names and addresses (`tofu output nodes`)"
    yield "  stand in a workspace of their own; no role was tried on a rented machine."
    yield "- Without the link the zone is cut off: `millwright manage drill run wan-loss` tells"
    yield "  what the site does then."

"""Which packages a part of a node is, by the platform matrix, and what does not go together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from millwright.manage.update.versions import at_least, compared, leading, upstream
from millwright.model.catalog import Catalog, Server
from millwright.model.platform import Platform, Stack
from millwright.model.update import Pairing, UpdateOrder

SLURM = ("slurmd", "slurm-client", "slurm-wlm-basic-plugins")
"""Slurm's packages on a node that computes; those that it has are updated together."""
DESIGN = "design"
"""The version that the platform matrix pins, as the site has laid it over."""
BOOTS = frozenset(("driver", "ofed"))
"""Parts that work after a boot only, as packages of a kernel do."""
_KERNEL = ("linux-image", "linux-headers", "linux-modules")
_CUDA = re.compile(r"-cuda-?(\d+)$")


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of the order for one kind of node. `all_of` says that every package is needed, and
    not only those that are there; `matrix` is what the platform matrix says of the version."""

    part: str
    version: str
    packages: tuple[str, ...]
    services: tuple[str, ...] = ()
    all_of: bool = True
    boots: bool = False
    matrix: str = ""


def platform_of(server: Server | None, catalog: Catalog) -> Platform | None:
    """Return a server's platform: the one that names it goes before those of its GPU."""
    if server is None or server.gpu is None:
        return None
    for platform in sorted(catalog.platforms.values(), key=lambda each: not each.servers):
        if server.name in platform.servers or (
            server.gpu in platform.gpus and not platform.servers
        ):
            return platform
    return None


def _stack(part: str, platform: Platform | None, catalog: Catalog) -> Stack | None:
    if part == "ofed":
        found = [each for name, each in catalog.stacks.items() if "ofed" in name]
        return found[0] if found else None
    if platform is None:
        return None
    named = {
        "driver": platform.driver,
        "dcgm": platform.management,
        "containers": platform.containers,
    }.get(part)
    return catalog.stacks.get(named) if named else None


def pieces(order: UpdateOrder, server: Server | None, catalog: Catalog) -> Iterator[Piece]:
    """Yield what an order means for a server; a part that it does not have is left out."""
    platform = platform_of(server, catalog)
    for part, version in order.set.items():
        kind, _, name = part.partition(":")
        if kind == "package":
            yield Piece(part, version, (name,), (), False, name.startswith(_KERNEL))
        elif kind == "slurm":
            yield Piece(part, version, SLURM, ("slurmd",), False)
        elif kind not in ("firmware", "fabric-manager"):
            stack = _stack(part, platform, catalog)
            if stack is not None:
                pinned = stack.version.value
                yield Piece(
                    part, pinned if version == DESIGN else version, stack.packages,
                    stack.services, part != "ofed", part in BOOTS, pinned,
                )  # fmt: skip


def clashes(
    order: UpdateOrder, found: Iterable[Piece], catalog: Catalog, there: Mapping[str, str]
) -> Iterator[str]:
    """Yield what of an order does not go together on a node, each with what would be right.

    `there` are the versions of packages that the node has: what is not ordered stays as it is.
    """
    listed = tuple(found)
    for piece in listed:
        if piece.matrix and leading(piece.version) != leading(piece.matrix.rstrip("*")):
            yield (
                f"{piece.part} {piece.version} is not what the platform matrix holds, which is "
                f"{piece.matrix}: a version that begins with {leading(piece.matrix.rstrip('*'))} "
                "would be right; a site that has accepted another lays its own entry of `stacks` "
                "over it"
            )
    versions = _versions(order, listed, there)
    for pairing in catalog.pairings.values():
        yield from _clash(pairing, versions)


def _versions(
    order: UpdateOrder, listed: Iterable[Piece], there: Mapping[str, str]
) -> dict[str, str]:
    """Return the version of each part as it would be, as far as it is known."""
    known: dict[str, str] = {}
    for name, part in (
        ("nvidia-driver-cuda", "driver"),
        ("datacenter-gpu-manager-4-core", "dcgm"),
        ("doca-ofed", "ofed"),
        ("slurmd", "slurm"),
    ):
        if name in there:
            known[part] = upstream(there[name])
    packages = [*there]
    for piece in listed:
        known[piece.part] = upstream(piece.version).rstrip("*").rstrip(".")
        packages += piece.packages
    cuda = [found[1] for name in packages if (found := _CUDA.search(name))]
    if order.cuda:
        cuda.append(order.cuda)
    for each in cuda:
        if "cuda" not in known or compared(each, known["cuda"]) > 0:
            known["cuda"] = each
    return known


def _clash(pairing: Pairing, versions: Mapping[str, str]) -> Iterator[str]:
    version, other = versions.get(pairing.part), versions.get(pairing.needs)
    if version is None or other is None or not at_least(version, pairing.since):
        return
    if pairing.until is not None and at_least(version, pairing.until):
        return
    if not at_least(other, pairing.at_least.value):
        yield (
            f"{pairing.part} {version} needs {pairing.needs} {pairing.at_least.value} or newer "
            f"({pairing.at_least.source}, {pairing.at_least.confidence}), and it would be {other}"
        )


def behind_controller(slurm: str, controller: str) -> str:
    """Return why nodes may not have a Slurm of this version, or nothing.

    Daemons of nodes are never newer than the controller's, which is updated first.
    """
    if compared(upstream(slurm), upstream(controller)) <= 0:
        return ""
    return (
        f"slurm {slurm} is newer than the controller's {controller}: nodes' daemons may not be; "
        f"{upstream(controller)} would be right, or the controller is updated first"
    )

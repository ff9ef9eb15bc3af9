"""What hosts mount, and the space that jobs have on their own disks."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog, Server
from millwright.model.filesystem import Mount, Scratch
from millwright.model.spec import Factory


class Mounted(Frozen):
    """One file system as systemd mounts it."""

    name: str
    unit: str
    what: str
    where: str
    type: str
    options: tuple[str, ...]
    packages: tuple[str, ...]
    read_only: bool
    source: str


class NodeScratch(Frozen):
    """Space for jobs: an array of so many disks, or a folder where that is none."""

    path: str
    disks: int
    keep_days: int = 0


def mounts(spec: Factory, catalog: Catalog) -> tuple[Mounted, ...]:
    """Return every mount with the options of its kind below its own.

    Raises Undeployable where two want one place, or the catalogue does not know a kind.
    """
    found = tuple(_mounted(each, catalog) for each in spec.storage.mounts)
    places = [each.where for each in found]
    for each in found:
        if places.count(each.where) > 1:
            raise Undeployable(f"storage.mounts: two file systems want {each.where}")
        if each.where == spec.storage.scratch.path:
            raise Undeployable(f"storage.mounts: {each.where} is the nodes' own scratch space")
    return found


def _mounted(mount: Mount, catalog: Catalog) -> Mounted:
    kind = catalog.filesystems.get(mount.kind)
    if kind is None:
        known = ", ".join(sorted(catalog.filesystems))
        raise Undeployable(f"`filesystems` of the catalogue has no {mount.kind}; it has {known}")
    options = merged(kind.options, mount.options)
    return Mounted(
        name=mount.name,
        unit=unit_of(mount.path),
        what=mount.source,
        where=mount.path,
        type=kind.type,
        options=(*(("ro",) if mount.read_only else ()), *options),
        packages=kind.packages,
        read_only=mount.read_only,
        source=kind.source,
    )


def merged(base: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
    """Return options with those of a mount laid over those of its kind, by their keys."""
    laid = {option.partition("=")[0]: option for option in (*base, *own)}
    for one, other in (("hard", "soft"), ("atime", "noatime")):
        if one in laid and other in laid:
            kept = own if one in own or other in own else base
            del laid[other if one in kept else one]
    return tuple(laid.values())


def unit_of(path: str) -> str:
    """Return the name that systemd wants for the unit of a mount point."""
    return path.strip("/").replace("-", r"\x2d").replace("/", "-") + ".mount"


def node_scratch(scratch: Scratch, server: Server) -> NodeScratch:
    """Return a node's own space: disks only by the spec's word, and where the catalogue knows
    them."""
    disks = server.data_disks.value.count if server.data_disks else 0
    return NodeScratch(
        path=scratch.path,
        disks=disks if scratch.disks == "stripe" else 0,
        keep_days=scratch.keep_days or 0,
    )

"""File systems that nodes mount, and the space for jobs on their own disks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from millwright.model.base import Frozen, Name
from millwright.model.platform import PackageName
from millwright.model.sourced import Entry

Kind = Literal["nfs", "nfs-rdma", "vast", "lustre", "beegfs", "weka"]
MountOption = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_]+(=[A-Za-z0-9_.:/@+-]+)?$", max_length=80)
]
MountPoint = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$", max_length=100)]
MountSource = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.,:@/-]*$", max_length=200)]


class FileSystem(Entry):
    """How file systems of one kind are mounted: with which client, and with which options."""

    type: Annotated[str, Field(pattern=r"^[a-z0-9]+$", max_length=20)]
    options: tuple[MountOption, ...]
    packages: tuple[PackageName, ...] = ()


class Mount(Frozen):
    """A file system of the site that nodes mount.

    `options` are laid over those of its kind; a key that both have is the mount's.
    """

    name: Name
    kind: Kind
    source: MountSource
    path: MountPoint
    options: tuple[MountOption, ...] = ()
    read_only: bool = False


class Scratch(Frozen):
    """Space for jobs on each node.

    `disks: stripe` is the word by which empty data disks are made one array; without it, and on
    nodes without data disks, it is a folder. `keep_days` is after how many days without use files
    are removed; nothing is where it is not said.
    """

    path: MountPoint = "/scratch"
    disks: Literal["leave", "stripe"] = "leave"
    keep_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class DataDisks(Frozen):
    """The NVMe disks of a server that are for data, beside those that its system is on."""

    count: PositiveInt
    capacity_tb: PositiveFloat

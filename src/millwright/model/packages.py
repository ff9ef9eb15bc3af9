"""Where packages come from: sources that a spec names, and the lock of an offline bundle."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen

Uri = Annotated[
    str,
    Field(
        pattern=r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~%/+-]*)?$"
    ),
]
SuiteName = Annotated[str, Field(pattern=r"^[A-Za-z0-9.][A-Za-z0-9._/-]*$", max_length=100)]
Keyring = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._/-]+\.(gpg|asc)$", max_length=200)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
InTree = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~+%:/-]*$", max_length=300)]
"""A path inside a bundle; `..` is refused where it is read."""


class PackageSource(Frozen):
    """An archive of packages that hosts may use; `pinned` says that it is of one day and ages."""

    uri: Uri
    suites: Annotated[tuple[SuiteName, ...], Field(min_length=1, max_length=20)]
    components: Annotated[tuple[SuiteName, ...], Field(max_length=20)] = ()
    signed_by: Keyring | None = None
    pinned: bool = False


class Packages(Frozen):
    """Where hosts have packages from: these sources, or those that they came with.

    `without_cache` is what a host does while the head node's cache is dead: fail and say so, or go
    out by itself.
    """

    sources: Annotated[tuple[PackageSource, ...], Field(max_length=50)] = ()
    without_cache: Literal["fail", "direct"] = "fail"


class BundledFile(Frozen):
    """A file of a bundle: where in it, how large, and what it must digest to."""

    path: InTree
    size: Annotated[int, Field(ge=0)]
    sha256: Digest


class BundledArchive(Frozen):
    """The part of one suite that a bundle carries, with the suite's own signed indexes.

    Suites of one repository share its `folder`.
    """

    uri: str
    suite: SuiteName
    components: tuple[SuiteName, ...]
    signed_by: str
    folder: InTree
    release: BundledFile
    indexes: tuple[BundledFile, ...]


class BundledPackage(BundledFile):
    """One package of a bundle."""

    name: str
    version: str
    architecture: str


class LeftPackage(Frozen):
    """A package that hosts have in a folder of their own: needed, and not carried."""

    name: str
    version: str
    architecture: str
    size: Annotated[int, Field(ge=0)]
    sha256: Digest
    uri: str


class Bundle(Frozen):
    """`millwright.bundle/1`: every package that the roles of a factory need, locked."""

    schema_: Annotated[Literal["millwright.bundle/1"], Field(alias="schema")] = (
        "millwright.bundle/1"
    )
    os: str
    architecture: str
    simulated: bool
    wanted: dict[str, tuple[str, ...]]
    archives: tuple[BundledArchive, ...]
    packages: tuple[BundledPackage, ...]
    left: tuple[LeftPackage, ...] = ()

    def files(self) -> dict[str, BundledFile]:
        """Return everything that lies in the bundle beside its lock, by path."""
        indexes = [file for each in self.archives for file in (each.release, *each.indexes)]
        return {file.path: file for file in (*indexes, *self.packages)}

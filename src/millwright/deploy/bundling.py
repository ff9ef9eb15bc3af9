"""What an offline bundle holds: apt's own answers on a connected host, read into a lock.

Everything is asked by argument lists. What is not signed by its archive is not carried: hosts check
the archive's signature again, whoever brought the bundle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from millwright.deploy.undeployable import Undeployable
from millwright.model.packages import BundledFile, BundledPackage, LeftPackage
from millwright.probes.apt_indexes import Listed

SYSTEM = ("cat", "/etc/os-release")
UPDATE = ("apt-get", "-qq", "update")
FIELDS = ("REPO_URI", "RELEASE", "COMPONENT", "ARCHITECTURE", "METAKEY", "URI", "SIGNED_BY")
TARGETS = (
    "apt-get",
    "indextargets",
    "--format",
    "|".join(f"$({field})" for field in FIELDS),
    "Created-By: Packages",
)
PRINTED = re.compile(r"'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>[0-9]+)")


def os_of(text: str) -> str:
    """Return what /etc/os-release calls a system, like `debian-12`."""
    told = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return "-".join(told.get(key, "unknown").strip('"') for key in ("ID", "VERSION_ID"))


def known_command(names: Sequence[str]) -> list[str]:
    """Return what tells which of these packages the sources know."""
    return ["apt-cache", "--no-all-versions", "show", "--", *names]


def known_of(text: str) -> frozenset[str]:
    """Return the names of the packages that were shown."""
    return frozenset(re.findall(r"^Package: (\S+)$", text, re.M))


NOWHERE = "/nonexistent/"
"""A cache that holds nothing: apt tells no package that it has fetched already."""


def closure_command(wanted: Sequence[str]) -> list[str]:
    """Return what has apt tell everything that these packages need, on a host that has nothing."""
    return [
        *("apt-get", "-qq", "--yes", "--print-uris", "--no-install-recommends"),
        *("-o", "Dir::State::status=/dev/null", "-o", f"Dir::Cache::archives={NOWHERE}"),
        *("install", "--", *wanted),
    ]


@dataclass(frozen=True, slots=True)
class Target:
    """One index of packages that apt reads on a host."""

    repository: str
    release: str
    component: str
    architecture: str
    key: str
    signed_by: str

    @property
    def base(self) -> str:
        """Return where the release's own files lie below the repository."""
        flat = self.release.endswith("/")
        return self.release.removeprefix("./") if flat else f"dists/{self.release}/"


def targets_of(text: str) -> tuple[Target, ...]:
    """Return apt's indexes of packages; `$(X)` is what apt prints for a field that is not there."""
    found = []
    for line in text.splitlines():
        words = ["" if word.startswith("$(") else word for word in line.split("|")]
        if len(words) == len(FIELDS):
            repository, release, component, architecture, key, _, signed_by = words
            found.append(Target(repository, release, component, architecture, key, signed_by))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One package file that apt would fetch; the URI is plain, nothing in it is escaped."""

    uri: str
    name: str
    version: str
    architecture: str
    size: int

    @property
    def own(self) -> bool:
        """Return whether it lies in a folder of the host itself."""
        return self.uri.startswith(("file:", "copy:"))

    @property
    def path(self) -> str:
        """Return where it lies on the host itself."""
        return "/" + self.uri.partition(":")[2].lstrip("/")


def closure_of(text: str) -> tuple[Wanted, ...]:
    """Return the packages that apt would fetch. Raises Undeployable where a line tells none."""
    found = []
    for line in text.splitlines():
        if not line.startswith("'"):
            continue
        match = PRINTED.match(line)
        parts = _plain(match["file"]).removesuffix(".deb").split("_") if match else []
        if match is None or len(parts) != 3:
            raise Undeployable(f"apt names a package like nobody else: {line[:160]}")
        name, version, architecture = parts
        size = int(match["size"])
        found.append(Wanted(_plain(match["uri"]), name, version, architecture, size))
    return tuple(found)


def lacking(wanted: Sequence[str], found: Sequence[Wanted]) -> tuple[str, ...]:
    """Return what apt was asked for and did not tell: a closure without it is none."""
    told = {each.name for each in found}
    return tuple(sorted({each.partition("=")[0] for each in wanted} - told))


def _plain(text: str) -> str:
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), text)


def index_of(target: Target, listed: Mapping[str, tuple[str, int]], folder: str) -> BundledFile:
    """Return the index that a bundle carries for a target: the release's own compressed one.

    Raises Undeployable where the release vouches for none.
    """
    for suffix in (".xz", ".gz"):
        key = f"{target.key}{suffix}"
        if key in listed:
            digest, size = listed[key]
            return BundledFile(path=f"{folder}/{target.base}{key}", size=size, sha256=digest)
    raise Undeployable(f"{target.repository} vouches for no compressed {target.key}")


def carried(
    wanted: Sequence[Wanted], repositories: Sequence[str], known: Mapping[str, Listed]
) -> tuple[BundledPackage, ...]:
    """Return the packages that a bundle carries, with the digests that their archives signed for.

    `repositories` are the signed ones, in the order of the bundle's folders, and `known` is what
    their indexes list, by path in the bundle. Raises Undeployable where a package is of none.
    """
    found: dict[str, BundledPackage] = {}
    for each in wanted:
        paths = [
            f"archives/{n}/{each.uri.removeprefix(uri).lstrip('/')}"
            for n, uri in enumerate(repositories)
            if each.uri.startswith(uri)
        ]
        path = next((path for path in paths if path in known), None)
        if path is None:
            raise Undeployable(
                f"{each.uri} is of no archive that signs its packages",
                hint="a bundle carries signed archives only; name one in software.packages.sources",
            )
        found[path] = BundledPackage.model_validate(asdict(known[path]) | {"path": path})
    return tuple(found[path] for path in sorted(found))


def left_of(wanted: Sequence[Wanted], told: str) -> tuple[LeftPackage, ...]:
    """Return what hosts have in folders of their own; `told` is what sha256sum says of them."""
    digests = {path.strip(): digest for digest, _, path in map(_parted, told.splitlines())}
    return tuple(
        LeftPackage.model_validate(asdict(each) | {"sha256": digests.get(each.path, "")})
        for each in sorted(wanted, key=lambda each: each.uri)
    )


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(" ")


def shapes(by_host: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each set of packages that some host wants, once: hosts alike are resolved together."""
    yield from sorted({tuple(sorted(set(wanted))) for wanted in by_host.values() if wanted})

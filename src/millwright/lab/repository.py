"""Makes the simulated vendor packages: a repository that apt reads like any other.

Roles install from it by name and version, hold and upgrade, as they do on real hosts. It lies
inside the hosts, readable by root alone to change, so that its index needs no signature.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from millwright.lab import simulators
from millwright.lab.packages import BASE, HOME, PACKAGES, File, Package, launcher
from millwright.lab.tool import tool

PLACE = "usr/share/millwright-lab/repository"
SOURCES = f"deb [trusted=yes] file:/{PLACE} ./\n"
LISTED = "etc/apt/sources.list.d/millwright-lab.list"


def sources() -> list[Path]:
    """Return the modules that hosts run, in a fixed order."""
    return sorted(Path(str(simulators.__file__)).parent.glob("*.py"))


def contents(package: Package) -> Iterator[File]:
    """Yield every file of a package."""
    yield from package.files
    for name in package.tools:
        yield launcher(package, name)
    for unit in package.units:
        yield File(f"/lib/systemd/system/{unit.name}", unit.content)
    if package.name == BASE:
        for source in sources():
            text = source.read_text(encoding="utf-8")
            yield File(f"{HOME}/simulators/{source.name}", text)


def make(tree: Path) -> None:
    """Write the repository and where apt finds it into the tree of a host."""
    place = tree / PLACE
    place.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            _build(package, Path(scratch) / "root", place)
    index = tool(["dpkg-scanpackages", "--multiversion", str(place)])
    (place / "Packages").write_text(index.replace(f"{place}/", "./"), encoding="utf-8")
    listed = tree / LISTED
    listed.parent.mkdir(parents=True)
    listed.write_text(SOURCES, encoding="utf-8")


def _build(package: Package, root: Path, place: Path) -> None:
    for file in contents(package):
        path = root / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content, encoding="utf-8")
        path.chmod(file.mode)
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(_control(package), encoding="utf-8")
    name = f"{package.name}_{package.version}_all.deb"
    tool(["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(root), str(place / name)])
    shutil.rmtree(root)


def _control(package: Package) -> str:
    return (
        f"Package: {package.name}\n"
        f"Version: {package.version}\n"
        "Architecture: all\n"
        "Maintainer: millwright lab <lab@localhost>\n"
        f"Depends: {', '.join(package.depends)}\n"
        f"Description: {package.description} (simulated)\n"
    )

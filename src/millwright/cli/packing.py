"""Makes a bundle with the help of a connected host, and lays one on a head node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from millwright.adapters.bundlefile import UNPACK, Checked, lock_text, packages_in, write
from millwright.adapters.freight import PLACE, Freight, digest_of
from millwright.adapters.workspace import writing
from millwright.cli.bundle import wanted_of
from millwright.cli.door import Door
from millwright.cli.site import Site
from millwright.deploy import bundling
from millwright.deploy.bundling import Target, Wanted
from millwright.errors import MillwrightError
from millwright.model.packages import Bundle, BundledArchive, BundledFile
from millwright.probes.apt_indexes import Listed, released

ON_HEAD = "/var/lib/millwright/bundle"


def pack(door: Door, site: Site, host: Freight, out: Path, os_wanted: str | None) -> Bundle:
    """Return the lock of a bundle that was written to a file."""
    system = bundling.os_of(host.ask(bundling.SYSTEM).decode())
    if os_wanted and system != os_wanted:
        raise MillwrightError(f"the connected host runs {system}, and not {os_wanted}")
    cache = site.workspace.root / ".millwright" / "bundle" / system
    door.ui.say("asking apt what the roles need")
    host.ask(bundling.UPDATE)
    wanted, found = _closure(site, host)
    targets = [t for t in bundling.targets_of(host.ask(bundling.TARGETS).decode()) if _carried(t)]
    repositories = list(dict.fromkeys(target.repository for target in targets))
    archives = _archives(host, targets, repositories, cache)
    uris = {f"archives/{n}": uri for n, uri in enumerate(repositories)}
    _bring(door, host, [f for archive in archives for f in archive.indexes], uris, cache)
    carried = bundling.carried(
        [each for each in found if not each.own], repositories, _listed(archives, cache)
    )
    _bring(door, host, carried, uris, cache)
    own = [each for each in found if each.own]
    sums = host.ask(["sha256sum", "--", *(each.path for each in own)]).decode() if own else ""
    lock = Bundle(
        os=system,
        architecture=targets[0].architecture if targets else "",
        simulated=site.inputs.factory.simulated,
        wanted=wanted,
        archives=archives,
        packages=carried,
        left=bundling.left_of(own, sums),
    )
    write(out, lock, cache)
    return lock


def _carried(target: Target) -> bool:
    return target.repository.startswith(("http:", "https:"))


def _closure(site: Site, host: Freight) -> tuple[dict[str, tuple[str, ...]], list[Wanted]]:
    """Return what each role wants, and everything that hosts need for it."""
    roles_of = {name: wanted_of(site, name) for name in site.inputs.nodes}
    either = sorted(
        {each for roles in roles_of.values() for _, some in roles.values() for each in some}
    )
    known: frozenset[str] = frozenset()
    if either:
        known = bundling.known_of(host.ask(bundling.known_command(either)).decode())
    by_host: dict[str, list[str]] = {}
    by_role: dict[str, set[str]] = {}
    for name, roles in roles_of.items():
        for role, (words, some) in roles.items():
            wanted = [*words, *(each for each in some if each in known)]
            by_host.setdefault(name, []).extend(wanted)
            by_role.setdefault(role, set()).update(wanted)
    found: dict[str, Wanted] = {}
    for shape in bundling.shapes(by_host):
        told = bundling.closure_of(host.ask(bundling.closure_command(shape)).decode())
        if lacking := bundling.lacking(shape, told):
            raise MillwrightError(f"apt does not tell where {', '.join(lacking)} come from")
        found |= {each.uri: each for each in told}
    return {role: tuple(sorted(names)) for role, names in sorted(by_role.items())}, list(
        found.values()
    )


def _archives(
    host: Freight, targets: Sequence[Target], repositories: Sequence[str], cache: Path
) -> tuple[BundledArchive, ...]:
    """Bring the release of every archive, and say which of its indexes are carried."""
    suites: dict[tuple[str, str], list[Target]] = {}
    for target in targets:
        suites.setdefault((target.repository, target.release), []).append(target)
    made = []
    for (repository, release), some in suites.items():
        folder = f"archives/{repositories.index(repository)}"
        path = f"{folder}/{some[0].base}InRelease"
        there = f"{PLACE}/{path}"
        host.ask(["rm", "-f", "--", there])
        list(host.fetch([(f"{repository}{some[0].base}InRelease", there, "")]))
        (cache / path).unlink(missing_ok=True)
        host.pull(there, cache / path)
        text = (cache / path).read_text(encoding="utf-8")
        listed = released(text)
        made.append(
            BundledArchive(
                uri=repository,
                suite=release,
                components=tuple(t.component for t in some if t.component),
                signed_by=some[0].signed_by,
                folder=folder,
                release=_file(path, cache / path),
                indexes=tuple(bundling.index_of(target, listed, folder) for target in some),
            )
        )
    return tuple(made)


def _listed(archives: Sequence[BundledArchive], cache: Path) -> dict[str, Listed]:
    """Return every package that the indexes list, by its path in the bundle."""
    return {
        f"{archive.folder}/{path}": package
        for archive in archives
        for index in archive.indexes
        for path, package in packages_in(index.path, (cache / index.path).read_bytes())
    }


def _file(path: str, file: Path) -> BundledFile:
    return BundledFile(path=path, size=file.stat().st_size, sha256=digest_of(file))


def _bring(
    door: Door, host: Freight, files: Sequence[BundledFile], uris: dict[str, str], cache: Path
) -> None:
    """Have the host fetch what is not here yet, and bring it here, each held against its digest."""
    missing = [file for file in files if not _here(file, cache)]
    folders = {file.path: "/".join(file.path.split("/")[:2]) for file in missing}
    orders = [
        (uris[folders[f.path]] + f.path[len(folders[f.path]) + 1 :], f"{PLACE}/{f.path}", f.sha256)
        for f in missing
    ]
    for count in host.fetch(orders):
        door.ui.say(f"the host fetched {min(count, len(orders))} of {len(orders)} files")
    for number, file in enumerate(missing, 1):
        host.pull(f"{PLACE}/{file.path}", cache / file.path)
        if not _here(file, cache):
            (cache / file.path).unlink()
            raise MillwrightError(f"{file.path} came as something else", hint="call it again")
        if number % 50 == 0 or number == len(missing):
            door.ui.say(f"brought {number} of {len(missing)} files")


def _here(file: BundledFile, cache: Path) -> bool:
    path = cache / file.path
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    return digest_of(path) == file.sha256


def lay(door: Door, site: Site, file: Path, checked: Checked) -> None:
    """Bring a bundle to the head node, have it verified there, and note that hosts use it."""
    digest = digest_of(file)
    there = f"{ON_HEAD}/.{digest}.tar"
    with site.shell() as shell:
        head = Freight(shell, site.inputs.factory.head)
        head.push(file, there, lambda sent: door.ui.detail(f"{sent} bytes are there"))
        head.ask(["python3", "-Ic", UNPACK, there, digest, ON_HEAD])
    place = site.workspace.root / "bundle.lock.json"
    site.workspace.replace_files({place: writing(lock_text(checked.lock))})
    door.ui.say(f"{site.inputs.factory.head} serves it; {place.name} says that hosts use it")

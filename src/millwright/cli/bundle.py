"""`deploy bundle`: every package that roles need, locked, carried to a site without a way out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.adapters.bundlefile import Checked
    from millwright.cli.site import Site
    from millwright.model.packages import Bundle

app = typer.Typer(help="Carry packages to a site without a way out.", rich_markup_mode=None)
File = Annotated[Path, typer.Argument(help="The bundle.")]
Keyring = Annotated[
    Path | None, typer.Option(help="Whose signatures to believe; the distribution's if not said.")
]


@app.callback(
    invoke_without_command=True,
    short_help="Carry packages to a site without a way out.",
    epilog="Example: millwright -C site deploy bundle --out site.tar",
)
@guarded
def bundle(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="A connected host; the head node if not said.")
    ] = None,
    os: Annotated[str | None, typer.Option(help="What that host must run, like debian-12.")] = None,
    json: Json = False,
) -> None:
    """Have a connected host's own apt resolve and fetch every package that the roles need.

    What was fetched before an interruption is not fetched again.
    """
    if context.invoked_subcommand:
        return
    if out is None:
        raise MillwrightError("--out says into which file", hint="--out site.tar")
    from millwright.adapters.freight import Freight
    from millwright.cli.packing import pack
    from millwright.cli.site import site_of

    door = door_of(context, json=json)
    site = site_of(door)
    host = from_ or site.inputs.factory.head
    if host not in site.inputs.nodes:
        raise MillwrightError(f"the design has no host {host!r}", hint="name one of its hosts")
    with site.shell() as shell:
        lock = pack(door, site, Freight(shell, host), out, os)
    _tell_lock(door, lock, out)


def _tell_lock(door: Door, lock: Bundle, out: Path) -> None:
    size = sum(package.size for package in lock.packages)
    if door.json:
        head = {"schema": "millwright.bundle-made/1", "simulated": lock.simulated}
        told = {"os": lock.os, "packages": len(lock.packages), "bytes": size}
        door.ui.json({**head, "file": str(out), **told, "left": [each.name for each in lock.left]})
        return
    mark = "  SIMULATED" if lock.simulated else ""
    packages = f"{len(lock.packages)} packages, {size / 1e6:.0f} MB"
    door.ui.data(f"{out}  {lock.os} {lock.architecture}: {packages}{mark}")
    if lock.left:
        names = ", ".join(sorted({each.name for each in lock.left}))
        door.ui.data(f"not in it, for hosts have them in a folder of their own: {names}")


@app.command(
    "verify",
    short_help="Hold a bundle against its lock and its archives.",
    epilog="Example: millwright deploy bundle verify site.tar",
)
@guarded
def verify(context: typer.Context, file: File, keyring: Keyring = None, json: Json = False) -> None:
    """Check every file: nothing changed, nothing more, nothing missing, all signed for."""
    door = door_of(context, json=json)
    checked = _checked(door, file, keyring)
    if checked.wrong:
        raise typer.Exit(int(Exit.NO))


def _checked(door: Door, file: Path, keyring: Path | None, *, tell: bool = True) -> Checked:
    from millwright.adapters.bundlefile import check

    checked = check(file, keyring)
    if not tell:
        return checked
    if door.json:
        _document(door, file, checked)
        return checked
    door.ui.raw(f"FAIL  {each}" for each in checked.wrong)
    door.ui.raw(f"UNKNOWN  {each}" for each in checked.unchecked)
    if not checked.wrong:
        count = len(checked.lock.packages)
        mark = "  SIMULATED" if checked.lock.simulated else ""
        door.ui.data(
            f"ok  {count} packages for {checked.lock.os} are what their archives signed{mark}"
        )
    return checked


@app.command(
    "serve",
    short_help="Give a bundle to the head node.",
    epilog="Example: millwright -C site deploy bundle serve site.tar --yes",
)
@guarded
def serve(
    context: typer.Context,
    file: File,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    keyring: Keyring = None,
    json: Json = False,
) -> None:
    """Verify a bundle, lay it on the head node, and have `deploy apply` use it for all hosts.

    The head node holds every file against the lock again. `bundle.lock.json` in the workspace says
    that hosts have their packages from it; without that file they go back to their own sources.
    """
    from millwright.cli.packing import lay
    from millwright.cli.site import site_of

    door = door_of(context, json=json)
    site = site_of(door)
    checked = _checked(door, file, keyring, tell=not door.json)
    if checked.wrong and door.json:
        _document(door, file, checked)
        raise typer.Exit(int(Exit.USAGE))
    if checked.wrong:
        raise MillwrightError(f"{file} is not given to anybody", hint="make or fetch it again")
    if not yes:
        raise MillwrightError(
            f"the packages of {site.inputs.factory.head} and all hosts would come from {file}",
            hint="say --yes",
        )
    lay(door, site, file, checked)
    if door.json:
        _served(door, site.inputs.factory.head, file, checked)
    door.ui.say(f"next: millwright -C {door.root} deploy apply")


def _document(door: Door, file: Path, checked: Checked) -> None:
    told = {"file": str(file), "lock_sha256": checked.digest, "wrong": checked.wrong}
    head = {"schema": "millwright.bundle-checked/1", "simulated": checked.lock.simulated}
    door.ui.json({**head, **told, "unchecked": checked.unchecked})


def _served(door: Door, head: str, file: Path, checked: Checked) -> None:
    told = {"host": head, "file": str(file), "lock_sha256": checked.digest}
    lock = checked.lock
    counted = {"os": lock.os, "packages": len(lock.packages), "unchecked": checked.unchecked}
    first = {"schema": "millwright.bundle-served/1", "simulated": lock.simulated}
    door.ui.json({**first, **told, **counted})


def wanted_of(site: Site, host: str) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return what each role of a host installs there: for certain, and what its system knows."""
    from millwright.adapters.rolepackages import packages_of
    from millwright.deploy.plan import hosts_of
    from millwright.deploy.roles import ROLES

    node = site.inputs.nodes[host].model_dump(mode="json")
    given = {"factory": site.inputs.factory.model_dump(mode="json"), "node": node}
    needs = {
        role.name: packages_of(role.name, given)
        for role in ROLES
        if host in hosts_of(role, site.inputs)
    }
    return {name: (need.words, need.either) for name, need in needs.items()}

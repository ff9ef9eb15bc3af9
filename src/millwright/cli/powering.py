"""Management controllers for a burn-in that cycles power: who they are, and what they are told."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import typer

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.buildruns import BuildRun
    from millwright.adapters.redfish import RedfishBmcs
    from millwright.model.buildplan import BuildPlan
    from millwright.model.reach import BmcAccess
    from millwright.ports import Spool


def cycling(door: Door, plan: BuildPlan, kept: BuildRun, spool: Spool) -> Spool:
    """Return a spool that cycles power where turns that do so are left; the same one else."""
    from millwright.build.left import left_of
    from millwright.build.powercycle import CyclingSpool

    left = {turn.test.test for turn in left_of(plan, kept.before).turns if turn.test.cycles_power}
    if not left:
        return spool
    return CyclingSpool(spool, _bmcs(door, kept), frozenset(left), time.monotonic)


def _bmcs(door: Door, kept: BuildRun) -> RedfishBmcs:
    from millwright.adapters.redfish import RedfishBmcs
    from millwright.adapters.routes import known_nodes
    from millwright.cli.buildplan import basis_of

    access = known_nodes(workspace_of(door)).reach.bmc
    if access is None:
        raise MillwrightError(
            "reach.yaml does not say how management controllers are spoken to",
            hint="add to it: bmc: {user: NAME, trusted: FILE, password_file: FILE}",
        )
    trusted = door.root / access.trusted
    if not trusted.is_file():
        raise MillwrightError(f"reach.yaml: bmc.trusted: there is no {trusted}")
    password = _password(door, access)
    kept.record.secrets = (*kept.record.secrets, password)
    addresses: dict[str, str] = {}
    for device in basis_of(door).cluster.devices:
        for address in device.addresses:
            if address.network == "oob" and device.role == "compute":
                addresses.setdefault(device.name, address.address)
    words = password.decode("utf-8", "surrogateescape")
    return RedfishBmcs(addresses, access.user, words, str(trusted), kept.record.keep)


def _password(door: Door, access: BmcAccess) -> bytes:
    from millwright.adapters.becoming import secret_of

    if access.password_file is not None:
        return secret_of(door.root / access.password_file)
    if door.json or not sys.stdin.isatty():
        raise MillwrightError(
            f"the password of {access.user} on management controllers is not known",
            hint="say bmc.password_file in reach.yaml, or run this on a terminal, which asks",
        )
    asked = typer.prompt(f"Password of {access.user} on BMCs", hide_input=True, err=True)
    return str(asked).encode()

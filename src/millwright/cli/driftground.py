"""Joins what nodes are held against: the roles of the design, the book, and who is at work."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.sweeps import Seen
from millwright.cli.wiring import workspace_of
from millwright.manage.drift.compare import Ground
from millwright.manage.drift.kinds import Known
from millwright.model.drift import NOTE, Declared

if TYPE_CHECKING:
    from millwright.adapters.driftbook import SqlDrift
    from millwright.deploy.inputs import Inputs, NodeInputs
    from millwright.deploy.sections.access import Account
    from millwright.model.standing import Done

Rows = dict[tuple[str, str], "Done"]


def book_of(door: Door) -> SqlDrift:
    """Return the book of drift of a workspace."""
    from millwright.adapters.driftbook import SqlDrift
    from millwright.adapters.ledger import ledger_of

    return SqlDrift(ledger_of(door.root))


def ground_of(door: Door, seen: Seen) -> Ground:
    """Return what the nodes of a recording are held against."""
    from millwright.adapters.driftbook import recorded
    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.windowbook import moment

    book = book_of(door)
    rows = ledger_of(door.root).rows()
    now = moment(datetime.now(UTC))
    approvals = [each for each in book.approvals() if each.begin <= now < each.until]
    last = {key: f"{done.role} was last applied by {done.run}" for key, done in rows.items()}
    known = Known(approvals, _at_work(door), last, seen.recording.at)
    return Ground(
        recorded=recorded(book.acceptances()),
        declared=declared_of(door, seen, rows),
        known=known,
        simulated=seen.simulated,
        run=seen.run,
    )


def _at_work(door: Door) -> dict[str, str]:
    """Return nodes at which a run of ours works, or that it drained, with what it does there."""
    from millwright.adapters.drainbook import SqlDrains
    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.orderfile import unended

    found: dict[str, str] = {}
    left = unended(workspace_of(door))
    if left:
        run, order = left
        found = {step.host: f"{run} has not come to its end there" for step in order.steps}
    drains = SqlDrains(ledger_of(door.root)).open()
    return found | {host: f"{each.run} drained it at {each.at}" for host, each in drains.items()}


def declared_of(door: Door, seen: Seen, rows: Rows) -> dict[str, dict[str, Declared]]:
    """Return what the roles of the design put on each node; nothing where nothing is designed.

    What a role could not set on a host (`not testable`) is not held against it.
    """
    from millwright.adapters.artefacts import StaleDesign
    from millwright.cli.site import site_of
    from millwright.deploy.undeployable import Undeployable

    if seen.cluster is None:
        return {}
    try:
        inputs = site_of(door, stale=True).inputs
    except (StaleDesign, Undeployable) as error:
        door.ui.complain(f"nothing is declared: {error.message}")
        return {}
    found, notes = {}, _of_notes(door)
    for name, node in inputs.nodes.items():
        if name in seen.names:
            own = {**dict(_of_node(node, inputs)), **notes.get(name, {})}
            found[name] = {
                key: each for key, each in own.items() if _settable(rows, name, each.role)
            }
    return found


_FILES = {
    "kernel/mm/transparent_hugepage/enabled": "huge-pages",
    "devices/system/cpu/cpu*/cpufreq/scaling_governor": "governor",
}
"""Files below /sys that are items of their own."""


def _of_notes(door: Door) -> dict[str, dict[str, Declared]]:
    """Return what tuning notes that are in force put on each host; they go over the roles."""
    from millwright.cli.tuninghosts import book_of as tuning_book

    found: dict[str, dict[str, Declared]] = {}
    for host, state in tuning_book(door).remembered().items():
        for saved in state.saved:
            key = f"sysctl.{saved.key}" if saved.kind == "sysctl" else _FILES.get(saved.key)
            if key and saved.layers:
                role = f"{NOTE}{saved.layers[-1].note}"
                found.setdefault(host, {})[key] = Declared(saved.value, role)
    return found


def _settable(rows: Rows, host: str, role: str) -> bool:
    done = rows.get((host, role))
    return done is None or done.standing != "not testable"


def _of_node(node: NodeInputs, inputs: Inputs) -> Iterator[tuple[str, Declared]]:
    for setting in node.parameters.sysctl:
        yield f"sysctl.{setting.key}", Declared(setting.value, "kernel-parameters")
    words = [f"{setting.key}={setting.value}" for setting in node.parameters.cmdline]
    if words:
        yield "cmdline", Declared(" ".join(words), "kernel-cmdline", "words")
    for setting in node.parameters.sysfs:
        if key := _FILES.get(setting.key):
            yield key, Declared(setting.value, "cpu-numa")
    yield from _packages(node)
    for mount in inputs.factory.mounts if node.kind == "compute" else ():
        # Options are told otherwise than they are given (vers, addr): the source is enough.
        yield f"mount.{mount.where}", Declared(mount.what, "storage-clients", "words")
    for account in inputs.factory.access.accounts:
        yield from _of_person(account)


def _packages(node: NodeInputs) -> Iterator[tuple[str, Declared]]:
    roles = (
        ("gpu-driver", node.packages.driver),
        ("dcgm", node.packages.dcgm),
        ("container-runtime", node.packages.containers),
    )
    for role, packages in roles:
        for package in packages:
            version = Declared(package.version, role, "pattern")
            yield f"package.{package.name}", version


def _of_person(account: Account) -> Iterator[tuple[str, Declared]]:
    yield f"person.{account.name}", Declared(f"uid={account.uid}", "users", "words")
    prints = sorted(filter(None, map(_print, account.keys)))
    if prints:
        yield f"keys.{account.name}", Declared(" ".join(prints), "users")


def _print(key: str) -> str:
    """Return the fingerprint of a public key, as nodes tell it."""
    for word in key.split():
        if word.startswith("AAAA"):
            try:
                raw = hashlib.sha256(base64.b64decode(word)).digest()
            except binascii.Error:
                return ""
            return "SHA256:" + base64.b64encode(raw).decode().rstrip("=")
    return ""

"""What an auditor asks for beside answers: access review, ways out, inventory, network map."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.checked import AccessRow, Check, WayRow
from millwright.reports.page import Cell, Field, Grid, Mark, Paragraph, Section

MOST_ROWS = 5_000


def access(check: Check) -> Section:
    """Return who can get in, by which keys, with which rights, since when."""
    fields = (
        Field("login", "code"), Field("uid", "number"), Field("on", "code", share=1.4),
        Field("keys", "code", share=2.4), Field("root by", share=1.6), Field("declared", "mark"),
        Field("keys written"), Field("first seen"),
    )  # fmt: skip
    rows = tuple(_access(row) for row in check.access[:MOST_ROWS])
    lead = (
        "Every account that can log in, folded over the hosts that have it alike. Keys are their "
        "fingerprints. Keys written: when the file of keys was written last on such a host; first "
        "seen: the first check of this workspace that saw this login with these keys."
    )
    empty = "No host told who can get in."
    return Section("access", "Who can get in", (Grid(fields, rows, empty=empty),), lead=lead)


def _access(row: AccessRow) -> tuple[Cell, ...]:
    roots = ", ".join(row.root_by) or ("root" if row.uid == 0 else "")
    if row.unasked:
        roots += " without a password"
    declared = {
        True: Mark("declared", "good"), False: Mark("not declared", "bad"),
        None: Mark("nobody is declared", "unknown"),
    }[row.declared]  # fmt: skip
    keys = ", ".join(row.keys) or "none"
    hard = " (in hardware)" if row.hardware else ""
    return (row.login, row.uid, row.nodes, f"{keys}{hard}", roots, declared, row.since,
            row.first_seen[:10])  # fmt: skip


def ways(check: Check) -> Section:
    """Return where data could go, the ways that are not allowed first."""
    fields = (
        Field("kind"), Field("what", "code", share=2), Field("goes to", "code", share=1.6),
        Field("zone"), Field("allowed", "mark"), Field("known by", share=2),
        Field("hosts", "code", share=1.4),
    )  # fmt: skip
    rows = tuple(_way(row) for row in check.ways[:MOST_ROWS])
    lead = (
        "Mounts, gateways, resolvers, receivers of logs and measurements, proxies and places of "
        "backups, as hosts name them. What no zone of the spec has is not allowed. Programs that "
        "send without a file that is known here do not show."
    )
    return Section("ways", "Where data could go", (Grid(fields, rows, empty="None was seen."),),
                   lead=lead)  # fmt: skip


def _way(row: WayRow) -> tuple[Cell, ...]:
    mark = Mark("allowed", "good") if row.allowed else Mark("OUTSIDE", "bad")
    return (row.kind, row.thing, row.host, row.zone or "none", mark, row.how, row.nodes)


def assets(check: Check) -> Section:
    """Return every host: serial, parts, pool, whether it is designed, and data of patients."""
    fields = (
        Field("host", "code"), Field("role"), Field("pool"), Field("model", share=1.4),
        Field("serial", "code", share=1.2), Field("GPUs", share=1.4), Field("system", share=1.4),
        Field("designed", "mark"), Field("patients' data", share=1.4),
    )  # fmt: skip
    rows = tuple(
        (row.node, row.role, row.pool, row.model, row.serial, row.gpus, row.os,
         _designed(row.designed), row.patients)
        for row in check.assets[:MOST_ROWS]
    )  # fmt: skip
    return Section("assets", "Inventory", (Grid(fields, rows, empty="No host is known."),))


def _designed(designed: bool | None) -> Mark:
    if designed is None:
        return Mark("no design", "unknown")
    return Mark("yes", "good") if designed else Mark("NO", "bad")


def network_map(check: Check) -> Section:
    """Return addresses of hosts, and between which zones something goes."""
    between: dict[tuple[str, str], list[WayRow]] = {}
    for row in check.ways:
        between.setdefault((row.kind, row.zone or "no zone"), []).append(row)
    flows = Grid(
        (Field("from"), Field("to zone"), Field("by"), Field("ends", "code", share=3)),
        tuple(("the cluster", zone, kind, ", ".join(dict.fromkeys(r.host for r in rows))[:400])
              for (kind, zone), rows in sorted(between.items())),
        "Between zones", empty="Nothing that hosts name leaves them.",
    )  # fmt: skip
    hosts = Grid(
        (Field("host", "code"), Field("role"), Field("addresses", "code", share=4)),
        tuple(_addressed(check)), "Addresses", empty="No host told its addresses.", folded=True,
    )  # fmt: skip
    lead = Paragraph(
        "Drawn from what hosts said, not from plans; cables and switches stand in the build book."
    )
    return Section("map", "Network map", (lead, flows, hosts))


def _addressed(check: Check) -> Iterator[tuple[Cell, ...]]:
    for row in check.assets[:MOST_ROWS]:
        if row.addresses:
            yield row.node, row.role, ", ".join(row.addresses)

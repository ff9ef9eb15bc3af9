"""Chapters about what stands: as built against the design, accepted, what is where, and cabled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from millwright.model.nodeset import folded
from millwright.model.standing import Done
from millwright.reports.acceptance import first_line, percent
from millwright.reports.handoffstock import firmware, inventory, shortened
from millwright.reports.handover import Accepted, Chapter, Handover, Missing
from millwright.reports.judgement import mark
from millwright.reports.page import (
    Block,
    Fact,
    Facts,
    Field,
    Grid,
    Link,
    Mark,
    Tone,
)

STANDINGS: dict[str, Tone] = {
    "proven": "good", "not testable": "warn", "failed": "bad", "unknown": "unknown"
}  # fmt: skip
BAD = ("failed", "unknown")
CABLE = ("id", "fabric", "a device", "a port", "a rack", "b device", "b port", "b rack", "medium",
         "length", "part number")  # fmt: skip
CABLE_COLUMNS = (0, 1, 4, 5, 6, 8, 9, 10, 12, 13, 14)
"""Where the columns of CABLE stand in a row of the design's cables.csv."""


def built_chapters(handover: Handover) -> Iterator[Chapter]:
    """Yield the chapters in the order in which they are read."""
    yield as_built(handover)
    yield acceptance(handover)
    yield inventory(handover)
    yield firmware(handover)
    yield cabling(handover)
    yield addresses(handover)


def as_built(handover: Handover) -> Chapter:
    """Return the design beside what was deployed and last seen."""
    cluster = handover.built.cluster
    sizes = Grid(
        (Field("pool", "code"), Field("server", "code"), Field("nodes", "number"),
         Field("GPUs", "number"), Field("deployed to", "number"),
         Field("no role failed or unknown", "number"),
         Field("seen at the last sweep", "number")),
        tuple(_pools(handover)), "Designed, deployed, seen",
    )  # fmt: skip
    blocks: list[Block] = [sizes, _roles(handover.ledger)]
    missing = []
    if not handover.ledger:
        missing.append(Missing("Nothing was deployed from this workspace:", "`deploy apply`."))
    if handover.health is None:
        missing.append(Missing("No sweep of nodes was kept:", "`manage health`."))
    else:
        blocks.append(_health(handover))
    fabrics = tuple(
        (name, f.leaf_switches, f.spine_switches, f.core_switches,
         f.node_leaf_links + f.leaf_spine_links + f.spine_core_links, f.link_gbps)
        for name, f in cluster.fabrics.items()
    )  # fmt: skip
    fields = (
        Field("fabric", "code"), Field("leaves", "number"), Field("spines", "number"),
        Field("cores", "number"), Field("links", "number"), Field("speed", "number", "Gb/s"),
    )  # fmt: skip
    blocks.append(Grid(fields, fabrics, "Fabrics as designed"))
    return Chapter(
        "as-built", "As built, against the design",
        "The design is what was ordered and cabled by. A role counts as built on a host where its "
        "proof equals the design, not where its play was green.",
        tuple(blocks), tuple(missing),
    )  # fmt: skip


def _pools(handover: Handover) -> Iterator[tuple[str | int | None, ...]]:
    devices = handover.built.cluster.devices
    for pool in handover.built.cluster.pools:
        names = {d.name for d in devices if d.role == "compute" and d.pool == pool.name}
        deployed = {host for host, _ in handover.ledger if host in names}
        bad = {h for (h, _), done in handover.ledger.items() if done.standing in BAD}
        seen = None
        if handover.health is not None:
            seen = sum(not n.silent for name, n in handover.health.nodes.items() if name in names)
        yield (
            pool.name, pool.server, pool.nodes, pool.gpus,
            len(deployed) if handover.ledger else None,
            len(deployed - bad) if handover.ledger else None, seen,
        )  # fmt: skip


def _roles(ledger: Mapping[tuple[str, str], Done]) -> Grid:
    same: dict[tuple[str, str], list[Done]] = {}
    for done in ledger.values():
        same.setdefault((done.role, done.standing), []).append(done)
    rows = tuple(
        (role, Mark(standing, STANDINGS[standing]), folded([d.host for d in all_]), len(all_),
         max(d.at for d in all_), _details(all_))
        for (role, standing), all_ in sorted(same.items())
    )  # fmt: skip
    fields = (
        Field("role", "code"), Field("stands", "mark"), Field("hosts", "code", share=2),
        Field("count", "number"), Field("last proof", "code"), Field("what was found", share=2),
    )  # fmt: skip
    return Grid(fields, rows, "Roles", empty="No role was done on any host.")


def _details(several: Sequence[Done]) -> str:
    told = dict.fromkeys(d.detail for d in several if d.detail and d.standing != "proven")
    return "; ".join(list(told)[:3])[:400]


def _health(handover: Handover) -> Grid:
    health = handover.health
    assert health is not None
    rows = tuple(
        (f.check, f.node, f.device or "", f.severity, f.message)
        for f in health.findings
    )  # fmt: skip
    fields = (Field("check", "code"), Field("node", "code"), Field("device", "code"),
              Field("gravity"), Field("what was found", share=3))  # fmt: skip
    return Grid(
        fields, rows, f"What the sweep of {health.at} found", f"Answer: {health.answer}.",
        empty="Nothing: no check of that sweep found a fault.",
    )  # fmt: skip


def acceptance(handover: Handover) -> Chapter:
    """Return what was accepted, and by which measurements."""
    title, found = "Acceptance", handover.accepted
    if found is None:
        missing = Missing(
            "No verdict of a burn-in is in this workspace, so nothing here says that the factory "
            "reaches what was promised:", "`build run`, then `build verdict`.",
        )  # fmt: skip
        return Chapter("acceptance", title, "", (), (missing,))
    judged = found.judged
    blocks = (_verdict(found), _found(found), _by_node(found), REPORT)
    lead = (
        f"{first_line(judged)} Run {found.run}, measured up to {found.last_at or 'no known time'}."
    )
    return Chapter("acceptance", title, lead, blocks, _unjudged(handover, found))


def _unjudged(handover: Handover, found: Accepted) -> tuple[Missing, ...]:
    """Return the nodes of the design that the verdict does not know."""
    judged = {node.name for node in found.judged.nodes}
    nodes = {d.name for d in handover.built.cluster.devices if d.role == "compute"}
    rest = sorted(nodes - judged)
    if not rest:
        return ()
    what = f"{len(rest):,} of {len(nodes):,} nodes have no verdict ({folded(rest)}):"
    return (Missing(what, "`build run` with these nodes, then `build verdict`."),)


def _verdict(found: Accepted) -> Facts:
    judged = found.judged
    counts = Counter(node.verdict for node in judged.nodes)
    return Facts(
        (
            Fact("Verdict", mark(judged.verdict)),
            Fact("Completeness", percent(judged.completeness), "of what was expected"),
            *(Fact(word, counts[word], "nodes") for word in ("PASS", "WARN", "UNKNOWN", "FAIL")),
            Fact("Measurements", judged.measurements),
        )
    )


def _found(found: Accepted) -> Grid:
    fields = (
        Field("verdict", "mark"), Field("node", "code"), Field("device", "code"),
        Field("metric", "code"), Field("value", "number"), Field("unit"), Field("bar", "code"),
        Field("source"), Field("disposition"), Field("reason", share=2),
    )  # fmt: skip
    rows = tuple(
        (mark(f.verdict), f.node, f.device, f.metric, f.value, f.unit, f.bar, f.source,
         f.disposition or "none", f.reason)
        for f in found.judged.findings
    )  # fmt: skip
    return Grid(fields, rows, "Findings")


def _by_node(found: Accepted) -> Grid:
    fields = (Field("node", "code"), Field("verdict", "mark"), Field("bars", "mark"),
              Field("against peers", "mark"), Field("findings", "number"))  # fmt: skip
    rows = tuple(
        (n.name, mark(n.verdict), mark(n.gates), mark(n.outliers), len(n.findings))
        for n in found.judged.nodes
    )
    return Grid(fields, rows, "Node by node", folded=True)


FILES = ("acceptance.html", "acceptance.pdf", "acceptance.csv", "acceptance.xml")
REPORT = Grid(
    (Field("file"),),
    tuple((Link(f"acceptance/{name}", f"acceptance/{name}"),) for name in FILES),
    "The acceptance report, whole",
)


def cabling(handover: Handover) -> Chapter:
    """Return what is cabled by the design, and that nobody compared it where nobody did."""
    rows = tuple(tuple(row[at] for at in CABLE_COLUMNS) for row in handover.built.cables)
    counts = Counter((str(row[1]), str(row[8]), str(row[9])) for row in rows)
    sums = Grid(
        (Field("fabric", "code"), Field("medium", "code"), Field("length", "number", "m"),
         Field("cables", "number")),
        tuple((f, m, _metres(long), n) for (f, m, long), n in sorted(counts.items(), key=_order)),
        "Cables in short",
    )  # fmt: skip
    fields = tuple(Field(title, "code") for title in CABLE)
    whole = Grid(fields, tuple(tuple(map(str, row)) for row in rows), "All cables")
    missing = Missing(
        "What is cabled was not held against the design in this package:",
        "`build cables --observed FILE` does it, and its answer is not kept in the workspace.",
    )
    lead = f"{len(rows):,} cables as designed: what labels say, and what pulls were made by."
    return Chapter(
        "cabling", "Cabling", lead, (sums, whole), (missing,),
        (sums, *shortened(whole, "tables/cables.csv")),
    )  # fmt: skip


def _metres(text: str) -> float | None:
    return float(text) if text else None


def _order(item: tuple[tuple[str, str, str], int]) -> tuple[str, str, float]:
    fabric, medium, length = item[0]
    return fabric, medium, _metres(length) or 0.0


def addresses(handover: Handover) -> Chapter:
    """Return networks and every address."""
    cluster = handover.built.cluster
    networks = Grid(
        (Field("network", "code"), Field("range", "code")), tuple(cluster.networks.items()),
        "Networks", empty="The design has no network.",
    )  # fmt: skip
    rows = tuple(
        (d.name, d.role, d.rack, d.u, a.port, a.network, a.address)
        for d in cluster.devices for a in d.addresses
    )  # fmt: skip
    fields = (*(Field(t, "code") for t in ("device", "role", "rack")), Field("U", "number"),
              *(Field(t, "code") for t in ("port", "network", "address")))  # fmt: skip
    whole = Grid(fields, rows, "All addresses")
    return Chapter(
        "addresses", "Addresses", "As designed, port by port.",
        (networks, whole), (), (networks, *shortened(whole, "tables/addresses.csv")),
    )  # fmt: skip

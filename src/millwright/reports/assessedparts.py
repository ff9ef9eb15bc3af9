"""What nodes are made of, as tables of an assessment's page."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.assessment import Assessment
from millwright.model.nodeset import folded
from millwright.reports.page import Block, Field, Grid, Mark


def parts(told: Assessment) -> Iterator[Block]:
    """Yield kinds of nodes, nodes, and what is in them."""
    yield Grid(
        (Field("nodes", "code"), Field("role"), Field("machine", share=2),
         Field("nodes", "number"), Field("GPUs a node", "number"),
         Field("adapters a node", "number")),
        tuple(
            (folded(g.nodes), g.role, g.machine, len(g.nodes), g.gpus_per_node,
             g.adapters_per_node)
            for g in told.shape.alike
        ),
        title="Kinds of nodes",
    )  # fmt: skip
    yield _nodes(told)
    yield _gpus(told)
    yield _adapters(told)
    yield _file_systems(told)


def _nodes(told: Assessment) -> Grid:
    fields = (
        Field("node", "code"), Field("role"), Field("server", share=1.4), Field("serial", "code"),
        Field("BIOS", "code"), Field("processor", share=1.4), Field("CPUs", "number"),
        Field("memory", "number", "GiB"), Field("GPUs", "number"), Field("driver", "code"),
        Field("system"), Field("kernel", "code", share=1.2),
    )  # fmt: skip
    rows = tuple(
        (
            name, node.role, " ".join(filter(None, (node.vendor, node.model))) or None,
            node.serial, node.bios, node.processor, node.processors,
            round(node.memory_mib / 1024) if node.memory_mib else None,
            sum(not gpu.lost for gpu in node.gpus), node.driver, node.system, node.kernel,
        )
        for name, node in told.nodes.items()
    )  # fmt: skip
    return Grid(fields, rows, title="Nodes")


def _gpus(told: Assessment) -> Grid:
    fields = (
        Field("node", "code"), Field("GPU", "number", share=0.5), Field("model", share=1.6),
        Field("serial", "code"), Field("UUID", "code", share=2), Field("bus", "code"),
        Field("VBIOS", "code"), Field("memory", "number", "MiB"), Field("state", "mark"),
    )  # fmt: skip
    rows = tuple(
        (
            name, gpu.index, gpu.model, gpu.serial, gpu.uuid, gpu.bus, gpu.vbios, gpu.memory_mib,
            Mark("lost", "bad") if gpu.lost else Mark("answers", "good"),
        )
        for name, node in told.nodes.items()
        for gpu in node.gpus
    )  # fmt: skip
    return Grid(fields, rows, title="GPUs", folded=True)


def _adapters(told: Assessment) -> Grid:
    fields = (
        Field("node", "code"), Field("adapter", "code"), Field("model", "code"),
        Field("firmware", "code"), Field("link"), Field("rate", "number", "Gb/s"),
        Field("state", "mark"),
    )  # fmt: skip
    states = {
        True: Mark("up", "good"),
        False: Mark("down", "bad"),
        None: Mark("UNKNOWN", "unknown"),
    }
    rows = tuple(
        (name, a.name, a.model, a.firmware, a.layer, a.rate_gbps, states[a.up])
        for name, node in told.nodes.items()
        for a in node.adapters
    )
    return Grid(fields, rows, title="Fabric adapters", folded=True)


def _file_systems(told: Assessment) -> Grid:
    fields = (
        Field("node", "code"), Field("path", "code", share=1.5), Field("kind"),
        Field("source", "code", share=1.5), Field("in use", "number", "%"),
        Field("state", "mark"),
    )  # fmt: skip
    rows = tuple(
        (name, m.path, m.kind, m.source, m.used_percent,
         Mark("answers", "good") if m.answers else Mark("hangs", "bad"))
        for name, node in told.nodes.items()
        for m in node.mounts
    )  # fmt: skip
    return Grid(fields, rows, title="File systems", folded=True)

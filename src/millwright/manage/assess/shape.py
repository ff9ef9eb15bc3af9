"""What nodes make together: who is alike, what schedules, what joins them, where files lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

from millwright.manage.assess.draft import in_order
from millwright.manage.assess.traits import SHARED
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import Alike, NodeRole, NodeSeen, Shape

_SCHEDULERS = (
    ("slurmctld", "Slurm"),
    ("slurmd", "Slurm"),
    ("kube-apiserver", "Kubernetes"),
    ("kubelet", "Kubernetes"),
    ("pbs_server", "PBS"),
    ("sge_qmaster", "Grid Engine"),
)
_MONITORS = (("prometheus", "Prometheus"), ("grafana-server", "Grafana"), ("grafana", "Grafana"))


def shape_of(nodes: Mapping[str, NodeSeen], voices: Mapping[str, Voice]) -> Shape:
    """Return what the nodes make together."""
    services = {each for node in nodes.values() for each in node.services}
    return Shape(
        scheduler=_scheduler(services, voices),
        fabric=_fabric(nodes),
        file_systems=_file_systems(nodes),
        monitoring=" and ".join(dict.fromkeys(n for s, n in _MONITORS if s in services)) or None,
        gpus=sum(not gpu.lost for node in nodes.values() for gpu in node.gpus),
        alike=alike_of(nodes),
    )


def _scheduler(services: set[str], voices: Mapping[str, Voice]) -> str | None:
    name = next((name for program, name in _SCHEDULERS if program in services), None)
    for voice in voices.values():
        told = voice.facts("slurm-config") if name == "Slurm" else None
        if told is not None and told.version:
            return f"Slurm {told.version}"
    return name


def _fabric(nodes: Mapping[str, NodeSeen]) -> str | None:
    """Return the kind and the rate of most links that are up, and how many a node has."""
    kinds: Counter[tuple[str, float]] = Counter()
    for node in nodes.values():
        for each in node.adapters:
            if each.rate_gbps and each.layer:
                kinds[each.layer, each.rate_gbps] += 1
    if not kinds:
        return None
    layer, rate = kinds.most_common(1)[0][0]
    many = Counter(len(node.adapters) for node in nodes.values() if node.adapters)
    name = "RoCE" if layer == "Ethernet" else layer
    return f"{name}, {many.most_common(1)[0][0]} x {rate:g} Gb/s a node"


def _file_systems(nodes: Mapping[str, NodeSeen]) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for node in nodes.values():
        for mount in node.mounts:
            if mount.kind.startswith(SHARED):
                told = f"{mount.path} ({mount.kind} from {mount.source})"
                found[told] = found.get(told, 0) + 1
    return tuple(f"{told} on {count}" for told, count in found.items())


def alike_of(nodes: Mapping[str, NodeSeen]) -> tuple[Alike, ...]:
    """Return nodes of one kind of machine in one role, the largest group first.

    What makes a kind is what a single fault does not change: maker, model, processor, GPU model.
    Nodes whose GPUs all fell silent stand with those that are named like them.
    """
    groups: dict[tuple[NodeRole, str, str], list[NodeSeen]] = {}
    for node in nodes.values():
        groups.setdefault((node.role, _machine(node), _stem(node.node)), []).append(node)
    merged = _with_strays(groups)
    found = []
    for role, members in merged:
        gpus = Counter(len(node.gpus) for node in members).most_common(1)[0][0]
        adapters = Counter(len(node.adapters) for node in members).most_common(1)[0][0]
        machine = Counter(_named(node) for node in members).most_common(1)[0][0]
        names = tuple(sorted((node.node for node in members), key=in_order))
        name = _stem(names[0]) or role
        found.append(Alike(
            name=name, role=role, nodes=names, machine=machine,
            gpus_per_node=gpus, adapters_per_node=adapters,
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-len(each.nodes), each.name)))


def _with_strays(
    groups: Mapping[tuple[NodeRole, str, str], list[NodeSeen]],
) -> list[tuple[NodeRole, list[NodeSeen]]]:
    """Join kinds that share all but the stem, and lay a node that tells of no GPU to its peers."""
    joined: dict[tuple[NodeRole, str], list[NodeSeen]] = {}
    strays: list[tuple[str, list[NodeSeen]]] = []
    for (role, machine, stem), members in groups.items():
        peers = [r for (r, _, s), _ in groups.items() if s == stem and r == "compute"]
        if stem and role == "unknown" and peers:
            strays.append((stem, members))
        else:
            joined.setdefault((role, machine), []).extend(members)
    for stem, members in strays:
        home = max(
            (each for (role, _), each in joined.items() if role == "compute"),
            key=lambda each: sum(_stem(node.node) == stem for node in each),
        )
        home.extend(members)
    return [(cast(NodeRole, role), members) for (role, _), members in joined.items()]


def _machine(node: NodeSeen) -> str:
    models = sorted({gpu.model for gpu in node.gpus if gpu.model})
    return "|".join((node.vendor or "", node.model or "", node.processor or "", *models))


def _named(node: NodeSeen) -> str:
    server = " ".join(filter(None, (node.vendor, node.model)))
    gpus = sorted({gpu.model for gpu in node.gpus if gpu.model})
    return server or (f"{len(node.gpus)} x {', '.join(gpus)}" if gpus else node.processor or "?")


def _stem(name: str) -> str:
    return name.partition(".")[0].rstrip("0123456789").rstrip("-")


def machines(alike: Sequence[Alike]) -> str:
    """Return the groups in a few words: `8 compute, 1 head`."""
    counts: Counter[str] = Counter()
    for group in alike:
        counts[group.role] += len(group.nodes)
    return ", ".join(f"{count} {role}" for role, count in counts.most_common())

"""What nodes make together: who is alike, what schedules, what joins them, where files lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
    """Return what most nodes with adapters have: how many links of each kind and rate."""
    sets: Counter[tuple[tuple[str, float, int], ...]] = Counter()
    for node in nodes.values():
        links = Counter(
            (each.layer, each.rate_gbps)
            for each in node.adapters
            if each.layer is not None and each.rate_gbps
        )
        if links:
            told = [(layer, rate or 0.0, count) for (layer, rate), count in links.items()]
            sets[tuple(sorted(told, key=lambda link: (-link[1], link[0])))] += 1
    if not sets:
        return None
    most = max(sets, key=lambda links: (sets[links], sum(count for *_, count in links)))
    words = [
        f"{'RoCE' if layer == 'Ethernet' else layer}, {count} x {rate:g} Gb/s"
        for layer, rate, count in most
    ]
    return f"{' and '.join(words)} a node"


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

    What makes a kind is what a single fault does not change: maker, model, processor, GPU model. A
    node without a GPU that is named and built like nodes with some is one of them: it lost its own.
    """
    groups: dict[_Kind, list[NodeSeen]] = {}
    for node in nodes.values():
        groups.setdefault(_kind(node), []).append(node)
    for kind in [kind for kind in groups if not kind.gpus and kind.role in _STRAYS]:
        if home := _home(kind, groups):
            groups[home] += groups.pop(kind)
    joined: dict[_Kind, list[NodeSeen]] = {}
    for kind, members in groups.items():
        joined.setdefault(replace(kind, stem=""), []).extend(members)
    found = [_alike(kind.role, members) for kind, members in joined.items()]
    return tuple(sorted(found, key=lambda each: (-len(each.nodes), each.name)))


_STRAYS = ("compute", "unknown")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What makes nodes alike, and the stem of their names."""

    role: NodeRole
    body: tuple[str, ...]
    gpus: tuple[str, ...]
    stem: str


def _kind(node: NodeSeen) -> _Kind:
    body = (node.vendor or "", node.model or "", node.processor or "")
    gpus = tuple(sorted({gpu.model for gpu in node.gpus if gpu.model}))
    return _Kind(node.role, body, gpus or (("lost",) if node.gpus else ()), _stem(node.node))


def _home(stray: _Kind, groups: Mapping[_Kind, list[NodeSeen]]) -> _Kind | None:
    """Return the largest kind with GPUs that a stray is named and built like."""
    alike = [k for k in groups if k.gpus and (k.body, k.stem) == (stray.body, stray.stem)]
    return max(alike, key=lambda kind: len(groups[kind]), default=None)


def _alike(role: NodeRole, members: Sequence[NodeSeen]) -> Alike:
    names = tuple(sorted((node.node for node in members), key=in_order))
    return Alike(
        name=_stem(names[0]) or role,
        role=role,
        nodes=names,
        machine=Counter(_named(node) for node in members).most_common(1)[0][0],
        gpus_per_node=Counter(len(node.gpus) for node in members).most_common(1)[0][0],
        adapters_per_node=Counter(len(node.adapters) for node in members).most_common(1)[0][0],
    )


def _named(node: NodeSeen) -> str:
    server = " ".join(filter(None, (node.vendor, node.model)))
    gpus = sorted({gpu.model for gpu in node.gpus if gpu.model})
    return server or (f"{len(node.gpus)} x {', '.join(gpus)}" if gpus else node.processor or "?")


def _stem(name: str) -> str:
    return name.partition(".")[0].rstrip("0123456789").rstrip("-")

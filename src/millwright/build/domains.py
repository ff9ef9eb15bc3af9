"""NVLink domains as GPUs tell them, held against the racks of the design.

In a rack-scale machine the trays of one rack are one NVLink domain: all of their GPUs name one
cluster UUID, and no GPU elsewhere names it. Cliques inside a domain are partitions that somebody
made; they are told and blamed on nobody.
Source: `nvidia-smi -q -x`, element `fabric` (NVIDIA driver 550 and later).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.nvlinkdomain import NO_DOMAIN, DomainFinding, Domains, Joined


def planned_domains(cluster: Cluster, catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Return the nodes of each rack that is one machine, by the rack's name."""
    found: dict[str, list[str]] = {}
    for device in cluster.devices:
        server = catalog.servers.get(device.model)
        if device.role == "compute" and server is not None and server.rack_scale is not None:
            found.setdefault(device.rack or "?", []).append(device.name)
    return {rack: tuple(nodes) for rack, nodes in found.items()}


def compare_domains(
    plan: Mapping[str, Sequence[str]], seen: Mapping[str, Sequence[Joined]]
) -> Domains:
    """Return what the domains of a design come to, of what the GPUs of each node say."""
    rack_of = {node: rack for rack, nodes in plan.items() for node in nodes}
    of_node = {node: _domains(gpus) for node, gpus in seen.items()}
    named = _named(plan, of_node)
    findings = [
        *_not_joined(seen),
        *_split(of_node),
        *_misplaced(rack_of, of_node, named),
        *_strangers(rack_of, of_node, named),
    ]
    blamed = {node for finding in findings for node in finding.nodes}
    silent = tuple(node for node in rack_of if not seen.get(node))
    right = [node for node in rack_of if node not in blamed and node not in silent]
    return Domains(
        planned=len(plan),
        nodes=len(rack_of),
        right=len(right),
        named=named,
        findings=tuple(findings),
        not_observed=silent,
        partitions=_partitions(rack_of, seen),
    )


def _domains(gpus: Sequence[Joined]) -> Counter[str]:
    return Counter(gpu.domain for gpu in gpus if gpu.domain and gpu.domain != NO_DOMAIN)


def _own(domains: Counter[str]) -> str | None:
    """Return the one domain of a node; None where its GPUs name none, or several."""
    return next(iter(domains)) if len(domains) == 1 else None


def _named(
    plan: Mapping[str, Sequence[str]], of_node: Mapping[str, Counter[str]]
) -> dict[str, str]:
    """Give each rack the UUID that most of its nodes name, the surest rack first.

    A rack whose nodes are of two halves has none: nobody knows which half stands wrong.
    """
    votes = {
        rack: Counter(own for node in nodes if (own := _own(of_node.get(node, Counter()))))
        for rack, nodes in plan.items()
    }
    found: dict[str, str] = {}
    for rack in sorted(votes, key=lambda rack: (-max(votes[rack].values(), default=0), rack)):
        ranked = votes[rack].most_common(2)
        tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
        if ranked and not tied and ranked[0][0] not in found.values():
            found[rack] = ranked[0][0]
    return found


def _not_joined(seen: Mapping[str, Sequence[Joined]]) -> Iterator[DomainFinding]:
    for node, gpus in sorted(seen.items()):
        out = [gpu for gpu in gpus if not gpu.domain or gpu.domain == NO_DOMAIN]
        if out:
            states = ", ".join(sorted({gpu.state or "no state" for gpu in out}))
            which = ", ".join(f"gpu{gpu.index}" for gpu in out)
            reason = f"{which} of {len(gpus)} GPUs joined no NVLink domain ({states})"
            yield DomainFinding("not-joined", (node,), reason)
        ill = [gpu for gpu in gpus if gpu.ailments]
        if ill:
            told = "; ".join(f"gpu{gpu.index}: {', '.join(gpu.ailments)}" for gpu in ill)
            yield DomainFinding("degraded", (node,), f"the fabric says of itself: {told}")


def _split(of_node: Mapping[str, Counter[str]]) -> Iterator[DomainFinding]:
    for node, domains in sorted(of_node.items()):
        if len(domains) > 1:
            told = ", ".join(f"{count} GPUs in {name}" for name, count in domains.most_common())
            yield DomainFinding("split", (node,), f"one node is in several domains: {told}")


def _misplaced(
    rack_of: Mapping[str, str], of_node: Mapping[str, Counter[str]], named: Mapping[str, str]
) -> Iterator[DomainFinding]:
    """Yield nodes that are not in the domain of their rack."""
    racks = {uuid: rack for rack, uuid in named.items()}
    went: dict[tuple[str, str], list[str]] = {}
    for node, planned in sorted(rack_of.items()):
        own = _own(of_node.get(node, Counter()))
        if own is None or named.get(planned) == own:
            continue
        if own in racks:
            went.setdefault((planned, racks[own]), []).append(node)
        else:
            yield DomainFinding("elsewhere", (node,), _foreign(own, planned, named))
    yield from _exchanged(went)


def _foreign(own: str, planned: str, named: Mapping[str, str]) -> str:
    if planned in named:
        return f"is in {own}, which is no domain of the design; {planned} is {named[planned]}"
    return f"names {own}, and the nodes of {planned} do not agree on one domain"


def _exchanged(went: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[DomainFinding]:
    """Yield who is in which other rack; two that are in each other's are one finding.

    Where several went both ways nobody knows who changed places with whom: then each is told alone.
    """
    for (origin, target), nodes in sorted(went.items()):
        back = went.get((target, origin), ())
        if len(nodes) == len(back) == 1:
            if origin < target:
                reason = f"{nodes[0]} ({origin}) and {back[0]} ({target}) are in each other's rack"
                yield DomainFinding("swapped", (nodes[0], back[0]), reason)
            continue
        for node in nodes:
            reason = f"is planned in {origin} and is in the domain of {target}"
            yield DomainFinding("elsewhere", (node,), reason)


def _strangers(
    rack_of: Mapping[str, str], of_node: Mapping[str, Counter[str]], named: Mapping[str, str]
) -> Iterator[DomainFinding]:
    racks = {uuid: rack for rack, uuid in named.items()}
    for node, domains in sorted(of_node.items()):
        own = _own(domains)
        if node not in rack_of and own in racks:
            reason = f"is no node of a rack-scale machine, and is in the domain of {racks[own]}"
            yield DomainFinding("stranger", (node,), reason)


def _partitions(
    rack_of: Mapping[str, str], seen: Mapping[str, Sequence[Joined]]
) -> dict[str, tuple[str, ...]]:
    """Return the cliques of each rack that has more than one."""
    found: dict[str, set[str]] = {}
    for node, gpus in seen.items():
        if node in rack_of:
            found.setdefault(rack_of[node], set()).update(g.clique for g in gpus if g.clique)
    return {rack: tuple(sorted(own)) for rack, own in sorted(found.items()) if len(own) > 1}

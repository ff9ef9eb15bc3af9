"""The cabling as graphs for Graphviz: one file a fabric, links between the same two counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from millwright.model.cluster import CableTable, Cluster, Device
from millwright.model.exported import Export, Lines, head

STATE = "in the form that Graphviz 2.42 reads"
FLOORS = {"core": 0, "spine": 1, "leaf": 2, "access": 2}
"""Who stands on one line, from the top; whoever is no switch stands below."""
BELOW = 3


def dot(cluster: Cluster, cables: CableTable) -> Export:
    """Return one graph for each fabric that has cables."""
    links: dict[str, Counter[tuple[str, str]]] = {}
    for fabric, a, b in zip(cables.fabric, cables.a_device, cables.b_device, strict=True):
        links.setdefault(fabric, Counter())[a, b] += 1
    devices = {device.name: device for device in cluster.devices}
    files = tuple(
        Lines(f"{fabric}.dot", tuple(_graph(cluster, fabric, devices, counted)))
        for fabric, counted in links.items()
    )
    seen = {name for counted in links.values() for pair in counted for name in pair}
    names = tuple(device.name for device in cluster.devices if device.name in seen)
    return Export("dot", names, files, (), STATE)


def quoted(text: str) -> str:
    """Return a string of the language: neither a quote nor a backslash of a name ends it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _graph(
    cluster: Cluster, fabric: str, devices: dict[str, Device], links: Counter[tuple[str, str]]
) -> Iterator[str]:
    about = f"The {fabric} fabric"
    for line in head(about, cluster.name, simulated=cluster.simulated, state=STATE):
        yield f"// {line}"
    yield f"graph {quoted(fabric)} {{"
    yield "  graph [rankdir=TB, splines=line, overlap=false];"
    yield "  node [shape=box, fontname=sans];"
    floors: dict[int, list[str]] = {}
    for name in dict.fromkeys(name for pair in links for name in pair):
        floors.setdefault(_floor(devices.get(name)), []).append(name)
    for floor, names in sorted(floors.items()):
        yield f"  subgraph floor{floor} {{"
        yield "    rank=same;"
        for name in names:
            yield f"    {quoted(name)} [label={quoted(_label(name, devices.get(name)))}];"
        yield "  }"
    for (a, b), count in links.items():
        label = f' [label="{count}"]' if count > 1 else ""
        yield f"  {quoted(b)} -- {quoted(a)}{label};"
    yield "}"


def _floor(device: Device | None) -> int:
    return FLOORS.get(device.role, BELOW) if device is not None else BELOW


def _label(name: str, device: Device | None) -> str:
    place = f" ({device.rack} u{device.u})" if device and device.rack and device.u else ""
    return f"{name}{place}"

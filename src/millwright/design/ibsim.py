"""Writes the compute fabric as a network file of the InfiniBand simulator ibsim.

Every link stands at both ends. Switch ports are numbered cage by cage, lane by lane; a port that is
split keeps its number for the first tail, and further tails are numbered after the last port of the
switch. A channel adapter is a box of its own, named as its driver names it: `gpu001 mlx5_0`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.design.fabrics.ports import plan_at, speeds
from millwright.errors import MillwrightError
from millwright.model.catalog import Catalog, Switch
from millwright.model.cluster import CableTable, Cluster


@dataclass(slots=True)
class _Box:
    """A node of the network file: port names in order of their number, and the links of each."""

    name: str
    kind: str
    ports: int
    links: dict[int, tuple[str, int]] = field(default_factory=dict)


class NotInfiniband(MillwrightError):
    """The compute fabric does not speak InfiniBand, so there is no ibsim file of it."""


def network(cluster: Cluster, cables: CableTable, catalog: Catalog) -> Iterator[str]:
    """Yield the lines of the network file.

    Raises NotInfiniband for an Ethernet fabric.
    """
    boxes, ends = _boxes(cluster, cables, catalog)
    for row, fabric in enumerate(cables.fabric):
        if fabric != "compute":
            continue
        a = ends[cables.a_device[row]][cables.a_port[row]]
        b = ends[cables.b_device[row]][cables.b_port[row]]
        boxes[a[0]].links[a[1]] = b
        boxes[b[0]].links[b[1]] = a
    yield f"# compute fabric of {cluster.name}: {len(boxes)} boxes"
    for box in boxes.values():
        yield ""
        yield f'{box.kind} {box.ports} "{box.name}"'
        for port, (peer, peer_port) in sorted(box.links.items()):
            yield f'[{port}] "{peer}"[{peer_port}]'


def ends(
    cluster: Cluster, cables: CableTable, catalog: Catalog, fabric: str
) -> dict[str, dict[str, tuple[str, int]]]:
    """Return, of an InfiniBand fabric, which box and which number is behind each device's port.

    Raises NotInfiniband for an Ethernet fabric.
    """
    return _boxes(cluster, cables, catalog, fabric)[1]


End = tuple[str, int]
"""A port as the simulator knows it: the box, and the number in it."""


def _boxes(
    cluster: Cluster, cables: CableTable, catalog: Catalog, fabric: str = "compute"
) -> tuple[dict[str, _Box], dict[str, dict[str, End]]]:
    """Return the boxes, and for every device the end behind each of its ports."""
    used = _used_ports(cables, fabric)
    boxes: dict[str, _Box] = {}
    ends: dict[str, dict[str, End]] = {}
    for device in cluster.devices:
        ports = used.get(device.name)
        if ports is None:
            continue
        if device.kind == "switch":
            switch = catalog.switches[device.model]
            if switch.protocol != "infiniband":
                raise NotInfiniband(
                    f"the compute fabric uses {switch.name}, which is an Ethernet switch",
                    hint="ibsim simulates InfiniBand fabrics only",
                )
            numbers, count = _switch_numbers(switch, ports)
            boxes[device.name] = _Box(device.name, "Switch", count)
            ends[device.name] = {port: (device.name, number) for port, number in numbers.items()}
        else:
            ends[device.name] = adapters = _adapter_ends(device.name, ports, device.model, catalog)
            for name, _ in adapters.values():
                count = sum(other == name for other, _ in adapters.values())
                boxes[name] = _Box(name, "Hca", count)
    return boxes, ends


def _adapter_ends(device: str, ports: list[str], model: str, catalog: Catalog) -> dict[str, End]:
    """Return the channel adapter behind each port; what has no named one is an adapter itself."""
    machine = catalog.servers.get(model) or catalog.appliances[model]
    hcas = {port.name: port.hca for port in machine.ports}
    ends: dict[str, End] = {}
    for port in ports:
        name = f"{device} {hcas[port]}" if hcas.get(port) else device
        ends[port] = (name, 1 + sum(other == name for other, _ in ends.values()))
    return ends


def _used_ports(cables: CableTable, wanted: str) -> dict[str, list[str]]:
    used: dict[str, set[str]] = {}
    for row, fabric in enumerate(cables.fabric):
        if fabric == wanted:
            used.setdefault(cables.a_device[row], set()).add(cables.a_port[row])
            used.setdefault(cables.b_device[row], set()).add(cables.b_port[row])
    return {device: sorted(ports) for device, ports in used.items()}


def _switch_numbers(switch: Switch, used: list[str]) -> tuple[dict[str, int], int]:
    numbers: dict[str, int] = {}
    count = 0
    for gbps in reversed(speeds(switch)):
        plan = plan_at(switch, gbps)
        if plan is None:
            continue
        names = plan.names(1, plan.ports)
        if plan.gbps == switch.port_speed_gbps.value or not numbers:
            count = max(count, plan.ports)
        for number, name in enumerate(names, start=1):
            numbers.setdefault(name, number)
    extra = count
    for name in used:
        if name in numbers:
            continue
        parent, _, tail = name.rpartition("/")
        if tail == "1":
            numbers[name] = numbers[parent]
        else:
            extra += 1
            numbers[name] = extra
    return numbers, extra

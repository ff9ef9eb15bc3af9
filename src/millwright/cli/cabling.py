"""Joins a design with what is asked about its cables: planned links, boxes, and listings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millwright.adapters import cablefile
from millwright.adapters.artefacts import check_fresh, read_cables, read_cluster
from millwright.adapters.csvfile import excerpt, wrong
from millwright.cli.door import Door
from millwright.cli.wiring import inputs_of
from millwright.design import ibsim
from millwright.errors import InputError, MillwrightError
from millwright.model.cabling import Box, Planned
from millwright.model.catalog import Catalog
from millwright.model.cluster import CableTable, Cluster, Device

INFINIBAND, ETHERNET = "infiniband", "ethernet"
_CONTROLLERS = frozenset({"BMC", "MGMT"})
"""Ports that no operating system sees."""
_NAMES = "UTF-8 text, a line for each name: observed,planned"


@dataclass(frozen=True, slots=True)
class Cabling:
    """The cables of one kind of fabric, as the design has them; `rows` are their JSON by id."""

    cluster: Cluster
    plan: Sequence[Planned]
    boxes: Mapping[str, Box]
    rows: Mapping[str, Mapping[str, Any]]


def cabling_of(door: Door, protocol: str | None) -> Cabling:
    """Return the planned cables of fabrics of a protocol, or of all.

    Raises MillwrightError where the design has none of them.
    """
    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    cluster = read_cluster(inputs.workspace, lock)
    cables, rows = read_cables(inputs.workspace, lock)
    return cabling_from(cluster, cables, rows, inputs.loaded.catalog, protocol)


def cabling_from(
    cluster: Cluster,
    cables: CableTable,
    rows: Sequence[cablefile.Row],
    catalog: Catalog,
    protocol: str | None,
) -> Cabling:
    """Return the planned cables of a design. Raises MillwrightError where it has none of them."""
    protocols = _protocols(cluster, catalog)
    wanted = {name for name, own in protocols.items() if protocol in (None, own)}
    plan = list(_planned(cluster, rows, wanted))
    if not plan:
        raise MillwrightError(f"the design has no {protocol} cables to compare")
    boxes = _boxes(cluster, cables, catalog, protocols)
    documents = {row[0]: cablefile.document(row) for row in rows if row[1] in wanted}
    return Cabling(cluster, plan, boxes, documents)


def _protocols(cluster: Cluster, catalog: Catalog) -> dict[str, str]:
    """Return what each fabric speaks, of the switches that carry it."""
    found: dict[str, str] = {
        device.fabric: catalog.switches[device.model].protocol
        for device in cluster.devices
        if device.kind == "switch" and device.fabric
    }
    for name, summary in cluster.fabrics.items():
        if summary.carried_by in found:
            found.setdefault(name, found[summary.carried_by])
    return found


def _planned(
    cluster: Cluster, rows: Sequence[cablefile.Row], wanted: set[str]
) -> Sequence[Planned]:
    devices = {device.name: device for device in cluster.devices}
    return [
        Planned(
            id=row[0],
            fabric=row[1],
            rail=int(row[3] or 0),
            a=(row[4], row[5]),
            b=(row[8], row[9]),
            gbps=_gbps(cluster, row[1], devices[row[4]], devices[row[8]]),
            part_number=row[14] or None,
        )
        for row in rows
        if row[1] in wanted
    ]


def _gbps(cluster: Cluster, fabric: str, a: Device, b: Device) -> float | None:
    """Return the speed of links between two kinds of devices, where all have the same."""
    summary = cluster.fabrics.get(fabric)
    if summary is None:
        return None
    kinds = {_kind(a), _kind(b)}
    speeds = {float(link.gbps) for link in summary.links if {link.from_, link.to} == kinds}
    return speeds.pop() if len(speeds) == 1 else None


def _kind(device: Device) -> str:
    return "node" if device.role == "compute" else device.role


def _boxes(
    cluster: Cluster, cables: CableTable, catalog: Catalog, protocols: Mapping[str, str]
) -> dict[str, Box]:
    labels: dict[str, dict[str, str]] = {}
    for fabric, protocol in protocols.items():
        if protocol != INFINIBAND:
            continue
        for device, ports in ibsim.ends(cluster, cables, catalog, fabric).items():
            own = labels.setdefault(device, {})
            for port, (box, number) in ports.items():
                own[_label(device, box, number)] = port
    switches = {device.name for device in cluster.devices if device.kind == "switch"}
    return {
        device.name: Box(
            name=device.name,
            kind="switch" if device.name in switches else "host",
            model=device.model,
            rail=device.rail or 0,
            labels=_switch_labels(labels.get(device.name, {}), device.name in switches),
            silent=_CONTROLLERS,
        )
        for device in cluster.devices
    }


def _label(device: str, box: str, number: int) -> str:
    """Return what a fabric calls a port: the adapter of a host, and its number."""
    return f"{box.removeprefix(device).strip()}/{number}"


def _switch_labels(labels: Mapping[str, str], switch: bool) -> dict[str, str]:
    """Return labels of a switch without the adapter that it has not."""
    return {label.removeprefix("/") if switch else label: port for label, port in labels.items()}


def names_of(path: Path | None) -> dict[str, str]:
    """Return the names that a person said: lines of `observed,planned`.

    Raises InputError with the line that is none.
    """
    if path is None:
        return {}
    found: dict[str, str] = {}
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        at = error.object.count(b"\n", 0, error.start) + 1
        byte = f"the byte 0x{error.object[error.start]:02x}, which is no UTF-8"
        raise InputError((wrong(str(path), at, byte, _NAMES),)) from None
    for at, line in enumerate(text.splitlines(), start=1):
        words = [word.strip() for word in line.split(",")]
        if not line.strip() or line.startswith("#"):
            continue
        if len(words) != 2 or not all(words):
            raise InputError((wrong(str(path), at, excerpt(line), _NAMES),))
        found[words[0]] = words[1]
    return found

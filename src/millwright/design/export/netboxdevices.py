"""Device types for NetBox, from the catalogue: body, weight, airflow left open, interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from millwright.design.export.netboxtypes import LABEL, interface_type, named, slug
from millwright.design.fabrics.ports import plan_at, spelled
from millwright.design.plan.plan import NetworkPlan
from millwright.model.catalog import Appliance, Catalog, Server, Switch
from millwright.model.cluster import Cluster
from millwright.model.exported import Data, Unexportable, head
from millwright.model.machines import Machine
from millwright.model.parts import Pdu

Body = Switch | Server | Appliance | Pdu
NOBODY = "unstated"
MANAGEMENT = "mgmt0"


@dataclass(frozen=True, slots=True)
class Kind:
    """A device type: who makes it, what it is called, and its interfaces with their types.

    `body` is missing for the site's own equipment, of which ports alone are known.
    """

    manufacturer: str
    model: str
    slug: str
    interfaces: Mapping[str, str]
    body: Body | None


@dataclass(frozen=True, slots=True)
class Kinds:
    """The device types of a design, by the model's name in the catalogue."""

    of: dict[str, Kind]


def kinds(cluster: Cluster, plan: NetworkPlan, catalog: Catalog) -> Kinds:
    """Return every device type that is needed. Raises Unexportable where two have one slug."""
    found: dict[str, Kind] = {}
    slugs: dict[str, str] = {}
    for model in dict.fromkeys(device.model for device in cluster.devices):
        body = _body(model, catalog)
        maker = named((body and body.vendor) or NOBODY, LABEL)
        kind = Kind(maker, named(model, LABEL), slug(f"{maker}-{model}"), _ports(body, plan), body)
        other = slugs.setdefault(kind.slug, model)
        if other != model:
            raise Unexportable(f"{other} and {model} would have one slug, {kind.slug}")
        found[model] = kind
    return Kinds(found)


def _body(model: str, catalog: Catalog) -> Body | None:
    for section in (catalog.switches, catalog.servers, catalog.appliances, catalog.pdus):
        if model in section:
            return section[model]
    return None


def _ports(body: Body | None, plan: NetworkPlan) -> dict[str, str]:
    if isinstance(body, Switch):
        return _switch_ports(body)
    if isinstance(body, Machine):
        return {
            named(port.name): interface_type(
                port.speed_gbps, port.connector, infiniband=port.fabric in plan.node_descriptions
            )
            for port in body.ports
        }
    return {} if body is None else {"eth0": "1000base-t"}


def _switch_ports(switch: Switch) -> dict[str, str]:
    infiniband = switch.protocol == "infiniband"
    native = plan_at(switch, switch.port_speed_gbps.value)
    assert native is not None
    type_ = interface_type(native.gbps, switch.connector, infiniband=infiniband)
    found = {named(name): type_ for name in native.names(1, native.ports)}
    if switch.uplink_count is not None and switch.uplink_speed_gbps is not None:
        up = interface_type(
            switch.uplink_speed_gbps.value, switch.uplink_connector or "", infiniband=False
        )
        for index in range(switch.uplink_count.value):
            cage = switch.cage_count.value + index + 1
            found[named(spelled(switch.uplink_port_name, cage, 1))] = up
    return {**found, MANAGEMENT: "1000base-t"}


def device_types(found: Kinds, cluster: Cluster) -> Iterator[Data]:
    """Yield a file for each device type."""
    for kind in found.of.values():
        about = head("A device type for NetBox", cluster.name, simulated=cluster.simulated)
        yield Data(f"02-device-types/{kind.slug}.yaml", _document(kind), about)


def _document(kind: Kind) -> dict[str, Any]:
    document: dict[str, Any] = {
        "manufacturer": kind.manufacturer,
        "model": kind.model,
        "slug": kind.slug,
        **_of_body(kind.body),
    }
    document["interfaces"] = [
        {"name": name, "type": type_, "mgmt_only": _is_management(name)}
        for name, type_ in kind.interfaces.items()
    ]
    return document


def _of_body(body: Body | None) -> dict[str, Any]:
    if body is None:
        return {"u_height": 0, "is_full_depth": False}
    height = body.height_u if isinstance(body.height_u, int) else body.height_u.value
    found: dict[str, Any] = {"u_height": height, "is_full_depth": height > 0}
    if body.part_number:
        found["part_number"] = body.part_number[:50]
    if body.weight_kg is not None:
        found |= {"weight": body.weight_kg.value, "weight_unit": "kg"}
    if body.title:
        found["description"] = body.title[:200]
    supplies = None if isinstance(body, Pdu) else body.psu
    if supplies is not None:
        count = supplies.value.count
        found["power-ports"] = [{"name": f"PSU{number + 1}"} for number in range(count)]
    return found


def _is_management(name: str) -> bool:
    return name in (MANAGEMENT, "eth0") or name.upper().startswith("BMC")

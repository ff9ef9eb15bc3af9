"""NetBox: everything of a design for its bulk imports, numbered in the order of importing.

Columns are those that the import forms of NetBox 4.7 know; each list holds just those it needs.
Device types are YAML with their interfaces; lanes of split cages are not in a type, and come as
interfaces of each switch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.design.export.netboxdevices import Kinds, device_types, kinds
from millwright.design.export.netboxtypes import CABLES, LABEL, interface_type, named, slug
from millwright.design.plan.plan import NetworkPlan
from millwright.model.catalog import Catalog
from millwright.model.cluster import CableTable, Cluster
from millwright.model.exported import Data, Export, Sheet, Unknown

PLANNED = "planned"
RIR = "private use"
INTERFACE = "dcim.interface"


@dataclass(slots=True)
class _Made:
    """The lists while they are made."""

    cluster: Cluster
    cables: CableTable
    plan: NetworkPlan
    kinds: Kinds
    sheets: list[Sheet] = field(default_factory=list)

    @property
    def site(self) -> str:
        """Return the site that everything stands at: it is called as the factory is."""
        return self.cluster.name

    def add(self, name: str, columns: str, rows: Iterator[tuple[str, ...]]) -> None:
        """Add a list with its number, the first before device types; one without rows is none."""
        held = tuple(rows)
        if held:
            number = len(self.sheets) + (2 if self.sheets else 1)
            path = f"{number:02}-{name}.csv"
            self.sheets.append(Sheet(path, tuple(columns.split()), held))


def netbox(cluster: Cluster, cables: CableTable, plan: NetworkPlan, catalog: Catalog) -> Export:
    """Return device types and lists.

    Raises Unexportable where a name is none that NetBox could hold, or two models would be one.
    """
    made = _Made(cluster, cables, plan, kinds(cluster, plan, catalog))
    made.add("manufacturers", "name slug", _manufacturers(made))
    types = tuple(device_types(made.kinds, cluster))
    made.add("sites", "name slug status", iter([(made.site, slug(made.site), PLANNED)]))
    made.add("device-roles", "name slug color", _roles(made))
    made.add("racks", "site name status width u_height", _racks(made))
    made.add(
        "devices",
        "name role manufacturer device_type status site rack position face",
        _devices(made),
    )
    made.add("interfaces", "device name type mgmt_only", _interfaces(made))
    made.add("vlans", "site vid name status", _vlans(made))
    made.add("prefixes", "prefix vlan_site vlan status description", _prefixes(made))
    made.add(
        "ip-addresses", "address status device interface is_primary dns_name", _addresses(made)
    )
    made.add("rirs", "name slug is_private", _rirs(made))
    made.add("asns", "asn rir description", _asns(made))
    made.add(
        "cables",
        "side_a_device side_a_type side_a_name side_b_device side_b_type side_b_name "
        "type status label length length_unit",
        _cables(made),
    )
    files: tuple[Data | Sheet, ...] = (*types, *made.sheets)
    names = tuple(device.name for device in cluster.devices)
    return Export("netbox", names, files, _unknown(made))


def _manufacturers(made: _Made) -> Iterator[tuple[str, ...]]:
    for name in dict.fromkeys(kind.manufacturer for kind in made.kinds.of.values()):
        yield named(name, LABEL), slug(name)


def _roles(made: _Made) -> Iterator[tuple[str, ...]]:
    for role in dict.fromkeys(device.role for device in made.cluster.devices):
        yield role, slug(role), "9e9e9e"


def _racks(made: _Made) -> Iterator[tuple[str, ...]]:
    for rack in made.cluster.rack_units:
        yield made.site, named(rack.name, LABEL), PLANNED, "19", str(rack.height_u)


def _devices(made: _Made) -> Iterator[tuple[str, ...]]:
    for device in made.cluster.devices:
        kind = made.kinds.of[device.model]
        rack = named(device.rack, LABEL) if device.rack else ""
        place = (str(device.u), "front") if device.u is not None and device.height_u else ("", "")
        yield (
            named(device.name),
            device.role,
            kind.manufacturer,
            kind.model,
            PLANNED,
            made.site,
            rack,
            *place,
        )


def _interfaces(made: _Made) -> Iterator[tuple[str, ...]]:
    """Yield what is plugged or addressed and stands in no device type: lanes, bonds, loopbacks."""
    seen: set[tuple[str, str]] = set()
    models = {device.name: device.model for device in made.cluster.devices}
    for device, port, type_ in _used(made):
        known = made.kinds.of[models[device]].interfaces
        if port not in known and (device, port) not in seen:
            seen.add((device, port))
            yield device, named(port), type_, "false"


def _used(made: _Made) -> Iterator[tuple[str, str, str]]:
    for box in made.plan.boxes.values():
        for wire in box.wires:
            type_ = interface_type(wire.gbps, box.switch.connector, infiniband=False)
            yield box.device.name, wire.port, type_
    cables = made.cables
    for device, port in (*zip(cables.a_device, cables.a_port, strict=True),):
        yield device, port, "other"
    for device, port in (*zip(cables.b_device, cables.b_port, strict=True),):
        yield device, port, "other"
    for each in made.plan.names:
        if each.port.startswith("bond"):
            yield each.device, each.port, "lag"
        else:
            yield each.device, each.port, "virtual"


def _vlans(made: _Made) -> Iterator[tuple[str, ...]]:
    for net in made.plan.nets.values():
        if net.vlan is not None:
            yield made.site, str(net.vlan), net.name, "active"


def _prefixes(made: _Made) -> Iterator[tuple[str, ...]]:
    for net in made.plan.nets.values():
        vlan = (made.site, str(net.vlan)) if net.vlan is not None else ("", "")
        for own in (net.v4, net.v6):
            if own is not None:
                yield str(own), *vlan, "active", f"{net.name} of {made.site}"


def _addresses(made: _Made) -> Iterator[tuple[str, ...]]:
    machines = {d.name for d in made.cluster.devices if d.kind in ("server", "appliance")}
    domain = made.plan.domain
    for each in made.plan.names:
        net = made.plan.nets[each.net]
        usual = "inband" if each.device in machines else "oob"
        primary = "true" if each.net == usual else "false"
        link = each.net not in ("inband", "oob", "loopback")
        for at in each.at.both:
            whole = net.v4 if at.version == 4 else net.v6
            length = whole.prefixlen if whole is not None else 0
            if link or each.net == "loopback":
                length = at.max_prefixlen - (1 if link else 0)
            name = f"{each.name}.{domain}"
            yield f"{at}/{length}", "active", each.device, each.port, primary, name


def _rirs(made: _Made) -> Iterator[tuple[str, ...]]:
    if made.plan.routers:
        yield RIR, slug(RIR), "true"


def _asns(made: _Made) -> Iterator[tuple[str, ...]]:
    by_asn: dict[int, list[str]] = {}
    for router in made.plan.routers.values():
        by_asn.setdefault(router.asn, []).append(router.name)
    for asn, names in sorted(by_asn.items()):
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield str(asn), RIR, f"{names[0]}{more}"


def _cables(made: _Made) -> Iterator[tuple[str, ...]]:
    c = made.cables
    ends = zip(c.a_device, c.a_port, c.b_device, c.b_port, strict=True)
    for row, (a, a_port, b, b_port) in enumerate(ends):
        length = (str(c.length_m[row]), "m") if c.length_m[row] else ("", "")
        label = f"{a} {a_port} > {b} {b_port}"
        yield (
            a,
            INTERFACE,
            named(a_port),
            b,
            INTERFACE,
            named(b_port),
            CABLES.get(c.medium[row], ""),
            PLANNED,
            named(label, LABEL),
            *length,
        )


def _unknown(made: _Made) -> tuple[Unknown, ...]:
    odd = tuple(device.name for device in made.cluster.devices if device.external)
    found = []
    if odd:
        means = "the site's own equipment is listed without a rack: it is known by its ports alone"
        found.append(Unknown("places", odd, means, "merge it with what NetBox has of it"))
    means = "outlets and feeds are in no list: the design has no cord for each power supply"
    found.append(Unknown("power cords", (), means, "add them in NetBox"))
    return tuple(found)

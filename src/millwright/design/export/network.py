"""The network plan as it is: one JSON document, and lists for a spreadsheet."""

from __future__ import annotations

from typing import Any

from millwright.design.plan.nets import Net
from millwright.design.plan.plan import Named, NetworkPlan
from millwright.design.plan.routers import Router
from millwright.model.exported import Data, Export, Sheet
from millwright.model.roce import RoceSide, host_side, switch_side
from millwright.model.roce import TrafficClass as Class

STATE = "the plan of this design; no device was asked"


def network(plan: NetworkPlan, classes: tuple[Class, ...]) -> Export:
    """Return the plan as files: everything in `network.json`, addresses and routers as CSV."""
    files = (
        Data("network.json", _document(plan, classes)),
        Sheet("addresses.csv", ("name", "device", "port", "network", "ipv4", "ipv6"), _names(plan)),
        Sheet("routers.csv", ("switch", "number", "asn", "ipv4", "ipv6"), _routers(plan)),
    )
    hosts = tuple(dict.fromkeys(named.device for named in plan.names))
    return Export("network", hosts, files, (), STATE)


def _document(plan: NetworkPlan, classes: tuple[Class, ...]) -> dict[str, Any]:
    described = plan.node_descriptions.items()
    keys = [{"name": p.name, "key": f"0x{p.key:04x}", "pool": p.pool} for p in plan.partitions]
    return {
        "schema": "millwright.network/1",
        "factory": plan.factory,
        "simulated": plan.simulated,
        "domain": plan.domain,
        "networks": [_net(net) for net in plan.nets.values()],
        "routers": [_router(router) for router in plan.routers.values()],
        "names": [_name(named) for named in plan.names],
        "infiniband": {
            "node_descriptions": {fabric: list(names) for fabric, names in described},
            "partitions": keys,
        },
        "roce": {"hosts": _side(host_side(classes)), "switches": _side(switch_side(classes))},
    }


def _net(net: Net) -> dict[str, Any]:
    v4 = str(net.v4) if net.v4 else None
    more = {"vlan": net.vlan, "given": net.given}
    return {"name": net.name, "ipv4": v4, "ipv6": str(net.v6), **more}


def _router(router: Router) -> dict[str, Any]:
    loopback = [str(at) for at in router.loopback.both]
    identity = {"number": router.number, "asn": router.asn}
    return {"switch": router.name, **identity, "loopback": loopback}


def _name(named: Named) -> dict[str, Any]:
    place = {"device": named.device, "port": named.port, "network": named.net}
    return {"name": named.name, **place, "addresses": [str(at) for at in named.at.both]}


def _side(side: RoceSide) -> dict[str, Any]:
    priorities = [{"dscp": dscp, "priority": priority} for dscp, priority in side.priorities]
    return {"priorities": priorities, "lossless": list(side.lossless)}


def _names(plan: NetworkPlan) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (each.name, each.device, each.port, each.net, str(each.at.v4 or ""), str(each.at.v6))
        for each in plan.names
    )


def _routers(plan: NetworkPlan) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            each.name,
            str(each.number),
            str(each.asn),
            str(each.loopback.v4 or ""),
            str(each.loopback.v6),
        )
        for each in plan.routers.values()
    )

"""The network plan as it is: one JSON document, and lists for a spreadsheet."""

from __future__ import annotations

from typing import Any

from millwright.design.plan.plan import NetworkPlan
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
    return {
        "schema": "millwright.network/1",
        "factory": plan.factory,
        "simulated": plan.simulated,
        "domain": plan.domain,
        "networks": [
            {
                "name": net.name,
                "ipv4": str(net.v4) if net.v4 else None,
                "ipv6": str(net.v6),
                "vlan": net.vlan,
                "given": net.given,
            }
            for net in plan.nets.values()
        ],
        "routers": [
            {
                "switch": each.name,
                "number": each.number,
                "asn": each.asn,
                "loopback": [str(at) for at in each.loopback.both],
            }
            for each in plan.routers.values()
        ],
        "names": [
            {
                "name": each.name,
                "device": each.device,
                "port": each.port,
                "network": each.net,
                "addresses": [str(at) for at in each.at.both],
            }
            for each in plan.names
        ],
        "infiniband": {
            "node_descriptions": {
                name: list(all_) for name, all_ in plan.node_descriptions.items()
            },
            "partitions": [
                {"name": each.name, "key": f"0x{each.key:04x}", "pool": each.pool}
                for each in plan.partitions
            ],
        },
        "roce": {"hosts": _side(host_side(classes)), "switches": _side(switch_side(classes))},
    }


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

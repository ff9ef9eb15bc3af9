"""`ethtool --json` of features (-k) and of modules (-m): a list with one object a port."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.probes.ethtool_facts import Feature, Lane, Module, Port
from millwright.probes.json_node import Node, document
from millwright.probes.reading import Problem

_NAME = "ifname"


def ports_of(text: str) -> tuple[list[Port], list[Problem]]:
    """Return the ports of a document; an entry that tells neither is a problem."""
    told, problems = document(text, expected=lambda node: isinstance(node.value, list))
    ports: list[Port] = []
    for entry in told.entries:
        features = tuple(_features(entry))
        module = _module(entry)
        if not features and module is None:
            problems.append(Problem("an entry tells neither features nor a module"))
        else:
            ports.append(Port(entry.at(_NAME).said, module=module, features=features))
    return ports, problems


def _features(entry: Node) -> Iterator[Feature]:
    for name, node in entry.members:
        on = node.at("active").flag
        if on is not None:
            yield Feature(name, on, node.at("fixed").flag is True)


def _module(entry: Node) -> Module | None:
    kind = entry.at("identifier_description").said or entry.at("identifier").said
    if kind is None:
        return None
    connector = entry.at("connector_description").said or entry.at("connector").said
    return Module(
        identifier=kind,
        connector=connector,
        vendor=entry.at("vendor_name").said,
        part_number=entry.at("vendor_pn").said,
        serial=entry.at("vendor_sn").said,
        revision=entry.at("vendor_rev").said,
        date=entry.at("date_code").said,
        types=(),
        length_m=None,
        temperature_c=entry.at("module_temperature").number,
        voltage_v=entry.at("module_voltage").number,
        lanes=tuple(_lanes(entry)),
        flags=(),
    )


def _lanes(entry: Node) -> Iterator[Lane]:
    """Yield what stands in lists, one entry a lane. Power in mW has no dBm beside it: left out."""
    bias = entry.first("laser_tx_bias_current", "laser_bias_current")
    for number, current in enumerate(bias.entries, start=1):
        yield Lane(number, bias_ma=current.number)

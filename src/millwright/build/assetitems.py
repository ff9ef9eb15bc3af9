"""Items of a node from what each tool read: a function a tool, and nothing that no tool said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from millwright.model.asset import Item
from millwright.probes.dmidecode_facts import Machine as Firmware
from millwright.probes.fabric_manager import FabricManager
from millwright.probes.ibstat import Adapters
from millwright.probes.ip_link import Interfaces
from millwright.probes.ipmitool import Controller
from millwright.probes.lsblk import Devices
from millwright.probes.nvidia_smi_gpu import Machine as Gpus
from millwright.probes.redfish_facts import Machine as Managed
from millwright.probes.smartctl_facts import Drives

_NO_ADDRESS = "00:00:00:00:00:00"
_PARTS = {"Drive": "disk", "Memory": "memory"}


def of_dmidecode(node: str, facts: Firmware) -> Iterator[Item]:
    """Yield what the firmware's table lists."""
    if facts.system:
        own = facts.system
        yield Item(node, "system", "", own.product, own.serial, own.sku)
    if facts.bios:
        model = facts.system.product if facts.system else None
        yield Item(node, "bios", "", model, firmware=facts.bios.version)
    for at, unit in enumerate(facts.boards):
        yield Item(node, "board", _place(at), unit.product, unit.serial)
    for at, unit in enumerate(facts.chassis):
        yield Item(node, "chassis", _place(at), unit.kind, unit.serial)
    yield from _built_in(node, facts)


def _built_in(node: str, facts: Firmware) -> Iterator[Item]:
    """Yield what sits in sockets and slots; empty ones hold nothing."""
    for at, cpu in enumerate(facts.processors):
        if cpu.populated is not False:
            place = cpu.socket or _place(at)
            yield Item(node, "cpu", place, cpu.version, cpu.serial, cpu.part_number)
    for at, module in enumerate(facts.memory):
        if module.size_bytes != 0:
            place = " ".join(filter(None, (module.locator, module.bank))) or _place(at)
            yield Item(node, "memory", place, module.kind, module.serial, module.part_number)
    for at, supply in enumerate(facts.supplies):
        place = supply.location or _place(at)
        yield Item(node, "supply", place, supply.model, supply.serial, firmware=supply.revision)


def of_nvidia(node: str, facts: Gpus) -> Iterator[Item]:
    """Yield GPUs, and the driver."""
    if facts.driver:
        yield Item(node, "driver", "", "nvidia", firmware=facts.driver)
    for gpu in facts.gpus:
        yield Item(
            node,
            "gpu",
            f"GPU {gpu.index}",
            gpu.name,
            gpu.serial,
            gpu.board_part_number,
            gpu.uuid,
            gpu.vbios,
        )


def of_fabric_manager(node: str, facts: FabricManager) -> Iterator[Item]:
    """Yield the fabric manager."""
    if facts.version:
        yield Item(node, "fabric-manager", "", "nvidia", firmware=facts.version)


def of_ibstat(node: str, facts: Adapters) -> Iterator[Item]:
    """Yield adapters of the fabrics with their GUIDs."""
    for each in facts.adapters:
        yield Item(
            node, "adapter", each.name, each.kind, address=each.node_guid, firmware=each.firmware
        )


def of_links(node: str, facts: Interfaces) -> Iterator[Item]:
    """Yield Ethernet ports with the addresses that are their own; bridges and bonds have none."""
    for each in facts.interfaces:
        address = each.own_address
        if each.kind == "ether" and address and address != _NO_ADDRESS:
            yield Item(node, "nic", each.name, address=address)


def of_disks(node: str, facts: Devices) -> Iterator[Item]:
    """Yield disks."""
    for each in facts.disks:
        place = each.name.removeprefix("/dev/")
        yield Item(
            node,
            "disk",
            place,
            each.model,
            each.serial,
            address=each.wwn,
            firmware=each.revision,
        )


def of_drives(node: str, facts: Drives) -> Iterator[Item]:
    """Yield disks with their firmware, where the output names them."""
    for each in facts.drives:
        if each.device:
            place = each.device.removeprefix("/dev/")
            yield Item(node, "drive", place, each.model, each.serial, firmware=each.firmware)


def of_controller(node: str, facts: Controller) -> Iterator[Item]:
    """Yield the management controller."""
    if facts.mac or facts.setting("Firmware Revision"):
        version = facts.setting("Firmware Revision")
        yield Item(node, "bmc", "", address=facts.mac, firmware=version)


def of_redfish(node: str, facts: Managed) -> Iterator[Item]:
    """Yield what the management controller lists; a GPU baseboard is a system of its own."""
    for at, system in enumerate(facts.systems):
        place = "" if at == 0 else system.name or system.path
        yield Item(node, "system", place, system.model, system.serial)
        if system.bios_version:
            yield Item(node, "bios", place, system.model, firmware=system.bios_version)
    for entry in facts.firmware:
        if entry.version:
            yield Item(node, "firmware", entry.name, entry.name, firmware=entry.version)
    yield from _managed(node, facts)


def _managed(node: str, facts: Managed) -> Iterator[Item]:
    """Yield processors, supplies, disks and memory modules that the controller knows."""
    for cpu in facts.processors:
        kind = "gpu" if cpu.kind == "GPU" else "cpu"
        place = cpu.name or cpu.path
        yield Item(node, kind, place, cpu.model, cpu.serial, firmware=cpu.firmware)
    for supply in facts.supplies:
        place = supply.name or supply.path
        yield Item(node, "supply", place, supply.model, supply.serial, firmware=supply.firmware)
    for part in facts.parts:
        known = _PARTS.get(part.kind)
        if known and (part.serial or part.model):
            place = part.name or part.path
            yield Item(node, known, place, part.model, part.serial, part.part_number)


OF_TOOL: Mapping[str, Callable[[str, Any], Iterator[Item]]] = {
    "dmidecode": of_dmidecode,
    "nvidia-smi-xml": of_nvidia,
    "nv-fabricmanager": of_fabric_manager,
    "ibstat": of_ibstat,
    "ip-link": of_links,
    "lsblk": of_disks,
    "smartctl": of_drives,
    "ipmitool": of_controller,
    "redfish": of_redfish,
}
"""Tools whose outputs tell items, by the name that `read` knows them by."""


def _place(at: int) -> str:
    return "" if at == 0 else str(at)

"""lspci over the simulated devices: accelerators, their PCIe switches, NVSwitches and adapters."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from .device import Node, load_node

_VALUED = ("-s", "-d", "-i", "-p", "-A", "-O", "-H")
_LINES = """\
\tSubsystem: {vendor} Device {subsystem}
\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+
\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-
\tNUMA node: {numa}
"""  # noqa: E501
_EXPRESS = """\
\tCapabilities: [60] Express (v2) {role}, MSI 00
\t\tDevCap:\tMaxPayload 512 bytes, PhantFunc 0
\t\tDevCtl:\tCorrErr+ NonFatalErr+ FatalErr+ UnsupReq+
\t\t\tRlxdOrd+ ExtTag+ PhantFunc- AuxPwr- NoSnoop- FLReset-
\t\t\tMaxPayload 256 bytes, MaxReadReq {read_request} bytes
\t\tDevSta:\tCorrErr- NonFatalErr- FatalErr- UnsupReq- AuxPwr- TransPend-
\t\tLnkCap:\tPort #0, Speed {speed}GT/s, Width x{width}, ASPM L1, Exit Latency L1 <4us
\t\t\tClockPM+ Surprise- LLActRep- BwNot- ASPMOptComp+
\t\tLnkCtl:\tASPM Disabled; RCB 64 bytes, Disabled- CommClk+
\t\tLnkSta:\tSpeed {speed}GT/s (ok), Width x{trained} ({judged})
\t\t\tTrErr- Train- SlotClk+ DLActive- BWMgmt- ABWMgmt-
"""
_ACS = """\
\tCapabilities: [170 v1] Access Control Services
\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans+
\t\tACSCtl:\tSrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-
"""


@dataclass(frozen=True, slots=True)
class Device:
    """One function on the bus. `trained` is the width its link came up with."""

    bus_id: str
    class_name: str
    class_id: str
    vendor: str
    name: str
    ids: tuple[str, str]
    subsystem: str
    revision: str
    numa: int
    speed: int
    width: int
    trained: int
    driver: str
    bridge: bool = False


def main(argv: list[str]) -> int:
    """List devices; -s and -d choose, -n and -nn show numbers, -v to -vvv tell more."""
    flags, chosen, wanted = _parse(argv)
    node = load_node()
    letters = "".join(flags)
    for device in sorted(devices(node), key=lambda device: device.bus_id):
        if not _fits(device, chosen, wanted):
            continue
        domain = "0000:" if "D" in letters else ""
        sys.stdout.write(f"{domain}{device.bus_id} {_title(device, letters.count('n'))}\n")
        if "v" in letters:
            sys.stdout.write(_details(device, letters.count("v")) + "\n")
        elif "k" in letters:
            sys.stdout.write(_driver(device))
    return 0


def devices(node: Node) -> list[Device]:
    """Return everything simulated that sits on the bus; a missing GPU leaves its switch behind."""
    return [*_gpus(node), *_adapters(node), *_bridges(node), *_nvswitches(node)]


def _gpus(node: Node) -> list[Device]:
    return [
        Device(
            bus_id=gpu.bus_id,
            class_name=node.text("pci", "class_name"),
            class_id=node.text("pci", "class_id"),
            vendor=node.text("pci", "vendor_name"),
            name=node.text("pci", "device_name"),
            ids=(node.text("pci", "vendor_id"), node.text("pci", "device_id")),
            subsystem=node.text("pci", "subsystem_id"),
            revision=node.text("pci", "revision"),
            numa=gpu.numa_node,
            speed=int(node.number("pci", "speed_gt_s")),
            width=int(node.number("pci", "width")),
            trained=node.pcie_width(gpu),
            driver="nvidia" if node.vendor == "nvidia" else "amdgpu",
        )
        for gpu in node.gpus
    ]


def _adapters(node: Node) -> list[Device]:
    infiniband = node.text("hca", "link_layer") == "InfiniBand"
    width = int(node.number("hca", "pcie_width"))
    return [
        Device(
            bus_id=hca.bus_id,
            class_name="Infiniband controller" if infiniband else "Ethernet controller",
            class_id="0207" if infiniband else "0200",
            vendor="Mellanox Technologies",
            name=node.text("hca", "device_name"),
            ids=("15b3", node.text("hca", "device_id")),
            subsystem="0041",
            revision="00",
            numa=hca.index // 4,
            speed=int(node.number("hca", "pcie_speed_gt_s")),
            width=width,
            trained=width,
            driver="mlx5_core",
        )
        for hca in node.hcas
    ]


def _bridges(node: Node) -> list[Device]:
    """The PCIe switch port above each GPU, one bus number before it."""
    return [
        Device(
            bus_id=f"{int(entry['bus_id'][:2], 16) - 1:02x}:00.0",
            class_name="PCI bridge",
            class_id="0604",
            vendor="Broadcom / LSI",
            name="PEX890xx PCIe Gen 5 Switch",
            ids=("1000", "c030"),
            subsystem="0144",
            revision="b0",
            numa=entry["numa_node"],
            speed=32,
            width=16,
            trained=16,
            driver="pcieport",
            bridge=True,
        )
        for entry in node.profile["gpus"]
    ]


def _nvswitches(node: Node) -> list[Device]:
    buses = node.profile.get("nvlink", {}).get("switch_bus_ids", [])
    return [
        Device(
            bus_id=bus,
            class_name="Bridge",
            class_id="0680",
            vendor="NVIDIA Corporation",
            name="GH100 [H100 NVSwitch]",
            ids=("10de", "22a3"),
            subsystem="1796",
            revision="a1",
            numa=0,
            speed=16,
            width=2,
            trained=2,
            driver="nvidia-nvswitch",
        )
        for bus in buses
    ]


def _title(device: Device, numbers: int) -> str:
    ids = f"{device.ids[0]}:{device.ids[1]}"
    revision = "" if device.revision == "00" else f" (rev {device.revision})"
    if numbers == 1:
        return f"{device.class_id}: {ids}{revision}"
    if numbers >= 2:
        name = f"{device.vendor} {device.name}"
        return f"{device.class_name} [{device.class_id}]: {name} [{ids}]{revision}"
    return f"{device.class_name}: {device.vendor} {device.name}{revision}"


def _details(device: Device, level: int) -> str:
    text = _LINES.format(vendor=device.vendor, subsystem=device.subsystem, numa=device.numa)
    if level >= 2:
        text += _EXPRESS.format(
            role="Downstream Port (Slot+)" if device.bridge else "Endpoint",
            read_request=4096 if device.ids[0] == "15b3" else 512,
            speed=device.speed,
            width=device.width,
            trained=device.trained,
            judged="ok" if device.trained == device.width else "downgraded",
        )
        text += _ACS if device.bridge else ""
    return text + _driver(device)


def _driver(device: Device) -> str:
    return f"\tKernel driver in use: {device.driver}\n"


def _fits(device: Device, chosen: str, wanted: str) -> bool:
    vendor, _, product = wanted.lower().partition(":")
    if vendor and vendor != device.ids[0]:
        return False
    if product.partition(":")[0] not in ("", device.ids[1]):
        return False
    return not chosen or device.bus_id.startswith(chosen) or chosen == device.bus_id[:5]


def _parse(argv: list[str]) -> tuple[list[str], str, str]:
    flags, values = [], {"-s": "", "-d": ""}
    left = list(argv)
    while left:
        argument = left.pop(0)
        if argument[:2] in _VALUED:
            values[argument[:2]] = argument[2:] or (left.pop(0) if left else "")
        elif argument.startswith("-"):
            flags.append(argument.lstrip("-"))
    chosen = values["-s"].lower()
    if chosen.count(":") == 2:
        chosen = chosen.partition(":")[2]
    return flags, chosen, values["-d"]

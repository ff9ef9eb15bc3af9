"""One GPU as `nvidia-smi -q` tells it: a tree that becomes XML or text.

This module holds who the GPU is; what it measures is in `smi_sensors`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .device import Gpu, Node
from .reading import Reading
from .state import setting

NA = "N/A"
_MIG = (("current_mig", "Current", "Disabled"), ("pending_mig", "Pending", "Disabled"))
_GOM = (("current_gom", "Current"), ("pending_gom", "Pending"))
_FLUSH = (("latest_timestamp", "Latest Timestamp"), ("latest_duration", "Latest Duration"))


@dataclass(frozen=True, slots=True)
class Item:
    """A line or a block. Without a label it is shown in XML only, without a tag in text only."""

    tag: str
    label: str
    value: str = ""
    children: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """One GPU, its node and what its sensors said at one moment."""

    node: Node
    gpu: Gpu
    reading: Reading


def block(tag: str, label: str, *lines: tuple[str, str, object]) -> Item:
    """Return a block of plain lines, each (tag, label, value)."""
    return Item(tag, label, children=tuple(line(*entry) for entry in lines))


def line(tag: str, label: str, value: object) -> Item:
    """Return one line of the tree."""
    return Item(tag, label, str(value))


def unset(tag: str, label: str, *names: tuple[str, str]) -> Item:
    """Return a block in which nothing applies to this GPU."""
    return block(tag, label, *((name, text, NA) for name, text in names))


def identity(look: Look) -> list[Item]:
    """Return what the GPU is called and how it is run."""
    node, gpu = look.node, look.gpu
    persistence = setting(gpu, "persistence") or "Enabled"
    deprecated = "Requested functionality has been deprecated"
    return [
        line("product_name", "Product Name", node.text("gpu", "product_name")),
        line("product_brand", "Product Brand", "NVIDIA"),
        line("product_architecture", "Product Architecture", node.text("gpu", "architecture")),
        line("display_mode", "Display Mode", deprecated),
        line("display_attached", "Display Attached", "No"),
        line("display_active", "Display Active", "Disabled"),
        line("persistence_mode", "Persistence Mode", persistence),
        line("addressing_mode", "Addressing Mode", "HMM"),
        block("mig_mode", "MIG Mode", *_MIG),
        line("mig_devices", "", "None"),
        line("accounting_mode", "Accounting Mode", "Disabled"),
        line("accounting_mode_buffer_size", "Accounting Mode Buffer Size", "4000"),
        unset("driver_model", "Driver Model", ("current_dm", "Current"), ("pending_dm", "Pending")),
        line("serial", "Serial Number", gpu.serial),
        line("uuid", "GPU UUID", gpu.uuid),
        line("pdi", "GPU PDI", gpu.unique_id),
        line("minor_number", "Minor Number", gpu.slot),
        line("vbios_version", "VBIOS Version", node.text("software", "vbios")),
        line("multigpu_board", "MultiGPU Board", "No"),
        line("board_id", "Board ID", f"0x{gpu.bus << 8:x}"),
        line("board_part_number", "Board Part Number", node.text("gpu", "board_part_number")),
        line("gpu_part_number", "GPU Part Number", node.text("gpu", "gpu_part_number")),
        line("gpu_fru_part_number", "FRU Part Number", NA),
    ]


def platform(look: Look) -> list[Item]:
    """Return where the GPU sits and the versions burnt into it."""
    return [
        block(
            "platformInfo",
            "Platform Info",
            ("chassis_serial_number", "Chassis Serial Number", NA),
            ("slot_number", "Slot Number", NA),
            ("tray_index", "Tray Index", NA),
            ("host_id", "Host ID", NA),
            ("peer_type", "Peer Type", NA),
            ("module_id", "Module Id", look.gpu.module_id),
            ("gpu_fabric_guid", "GPU Fabric GUID", NA),
        ),
        block(
            "inforom_version",
            "Inforom Version",
            ("img_version", "Image Version", look.node.text("software", "inforom_image")),
            ("oem_object", "OEM Object", "2.1"),
            ("ecc_object", "ECC Object", "7.16"),
            ("pwr_object", "Power Management Object", NA),
        ),
        unset("inforom_bbx_flush", "Inforom BBX Object Flush", *_FLUSH),
        unset("gpu_operation_mode", "GPU Operation Mode", *_GOM),
        line("c2c_mode", "GPU C2C Mode", "Disabled"),
        block(
            "gpu_virtualization_mode",
            "GPU Virtualization Mode",
            ("virtualization_mode", "Virtualization Mode", "None"),
            ("host_vgpu_mode", "Host VGPU Mode", NA),
            ("vgpu_heterogeneous_mode", "vGPU Heterogeneous Mode", NA),
        ),
        line("gpu_recovery_action", "GPU Recovery Action", recovery_action(look)),
        line("gsp_firmware_version", "GSP Firmware Version", look.node.version("driver")),
        unset("ibmnpu", "IBMNPU", ("relaxed_ordering_mode", "Relaxed Ordering Mode")),
    ]


def recovery_action(look: Look) -> str:
    """Return what the driver asks for: memory errors that wait for a remap want a reset."""
    return "Reset" if look.node.ecc(look.gpu).pending else "None"


def pci(look: Look) -> list[Item]:
    """Return the GPU's place on the bus and the state of its link."""
    node, gpu = look.node, look.gpu
    generation, width = node.text("pci", "generation"), int(node.number("pci", "width"))
    vendor = node.text("pci", "vendor_id").upper()
    subsystem = node.text("pci", "subsystem_id").upper() + vendor
    place = (
        line("pci_bus", "Bus", f"{gpu.bus:02X}"),
        line("pci_device", "Device", "00"),
        line("pci_domain", "Domain", "0000"),
        line("pci_base_class", "Base Classcode", "3"),
        line("pci_sub_class", "Sub Classcode", "2"),
        line("pci_device_id", "Device Id", node.text("pci", "device_id").upper() + vendor),
        line("pci_bus_id", "Bus Id", gpu.long_bus_id),
        line("pci_sub_system_id", "Sub System Id", subsystem),
    )
    bridge = (("bridge_chip_type", "Type"), ("bridge_chip_fw", "Firmware"))
    counters = (
        unset("pci_bridge_chip", "Bridge Chip", *bridge),
        line("replay_counter", "Replays Since Reset", "0"),
        line("replay_rollover_counter", "Replay Number Rollovers", "0"),
        line("tx_util", "Tx Throughput", "502 KB/s"),
        line("rx_util", "Rx Throughput", "578 KB/s"),
        line("atomic_caps_outbound", "Atomic Caps Outbound", NA),
        line("atomic_caps_inbound", "Atomic Caps Inbound", NA),
    )
    link = _link(generation, width, node.pcie_width(gpu))
    return [Item("pci", "PCI", children=(*place, link, *counters))]


def _link(generation: str, full_width: int, width: int) -> Item:
    return Item(
        "pci_gpu_link_info",
        "GPU Link Info",
        children=(
            block(
                "pcie_gen",
                "PCIe Generation",
                ("max_link_gen", "Max", generation),
                ("current_link_gen", "Current", generation),
                ("device_current_link_gen", "Device Current", generation),
                ("max_device_link_gen", "Device Max", generation),
                ("max_host_link_gen", "Host Max", NA),
            ),
            block(
                "link_widths",
                "Link Width",
                ("max_link_width", "Max", f"{full_width}x"),
                ("current_link_width", "Current", f"{width}x"),
            ),
        ),
    )


def fabric(look: Look) -> list[Item]:
    """Return the state of the GPU's NVLink fabric as its manager left it."""
    cluster = "00000000-0000-0000-0000-000000000000"
    health = unset(
        "health",
        "Health",
        ("summary", "Summary"),
        ("bandwidth", "Bandwidth"),
        ("route_recovery_in_progress", "Route Recovery in progress"),
        ("route_unhealthy", "Route Unhealthy"),
        ("access_timeout_recovery", "Access Timeout Recovery"),
        ("incorrect_configuration", "Incorrect Configuration"),
    )
    return [
        Item(
            "fabric",
            "Fabric",
            children=(
                line("state", "State", "Completed"),
                line("status", "Status", "Success"),
                line("cliqueId", "CliqueId", "0"),
                line("clusterUuid", "ClusterUUID", cluster),
                health,
            ),
        )
    ]

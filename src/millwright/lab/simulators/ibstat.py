"""ibstat and ibstatus: the adapters of the compute fabric and whether their links are up."""

from __future__ import annotations

import sys

from .device import Hca, Node, load_node

_SPEEDS = {800: "XDR", 400: "NDR", 200: "HDR", 100: "EDR", 10: "SDR"}
_DOWN_RATE = 10
_NO_LID = 65535
_NOT_FOUND = 255
_CAPABILITIES = {"InfiniBand": "0xa751e848", "Ethernet": "0x00010000"}


def main(argv: list[str]) -> int:
    """Print every adapter, or one; -l lists names, -p the GUIDs of ports."""
    node = load_node()
    names = [argument for argument in argv if not argument.startswith("-")]
    hcas = sorted(node.hcas, key=lambda hca: hca.name)
    if "-V" in argv:
        sys.stdout.write("ibstat BUILD VERSION: 58.0\n")
        return 0
    if names:
        hcas = [hca for hca in hcas if hca.name == names[0]]
        if not hcas:
            sys.stderr.write(
                f"ibpanic: [1] main: stat of IB device '{names[0]}' failed: No such device\n"
            )
            return _NOT_FOUND
    if "-l" in argv or "--list_of_cas" in argv:
        sys.stdout.write("".join(f"{hca.name}\n" for hca in hcas))
    elif "-p" in argv or "--port_list" in argv:
        sys.stdout.write("".join(f"0x{_port_guid(node, hca)}\n" for hca in hcas))
    else:
        sys.stdout.write("".join(_adapter(node, hca) for hca in hcas))
    return 0


def ibstatus(argv: list[str]) -> int:
    """Print each port the way of the sysfs script; a name or name:port chooses."""
    node = load_node()
    names = {argument.partition(":")[0] for argument in argv}
    for hca in sorted(node.hcas, key=lambda hca: hca.name):
        if not names or hca.name in names:
            sys.stdout.write(_status(node, hca))
    return 0


def _adapter(node: Node, hca: Hca) -> str:
    infiniband = _infiniband(node)
    lid = _NO_LID if hca.down else hca.lid
    lines = (
        f"CA '{hca.name}'",
        f"\tCA type: {node.text('hca', 'device')}",
        "\tNumber of ports: 1",
        f"\tFirmware version: {node.text('hca', 'firmware')}",
        "\tHardware version: 0",
        f"\tNode GUID: 0x{hca.guid}",
        f"\tSystem image GUID: 0x{hca.guid}",
        "\tPort 1:",
        f"\t\tState: {'Down' if hca.down else 'Active'}",
        f"\t\tPhysical state: {'Disabled' if hca.down else 'LinkUp'}",
        f"\t\tRate: {_rate(node, hca)}",
        f"\t\tBase lid: {lid if infiniband else 0}",
        "\t\tLMC: 0",
        f"\t\tSM lid: {1 if infiniband and not hca.down else 0}",
        f"\t\tCapability mask: {_CAPABILITIES[node.text('hca', 'link_layer')]}",
        f"\t\tPort GUID: 0x{_port_guid(node, hca)}",
        f"\t\tLink layer: {node.text('hca', 'link_layer')}",
        "",
    )
    return "\n".join(lines)


def _status(node: Node, hca: Hca) -> str:
    guid = _port_guid(node, hca)
    gid = ":".join(["fe80", "0000", "0000", "0000", *(guid[at : at + 4] for at in range(0, 16, 4))])
    rate = _rate(node, hca)
    infiniband = _infiniband(node)
    lid = _NO_LID if hca.down else hca.lid
    lines = (
        f"Infiniband device '{hca.name}' port 1 status:",
        f"\tdefault gid:\t {gid}",
        f"\tbase lid:\t 0x{lid if infiniband else 0:x}",
        f"\tsm lid:\t\t 0x{1 if infiniband and not hca.down else 0:x}",
        f"\tstate:\t\t {'1: DOWN' if hca.down else '4: ACTIVE'}",
        f"\tphys state:\t {'3: Disabled' if hca.down else '5: LinkUp'}",
        f"\trate:\t\t {rate} Gb/sec (4X {_SPEEDS[rate]})",
        f"\tlink_layer:\t {node.text('hca', 'link_layer')}",
        "",
        "",
    )
    return "\n".join(lines)


def _rate(node: Node, hca: Hca) -> int:
    return _DOWN_RATE if hca.down else int(node.number("hca", "rate_gbps"))


def _infiniband(node: Node) -> bool:
    return node.text("hca", "link_layer") == "InfiniBand"


def _port_guid(node: Node, hca: Hca) -> str:
    """An InfiniBand port has its node's GUID; an Ethernet port makes one of its MAC."""
    if _infiniband(node):
        return hca.guid
    mac = hca.guid[:6] + hca.guid[-6:]
    first = int(mac[:2], 16) ^ 0x02
    return f"{first:02x}{mac[2:6]}fffe{mac[6:]}"

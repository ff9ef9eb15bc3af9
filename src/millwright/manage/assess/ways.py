"""The ways out of a node: on how many links it stands, how large packets are, how files come."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import NodeSeen

_CONNECTIONS_AT_LEAST = 4
_SMALL_MTU, _FAST_GBPS = 1500, 25.0


def single_link(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield a host that uses one of several ports, or fast ports with small packets."""
    own = [port for port in node.ports if port.physical and port.speed_gbps]
    idle = [port for port in node.ports if port.physical and port.up is False and not port.master]
    used = [port for port in own if port.addresses or port.master]
    if len(used) == 1 and idle and not used[0].master:
        yield Draft(
            id="net.one-link",
            topic="bottleneck",
            gravity="notice",
            node=node.node,
            device=used[0].name,
            message="the host stands on one link where it has ports for more",
            proof=voice.proof("ip-link", used[0].name),
            found=f"{used[0].name}; {', '.join(port.name for port in idle[:4])} are down",
            wanted="a bond over two switches",
            why="one cable or one switch takes the node out of service",
            command="ip -br link",
        )
    for port in own:
        fast = (port.speed_gbps or 0) >= _FAST_GBPS and bool(port.addresses)
        if fast and (port.mtu or _SMALL_MTU) <= _SMALL_MTU:
            yield Draft(
                id="net.mtu",
                topic="bottleneck",
                gravity="notice",
                node=node.node,
                device=port.name,
                message="a fast link carries small packets",
                proof=voice.proof("ip-link", f'"{port.name}"'),
                found=f"MTU {port.mtu} at {port.speed_gbps:g} Gb/s",
                wanted="9000, on every switch of the way as well",
                why="six times the packets for the same data: a processor is the limit then",
                command=shlex.join(["ping", "-M", "do", "-s", "8972", "-c", "3", "PEER"]),
            )


_OPTION = re.compile(r"^(?P<key>nconnect|rsize|wsize|vers)=(?P<value>[0-9.]+)$")


def files(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield NFS mounts that use one connection, small transfers, or few requests at once."""
    shared = [mount for mount in node.mounts if mount.kind.startswith("nfs")]
    if shared:
        yield from _slots(node, voice)
    for mount in shared:
        told = dict(
            (found["key"], found["value"]) for o in mount.options if (found := _OPTION.match(o))
        )
        rdma = "proto=rdma" in mount.options
        small = int(float(told.get("rsize", "0"))) < (1 << 20) if "rsize" in told else False
        few = not rdma and int(float(told.get("nconnect", "1"))) < _CONNECTIONS_AT_LEAST
        if small or few:
            yield Draft(
                id="nfs.connections" if few else "nfs.transfer",
                topic="bottleneck",
                gravity="warning",
                node=node.node,
                device=mount.path,
                message="files come over one TCP connection"
                if few
                else "files come in small parts",
                proof=voice.proof("mounts", f'"{mount.path}"'),
                found=f"nconnect={told.get('nconnect', '1')}, rsize={told.get('rsize', '?')}",
                wanted="nconnect=8 or more, rsize=wsize=1048576",
                why="one connection fills one processor long before it fills the link",
                command=shlex.join(["nfsstat", "-m"]),
                source="deploy-roles",
            )


def _slots(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    slots = voice.object("sysctl").get("sunrpc.tcp_max_slot_table_entries")
    if isinstance(slots, str) and slots.isdigit() and int(slots) < 128:
        yield Draft(
            id="nfs.slots",
            topic="bottleneck",
            gravity="warning",
            node=node.node,
            message="few requests may be under way to an NFS server",
            proof=voice.proof("sysctl", '"sunrpc.tcp_max_slot_table_entries"'),
            found=slots,
            wanted="128 or more",
            why="readers wait for a place in the table and not for the network",
            command="sysctl sunrpc.tcp_max_slot_table_entries",
            source="deploy-roles",
            confidence="spec",
        )

"""What binds a node's speed now: buses, links, memory, and the way to files."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import Alike, NodeSeen

_BUSY_PERCENT = 10.0
"""A GPU at rest lowers the generation of its bus; its width it never does."""
_CONNECTIONS_AT_LEAST = 4
_SMALL_MTU, _FAST_GBPS = 1500, 25.0
_ACROSS = frozenset({"SYS", "NODE"})


def bottlenecks(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    """Yield what holds one node back, each by its own answer alone."""
    yield from _gpu_bus(node, voice)
    yield from _device_bus(node, voice)
    yield from _adapters(node, voice)
    yield from _rails(node, voice)
    yield from _memory(node, voice)
    yield from _single_link(node, voice)
    yield from _files(node, voice)
    yield from _capped(node, voice)
    del group


def _gpu_bus(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    told = voice.facts("nvidia-smi-xml")
    for gpu in told.gpus if told else ():
        link, device = gpu.pcie, f"gpu{gpu.index}"
        if link.width and link.width_max and link.width < link.width_max:
            yield Draft(
                id="pcie.width",
                topic="bottleneck",
                gravity="critical",
                node=node.node,
                device=device,
                message="a GPU's PCIe link is narrower than it can be",
                proof=voice.proof("nvidia-smi-xml", f"<current_link_width>{link.width}x"),
                found=f"x{link.width}",
                wanted=f"x{link.width_max}",
                why=f"it moves {link.width / link.width_max:.0%} of what its peers move; the whole "
                "job waits for it",
                command=shlex.join(["lspci", "-vv", "-s", _slot(gpu.bus_id)]),
                blocks=True,
                source="manage-detectors",
                confidence="spec",
            )
        slow = link.generation and link.generation_max and link.generation < link.generation_max
        if slow and (gpu.utilization_percent or 0) > _BUSY_PERCENT:
            yield Draft(
                id="pcie.generation",
                topic="bottleneck",
                gravity="warning",
                node=node.node,
                device=device,
                message="a busy GPU's PCIe link runs at a lower generation than it can",
                proof=voice.proof("nvidia-smi-xml", "<current_link_gen>"),
                found=f"generation {link.generation}",
                wanted=f"generation {link.generation_max}",
                why="each step down halves what the bus carries",
                command="nvidia-smi -q -d PCIE",
                source="manage-detectors",
                confidence="spec",
            )


def _slot(bus: str | None) -> str:
    """Return a bus address as lspci takes it: with a domain of four digits."""
    found = re.match(r"(?:PCI:)?0*([0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.\d)$", bus or "")
    return found[1].lower() if found else (bus or "")


def _device_bus(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield adapters and drives whose link trained below what both sides can, as lspci judges."""
    told = voice.facts("lspci")
    for each in told.devices if told else ():
        link = each.link
        kind = next((k for c, k in (("02", "network adapter"), ("0108", "drive"), ("0207", "fabric"
                     " adapter")) if (each.class_id or "").startswith(c)), None)  # fmt: skip
        if link is None or kind is None or not (link.width_downgraded or link.speed_downgraded):
            continue
        yield Draft(
            id="pcie.downgraded",
            topic="bottleneck",
            gravity="warning",
            node=node.node,
            device=each.slot,
            message=f"the PCIe link of a {kind} trained below what it can",
            proof=voice.proof("lspci", each.slot),
            found=f"{link.speed_gt_s or 0:g} GT/s x{link.width}",
            wanted=f"{link.capable_gt_s or 0:g} GT/s x{link.capable_width}",
            why="the link behind it cannot be filled",
            command=shlex.join(["lspci", "-vv", "-s", each.slot]),
            source="pci-utils",
            confidence="spec",
        )


def _adapters(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield nodes whose GPUs have fewer adapters than there are of them, or uneven rates."""
    gpus, adapters = len(node.gpus), len(node.adapters)
    if gpus and adapters and adapters * 2 < gpus:
        yield Draft(
            id="nic.few",
            topic="bottleneck",
            gravity="warning",
            node=node.node,
            message="many GPUs share one fabric adapter",
            proof=voice.proof("ibstat"),
            found=f"{adapters} adapters for {gpus} GPUs",
            wanted="one for each GPU, or for two",
            why="collectives between nodes are bound by the adapters and not by the GPUs",
            command="nvidia-smi topo -m",
        )
    rates = Counter(each.rate_gbps for each in node.adapters if each.rate_gbps)
    fastest = max(rates, default=None)
    for each in node.adapters:
        if each.rate_gbps and fastest and each.rate_gbps < fastest and gpus:
            yield Draft(
                id="nic.slow",
                topic="bottleneck",
                gravity="warning",
                node=node.node,
                device=each.name,
                message="a fabric link is slower than the others of its node",
                proof=voice.proof("ibstat", f"'{each.name}'"),
                found=f"{each.rate_gbps:g} Gb/s",
                wanted=f"{fastest:g} Gb/s",
                why="an adapter for storage may be so on purpose; a rail sets the pace of all",
                command=shlex.join(["ibstat", each.name]),
                source="peers",
                confidence="measured",
            )


def _rails(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield GPUs that have no adapter near them, where others of the node do."""
    told = voice.facts("nvidia-smi-topo")
    if told is None or not told.adapters:
        return
    gpus = [name for name in told.devices if name.startswith("GPU")]
    nics = {each.device for each in told.adapters}
    near = {gpu: {path.kind for path in told.paths if path.a == gpu and path.b in nics}
            for gpu in gpus}  # fmt: skip
    far = [gpu for gpu, kinds in near.items() if kinds and kinds <= _ACROSS]
    for gpu in far:
        yield Draft(
            id="numa.far-adapter",
            topic="bottleneck",
            gravity="warning" if len(far) < len(gpus) else "notice",
            node=node.node,
            device=gpu.lower(),
            message="a GPU reaches every fabric adapter only across the host bridge or the sockets",
            proof=voice.proof("nvidia-smi-topo", f"{gpu}\t"),
            found=", ".join(sorted(near[gpu])),
            wanted="PIX or PXB to one of them",
            why="GPUDirect RDMA loses its way: data passes through the processor",
            command="nvidia-smi topo -m",
            source="nccl-guide",
            confidence="spec",
        )


def _memory(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield memory that is unevenly populated, or runs slower than its modules can."""
    told = voice.facts("dmidecode")
    modules = [each for each in told.memory if each.size_bytes] if told else []
    sockets = len([each for each in told.processors if each.populated is not False]) if told else 0
    if modules and sockets > 1 and len(modules) % sockets:
        yield Draft(
            id="memory.uneven",
            topic="bottleneck",
            gravity="warning",
            node=node.node,
            message="the sockets do not have equally many memory modules",
            proof=voice.proof("dmidecode", "Size: No Module Installed"),
            found=f"{len(modules)} modules in {len(told.memory)} places for {sockets} sockets",
            wanted="as many for each socket",
            why="channels without a module are bandwidth that is missing; one may have failed",
            command="dmidecode -t memory",
            source="dmi",
            confidence="derived",
        )
    slow = [m for m in modules if m.speed_mt_s and m.configured_mt_s
            and m.configured_mt_s < m.speed_mt_s]  # fmt: skip
    if slow:
        first = slow[0]
        yield Draft(
            id="memory.slow",
            topic="bottleneck",
            gravity="notice",
            node=node.node,
            message="memory runs slower than its modules can",
            proof=voice.proof("dmidecode", "Configured Memory Speed"),
            found=f"{first.configured_mt_s} MT/s, {len(slow)} modules",
            wanted=f"{first.speed_mt_s} MT/s",
            why="two modules a channel or a setting of the BIOS; bandwidth of the host is lower",
            command="dmidecode -t memory",
            source="dmi",
            confidence="derived",
        )


def _single_link(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
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


def _files(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield NFS mounts that use one connection, small transfers, or few requests at once."""
    shared = [mount for mount in node.mounts if mount.kind.startswith("nfs")]
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
    slots = voice.object("sysctl").get("sunrpc.tcp_max_slot_table_entries")
    if shared and isinstance(slots, str) and slots.isdigit() and int(slots) < 128:
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


def _capped(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield GPUs whose power limit somebody lowered."""
    told = voice.facts("nvidia-smi-xml")
    for gpu in told.gpus if told else ():
        power = gpu.power
        if power.limit_w and power.default_limit_w and power.limit_w < power.default_limit_w:
            yield Draft(
                id="gpu.capped",
                topic="bottleneck",
                gravity="warning",
                node=node.node,
                device=f"gpu{gpu.index}",
                message="a GPU's power limit is below its default",
                proof=voice.proof("nvidia-smi-xml", "<current_power_limit>"),
                found=f"{power.limit_w:g} W",
                wanted=f"{power.default_limit_w:g} W",
                why="a limit left over from a test is a silent slow-down; a facility's is meant",
                command="nvidia-smi -q -d POWER",
                source="manage-detectors",
                confidence="spec",
            )

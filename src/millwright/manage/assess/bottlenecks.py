"""What binds a node's speed now: buses, links, memory, and the way to files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.voice import Voice
from millwright.manage.assess.ways import files, single_link
from millwright.model.assessment import Alike, NodeSeen

_BUSY_PERCENT = 10.0
"""A GPU at rest lowers the generation of its bus; its width it never does."""
_ACROSS = frozenset({"SYS", "NODE"})


def bottlenecks(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    """Yield what holds one node back, each by its own answer alone."""
    yield from _gpu_bus(node, voice)
    yield from _device_bus(node, voice)
    yield from _adapters(node, voice)
    yield from _rails(node, voice)
    yield from _memory(node, voice)
    yield from single_link(node, voice)
    yield from files(node, voice)
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
    for each in node.adapters:
        like = [
            other.rate_gbps
            for other in node.adapters
            if other.rate_gbps and (other.layer, other.model) == (each.layer, each.model)
        ]
        fastest = max(like, default=None)
        if each.rate_gbps and fastest and each.rate_gbps < fastest and gpus:
            yield Draft(
                id="nic.slow",
                topic="bottleneck",
                gravity="warning",
                node=node.node,
                device=each.name,
                message="a fabric link is slower than those of like adapters of its node",
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

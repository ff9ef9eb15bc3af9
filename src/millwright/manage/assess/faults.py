"""What is broken, as far as one answer proves it: no design and no history is needed to say so."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import Alike, Gravity, NodeSeen
from millwright.probes.nvidia_smi_gpu import Gpu

FULL_PERCENT, NEARLY_FULL_PERCENT = 98.0, 90.0
SKEW_S, FAR_S = 2.0, 30.0
"""Clocks of nodes that are asked within one sweep read alike to a second or two."""
_VOLATILE = frozenset({"tmpfs", "ramfs"})
_BROKEN_BUS = frozenset({"fallen-off-bus", "mce", "sxid", "amdgpu-reset", "amdgpu-ras"})


def faults(
    node: NodeSeen, voice: Voice, group: Alike, clocks: Mapping[str, float]
) -> Iterator[Draft]:
    """Yield what is broken at one node. `clocks` holds how far each clock is from the others'."""
    for look in (_gpus, _accelerators, _links, _versions, _space, _silent_mounts, _units, _log):
        yield from look(node, voice, group)
    yield from _clock(node, voice, clocks)


Look = Callable[[NodeSeen, Voice, Alike], Iterator[Draft]]


def _gpus(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    if node.gpus or not group.gpus_per_node:
        return
    heard = voice.heard.get("nvidia-smi-xml")
    hung = heard is not None and heard.ended == "timeout"
    yield Draft(
        id="gpu.none",
        topic="health",
        gravity="critical",
        node=node.node,
        message=f"no GPU answers; its peers have {group.gpus_per_node}",
        proof=voice.proof("nvidia-smi-xml"),
        found="nvidia-smi hangs" if hung else voice.why("nvidia-smi-xml"),
        wanted=f"{group.gpus_per_node} GPUs",
        why="a hung or missing driver takes no job and kills those that it had",
        command="dmesg --level=err,crit,alert,emerg",
        blocks=True,
        source="peers",
        confidence="measured",
    )


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What can be wrong with one GPU: its words, what shows it, and what looks further."""

    id: str
    message: str
    why: str
    needle: str
    command: str = "nvidia-smi -q -d ECC,ROW_REMAPPER"
    gravity: Gravity = "critical"


_LOST = _Trouble(
    "gpu.lost",
    "a GPU is lost: the driver lists it and cannot talk to it",
    "jobs on it die, and the node is short of one until it is reset or exchanged",
    "",
    "nvidia-smi -L",
)
_TROUBLES: tuple[tuple[Callable[[Gpu], object], _Trouble], ...] = (
    (
        lambda gpu: gpu.repair.remap_failed,
        _Trouble(
            "gpu.remap-failed",
            "a row of GPU memory could not be remapped",
            "the vendor exchanges such a GPU",
            "remapped_row_failure>Yes",
        ),
    ),
    (
        lambda gpu: gpu.repair.remap_pending,
        _Trouble(
            "gpu.remap-pending",
            "rows of GPU memory wait for a reset to be remapped",
            "until then the broken rows stay in use",
            "remapped_row_pending>Yes",
            "nvidia-smi --gpu-reset",
            "warning",
        ),
    ),
    (
        lambda gpu: gpu.volatile.uncorrected,
        _Trouble(
            "gpu.ecc",
            "GPU memory has uncorrectable errors since the driver was loaded",
            "work that touched them is lost",
            "<ecc_errors>",
        ),
    ),
)


def _accelerators(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    del group
    told = voice.facts("nvidia-smi-xml")
    for gpu in told.gpus if told else ():
        if gpu.lost:
            yield _of_gpu(voice, gpu, _LOST)
            continue
        for is_so, trouble in _TROUBLES:
            if is_so(gpu):
                yield _of_gpu(voice, gpu, trouble)


def _of_gpu(voice: Voice, gpu: Gpu, trouble: _Trouble) -> Draft:
    return Draft(
        id=trouble.id,
        topic="health",
        gravity=trouble.gravity,
        node=voice.node,
        device=f"gpu{gpu.index}",
        message=trouble.message,
        proof=voice.proof("nvidia-smi-xml", trouble.needle or gpu.bus_id),
        why=trouble.why,
        command=trouble.command,
        blocks=trouble.gravity == "critical",
        source="manage-detectors",
        confidence="spec",
    )


def _links(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    del group
    told = voice.facts("ibstat")
    for each in told.adapters if told else ():
        for port in each.ports:
            if port.told and not port.active:
                words = f"{port.state}, {port.physical_state}"
                yield Draft(
                    id="link.down", topic="health", gravity="critical", node=node.node,
                    device=each.name, message="a fabric link is down",
                    proof=voice.proof("ibstat", f"'{each.name}'"), found=words,
                    wanted="Active, LinkUp", blocks=True,
                    why="every collective over all rails waits for it, or does not start",
                    command=shlex.join(["ibstat", each.name]),
                    source="manage-detectors", confidence="spec",
                )  # fmt: skip


def _versions(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    del group
    driver, manager = node.driver, node.fabric_manager
    if driver and manager and driver != manager:
        yield Draft(
            id="fabric-manager.apart", topic="health", gravity="critical", node=node.node,
            message="the fabric manager is not of the driver's version",
            proof=voice.proof("fabric-manager", manager), found=f"{manager}, driver {driver}",
            wanted=driver, blocks=True,
            why="it refuses to start with another driver, and NVLink between GPUs stays down",
            command="systemctl status nvidia-fabricmanager",
            source="nvidia-fabric-manager", confidence="spec",
        )  # fmt: skip


def _space(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    del group
    for mount in node.mounts:
        used = mount.used_percent
        if used is None or used < NEARLY_FULL_PERCENT or mount.kind in ("squashfs", "iso9660"):
            continue
        full = used >= FULL_PERCENT
        yield Draft(
            id="disk.full" if full else "disk.nearly-full", topic="health",
            gravity="critical" if full and mount.kind not in _VOLATILE or full else "warning",
            node=node.node, device=mount.path, blocks=full,
            message="a file system is full" if full else "a file system is nearly full",
            proof=voice.proof("mounts", f'"{mount.path}"'), found=f"{used:g} % in use",
            wanted=f"below {NEARLY_FULL_PERCENT:g} %",
            why="jobs and services that write there fail, often without saying why",
            command=shlex.join(["du", "-xh", "--max-depth=2", mount.path]),
        )  # fmt: skip


def _silent_mounts(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    del group
    for mount in node.mounts:
        if not mount.answers:
            yield Draft(
                id="mount.hangs", topic="health", gravity="critical", node=node.node,
                device=mount.path, message="a file system does not answer",
                proof=voice.proof("mounts", f'"{mount.path}"'), found=mount.source, blocks=True,
                why="whatever touches it hangs and cannot be ended",
                command=shlex.join(["timeout", "5", "stat", "-f", mount.path]),
                source="manage-detectors", confidence="spec",
            )  # fmt: skip


def _units(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    del group
    for block in (voice.text("units") or "").split("\n\n"):
        told = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if told.get("ActiveState") == "failed" and told.get("Id"):
            unit = told["Id"]
            yield Draft(
                id="unit.failed", topic="health", gravity="warning", node=node.node, device=unit,
                message="a service has failed", proof=voice.proof("units", f"Id={unit}"),
                found=told.get("Result", ""), command=shlex.join(["systemctl", "status", unit]),
                why="what should run does not", source="manage-detectors", confidence="spec",
            )  # fmt: skip


def _log(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    del group
    told = voice.facts("dmesg") or voice.facts("journalctl")
    question = "dmesg" if voice.text("dmesg") else "journalctl"
    seen: set[str] = set()
    for event in told.events if told else ():
        name = f"xid:{event.code}" if event.kind == "xid" else event.kind
        if name in seen or event.kind == "segfault":
            continue
        seen.add(name)
        xid = event.kind == "xid"
        yield Draft(
            id=f"kernel.{event.kind}", topic="health", node=node.node, device=event.device or "",
            gravity="critical" if xid or event.kind in _BROKEN_BUS else "warning",
            message=f"the kernel reports {name.replace(':', ' ').replace('-', ' ')}",
            proof=voice.proof(question, event.text[:60]),
            why="the kernel log is the truth for what hardware reports", blocks=xid,
            command=f"millwright explain {name}" if xid else "dmesg -T --level=err,warn",
            source="manage-detectors", confidence="spec",
        )  # fmt: skip


def _clock(node: NodeSeen, voice: Voice, clocks: Mapping[str, float]) -> Iterator[Draft]:
    apart = clocks.get(node.node)
    if apart is not None and abs(apart) >= SKEW_S:
        yield Draft(
            id="clock.apart", topic="health", node=node.node, blocks=abs(apart) >= FAR_S,
            gravity="critical" if abs(apart) >= FAR_S else "warning",
            message="its clock is apart from the others'",
            proof=voice.proof("clock", '"now"'), found=f"{apart:+.0f} s",
            wanted=f"within {SKEW_S:g} s", command="chronyc tracking",
            why="tickets and certificates are refused, logs cannot be put in order",
        )  # fmt: skip


def clocks_of(voices: Mapping[str, Voice]) -> dict[str, float]:
    """Return how far each clock is from the middle one, in seconds; with three or more nodes."""
    told = {node: voice.object("clock").get("now") for node, voice in voices.items()}
    known = {node: now for node, now in told.items() if isinstance(now, int | float)}
    if len(known) < 3:
        return {}
    middle = sorted(known.values())[len(known) // 2]
    return {node: now - middle for node, now in known.items()}

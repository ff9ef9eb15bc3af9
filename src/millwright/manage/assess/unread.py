"""What could not be read, and what would let it be read: it counts as nothing known, never as
well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from millwright.manage.assess.draft import in_order
from millwright.manage.assess.voice import NO_SENSE, NOT_INSTALLED, Voice, collected
from millwright.manage.health.view import object_of
from millwright.model.assessment import NodeSeen, Unread

_SUBJECTS: tuple[tuple[str, str, str], ...] = (
    ("nvidia-smi-xml", "GPUs", "install the driver, or look why nvidia-smi does not end"),
    ("ibstat", "fabric adapters", "install infiniband-diags"),
    ("dmesg", "the kernel log", "ask as root, or set kernel.dmesg_restrict to 0 for the time"),
    ("dmidecode", "memory modules, serial numbers and BIOS", "install dmidecode and ask as root"),
    ("ipmitool", "sensors of the BMC", "install ipmitool and load ipmi_si and ipmi_devintf"),
    ("ipmi-sel", "the event log of the BMC", "install ipmitool and ask as root"),
    ("disks", "the drives' own word on their health", "install smartmontools or nvme-cli"),
    ("chronyc", "how well the clock is kept", "install chrony, or ask the time service in use"),
    ("lspci", "PCIe links", "install pciutils and ask as root"),
    ("ethtool", "ring sizes and errors of network ports", "install ethtool"),
    ("dcgmi-health", "what DCGM thinks of the GPUs", "install datacenter-gpu-manager"),
    ("fabric-manager", "the fabric manager's version", "install nvidia-fabricmanager"),
    ("nvidia-smi-topo", "what lies between GPUs and adapters", "install the driver"),
    ("sshd", "settings of the SSH server", "ask as root"),
    ("modes", "who may read secret files", "ask as root, with python3 on the node"),
    ("sysctl", "settings of the kernel", "install python3 on the node"),
    ("mounts", "how full file systems are", "install python3 on the node"),
    ("lsblk", "drives", "install util-linux"),
    ("lscpu", "processors", "install util-linux"),
    ("kernel", "kernel, memory and boot settings", "install python3 on the node"),
    ("edac", "errors that memory corrected", "load the EDAC driver of this processor"),
)
"""Question, what it tells, and how it would be told."""
_OF_GPUS = frozenset({"nvidia-smi-xml", "dcgmi-health", "fabric-manager", "nvidia-smi-topo"})
DECIDING = frozenset({"nvidia-smi-xml", "ibstat", "dmesg", "mounts", "kernel"})
"""Questions without which nobody can say that nodes are fit to work."""
_NEEDED = frozenset({"kernel", "mounts"})
_EMPTY = ("{}", "[]", "")


def unread(nodes: Mapping[str, NodeSeen], voices: Mapping[str, Voice]) -> Iterator[Unread]:
    """Yield what is not known, once for all nodes with the same reason."""
    fitted = {name for name, node in nodes.items() if _has_gpus(node, voices[name])}
    for question, subject, remedy in _SUBJECTS:
        whys: dict[str, list[str]] = {}
        for name, voice in voices.items():
            if question in _OF_GPUS and (name not in fitted or _is_amd(voice)):
                continue
            if question == "ibstat" and not (nodes[name].adapters or name in fitted):
                continue
            if why := _why(voice, question):
                whys.setdefault(why, []).append(name)
        for why, names in whys.items():
            yield Unread(
                subject=subject,
                nodes=tuple(sorted(names, key=in_order)),
                question=question,
                why=why,
                remedy=_remedy(why, remedy),
            )
    if collected(voices):
        yield Unread(
            subject="clocks against each other",
            nodes=tuple(sorted(voices, key=in_order)),
            question="clock",
            why="each node recorded itself, at its own time",
            remedy="ask the nodes at once, over SSH",
        )
    yield from _never_asked(voices)


def _why(voice: Voice, question: str) -> str:
    """Return why a question tells nothing: no answer, or one that lists nothing at all."""
    if why := voice.why(question):
        return why
    told = (voice.text(question) or "").strip()
    if told in _EMPTY:
        return "nothing is listed"
    if question in _NEEDED and not _has_needed(voice, question):
        return NO_SENSE
    drives = voice.object("disks").values() if question == "disks" else ()
    if drives and all(drive is None for drive in drives):
        return "no tool for it is installed"
    return voice.garbled(question)


def _has_needed(voice: Voice, question: str) -> bool:
    """Return whether an answer has what nobody can judge without."""
    if question == "kernel":
        return voice.file("kernel", "/proc/version") is not None
    return any("answers" in object_of(each) for each in voice.object(question).values())


def _remedy(why: str, remedy: str) -> str:
    if why == "it was not asked":
        return "ask the node itself, or record it with `millwright assess --collector`"
    if "ermitted" in why or "ermission" in why:
        return "ask as root: user or become in reach.yaml"
    return remedy


def _has_gpus(node: NodeSeen, voice: Voice) -> bool:
    """Return whether a node has accelerators, its bus shows some that no driver tells of, or
    neither tells anything: who could not look has not seen that there are none."""
    if node.gpus:
        return True
    told = voice.facts("lspci")
    if not (told and told.devices) and voice.why("nvidia-smi-xml") != NOT_INSTALLED:
        return True
    return any(
        (device.class_id or "").startswith(("0302", "1200"))
        for device in (told.devices if told else ())
    )


def _is_amd(voice: Voice) -> bool:
    return voice.text("amd-smi-static") is not None


def _never_asked(voices: Mapping[str, Voice]) -> Iterator[Unread]:
    """Yield what no recording can tell: it takes a test, a switch, or a longer look."""
    nodes = tuple(sorted(voices, key=in_order))
    for subject, why, remedy in (
        (
            "how fast it really is",
            "a recording only reads; speed shows under load",
            "millwright build plan, after --adopt: GPU, memory, link and collective tests",
        ),
        (
            "switches and cables",
            "they were not asked",
            "millwright build cables, with ibnetdiscover or LLDP of the switches",
        ),
        (
            "error rates over time",
            "one look shows counters and not their growth",
            "a second look later; millwright manage detect on telemetry",
        ),
    ):
        yield Unread(subject=subject, nodes=nodes, question="", why=why, remedy=remedy)

"""A node whose accelerators are all gone: no check of its own can miss them, its peers can."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import Alike, NodeSeen


def lost(node: NodeSeen, voice: Voice, group: Alike) -> Iterator[Draft]:
    """Yield that no GPU of a node answers, where those of its peers do."""
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
        why="a hung or missing driver takes no job and kills those that it had",
        command="dmesg --level=err,crit,alert,emerg",
        blocks=True,
        source="peers",
        confidence="measured",
    )

"""A finding of one node, before those that several nodes share are told as one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from millwright.model.assessment import (
    GRAVITIES,
    TOPICS,
    AssessedFinding,
    Gravity,
    Proof,
    Topic,
    spoken,
)
from millwright.model.nodeset import folded
from millwright.model.sourced import Confidence

MOST_PROOFS = 3
"""Answers that are quoted for one finding; the others say the same."""
ESTIMATE = "millwright-estimate"
DEVICE = "\0"
"""Stands in a message for its device, until all devices with the same message are known."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One thing at one node; the words are those of `AssessedFinding`.

    `command` is run on the node, or here where it is one of ours: then `{nodes}` stands for the
    nodes that it is told of.
    """

    id: str
    topic: Topic
    gravity: Gravity
    node: str
    message: str
    proof: Proof
    device: str = ""
    found: str = ""
    wanted: str = ""
    like: str = ""
    why: str = ""
    command: str = ""
    blocks: bool = False
    source: str = ESTIMATE
    confidence: Confidence = "estimate"


def told_once(drafts: Iterable[Draft], known: bool = True) -> tuple[AssessedFinding, ...]:
    """Return findings, each with all nodes that have it, then with all devices; worst first.

    `known` says whether our own commands reach these nodes by their names.
    """
    by_word: dict[Draft, dict[str, Proof]] = {}
    for draft in drafts:
        key = replace(draft, node="", proof=_NOWHERE)
        by_word.setdefault(key, {}).setdefault(draft.node, draft.proof)
    by_device: dict[tuple[Draft, tuple[str, ...]], list[tuple[str, dict[str, Proof]]]] = {}
    for key, proofs in by_word.items():
        nodes = tuple(sorted(proofs, key=in_order))
        by_device.setdefault((replace(key, device=""), nodes), []).append((key.device, proofs))
    found = [_finding(key, nodes, told, known) for (key, nodes), told in by_device.items()]
    return tuple(sorted(found, key=_gravest))


_NOWHERE = Proof(node="", question="")


def _finding(
    key: Draft,
    nodes: tuple[str, ...],
    told: Sequence[tuple[str, dict[str, Proof]]],
    known: bool,
) -> AssessedFinding:
    where = _devices([device for device, _ in told if device])
    proofs = [mine[node] for _, mine in told for node in nodes][:MOST_PROOFS]
    return AssessedFinding(
        id=key.id,
        topic=key.topic,
        gravity=key.gravity,
        nodes=nodes,
        device=where,
        message=key.message.replace(DEVICE, spoken(where)),
        found=key.found,
        wanted=key.wanted,
        like=key.like,
        why=key.why,
        command=command_on(key.command, nodes, known),
        blocks=key.blocks,
        proofs=tuple(proofs),
        source=key.source,
        confidence=key.confidence,
    )


def command_on(command: str, nodes: Sequence[str], known: bool) -> str:
    """Return a command as it is given from here; where our own do not reach, on whom it is run."""
    where = shlex.quote(folded(nodes))
    if not command or command.startswith("millwright "):
        return command.replace("{nodes}", where)
    if known:
        return f"millwright manage exec {where} -- {command}"
    return f"on {folded(nodes)}: {command}"


def _devices(names: Sequence[str]) -> str:
    """Return devices as a person lists them: alike ones folded, many as their number."""
    if len(names) < 2:
        return "".join(names)
    whole = [name for name in names if name.replace("_", "").replace("-", "").isalnum()]
    if len(whole) == len(names):
        return folded(names)
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and others"


def _gravest(finding: AssessedFinding) -> tuple[bool, int, int, int, str]:
    return (
        not finding.blocks,
        GRAVITIES.index(finding.gravity),
        -len(finding.nodes),
        TOPICS.index(finding.topic),
        finding.id + finding.device,
    )


def in_order(name: str) -> tuple[str, int, str]:
    """Return the place of a node among others: by its stem, then by its number."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return stem, int(digits[:15]) if digits else -1, name

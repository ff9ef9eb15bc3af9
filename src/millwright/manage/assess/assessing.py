"""The whole way: what nodes said, read, grouped, compared, judged and put in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from millwright.manage.assess.bottlenecks import bottlenecks
from millwright.manage.assess.draft import Draft, in_order, told_once
from millwright.manage.assess.drift import drift
from millwright.manage.assess.hardening import hardening, sensitive
from millwright.manage.assess.health import Known, health
from millwright.manage.assess.inventory import node_of
from millwright.manage.assess.lost import lost
from millwright.manage.assess.obstacles import obstacles
from millwright.manage.assess.shape import shape_of
from millwright.manage.assess.traits import traits_of
from millwright.manage.assess.tuning import tuning
from millwright.manage.assess.unread import DECIDING, unread
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import (
    Alike,
    Answer,
    Assessment,
    NodeSeen,
    Obstacle,
    Shape,
    Unread,
)
from millwright.model.catalog import Catalog
from millwright.model.heard import Recording


@dataclass(frozen=True, slots=True)
class Frame:
    """What an assessment is told besides what nodes said.

    `known` is whether our own commands reach the nodes by name; `again` the command that looks
    anew, `run` names the evidence. `told` is what a design and the fault catalogue add.
    """

    again: str = "millwright assess"
    known: bool = True
    simulated: bool = False
    run: str = ""
    told: Known = field(default_factory=Known)


def assess(recording: Recording, catalog: Catalog, frame: Frame) -> Assessment:
    """Return what the nodes are, what is wrong with them, and what stands before work."""
    names = sorted(recording.nodes, key=in_order)
    voices = {name: Voice(name, recording.nodes[name]) for name in names}
    nodes = {name: node_of(voice) for name, voice in voices.items()}
    shape = shape_of(nodes, voices)
    nodes = {name: _in_role(node, shape) for name, node in nodes.items()}
    drafts = (
        *health(recording, catalog, voices, frame.told),
        *_drafts(nodes, voices, shape, catalog),
    )
    found = told_once(drafts, frame.known)
    gaps = tuple(unread(nodes, voices))
    ahead = obstacles(found, gaps, recording.silent, frame.again)
    return Assessment(
        at=recording.at,
        answer=_answer(ahead, gaps, blocked=any(each.blocks for each in found)),
        simulated=frame.simulated or bool(recording.simulated),
        run=frame.run,
        questions=max((len(told) for told in recording.nodes.values()), default=0),
        shape=shape,
        obstacles=ahead,
        findings=found,
        unread=gaps,
        nodes=nodes,
        silent=dict(recording.silent),
    )


def _in_role(node: NodeSeen, shape: Shape) -> NodeSeen:
    """Return a node in the role of those that it stands among: it may have lost what says it."""
    role = next(group.role for group in shape.alike if node.node in group.nodes)
    if role == node.role:
        return node
    return node.model_copy(update={"role": role, "why_role": "it is built like its peers"})


def _answer(ahead: tuple[Obstacle, ...], gaps: tuple[Unread, ...], *, blocked: bool) -> Answer:
    if blocked or any("did not answer" in each.message for each in ahead):
        return "not ready"
    return "unknown" if any(gap.question in DECIDING for gap in gaps) else "ready"


def _drafts(
    nodes: Mapping[str, NodeSeen], voices: Mapping[str, Voice], shape: Shape, catalog: Catalog
) -> Iterator[Draft]:
    """Yield everything that is found at each node, and between peers."""
    closing = sensitive(catalog)
    group: dict[str, Alike] = {name: each for each in shape.alike for name in each.nodes}
    for name, node in nodes.items():
        voice = voices[name]
        yield from lost(node, voice, group[name])
        yield from bottlenecks(node, voice, group[name])
        yield from tuning(node, voice, catalog, closing)
        yield from hardening(node, voice, catalog)
    traits = {
        name: {trait.key: trait for trait in traits_of(voices[name], node)}
        for name, node in nodes.items()
    }
    yield from drift(shape.alike, traits, voices)

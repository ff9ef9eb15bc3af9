"""Peers held against each other: what most of them say, and who says otherwise."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.looks import looks
from millwright.manage.assess.traits import Trait
from millwright.manage.assess.voice import Voice
from millwright.manage.majority import majority
from millwright.model.assessment import Alike, Proof
from millwright.model.nodeset import folded

ABSENT = "absent"
MOST_VALUE = 160
_LISTED = ("package.", "unit.", "mount.")
"""Traits of a list: who does not have one says so by not naming it."""
_QUESTIONS = {"package.": ("dpkg", "rpm"), "unit.": ("unit-files",), "mount.": ("mounts",)}
MOST_SIDES = 4
"""Values that are named where peers differ in more."""
MANY = 12
"""Packages in which one node may differ before they are told as one."""


def drift(
    alike: Sequence[Alike], traits: Mapping[str, Mapping[str, Trait]], voices: Mapping[str, Voice]
) -> Iterator[Draft]:
    """Yield what a node has otherwise than most of its peers; with no majority, that they differ.

    Who does not tell a thing is not held against it.
    """
    for group in alike:
        nodes = [node for node in group.nodes if node in traits]
        if len(nodes) < 2:
            continue
        keys = dict.fromkeys(key for node in nodes for key in traits[node])
        apart = [draft for key in keys for draft in _compared(key, nodes, traits, voices)]
        yield from _crowded(apart)


def _compared(
    key: str,
    nodes: Sequence[str],
    traits: Mapping[str, Mapping[str, Trait]],
    voices: Mapping[str, Voice],
) -> Iterator[Draft]:
    values = _values(key, nodes, traits, voices)
    most = majority(values.values())
    if most is None or most.alike:
        return
    trait = next(traits[node][key] for node in nodes if key in traits[node])
    rule = most.rules
    for node, value in values.items():
        if rule and value == most.value:
            continue
        own = traits[node].get(key)
        proof = _proof(voices[node], trait, value, own=own)
        yield _apart(trait, node, values, proof) if rule else _split(trait, node, values, proof)


def _apart(trait: Trait, node: str, values: Mapping[str, str], proof: Proof) -> Draft:
    """Return that a node has a thing otherwise than most of its peers."""
    found = majority(values.values())
    most, count = (found.value, found.count) if found else ("", 0)
    value = values[node]
    told = f"{trait.heart} is {_short(value)}"
    return Draft(
        id=f"drift.{_id(trait.key)}",
        topic="drift",
        gravity=trait.gravity,
        node=node,
        message=f"{told}; {count} of {len(values)} peers have {_short(most)}",
        proof=proof,
        found=_short(value),
        wanted=_short(most),
        like=folded(name for name, other in values.items() if other == most),
        why=_why(trait.key),
        command=_command(trait, most, True),
        blocks=trait.blocks,
        source="peers",
        confidence="measured",
    )


def _split(trait: Trait, node: str, values: Mapping[str, str], proof: Proof) -> Draft:
    """Return that peers differ with no majority: told of all alike, and none is blamed."""
    counts = Counter(values.values())
    sides = [
        f"{_short(value)} on {folded(name for name, other in values.items() if other == value)}"
        for value, _ in counts.most_common(MOST_SIDES)
    ]
    more = len(counts) - len(sides)
    rest = f", and {more} more" if more > 0 else ""
    return Draft(
        id=f"drift.{_id(trait.key)}",
        topic="drift",
        gravity="warning" if trait.gravity == "critical" else trait.gravity,
        node=node,
        message=f"{trait.heart} differs: {', '.join(sides)}{rest}",
        proof=proof,
        like=folded(values),
        why=_why(trait.key),
        command=_command(trait, "", False),
        source="peers",
        confidence="measured",
    )


def _values(
    key: str,
    nodes: Sequence[str],
    traits: Mapping[str, Mapping[str, Trait]],
    voices: Mapping[str, Voice],
) -> dict[str, str]:
    """Return what each node says; one whose list was read and does not name it has none."""
    listed = next((prefix for prefix in _LISTED if key.startswith(prefix)), None)
    found: dict[str, str] = {}
    for node in nodes:
        trait = traits[node].get(key)
        if trait is not None:
            found[node] = trait.value
        elif listed and any(voices[node].text(q) for q in _QUESTIONS[listed]):
            found[node] = ABSENT
    return found


def _proof(voice: Voice, trait: Trait, value: str, own: Trait | None) -> Proof:
    if own is None or value == ABSENT:
        return voice.proof(trait.question)
    return voice.proof(own.question, own.needle) if own.needle else voice.proof(own.question)


def _crowded(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Tell as one what a node has otherwise in very many packages: it is of another time."""
    packages = Counter(d.node for d in drafts if d.id.startswith("drift.package."))
    seen: set[str] = set()
    for draft in drafts:
        many = packages[draft.node] if draft.id.startswith("drift.package.") else 0
        if many <= MANY:
            yield draft
        elif draft.node not in seen:
            seen.add(draft.node)
            yield Draft(
                id="drift.packages",
                topic="drift",
                gravity="warning",
                node=draft.node,
                message=f"{many} packages are of other versions than the peers'",
                proof=draft.proof,
                found=f"{many} packages, such as {draft.id.removeprefix('drift.package.')}",
                like=draft.like,
                why="it was installed or brought up to date at another time",
                command="dpkg-query -W",
                source="peers",
                confidence="measured",
            )


def _id(key: str) -> str:
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9.-]+", "-", key.lower())).strip("-.")[:100]


def _short(value: str) -> str:
    return value if len(value) <= MOST_VALUE else f"{value[:MOST_VALUE]}..."


_WHY = {
    "driver": "collectives between nodes of different drivers fail or hang",
    "fabric-manager": "it must be of the driver's very version, or NVLink does not come up",
    "gpu-count": "jobs that ask for the whole node cannot start on it",
    "links-up": "a rail is missing: every collective over all rails waits for it",
    "link-rate": "a collective is as fast as its slowest link",
    "vbios": "clocks and power behave differently, and the slowest sets the pace",
    "adapter-firmware": "features and congestion control differ between the ends of one flow",
    "power-limit": "a capped GPU slows every job that it takes part in",
    "kernel": "modules, defaults and fixed flaws differ",
    "huge-pages": "memory behaves differently, and so do run times",
}


def _why(key: str) -> str:
    if key.startswith("mtu."):
        return "packets larger than the smallest MTU on the way are lost or cut up"
    if key.startswith("mount."):
        return "a job finds its files on some nodes and not on others, or reads them slowly"
    return _WHY.get(key, "alike nodes that differ fail differently")


def _command(trait: Trait, most: str, rule: bool) -> str:
    """Return what makes a node as most are, where that is one command; else what looks further."""
    kind, _, name = trait.key.partition(".")
    if rule and kind == "sysctl":
        return shlex.join(["sysctl", "-w", f"{name}={most}"])
    if rule and kind == "mtu":
        return shlex.join(["ip", "link", "set", "dev", name, "mtu", most])
    if rule and kind == "package" and trait.question == "dpkg" and most != ABSENT:
        return shlex.join(["apt-get", "install", f"{name}={most}"])
    if rule and kind == "unit":
        return shlex.join(["systemctl", "disable" if most == ABSENT else "enable", name])
    if trait.needle.startswith("/sys/"):
        return shlex.join(["cat", trait.needle])
    return looks(trait.question)

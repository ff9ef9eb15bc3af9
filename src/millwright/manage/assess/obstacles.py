"""What keeps work from production: a short list in order of weight, made of findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from millwright.manage.assess.draft import in_order
from millwright.manage.assess.unread import DECIDING
from millwright.model.assessment import AssessedFinding, Obstacle, Unread
from millwright.model.nodeset import folded

_NO_GPU, _GPUS = "gpu.none", "nvidia-smi-xml"
MOST = 10
"""A list that nobody reads to its end names nothing."""


def obstacles(
    findings: Sequence[AssessedFinding],
    unread: Sequence[Unread],
    silent: Mapping[str, str],
    again: str,
) -> tuple[Obstacle, ...]:
    """Return the list: silent nodes, then what blocks work by how many nodes it takes, then what
    decides and was not read, then the widest warnings. `again` is the command that looks anew."""
    rows: list[Obstacle] = []

    def add(message: str, nodes: Iterable[str], why: str, command: str, *ids: str) -> None:
        named = tuple(sorted(nodes, key=in_order))
        rows.append(Obstacle(rank=len(rows) + 1, message=message, nodes=named, why=why,
                             command=command, findings=ids))  # fmt: skip

    for why, nodes in _by_reason(silent).items():
        add(f"{folded(nodes)} did not answer", nodes, why, again)
    blocking = [each for each in findings if each.blocks]
    for each in blocking:
        add(f"{each.told}{_figures(each)}", each.nodes, each.why, each.command, each.id)
    told = {node for each in blocking if each.id == _NO_GPU for node in each.nodes}
    for gap in unread:
        # That no GPU answers is the same news as that nobody could read them, once told.
        nodes = [n for n in gap.nodes if gap.question != _GPUS or n not in told]
        if gap.question in DECIDING and nodes:
            add(f"{gap.subject}: UNKNOWN, {gap.why}", nodes,
                "what was not read is not known to be well", gap.remedy)  # fmt: skip
    for each in findings:
        wide = not each.blocks and each.gravity in ("critical", "warning")
        if wide and each.topic in ("health", "bottleneck", "drift"):
            add(f"{each.told}{_figures(each)}", each.nodes, each.why,
                each.command, each.id)  # fmt: skip
    return tuple(rows[: max(MOST, len(blocking) + len(_by_reason(silent)))])


def _figures(each: AssessedFinding) -> str:
    """Return what was found against what is right, where the message does not say it already."""
    if each.topic == "drift" or not each.found:
        return ""
    return f": {each.found}" + (f" instead of {each.wanted}" if each.wanted else "")


def _by_reason(silent: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node, why in silent.items():
        found.setdefault(why, []).append(node)
    return found

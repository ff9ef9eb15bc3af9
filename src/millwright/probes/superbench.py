"""SuperBench's `results-summary.jsonl`: an object a node, `benchmark/metric:rank` to a number.

Units are told nowhere, so a value keeps the suite's own name for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.model.measurement import Measurement, Param
from millwright.probes.endings import shown
from millwright.probes.json_documents import Documents
from millwright.probes.json_node import Node
from millwright.probes.metrics import SUPERBENCH
from millwright.probes.node_numbers import real
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "superbench"
_NAME = re.compile(r"(?P<name>[^:\s][^:]{0,200}?)(?::(?P<rank>\d{1,6}))?$")
_RETURN_CODE = re.compile(r"(?:^|/)return_code$")


@dataclass(frozen=True, slots=True)
class Result:
    """One number; `rank` is the process that measured it, None where there is but one."""

    name: str
    rank: int | None
    value: float


@dataclass(frozen=True, slots=True)
class NodeResults:
    """All numbers of one node; `failed` names the benchmarks that ended with an error."""

    node: str | None
    results: tuple[Result, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """All nodes of a file."""

    nodes: tuple[NodeResults, ...]


def read(text: str) -> Reading[Summary]:
    """Return every node's numbers; what is no number, and a node without a name, is a problem."""
    log = Documents(text)
    problems = list(log.problems)
    problems += [Problem(f"no JSON: {shown(line)}", at) for at, line in log.talk]
    nodes: list[NodeResults] = []
    for document in log.nodes:
        for entry in document.entries or (document,):
            nodes.append(_node(entry, problems))
    names = [node.node for node in nodes if node.node is not None]
    problems += [
        Problem(f"{name} stands twice") for name in sorted(set(names)) if names.count(name) > 1
    ]
    if not any(node.results for node in nodes) and not problems:
        problems.append(Problem("no result is told"))
    measurements = tuple(each for node in nodes for each in _measured(node, len(nodes) > 1))
    return Reading(TOOL, Summary(tuple(nodes)), measurements, tuple(problems), is_simulated(text))


def _node(entry: Node, problems: list[Problem]) -> NodeResults:
    name = entry.at("node").said
    if name is None:
        problems.append(Problem("an entry names no node"))
    results: list[Result] = []
    failed: list[str] = []
    for key, value in entry.members:
        if key == "node":
            continue
        found, told = _NAME.match(key), real(value)
        if found is None or (told is None and value.value is not None):
            problems.append(Problem(f"{key[:80]!r} is no result"))
        elif told is not None:
            rank = int(found["rank"]) if found["rank"] else None
            results.append(Result(found["name"], rank, told))
            if _RETURN_CODE.search(found["name"]) and told != 0:
                failed.append(found["name"].rpartition("/")[0])
    return NodeResults(name, tuple(results), tuple(failed))


def _measured(node: NodeResults, many: bool) -> list[Measurement]:
    found = []
    for each in node.results:
        params: dict[str, Param] = {} if each.rank is None else {"rank": each.rank}
        if many and node.node is not None:
            params["node"] = node.node
        found.append(SUPERBENCH.named(_slug(each.name)).of(each.value, **params))
    return found


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "unnamed"

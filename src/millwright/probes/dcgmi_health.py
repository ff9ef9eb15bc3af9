"""`dcgmi health -c`, as a table or with `-j`: what the watches noticed since the last look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from millwright.probes.box_table import BoxTable, Row, box_table
from millwright.probes.json_node import Node, document
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-health"
_GROUPS = ("GPU", "NvSwitch", "CPU", "GPU_I", "GPU_CI", "ConnectX", "Switch")
_ENTITY = re.compile(r"(?:-> |(?P<group>[A-Z]\w*) ID: ?)(?P<id>\d+)")
_SYSTEM = re.compile(r"-> (?P<name>\S.*? system)")
_INLINE = re.compile(r"(?P<name>\S.*? system|\w+): (?P<status>Healthy|Warning|Failure)\b(?: - )?")


@dataclass(frozen=True, slots=True)
class Incident:
    """What a watch noticed about an entity (`gpu0`); the words are the tool's."""

    entity: str
    system: str
    status: str | None
    text: str


@dataclass(frozen=True, slots=True)
class EntityHealth:
    """The verdict over one entity."""

    entity: str
    status: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict over everything, over those that are not well, and why."""

    overall: str | None
    entities: tuple[EntityHealth, ...] = ()
    incidents: tuple[Incident, ...] = ()


def command(group: int = 0) -> list[str]:
    """Return what to ask a node about a group of entities; 0 holds all GPUs."""
    return ["dcgmi", "health", "-g", str(group), "-c", "-j"]


def read(text: str) -> Reading[Health]:
    """Return the report; without an overall verdict it is a problem, not good health."""
    if text.lstrip("\ufeff \r\n\t").startswith("{") or re.search(r"(?m)^\{", text):
        facts, problems = _from_json(text)
    else:
        facts, problems = _from_table(box_table(text))
    if facts.overall is None:
        problems.append(Problem("no overall health is reported"))
    return Reading(TOOL, facts, (), tuple(problems), is_simulated(text))


def _from_json(text: str) -> tuple[Health, list[Problem]]:
    whole, problems = document(text, expected=lambda node: bool(node.at("body").members))
    body = whole.at("body")
    entities: list[EntityHealth] = []
    incidents: list[Incident] = []
    for name, node in body.members:
        if name == "Overall Health":
            continue
        told = _entities(name, node)
        problems += [] if told else [Problem(f"not understood: {name[:120]}")]
        for entity, health in told:
            entities.append(EntityHealth(entity, health.at("value").said))
            incidents += _incidents(entity, health)
    overall = body.at("Overall Health", "value").said or body.at("Overall Health").said
    return Health(overall, tuple(entities), tuple(incidents)), problems


def _entities(name: str, node: Node) -> list[tuple[str, Node]]:
    """Return the entities of a group (`GPU`), or the one that older releases name (`GPU ID: 0`)."""
    if (found := _ENTITY.fullmatch(name)) and found["group"]:
        return [(f"{found['group'].lower()}{found['id']}", node)]
    children = node.at("children").members
    if not all(number.isdigit() for number, _ in children):
        return []
    return [(f"{name.lower()}{number}", entity) for number, entity in children]


def _incidents(name: str, entity: Node) -> Iterator[Incident]:
    errors = entity.at("children", "Errors")
    systems = errors.at("children") if errors.value is not None else entity.at("children")
    for system, told in systems.members:
        status = told.at("value").said
        texts = [node.at("value").said or node.said for _, node in told.at("children").members]
        for text in [text for text in texts if text] or [""]:
            yield Incident(name, system, status, text)


@dataclass(slots=True)
class _Report:
    overall: str | None = None
    group: str = "gpu"
    entities: list[EntityHealth] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)


def _from_table(table: BoxTable) -> tuple[Health, list[Problem]]:
    report = _Report()
    problems = list(table.problems)
    for row in table.rows:
        if len(row.cells) == 2 and not _take(report, *row.cells):
            problems.append(_stranger(row))
    for at, line in table.others:
        problems.append(Problem(f"not understood: {line[:120]}", at))
    return Health(report.overall, tuple(report.entities), tuple(report.incidents)), problems


def _take(report: _Report, name: str, value: str) -> bool:
    if name.startswith("Overall Health"):
        report.overall = value or None
    elif name in _GROUPS:
        report.group = name.lower()
    elif found := _ENTITY.fullmatch(name):
        report.entities.append(EntityHealth(_entity(report, found), value or None))
    elif (found := _SYSTEM.fullmatch(name)) and report.entities:
        report.incidents.append(
            Incident(report.entities[-1].entity, found["name"], value or None, "")
        )
    elif not name and report.entities:
        _say(report, value)
    else:
        return name in ("-> Errors", "")
    return True


def _entity(report: _Report, found: re.Match[str]) -> str:
    return f"{(found['group'] or report.group).lower()}{found['id']}"


def _say(report: _Report, text: str) -> None:
    """Take a line without a name: words of the incident above, or in old tables a new one."""
    if found := _INLINE.match(text):
        entity = report.entities[-1].entity
        rest = text[found.end() :]
        report.incidents.append(Incident(entity, found["name"], found["status"], rest))
    elif report.incidents:
        last = report.incidents.pop()
        report.incidents.append(replace(last, text=f"{last.text} {text}".strip()))


def _stranger(row: Row) -> Problem:
    return Problem(f"not understood: {' | '.join(row.cells)[:120]}", row.line)

"""An assessment on one screen: what it is, what is in the way, how much was found, what next."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.assessment import (
    GRAVITIES,
    TOPICS,
    AssessedFinding,
    Assessment,
    Obstacle,
    Topic,
)
from millwright.model.nodeset import folded
from millwright.reports.table import Table, left, right

TITLES: dict[Topic, str] = {
    "health": "Health",
    "drift": "Drift between peers",
    "bottleneck": "Bottlenecks",
    "tuning": "Tuning",
    "hardening": "Hardening",
}
MOST_NODES = 28
"""Letters for a set of nodes in a column; a longer one is told as its first part and a count."""
MOST_COMMANDS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the screen; a heading is set apart."""

    text: str
    heading: bool = False


def screen(told: Assessment, *, more: str = "", columns: int = 0) -> Iterator[Line]:
    """Yield one screen. `more` is the command that tells the rest; lines longer than `columns` go
    on below themselves, 0 is a place without an edge."""
    for line in _lines(told, more):
        if not columns or len(line.text) <= columns:
            yield line
            continue
        indent = _indent(line.text)
        for text in textwrap.wrap(
            line.text,
            columns,
            initial_indent="",
            subsequent_indent=" " * indent,
            drop_whitespace=True,
            replace_whitespace=False,
            break_on_hyphens=False,
            break_long_words=False,
        ):
            yield Line(text, line.heading)


def _indent(text: str) -> int:
    """Return where the words of a line begin: behind its last column, or behind its margin."""
    found = re.match(r"\s*\d{1,3}  \S.*?  +(?=\S)|\s*(?:UNKNOWN  )?", text)
    return min(len(found[0]), 44) if found else 0


def _lines(told: Assessment, more: str) -> Iterator[Line]:
    yield from _head(told)
    yield from _ahead(told)
    yield from _counts(told)
    yield from _unknown(told)
    yield from _next(told, more)


def _head(told: Assessment) -> Iterator[Line]:
    mark = "  SIMULATED" if told.simulated else ""
    silent = f", {len(told.silent)} silent" if told.silent else ""
    yield Line(f"{verdict(told)}{mark}  {machines(told)}{silent}", heading=True)
    for group in told.shape.alike:
        yield Line(f"  {short(group.nodes)} ({len(group.nodes)})  {group.role}, {group.machine}")
    yield Line("  " + " · ".join(known_of(told)))


def verdict(told: Assessment) -> str:
    """Return the answer in one word or two."""
    return {"ready": "READY", "not ready": "NOT READY", "unknown": "UNKNOWN"}[told.answer]


def machines(told: Assessment) -> str:
    """Return how many nodes there are of each role, and their GPUs."""
    counts: Counter[str] = Counter()
    for group in told.shape.alike:
        counts[group.role] += len(group.nodes)
    roles = ", ".join(f"{count} {role}" for role, count in counts.most_common())
    nodes = sum(counts.values())
    return f"{nodes} node{'s' if nodes != 1 else ''} ({roles}), {told.shape.gpus} GPUs"


def known_of(told: Assessment) -> list[str]:
    """Return what the nodes make together, and what of it nobody tells."""
    shape = told.shape
    return [
        shape.fabric or "fabric UNKNOWN",
        shape.scheduler or "no scheduler seen",
        "; ".join(shape.file_systems) or "no shared file system seen",
        shape.monitoring or "no monitoring seen",
    ]


def short(nodes: Sequence[str], most: int = MOST_NODES) -> str:
    """Return a node set that fits into a column."""
    whole = folded(nodes)
    if len(whole) <= most:
        return whole
    return f"{nodes[0]} and {len(nodes) - 1} more"


def _ahead(told: Assessment) -> Iterator[Line]:
    yield Line("")
    if not told.obstacles:
        yield Line("Nothing that was read keeps work from production", heading=True)
        return
    yield Line("What keeps work from production, worst first", heading=True)
    places = [short(each.nodes) for each in told.obstacles]
    width = max(map(len, places))
    for each, place in zip(told.obstacles, places, strict=True):
        yield Line(f"  {each.rank:>2}  {place:<{width}}  {each.message}")


def counted(told: Assessment) -> list[tuple[str, list[int]]]:
    """Return by topic how many findings there are of each gravity."""
    counts = Counter((each.topic, each.gravity) for each in told.findings)
    return [(TITLES[topic], [counts[topic, grave] for grave in GRAVITIES]) for topic in TOPICS]


def _counts(told: Assessment) -> Iterator[Line]:
    yield Line("")
    heads = "  ".join(f"{grave:>8}" for grave in GRAVITIES)
    yield Line(f"{'Found':<21}{heads}", heading=True)
    for title, numbers in counted(told):
        cells = "  ".join(f"{number or '-':>8}" for number in numbers)
        yield Line(f"  {title:<19}{cells}")


def _unknown(told: Assessment) -> Iterator[Line]:
    named = [f"{gap.subject} ({short(gap.nodes, 16)})" for gap in told.unread if gap.question]
    if not named:
        return
    rest = f", and {len(named) - 4} more" if len(named) > 4 else ""
    yield Line("")
    yield Line(f"UNKNOWN  {', '.join(named[:4])}{rest}")


def _next(told: Assessment, more: str) -> Iterator[Line]:
    commands = list(dict.fromkeys(each.command for each in _actionable(told.obstacles)))
    last = [more] if more else []
    commands = [*commands[: MOST_COMMANDS - len(last)], *last]
    if commands:
        yield Line("")
        yield Line("Next", heading=True)
        for command in commands:
            yield Line(f"  {command}")


def _actionable(ahead: Sequence[Obstacle]) -> list[Obstacle]:
    return [each for each in ahead if each.command and each.findings]


def tables(told: Assessment) -> Iterator[Table]:
    """Yield a table a topic with every finding, and one of what could not be read."""
    for topic in TOPICS:
        if rows := [_row(each) for each in told.of(topic)]:
            columns = left("gravity", "nodes", "where", "finding", "found", "right", "what next")
            yield Table(TITLES[topic], columns, tuple(rows))
    gaps = tuple((gap.subject, folded(gap.nodes), gap.why, gap.remedy) for gap in told.unread)
    yield Table("Not known", left("subject", "nodes", "why", "what would tell it"), gaps)


def _row(each: AssessedFinding) -> tuple[str, ...]:
    return (each.gravity, folded(each.nodes), each.device, each.message, each.found,
            each.wanted, each.command)  # fmt: skip


def inventory(told: Assessment) -> Table:
    """Return the nodes with what they have, one a row."""
    rows = tuple(
        (
            name,
            node.role,
            " ".join(filter(None, (node.vendor, node.model))) or None,
            node.serial,
            node.processors,
            round(node.memory_mib / 1024) if node.memory_mib else None,
            sum(not gpu.lost for gpu in node.gpus),
            sum(each.up is True for each in node.adapters),
            node.driver,
            node.kernel,
        )
        for name, node in told.nodes.items()
    )
    columns = (
        *left("node", "role", "server", "serial"),
        *right("CPUs", "memory GiB", "GPUs", "links up"),
        *left("driver", "kernel"),
    )
    return Table("Nodes", columns, rows)

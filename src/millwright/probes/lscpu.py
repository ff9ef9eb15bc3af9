"""`lscpu`, plain text of versions since 2.2x and JSON (-J), flat or nested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.json_node import Node, document
from millwright.probes.pairs import Pair, Pairs, pair_of, size_bytes
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, Reading, count, is_simulated, number

TOOL = "lscpu"
_NUMA = re.compile(r"numa node(?P<node>\d{1,5}) cpu\(s\)$")
_CACHE = re.compile(r"(?P<name>l\d[di]?)(?: cache)?$")
_INSTANCES = re.compile(r"(?P<size>[^(]+?)(?: \((?P<count>\d{1,6}) instances?\))?$")
_VULNERABLE = re.compile(r"vulnerability (?P<name>.+)$")
_HEADINGS = ("virtualization features", "caches (sum of all)", "numa", "vulnerabilities")
_FAILURE = re.compile(r"lscpu:|.*command not found")
_CORE = ("Architecture", "CPU(s)")


@dataclass(frozen=True, slots=True)
class NumaNode:
    """A memory domain with its CPUs (`0-31,64-95`); one without CPUs has none."""

    number: int
    cpus: str | None


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache: its size, of all instances where `instances` is told, else of one."""

    name: str
    size_bytes: int | None
    instances: int | None


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """What the kernel says of a weakness of the processor."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Cpus:
    """The processors of a node. `mhz` is what one of them happened to run at."""

    architecture: str | None
    model: str | None
    vendor: str | None
    cpus: int | None
    online: str | None
    threads_per_core: int | None
    cores_per_socket: int | None
    sockets: int | None
    numa_nodes: int | None
    mhz: float | None
    max_mhz: float | None
    min_mhz: float | None
    hypervisor: str | None
    virtualization: str | None
    nodes: tuple[NumaNode, ...]
    caches: tuple[Cache, ...]
    vulnerabilities: tuple[Vulnerability, ...]
    flags: tuple[str, ...]


def command() -> list[str]:
    """Return what to ask a node."""
    return ["lscpu", "-J"]


def read(text: str) -> Reading[Cpus]:
    """Return what the processors are; two that differ in model have no one model."""
    pairs = Pairs()
    told = text.removeprefix("\ufeff").lstrip()
    if told.startswith("{") or "\n{" in told:
        tree, problems = document(text, expected=lambda node: bool(node.at("lscpu").entries))
        for pair in _fields(tree.at("lscpu")):
            pairs.put(pair)
    else:
        problems = _lines(text, pairs)
    problems += pairs.problems
    for key in _CORE:
        if key not in pairs:
            problems.append(Problem(f"{key} is not told"))
    return Reading(TOOL, _cpus(pairs), (), tuple(problems), is_simulated(text))


def _fields(entries: Node) -> Iterator[Pair]:
    for entry in entries.entries:
        field = (entry.at("field").said or "").rstrip(":").strip()
        if field and entry.at("data").said:
            yield Pair(0, 0, field, entry.at("data").said or "")
        yield from _fields(entry.at("children"))


def _lines(text: str, pairs: Pairs) -> list[Problem]:
    told = output(text)
    problems = told.problems
    for line in told.whole:
        _take(line, pairs, problems)
    return problems


def _take(line: Line, pairs: Pairs, problems: list[Problem]) -> None:
    at, text = line
    if not text.strip():
        return
    pair = pair_of(line)
    if _FAILURE.match(text):
        problems.append(Problem(shown(text), at))
    elif pair is None:
        problems.append(not_understood(line))
    elif pair.key.lower() not in _HEADINGS:
        pairs.put(pair)


def _cpus(pairs: Pairs) -> Cpus:
    get = pairs.get
    return Cpus(
        architecture=get("Architecture"),
        model=get("Model name"),
        vendor=get("Vendor ID"),
        cpus=count(get("CPU(s)")),
        online=get("On-line CPU(s) list"),
        threads_per_core=count(get("Thread(s) per core")),
        cores_per_socket=count(get("Core(s) per socket", "Core(s) per cluster")),
        sockets=count(get("Socket(s)", "CPU socket(s)")),
        numa_nodes=count(get("NUMA node(s)")),
        mhz=number(get("CPU MHz")),
        max_mhz=number(get("CPU max MHz")),
        min_mhz=number(get("CPU min MHz")),
        hypervisor=get("Hypervisor vendor"),
        virtualization=get("Virtualization type", "Virtualization"),
        nodes=tuple(_nodes(pairs)),
        caches=tuple(_caches(pairs)),
        vulnerabilities=tuple(
            Vulnerability(found["name"], value)
            for key, value in pairs
            if (found := _VULNERABLE.match(key))
        ),
        flags=tuple((get("Flags") or "").split()),
    )


def _nodes(pairs: Pairs) -> Iterator[NumaNode]:
    for key, value in pairs:
        if found := _NUMA.match(key):
            yield NumaNode(int(found["node"]), words(value))


def _caches(pairs: Pairs) -> Iterator[Cache]:
    for key, value in pairs:
        if (found := _CACHE.match(key)) and (told := _INSTANCES.match(value)):
            instances = int(told["count"]) if told["count"] else None
            yield Cache(found["name"], size_bytes(told["size"]), instances)

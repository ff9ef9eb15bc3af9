"""Walks over a spec, line by line, and finds what answers each.

What nobody answers is told as open: a requirement is never dropped, and never called met without a
figure or a rule behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from millwright.design.tracing import ofsite, ofwork
from millwright.design.tracing.ground import Ground, Tracer, told
from millwright.model.finding import Finding
from millwright.model.tracing import Answer, Path, Requirement

NOT_ASKED = (("schema",),)
TRACERS: dict[tuple[str, ...], Tracer] = {
    ("site", "rack"): ofsite.rack,
    ("site", "power"): ofsite.power,
    ("site", "cooling"): ofsite.cooling,
    ("site",): ofsite.of_site,
    ("zones",): ofsite.zone,
    ("networks",): ofsite.network,
    ("workloads",): ofwork.workload,
    ("tiers",): ofwork.tier,
    ("growth",): ofwork.growth,
    ("storage",): ofwork.storage,
    ("budget",): ofwork.budget,
    ("compute",): ofwork.pool,
}
PLAIN: dict[tuple[str, ...], tuple[str, str, str]] = {
    ("name",): ("used", "names of files, hosts and labels", ""),
    ("customer",): ("used", "on the cover", ""),
    ("currency",): ("used", "all money is told in it", "`design show cost`"),
    ("blueprint",): ("used", "the design follows it", "`design conform`"),
    ("fabrics",): ("used", "switches and cables of the fabrics", "`design show fabric`"),
    ("services", "identity"): ("later", "hosts ask this directory", "`deploy apply`"),
    ("services", "tickets"): ("later", "alerts go there", "`deploy apply`"),
    ("services", "siem"): ("later", "logs of all hosts go there", "`deploy apply`"),
    ("services",): ("later", "hosts are set up for it", "`deploy apply`"),
    ("software",): ("later", "hosts are set up with it", "`deploy plan`"),
    ("patching",): ("later", "bounds how long updates may wait", "`deploy apply`"),
    ("security", "sovereignty"): ("used", "zones are held against it", "MW-D-095"),
    ("compliance", "frameworks"): (
        "later",
        "evidence and duties of operation",
        "`evidence verify`",
    ),
}
"""State, words and whom to ask, by the beginning of a path; the longest that fits counts."""


def requirements(
    said: object, ground: Ground, line_of: Callable[[Path], int]
) -> tuple[Requirement, ...]:
    """Return every line of a spec that asks for something; `said` is the spec as it was read."""
    found = []
    for path, value in leaves(said, ()):
        if not _asks(path):
            continue
        answer = _answered(ground, path, value)
        found.append(
            Requirement(
                line=line_of(path),
                path=spelled(path, said),
                says=_said(value),
                answer=_with_findings(answer, path, ground),
            )
        )
    return tuple(found)


def _asks(path: Path) -> bool:
    """Return whether a line asks for something: that an entry of a list has a name does not, but
    for a workload, whose name stands for all of it."""
    if path in NOT_ASKED:
        return False
    return not (len(path) == 3 and path[-1] == "name" and path[0] != "workloads")


def leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """Yield every value of a document with its path; a list of plain values is one value."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, str(key)))
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def spelled(path: Path, said: object) -> str:
    """Return a path for reading: entries of a list by their names, where they have one."""
    parts, here = [], said
    for key in path:
        here = here[key]  # type: ignore[index]
        name = here.get("name") if isinstance(key, int) and isinstance(here, Mapping) else None
        parts.append(str(name) if name else str(key))
    return ".".join(parts)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_said(each) for each in value)
    return "" if value is None else str(value)


def _answered(ground: Ground, path: Path, value: object) -> Answer:
    names = tuple(str(key) for key in path)
    for length in (2, 1):
        tracer = TRACERS.get(names[:length])
        if tracer is not None:
            return tracer(ground, path, value) or _nobody()
    for length in (2, 1):
        plain = PLAIN.get(names[:length])
        if plain is not None:
            return Answer.model_validate(
                {"state": plain[0], "text": plain[1], "by": (plain[2],) if plain[2] else ()}
            )
    return _nobody()


def _nobody() -> Answer:
    return told("open", "nothing of the design answers it")


def _with_findings(answer: Answer, path: Path, ground: Ground) -> Answer:
    """Return the answer with the remarks of the design about this very line."""
    about = [each.rule for each in _about(path, ground.cluster.findings)]
    fresh = [rule for rule in dict.fromkeys(about) if rule not in answer.by]
    return answer.model_copy(update={"by": (*answer.by, *fresh)}) if fresh else answer


def _about(path: Path, findings: Sequence[Finding]) -> Iterator[Finding]:
    plain = ".".join(str(key) for key in path if not isinstance(key, int))
    for each in findings:
        where = each.where.partition("[")[0]
        if len(path) > 1 and where == plain:
            yield each

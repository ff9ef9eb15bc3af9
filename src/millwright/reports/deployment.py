"""What a deployment will do, does, and has done: hosts folded, roles in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from millwright.model.knownerror import KnownError, cause_of
from millwright.model.nodeset import folded
from millwright.model.standing import Done
from millwright.reports.table import Table, left, right


def unbegun_line(steps: Sequence[tuple[str, str]]) -> str:
    """Return why roles were not begun, each given with its host; nothing where there are none.

    Roles come in the order of what they stand on, and no finer order of them is known.
    """
    if not steps:
        return ""
    hosts = list(dict.fromkeys(host for _, host in steps))
    return (
        f"{len(steps)} roles were not begun on {folded(hosts)} ({len(hosts)}): each may stand on "
        "those before it, so a host's turn ends with the first that does not come right. Mend that "
        "one; `millwright deploy apply` goes on with the others"
    )


def standing_table(roles: Sequence[str], rows: Mapping[tuple[str, str], Done]) -> Table:
    """Return how every role stands, hosts that stand alike in one row."""
    same: dict[tuple[str, str, str], list[str]] = {}
    for (host, role), done in rows.items():
        same.setdefault((role, done.standing, done.detail), []).append(host)
    order = {role: number for number, role in enumerate(roles)}
    known = sorted(same.items(), key=lambda item: (order.get(item[0][0], len(order)), item[1]))
    told = tuple(
        (role, folded(hosts), len(hosts), standing, detail)
        for (role, standing, detail), hosts in known
    )
    columns = (*left("role", "hosts"), *right("count"), *left("standing", "detail"))
    return Table("Roles", columns, told)


def outcome_lines(
    outcomes: Iterable[tuple[str, str, str, str]], known: Sequence[KnownError] = ()
) -> Iterator[str]:
    """Yield one line for the hosts of each role that came out alike, and how to mend it.

    An outcome is a role, a host, a standing and its detail. Failures with one known cause are
    alike, and the first one's words stand for them.
    """
    same: dict[tuple[str, str, str], tuple[KnownError | None, str, list[str]]] = {}
    for role, host, standing, detail in outcomes:
        cause = cause_of(detail, known) if standing in ("failed", "unknown") else None
        key = (role, standing, cause.name if cause else f"\n{detail}")
        same.setdefault(key, (cause, detail, []))[2].append(host)
    for (role, standing, _), (cause, detail, hosts) in same.items():
        word = {"failed": "FAIL", "unknown": "UNKNOWN"}.get(standing, standing)
        told = f"{cause.means} ({detail})" if cause else detail
        said = f"  {told}" if told else ""
        yield f"{role:18} {folded(hosts)} ({len(hosts)})  {word}{said}"
        if cause:
            yield f"{'':18}   fix: {cause.fix}"


def standing_document(rows: Mapping[tuple[str, str], Done]) -> dict[str, Any]:
    """Return how every role stands, as JSON."""
    keys = ("host", "role", "standing", "detail", "run", "at", "input_hash")
    return {
        "schema": "millwright.deploy-status/1",
        "roles": [{key: getattr(done, key) for key in keys} for done in rows.values()],
    }


def remark_lines(remarks: Iterable[tuple[str, str, str, str]]) -> Iterator[str]:
    """Yield one line for the hosts of which the same is wrong, what is worst first.

    A remark is a host, a standing, what is wrong, and what would mend it.
    """
    order = ("failed", "unknown", "not testable", "proven")
    same: dict[tuple[str, str, str], list[str]] = {}
    for host, standing, what, fix in remarks:
        same.setdefault((standing, what, fix), []).append(host)
    for (standing, what, fix), hosts in sorted(same.items(), key=lambda e: order.index(e[0][0])):
        word = {"failed": "FAIL", "unknown": "UNKNOWN"}.get(standing, standing)
        mend = f"  ({fix})" if fix else ""
        yield f"{folded(hosts)} ({len(hosts)})  {word}  {what}{mend}"

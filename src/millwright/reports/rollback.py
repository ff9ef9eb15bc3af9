"""What a rollback would do and did, hosts folded that are alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from millwright.model.nodeset import folded
from millwright.reports.table import Table, left, right


@dataclass(frozen=True, slots=True)
class FileTold:
    """One file of one host, and what is done with it."""

    host: str
    path: str
    action: str
    roles: tuple[str, ...]


def rollback_table(run: str, files: Iterable[FileTold]) -> Table:
    """Return the files that are not as they were before a run."""
    same: dict[tuple[str, str, str], list[str]] = {}
    for file in files:
        if file.action != "as it was":
            key = (file.path, file.action, ", ".join(file.roles))
            same.setdefault(key, []).append(file.host)
    rows = tuple(
        (path, folded(hosts), len(hosts), action, roles)
        for (path, action, roles), hosts in sorted(same.items())
    )
    columns = (*left("file", "hosts"), *right("count"), *left("what is done", "roles"))
    return Table(f"Back to before {run}", columns, rows)


def refusal_lines(files: Iterable[FileTold], *, force: bool) -> Iterator[str]:
    """Yield a line for files that somebody changed since, or that were not saved."""
    words = {"not saved": "was too large or no file, and is left as it is"}
    if not force:
        words["changed since"] = "changed since by somebody else, and is left; --force puts it back"
    same: dict[tuple[str, str], list[str]] = {}
    for file in files:
        if file.action in words:
            same.setdefault((file.path, words[file.action]), []).append(file.host)
    for (path, word), hosts in same.items():
        yield f"{folded(hosts)} ({len(hosts)})  {path} {word}"


def uncovered_lines(open_: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield a line for roles that write files whose names only a host tells: none was saved."""
    for role, paths in open_.items():
        if paths:
            yield f"not saved, and left as they are: what {role} writes at {', '.join(paths)}"


def done_lines(
    done: Mapping[str, Sequence[str]], wrong: Sequence[tuple[str, str, str]]
) -> Iterator[str]:
    """Yield what hosts did; `wrong` are a host, a file or service, and why it is not as wanted."""
    same: dict[tuple[str, ...], list[str]] = {}
    for host, paths in done.items():
        same.setdefault(tuple(paths), []).append(host)
    for paths, hosts in same.items():
        word = f"{len(paths)} files put back" if paths else "nothing to put back"
        yield f"{folded(hosts)} ({len(hosts)})  {word}"
    failed: dict[tuple[str, str], list[str]] = {}
    for host, what, why in wrong:
        failed.setdefault((what, why), []).append(host)
    for (what, why), hosts in failed.items():
        yield f"{folded(hosts)} ({len(hosts)})  FAIL  {what}: {why}"


def rollback_document(
    run: str,
    files: Iterable[FileTold],
    done: Mapping[str, Sequence[str]],
    wrong: Sequence[tuple[str, str, str]],
    unknown: Mapping[str, str],
) -> dict[str, Any]:
    """Return it as JSON."""
    return {
        "schema": "millwright.deploy-rollback/1",
        "run": run,
        "files": [{**asdict(file), "roles": list(file.roles)} for file in files],
        "put_back": {host: list(paths) for host, paths in done.items()},
        "wrong": [dict(zip(("host", "what", "why"), each, strict=True)) for each in wrong],
        "unknown": dict(unknown),
    }

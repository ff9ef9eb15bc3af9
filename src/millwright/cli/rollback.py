"""`deploy rollback`: puts back the configuration files that a run changed, host by host."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.site import Site
    from millwright.deploy.hands import Hands
    from millwright.deploy.rollback import HostRestore
    from millwright.reports.rollback import FileTold


@dataclass(slots=True)
class _Went:
    """How it went: files put back by host, what is wrong, and of whom nothing is known."""

    done: dict[str, list[str]] = field(default_factory=dict)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)


@guarded
def rollback(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run, or the start of its name.")],
    only: Annotated[str | None, typer.Option(help="A node set: touch no other host.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also put back what somebody changed since.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Put back the configuration files that a run changed, as each host has saved them.

    Services of the roles concerned are restarted, and `deploy plan` shows those roles again.
    Packages, users and databases stay as they are. After an interruption, call it again.
    """
    from millwright.adapters.earlier import run_folder
    from millwright.cli.site import site_of

    door = door_of(context, json=json)
    site = site_of(door, stale=True)
    name = run_folder(site.workspace, run).name
    went = _Went()
    with site.run("rollback") as hands:
        found = _shown(hands, _hosts(site, name, only), name)
        went.unknown |= {each.host: each.unknown for each in found if each.unknown}
        files = _files(found)
        busy = [each for each in found if each.begun or each.chosen(force=force)]
        if not door.json:
            _show(door, name, files, force)
            _tell_uncovered(door, site, name)
        if busy:
            _confirm(door, busy, yes)
            _note(site, hands, busy, (name, force))
            _put_back(hands, busy, (name, force), went)
    _tell(door, name, files, went)
    _leave(files, went, force)


def _hosts(site: Site, run: str, only: str | None) -> list[str]:
    """Return the hosts of a run that can still be reached."""
    from millwright.adapters.earlier import phase_of, runs
    from millwright.adapters.history import History
    from millwright.model.nodeset import chosen

    journal = History(site.ledger).journal(run=run)
    told = next(t for t in runs(site.workspace, (phase_of(run),), journal) if t.run == run)
    known = [host for host in told.hosts if host in site.known.routes]
    if not known:
        raise MillwrightError(f"{run} touched no host that is known here")
    return known if only is None else list(chosen(only, known))


def _shown(hands: Hands, hosts: Sequence[str], run: str) -> list[HostRestore]:
    from millwright.adapters.hostfiles import asked
    from millwright.deploy.rollback import restores

    found = []
    for answer in asked(hands.shell, hosts, "show", run, {}):
        hands.keep(answer)
        found.append(restores(answer))
    order = {host: number for number, host in enumerate(hosts)}
    return sorted(found, key=lambda each: order[each.host])


def _files(found: Sequence[HostRestore]) -> list[FileTold]:
    from millwright.reports.rollback import FileTold

    return [FileTold(f.host, f.path, f.action, f.roles) for each in found for f in each.files]


def _show(door: Door, run: str, files: Sequence[FileTold], force: bool) -> None:
    from millwright.reports.rollback import refusal_lines, rollback_table

    table = rollback_table(run, files)
    if table.rows:
        door.ui.table(table)
        door.ui.raw(refusal_lines(files, force=force))
    else:
        saved = f", of {len(files)} that were saved" if files else ": none was saved"
        door.ui.data(f"no file is to be put back{saved}")


def _tell_uncovered(door: Door, site: Site, run: str) -> None:
    """Say which files of the run's roles nobody could save: their names come out on hosts only."""
    from millwright.adapters.history import History
    from millwright.adapters.managed import managed_by
    from millwright.reports.rollback import uncovered_lines

    roles = dict.fromkeys(done.role for done in History(site.ledger).journal(run=run))
    known = managed_by(tuple(roles))
    door.ui.raw(uncovered_lines({role: one.open_ for role, one in known.items()}))


def _confirm(door: Door, busy: Sequence[HostRestore], yes: bool) -> None:
    if yes:
        return
    if door.json or not sys.stdin.isatty():
        raise MillwrightError(
            f"files of {len(busy)} hosts wait to be put back", hint="read the list, then say --yes"
        )
    if not typer.confirm("Put these back?", err=True):
        door.ui.say("nothing was put back")
        raise typer.Exit(int(Exit.NO))


def _note(site: Site, hands: Hands, busy: Sequence[HostRestore], what: tuple[str, bool]) -> None:
    """See in the ledger, before a file is touched, that roles no longer stand as they did."""
    from millwright.adapters.history import History
    from millwright.model.standing import Done

    run, force = what
    before = History(site.ledger).before(run)
    for each in busy:
        for role in each.roles(force=force):
            was = before.get((each.host, role))
            digest = was.input_hash if was else ""
            told = f"its files were put back to before {run}"
            hands.ledger.put(Done(each.host, role, digest, "unknown", hands.run, hands.now(), told))


def _put_back(
    hands: Hands, busy: Sequence[HostRestore], what: tuple[str, bool], went: _Went
) -> None:
    """Have hosts put their files back; those with the same to do are asked together."""
    from millwright.adapters.hostfiles import asked, why
    from millwright.deploy.rollback import given

    run, force = what
    same: dict[str, list[str]] = {}
    for each in busy:
        same.setdefault(jsonlib.dumps(given(each, force=force)), []).append(each.host)
    for text, hosts in same.items():
        for answer in asked(hands.shell, hosts, "restore", run, jsonlib.loads(text)):
            hands.keep(answer)
            if not answer.succeeded:
                went.unknown[answer.node] = why(answer)
                continue
            told = jsonlib.loads(answer.stdout)
            went.done[answer.node] = list(told["done"])
            wrong = {**told["wrong"], **told["units"]}
            went.wrong += [(answer.node, what_, str(why_)) for what_, why_ in wrong.items()]


def _tell(door: Door, run: str, files: Sequence[FileTold], went: _Went) -> None:
    from millwright.reports.rollback import done_lines, rollback_document

    if door.json:
        document = rollback_document(run, files, went.done, went.wrong, went.unknown)
        door.ui.json(document)
        return
    door.ui.raw(done_lines(went.done, went.wrong))
    for host, reason in went.unknown.items():
        door.ui.data(f"{host} (1)  UNKNOWN  {reason}")


def _leave(files: Sequence[FileTold], went: _Went, force: bool) -> None:
    left = any(
        f.action == "not saved" or (f.action == "changed since" and not force) for f in files
    )
    if went.wrong or left:
        raise typer.Exit(int(Exit.NO))
    if went.unknown:
        raise typer.Exit(int(Exit.UNANSWERED))

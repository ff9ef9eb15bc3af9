"""`assess`: the first hour on a cluster that somebody else built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import From, Json, Record
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.routes import Known
    from millwright.cli.sweeps import Look
    from millwright.model.assessment import Assessment
    from millwright.model.catalog import Catalog

Nodes = Annotated[
    str | None,
    typer.Argument(help="Hosts by name, address or node set: gpu[001-127],head1,10.0.0.5."),
]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", help="Write assessment.html, .pdf and .json here.")
]
Adopt = Annotated[
    Path | None, typer.Option("--adopt", help="Draft a workspace for this cluster here.")
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Show the hosts' keys and pin them, then assess.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Pin new keys without asking.")]
Collector = Annotated[
    bool, typer.Option("--collector", help="Print a script that records on a node itself.")
]


@guarded
def assess(
    context: typer.Context,
    nodes: Nodes = None,
    source: From = None,
    record: Record = None,
    out: Out = None,
    adopt: Adopt = None,
    trust: Trust = False,
    yes: Yes = False,
    collector: Collector = False,
    json: Json = False,
) -> None:
    """Say what a cluster is, what is wrong with it, and what keeps work from running on it.

    Only reads. Needs no factory.yaml: hosts are reached as ssh reaches them, or as reach.yaml says.
    """
    door = door_of(context, json=json)
    if collector:
        _collector(door)
        return
    if trust:
        _trust(door, nodes, yes)
    look = _look(door, nodes, source, record)
    told, catalog = _assessed(door, nodes, look)
    if out is not None:
        _write(door, told, out)
    if adopt is not None:
        _adopt(door, told, catalog, look, adopt)
    _show(door, told, "" if out else _more(nodes, source))
    raise typer.Exit(int(_status(told)))


def _collector(door: Door) -> None:
    from millwright.manage.assess.collector import script

    door.ui.raw(script().splitlines())


def _known(door: Door, nodes: str | None) -> Known:
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.strangers import found_nodes

    workspace = workspace_of(door)
    if nodes is None:
        try:
            return known_nodes(workspace)
        except MillwrightError as error:
            raise MillwrightError(
                error.message,
                hint="name hosts: `millwright assess gpu[001-016],head1`, or read --from DIR",
            ) from None
    return found_nodes(workspace, nodes, Path.home())


def _look(door: Door, nodes: str | None, source: Path | None, record: Path | None) -> Look:
    """Return what to look at; refuses to ask hosts whose keys nobody has pinned."""
    from millwright.adapters.strangers import meant
    from millwright.cli.sweeps import Look

    if source is not None:
        return Look(nodes, source, record, "assess")
    known = _known(door, nodes)
    _check_pinned(door, known, nodes)
    door.ui.say(f"asking {len(known.routes)} hosts; nothing is changed on them")
    names = meant(known, nodes) if nodes else tuple(known.routes)
    return Look(nodes, None, record, "assess", known=known, names=names)


def _check_pinned(door: Door, known: Known, nodes: str | None) -> None:
    import shlex

    from millwright.adapters.hostkeys import entry_name, pinned
    from millwright.model.nodeset import folded

    keys = pinned(workspace_of(door))
    new = [name for name, route in known.routes.items() if keys.lookup(entry_name(route)) is None]
    if len(new) == len(known.routes):
        words = ["millwright", *(["-C", str(door.root)] if str(door.root) != "." else []), "assess"]
        again = shlex.join([*words, *([nodes] if nodes else []), "--trust"])
        raise MillwrightError(
            f"the host keys of {folded(new)} are not pinned yet",
            hint=f"compare and pin them first: {again}",
        )
    if new:
        door.ui.complain(f"{folded(new)}: no host key is pinned; --trust shows and pins it")


def _trust(door: Door, nodes: str | None, yes: bool) -> None:
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.ssh import SshShell
    from millwright.cli.trusting import Wish, pinned_of

    routes = dict(_known(door, nodes).routes)
    with SshShell(routes, known_hosts(workspace_of(door)), None, door.root) as shell:
        for behind in (False, True):
            stage = [route for route in routes.values() if bool(route.jump) is behind]
            if stage:
                pinned_of(door, stage, Wish(yes, replace=False, ca=None), shell)


def _assessed(door: Door, nodes: str | None, look: Look) -> tuple[Assessment, Catalog]:
    from millwright.adapters.faultfiles import fault_catalog
    from millwright.cli.sweeps import heard_of
    from millwright.manage.assess.assessing import Frame, assess
    from millwright.manage.assess.health import Known

    seen = heard_of(door, look)
    again = " ".join(["millwright assess", *([nodes] if nodes else [])])
    reached = look.known is not None and _reached(door, seen.names)
    told = Known(seen.expected, fault_catalog(seen.loaded))
    frame = Frame(again, reached, seen.simulated, seen.run, told)
    return assess(seen.recording, seen.catalog, frame), seen.catalog


def _reached(door: Door, names: tuple[str, ...]) -> bool:
    """Return whether `manage exec` knows these nodes here."""
    from millwright.adapters.routes import known_nodes

    try:
        return set(names) <= known_nodes(workspace_of(door)).routes.keys()
    except MillwrightError:
        return False


def _more(nodes: str | None, source: Path | None) -> str:
    import shlex

    words = ["millwright", "assess", *([nodes] if nodes else [])]
    words += ["--from", str(source)] if source else []
    return shlex.join([*words, "--out", "report"])


def _write(door: Door, told: Assessment, out: Path) -> None:
    from millwright import __version__
    from millwright.adapters.papers import papers
    from millwright.adapters.workspace import Workspace, writing
    from millwright.reports.assessed import assessed_page

    page = assessed_page(told, by=f"millwright {__version__}")
    text = told.model_dump_json(by_alias=True, indent=1)
    writers = {**papers(out / "assessment", page), out / "assessment.json": writing(text.encode())}
    Workspace(out).replace_files(writers)
    door.ui.say("written: " + ", ".join(str(path) for path in writers))


def _adopt(door: Door, told: Assessment, catalog: Catalog, look: Look, folder: Path) -> None:
    """Draft a workspace: with the ways that were gone, and the keys that were pinned for them."""
    import re

    from millwright.adapters.adopting import write_draft
    from millwright.manage.assess.adopt import adopted

    known = look.known.routes if look.known is not None else {}
    routes = {
        name: route.model_copy(update={"key": str((door.root / route.key).resolve())})
        if route.key
        else route
        for name, route in known.items()
    }
    plain = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:40]
    name = plain if plain[:1].isalpha() else f"site-{plain}".strip("-")
    draft = adopted(told, catalog, routes, name)
    files = write_draft(folder, draft.documents, draft.gaps, _pins(door, list(known)))
    door.ui.say("written: " + ", ".join(str(path) for path in files))
    for gap in draft.gaps:
        door.ui.say(f"  UNKNOWN  {gap}")
    door.ui.say(f"next: millwright -C {folder} design solve")


def _pins(door: Door, names: list[str]) -> str:
    from millwright.adapters.hostkeys import known_hosts

    path = known_hosts(workspace_of(door))
    return path.read_text(encoding="utf-8") if names and path.exists() else ""


def _show(door: Door, told: Assessment, more: str) -> None:
    from millwright.reports.assessment import inventory, screen, tables

    if door.json:
        door.ui.json(told.model_dump(mode="json", by_alias=True))
        return
    for line in screen(told, more=more, columns=door.ui.columns()):
        (door.ui.heading if line.heading else door.ui.data)(line.text)
    if door.ui.verbose:
        for table in (*tables(told), inventory(told)):
            door.ui.table(table)
    if told.run:
        door.ui.say(f"evidence: runs/{told.run}")


def _status(told: Assessment) -> Exit:
    if told.answer == "ready":
        return Exit.DONE
    only_silent = told.silent and not any(each.blocks for each in told.findings)
    return Exit.UNANSWERED if only_silent else Exit.NO

"""`deploy restore-drill`: whether what was kept can be restored, tried beside what runs."""

from __future__ import annotations

import json as documents
from typing import TYPE_CHECKING, Annotated, Any

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.ports import Answer

DRILL_S = 3600.0
NAME = r"\d{8}T\d{6}Z"


class Unanswered(MillwrightError):
    """The head node did not come to an answer: nothing is known of its backups."""

    exit_status = Exit.UNANSWERED

    def __init__(self, answer: Answer) -> None:
        said = f"{answer.node} did not answer: {answer.reason or answer.ended}"
        # A host without trust is named with its remedy; time that ran out left something there.
        hint = "`millwright deploy reach` tells who answers; then give this command again"
        if "trust" in answer.reason:
            hint = "compare its key with the host's own, then `millwright deploy trust`"
        elif answer.ended == "timeout":
            hint = "it may still be at work there: look with `ps`, and wait before the next drill"
        super().__init__(said, hint=hint)


@guarded
def restore_drill(
    context: typer.Context,
    backup: Annotated[
        str | None, typer.Argument(help="A backup's name; the newest one if not said.")
    ] = None,
    json: Json = False,
) -> None:
    """Restore a backup into a database server of its own on the head node, and count its rows.

    What runs there is not touched. The time that it took is what a restore takes at least.
    """
    door = door_of(context, json=json)
    answer, simulated = _drilled(door, _named(backup))
    if answer.ended != "exit":
        raise Unanswered(answer)
    told = _told(answer)
    if door.json:
        door.ui.json({"schema": "millwright.restore-drill/1", "host": answer.node, **told})
    else:
        _tell(door, answer.node, told, " · SIMULATED" if simulated else "")
    if not told["ok"]:
        raise typer.Exit(int(Exit.NO))


def _named(backup: str | None) -> tuple[str, ...]:
    import re

    if backup is None:
        return ()
    if not re.fullmatch(NAME, backup):
        raise MillwrightError(
            f"{backup!r} is no backup's name", hint="they read like 20260105T100000Z"
        )
    return (backup,)


def _drilled(door: Door, words: tuple[str, ...]) -> tuple[Answer, bool]:
    from millwright.cli.site import site_of
    from millwright.deploy.roles.keeping import DRILL
    from millwright.ports import Limits

    site = site_of(door)
    head = site.inputs.factory.head
    with site.run("restore-drill") as hands:
        for answer in hands.shell.run([head], [*DRILL, *words], Limits(command_s=DRILL_S)):
            hands.keep(answer)
    return answer, site.inputs.factory.simulated


def _told(answer: Answer) -> dict[str, Any]:
    try:
        told = documents.loads(answer.stdout)
        return {"problems": [], **told, "ok": bool(told["ok"])}
    except (ValueError, KeyError, TypeError):
        said = (answer.stderr or answer.stdout).decode("utf-8", "backslashreplace").strip()
        return {"ok": False, "problems": [f"the drill cannot be run: {said[:200]}"]}


def _tell(door: Door, host: str, told: dict[str, Any], mark: str) -> None:
    if told["ok"]:
        door.ui.data(
            f"{told['backup']} on {host}: restored in {told['restored_in_s']} s, {told['rows']} "
            f"rows of {told['tables']} tables as counted when it was taken, "
            f"{told['age_h']:.1f} h ago{mark}"
        )
        return
    for problem in told["problems"]:
        door.ui.data(f"{host}  FAIL  {problem}{mark}")

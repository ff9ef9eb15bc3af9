"""Stands around every command: turns what went wrong into words and an exit status."""

from __future__ import annotations

import errno
import functools
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import typer

from millwright.cli.ui import Ui
from millwright.errors import Exit, InputError, MillwrightError

P = ParamSpec("P")
R = TypeVar("R")

ERROR_SCHEMA = "millwright.error/1"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(slots=True)
class Door:
    """What was said before the phase and the verb."""

    root: Path = Path()
    json: bool = False
    debug: bool = False
    ui: Ui = field(default_factory=Ui)


def door_of(context: typer.Context, *, json: bool = False) -> Door:
    """Return the door of a command; `--json` counts wherever it was written."""
    door: Door = context.find_root().obj
    door.json = door.json or json
    return door


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Return the command with its failures told: the reason in words, never a bare traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        context = cast(typer.Context, kwargs["context"])
        door: Door = context.find_root().obj
        try:
            answer = command(*args, **kwargs)
            sys.stdout.flush()
            return answer
        except MillwrightError as error:
            _tell(door, error)
            raise typer.Exit(int(error.exit_status)) from None
        except BrokenPipeError:
            _stop_writing()
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            _interrupted(door)
            raise typer.Exit(int(Exit.INTERRUPTED)) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as bug:
            if isinstance(bug, OSError) and bug.errno in FULL:
                _unwritten(door, bug)
                raise typer.Exit(int(Exit.USAGE)) from None
            _report(door, bug)
            raise typer.Exit(int(Exit.BUG)) from None

    return run


def _stop_writing() -> None:
    """Point stdout at nothing, so that the interpreter's last flush has nothing to complain of."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupted(door: Door) -> None:
    if door.json:
        document = error_document(MillwrightError("interrupted"))
        door.ui.json({**document, "exit_status": int(Exit.INTERRUPTED)})
    door.ui.complain("interrupted")


def _unwritten(door: Door, error: OSError) -> None:
    """Tell that the answer found no room; JSON as well goes nowhere, so stderr says it."""
    _stop_writing()
    door.ui.complain(f"the answer cannot be written: {error.strerror}")


def _tell(door: Door, error: MillwrightError) -> None:
    if door.json:
        door.ui.json(error_document(error))
        return
    if isinstance(error, InputError):
        for problem in error.problems:
            place = (
                f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
            )
            key = f"  {problem.key}" if problem.key else ""
            hint = f" ({problem.hint})" if problem.hint else ""
            door.ui.complain(
                f"{place}{key}  found {problem.found}, expected {problem.expected}{hint}"
            )
        door.ui.say(f"{error.message}; nothing was written")
        return
    door.ui.complain(error.message)
    if error.hint:
        door.ui.complain(f"  {error.hint}")


def error_document(error: MillwrightError) -> dict[str, Any]:
    """Return an error as JSON tells it."""
    problems = error.problems if isinstance(error, InputError) else ()
    keys = ("file", "line", "column", "key", "found", "expected", "hint")
    return {
        "schema": ERROR_SCHEMA,
        "message": error.message,
        "hint": error.hint,
        "exit_status": int(error.exit_status),
        "problems": [{key: getattr(problem, key) for key in keys} for problem in problems],
    }


def _report(door: Door, bug: Exception) -> None:
    text = "".join(traceback.format_exception(bug))
    handle, name = tempfile.mkstemp(prefix="millwright-", suffix=".traceback")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    if door.debug:
        door.ui.complain(text)
    message = f"this is a bug of millwright ({type(bug).__name__}); its traceback lies in {name}"
    if door.json:
        found = MillwrightError(message, hint="please report it with that file")
        door.ui.json({**error_document(found), "exit_status": int(Exit.BUG)})
    door.ui.complain(message)

"""Runs the command line: `millwright` or `python -m millwright`."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> None:
    """Answer, and leave with the exit status; `--version` is answered before anything is loaded."""
    if sys.argv[1:] == ["--version"]:
        from millwright import __version__

        sys.stdout.write(f"millwright {__version__}\n")
        return
    try:
        from millwright.cli.main import enter

        status = enter(sys.argv[1:])
    except KeyboardInterrupt:
        _interrupted()
    sys.exit(status)


def _interrupted() -> NoReturn:
    """Say so where nothing of ours is loaded yet, and leave as a command does."""
    if "--json" in sys.argv:
        sys.stdout.write('{"schema": "millwright.error/1", "message": "interrupted", "hint": "", ')
        sys.stdout.write('"exit_status": 130, "problems": []}\n')
    sys.stderr.write("interrupted\n")
    sys.exit(130)


if __name__ == "__main__":
    main()

"""Runs the command line: `millwright` or `python -m millwright`."""

from __future__ import annotations

import sys


def main() -> None:
    """Answer, and leave with the exit status; `--version` is answered before anything is loaded."""
    if sys.argv[1:] == ["--version"]:
        from millwright import __version__

        sys.stdout.write(f"millwright {__version__}\n")
        return
    try:
        from millwright.cli.main import enter
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(enter(sys.argv[1:]))


if __name__ == "__main__":
    main()

"""`python3 -m simulators NAME [ARGUMENT]...`: how a launcher on the node calls a tool."""

import sys

from .dispatch import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))

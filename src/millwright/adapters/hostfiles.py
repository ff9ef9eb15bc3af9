"""Files of hosts are saved before a play changes them, and put back on demand.

They stay on their host, in a folder that only root may enter; what comes here are names, digests
and modes. One constant script does all of it, and is given what to do by standard input.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from millwright.adapters.managed import Managed
from millwright.adapters.resources import folder
from millwright.ports import Answer, Limits, Shell

NO_PYTHON = 127
"""The status of a host that has no Python yet, and so no file of ours."""


def script() -> str:
    """Return what hosts run: constant text, without a word from outside."""
    return (folder("playbooks") / "files" / "keep_files.py").read_text(encoding="utf-8")


def asked(
    shell: Shell, hosts: Sequence[str], verb: str, run: str, given: Mapping[str, Any]
) -> Iterator[Answer]:
    """Yield the answers of hosts to one verb: save, note, show or restore.

    An answer names the verb and the run in place of the script's whole text.
    """
    words = ("python3", "-Ic", script(), verb, run)
    limits = Limits(command_s=300.0 if verb == "restore" else 60.0, output_bytes=4 << 20)
    for answer in shell.run(hosts, words, limits, json.dumps(given).encode()):
        yield replace(answer, argv=("python3", "keep_files.py", verb, run))


def roles_given(roles: Mapping[str, Managed]) -> dict[str, Any]:
    """Return what a host is told to save or to note of some roles."""
    return {
        "roles": {
            name: {"paths": list(known.paths), "units": list(known.units)}
            for name, known in roles.items()
        }
    }


def why(answer: Answer) -> str:
    """Return why a host did not do what it was asked; nothing where it did."""
    if answer.succeeded:
        return ""
    said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
    return answer.reason or said[:300] or answer.ended

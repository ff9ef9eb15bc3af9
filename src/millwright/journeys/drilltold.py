"""Hosts that answer drills: a program goes there over a Shell, and JSON comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from millwright.journeys.drillhands import Heard
from millwright.ports import Answer, Limits, Shell

MOST_BYTES = 4 << 20
"""A head with many jobs tells of each of them twice."""


class ShellHosts:
    """Hosts over a Shell. `keep` sees every answer kept before anybody concludes from it."""

    def __init__(self, shell: Shell, keep: Callable[[Answer], None]) -> None:
        self._shell = shell
        self._keep = keep

    def tell(
        self, hosts: Sequence[str], words: Sequence[str], seconds: float, given: Mapping[str, bytes]
    ) -> dict[str, Heard]:
        """Return what each host answered; those that read the same are asked side by side."""
        found: dict[str, Heard] = {}
        groups: dict[bytes, list[str]] = {}
        for host in hosts:
            groups.setdefault(given.get(host, b""), []).append(host)
        limits = Limits(command_s=seconds, connect_s=10.0, output_bytes=MOST_BYTES)
        for text, same in groups.items():
            for answer in self._shell.run(same, words, limits, text):
                self._keep(answer)
                found[answer.node] = _heard(answer)
        return found


def _heard(answer: Answer) -> Heard:
    said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2][:300]
    if answer.ended != "exit":
        return Heard(why=answer.reason or f"it did not answer: {answer.ended}")
    try:
        document = json.loads(answer.stdout)
    except ValueError:
        return Heard(why=said or f"ended with {answer.exit_status}, and no answer")
    return Heard(document if isinstance(document, dict) else {}, "")

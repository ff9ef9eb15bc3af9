"""Roles of time: the head node has it from the site, and all others have it from the head."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict, excused
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, off_head, on_head

MOST_OFFSET_S = 0.05
OWN_CLOCK = "7F7F0101"
"""What chrony names as its source where it serves its own clock."""
SYNCHRONISED_S = 60.0
"""How long it may take from the start of a daemon until it trusts a source."""


def _server(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    sources = inputs.factory.clock.sources
    return (_tracking(tracks("", bool(sources))), _word("time-server"))


def _client(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    server = inputs.factory.clock.server
    selected = Check(("chronyc", "-c", "-n", "sources"), follows(server), SYNCHRONISED_S)
    return (_tracking(tracks(server, True)), selected, _word("time"))


def _tracking(judge: Judge) -> Check:
    return Check(("chronyc", "-c", "-n", "tracking"), judge, SYNCHRONISED_S)


def tracks(server: str, sourced: bool) -> Judge:
    """Return the judge of `chronyc -c tracking`: in step with its source, by less than 50 ms.

    `server` is who the source must be, where that is known; `sourced` says that it must have one.
    """

    def judge(text: str) -> Verdict:
        fields = text.strip().split(",")
        try:
            reference, source, offset, leap = fields[0], fields[1], float(fields[4]), fields[13]
        except (IndexError, ValueError):
            return Verdict("failed", f"chronyc says {text.strip()[:80]!r}")
        if leap == "Not synchronised":
            return Verdict("failed", "its clock follows nobody yet")
        if sourced and reference == OWN_CLOCK:
            return Verdict("failed", "no source of services.ntp answers: it serves its own clock")
        if server and source != server:
            return Verdict("failed", f"its clock follows {source}, and not {server}")
        if abs(offset) >= MOST_OFFSET_S:
            return Verdict("failed", f"its clock is {abs(offset) * 1000:.0f} ms off (at most 50)")
        return PROVEN

    return judge


def follows(server: str) -> Judge:
    """Return the judge of `chronyc -c sources`: the server is the one that was selected."""

    def judge(text: str) -> Verdict:
        rows = [line.split(",") for line in text.splitlines()]
        chosen = [row[2] for row in rows if len(row) > 2 and row[1] == "*"]
        if chosen == [server]:
            return PROVEN
        return Verdict("failed", f"its source is {', '.join(chosen) or 'nobody'}, and not {server}")

    return judge


def _word(role: str) -> Check:
    """Return the question whether a host may set its clock: containers may not."""
    path = f"/var/lib/millwright/not-testable/{role}.json"

    def judge(text: str) -> Verdict:
        keys = sorted(excused(text))
        if keys:
            return Verdict("not testable", f"{', '.join(keys)}; sources and offset are proven")
        return PROVEN

    return Check(("cat", path), judge)


TIME_SERVER = Role(
    "time-server",
    "boot",
    on_head,
    "the clock that all others follow",
    ("factory.clock",),
    _server,
    ("chronyd",),
)
TIME = Role(
    "time",
    "boot",
    off_head,
    "a clock that follows the head node's",
    ("factory.clock.server",),
    _client,
    ("chronyd",),
)

"""The role of logs: lines of every host arrive at the head node, late ones too."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, active, equals
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere

ARRIVES_S = 60.0
"""Within what a line must have arrived: a sender that lost its receiver tries that often."""

SAY = """\
mark="$1 $(cat /proc/sys/kernel/random/uuid)"
logger --tag millwright-proof --priority daemon.notice -- "$mark"
printf '%s' "$mark"
"""
"""Constant shell text: says a line that was never said before, and prints it."""

LOOK = 'grep --text --fixed-strings millwright-proof -- "$1" | tail --lines=20'
FOLDER = "/var/log/millwright"


def _logs(host: str, inputs: Inputs) -> Sequence[Check]:
    said: list[str] = []

    def keep(text: str) -> Verdict:
        said.append(text)
        told = f"it said {text[:80]!r} of itself"
        return PROVEN if text.startswith(f"{host} ") else Verdict("failed", told)

    def arrived(text: str) -> Verdict:
        # Whatever a log holds is compared with what was said, and nothing more.
        lines = text.splitlines()
        if said and any(line.endswith(said[-1]) for line in lines):
            return PROVEN
        return Verdict("failed", f"a line that it said is not at {inputs.factory.head}")

    size = ("systemd-analyze", "cat-config", "systemd/journald.conf")
    limit = f"SystemMaxUse={inputs.factory.logs.journal_mib}M"

    def limited(text: str) -> Verdict:
        found = [line for line in text.splitlines() if line.startswith("SystemMaxUse=")]
        return equals(limit, "the journal's limit")(found[-1] if found else "")

    return (
        active("rsyslog"),
        Check(size, limited),
        Check(("sh", "-c", SAY, "sh", host), keep),
        Check(
            ("sh", "-c", LOOK, "sh", f"{FOLDER}/{host}/messages"),
            arrived,
            ARRIVES_S,
            inputs.factory.head,
            turn=1,
        ),
    )


CENTRAL_LOGGING = Role(
    "central-logging",
    "cluster",
    everywhere,
    "lines of all hosts on the head node, and on to the site's own watch",
    ("factory.logs", "factory.authorities", "node.name", "node.log_senders"),
    _logs,
    ("rsyslog",),
)

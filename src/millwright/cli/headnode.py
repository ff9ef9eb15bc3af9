"""Asks a head node for Slurm's accounting and its book of outages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.manage.account.report import Terms


class Silent(MillwrightError):
    """The head node did not answer, or not with accounting."""

    exit_status = Exit.UNANSWERED


def asked_head(door: Door, node: str, terms: Terms) -> tuple[str, str, bool]:
    """Return what a head node says of jobs and of outages, and whether it is a simulated one; every
    answer is kept as evidence before anybody reads it."""
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell
    from millwright.model.nodeset import chosen
    from millwright.ports import Limits
    from millwright.probes import sacct, sacctmgr_events

    workspace = workspace_of(door)
    known = known_nodes(workspace)
    names = chosen(node, known.routes)
    since = min(terms.begin, terms.history if terms.history is not None else terms.begin)
    asked = (
        sacct.command(since, terms.end),
        sacctmgr_events.command(_utc(terms.begin), _utc(terms.end)),
    )
    texts: list[str] = []
    with (
        SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as shell,
        recorder(workspace, "report", simulated=known.simulated) as record,
    ):
        record.secrets = shell.secrets
        for argv in asked:
            record.begin(argv, names)
            for answer in shell.run(names[:1], argv, Limits(300.0, output_bytes=1 << 30)):
                record.keep(answer)
                if not answer.succeeded or answer.dropped_bytes:
                    said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
                    why = said[-1] if said else answer.reason or f"exit {answer.exit_status}"
                    raise Silent(f"{node} did not answer {argv[3]}: {why}"[:300])
                texts.append(answer.stdout.decode("utf-8", "replace"))
    return texts[0], texts[1], known.simulated


def _utc(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}"

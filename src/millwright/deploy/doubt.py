"""What a run that did not come to its end may have changed: nobody knows how it stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from millwright.model.deployorder import PlannedStep
from millwright.model.standing import Done

Rows = Mapping[tuple[str, str], Done]


def doubted(rows: Rows, steps: Sequence[PlannedStep], run: str) -> dict[tuple[str, str], Done]:
    """Return the rows of a ledger, by host and role, that a run which was killed left in doubt.

    It had these steps before it. What stood before then may be half changed since, although its
    digest is the one that is wanted again where somebody took a change back. What was looked at in
    that run or after it is known. Names of runs begin with their time and sort by it.
    """
    asked = {(step.host, step.role) for step in steps}
    why = f"{run} had it to do, and was ended before it was known how that came out"
    return {
        key: replace(done, standing="unknown", run=run, detail=why)
        for key, done in rows.items()
        if key in asked and done.standing in ("proven", "not testable") and done.run < run
    }

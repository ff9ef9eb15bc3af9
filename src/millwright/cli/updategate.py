"""Whether nodes are well before an update and after it: a sweep, and repair's acceptance tests."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from millwright.cli.remedygate import Gate
from millwright.cli.remedying import Desk
from millwright.journeys.remedyhands import Judged
from millwright.journeys.updatedriver import DriverThatRuns
from millwright.manage.remedy.past import NOT_KNOWN, NOT_PASSED, PASSED
from millwright.manage.update.wellness import wellness
from millwright.model.nodeset import folded

if TYPE_CHECKING:
    from millwright.adapters.ssh import SshShell
    from millwright.model.update import NodeUpdate

PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class UpdateGate:
    """A Gate: sweeps of nodes, and the burn-in tests that a repaired node passes as well."""

    desk: Desk
    shell: SshShell
    driver: DriverThatRuns

    def well(self, nodes: Sequence[str]) -> dict[str, Judged]:
        """Return by a sweep whether nodes are well."""
        from millwright.cli.managehealth import look
        from millwright.cli.sweeps import Look

        document = look(self.desk.door, Look(folded(nodes), phase="health", controllers=True))
        evidence = (f"runs/{document.run}",) if document.run else ()
        checks = self.desk.inputs.loaded.catalog.checks
        found = {node: wellness(node, document, checks) for node in nodes}
        return {
            node: Judged(_word(bad, unknown), "; ".join((*bad, *unknown))[:1500], evidence)
            for node, (bad, unknown) in found.items()
        }

    def validate(self, node: str, update: NodeUpdate) -> Judged:
        """Return whether an updated node is well, runs the driver that is installed, and passes
        its acceptance tests."""
        from millwright.cli.updatecase import case_of

        swept = self._settled(node)
        if swept.outcome != PASSED:
            return swept
        runs = self.driver.judged(node)
        if runs.outcome != PASSED:
            return Judged(runs.outcome, runs.why, swept.evidence)
        incident = case_of(self.desk, ("gate", "update"), node, "an update")
        gate = Gate(self.desk, self.shell)
        tested = gate.tested(incident, old_messages=not update.boots)
        told = "; ".join(each for each in (runs.why, tested.why) if each)
        return Judged(tested.outcome, told, (*swept.evidence, *tested.evidence))

    def _settled(self, node: str) -> Judged:
        """Sweep a node until what its start may explain is gone, or is explained no more."""
        settings = self.desk.inputs.loaded.catalog.health_settings["default"]
        left_s = float(settings.boot_grace_s.value)
        while True:
            found = self.well([node])[node]
            if found.outcome != NOT_KNOWN or left_s < 0:
                return found
            time.sleep(PAUSE_S)
            left_s -= PAUSE_S


def _word(bad: Iterable[str], unknown: Iterable[str]) -> str:
    if any(True for _ in bad):
        return NOT_PASSED
    return NOT_KNOWN if any(True for _ in unknown) else PASSED

"""Books of a growth: the recorded design, the build book, labels, what new parts reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import inputs_of, workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.model.growth import GrowthRun


@dataclass(frozen=True, slots=True)
class SiteBooks:
    """Books of a workspace."""

    door: Door

    def record(self, run: GrowthRun) -> str:
        """Keep the former design aside, then write the larger one; it is the one of the plan.

        Raises MillwrightError where the spec or the catalogue is another one by now.
        """
        from millwright.adapters.artefacts import Written, read_lock, write_design
        from millwright.adapters.growfiles import former_of, keep_former
        from millwright.cli.hardware import designed

        inputs = inputs_of(self.door)
        lock, after = inputs.lock(), run.plan.after
        now = (lock.tool_version, lock.spec_sha256, lock.catalog_sha256)
        if now != (after.tool_version, after.spec_sha256, after.catalog_sha256):
            raise MillwrightError(
                "factory.yaml, the catalogue or millwright is another one than when it was planned",
                hint="put them back as they were, and go on: millwright manage grow resume",
            )
        workspace = inputs.workspace
        if read_lock(workspace).changed_since(lock):
            keep_former(workspace, run.id)
            design = designed(inputs)
            parts = inputs.part_numbers()
            made = Written(design.cluster, design.cables, design.bom, parts, lock)
            write_design(workspace, made)
        kept = former_of(workspace, run.id)
        return str(kept.relative_to(workspace.root)) if kept.is_dir() else "another place already"

    def write(self, run: GrowthRun, nodes: Sequence[str]) -> list[str]:
        """Write the build book and labels anew, and keep what accepted new parts reached."""
        from millwright.cli.buildbook import written

        root = workspace_of(self.door).root
        files = [str(path.relative_to(root)) for path in written(self.door)]
        count = self._fingerprints(run, nodes)
        return [*files, f"state.db: {count} fingerprints of {len(nodes)} new nodes"]

    def _fingerprints(self, run: GrowthRun, nodes: Sequence[str]) -> int:
        from millwright.adapters.buildruns import MEASUREMENTS
        from millwright.adapters.fingerprintbook import SqlFingerprints
        from millwright.adapters.ledger import ledger_of
        from millwright.adapters.measurementfile import read_measurements
        from millwright.build.judge.fingerprints import fingerprints_of
        from millwright.cli.growing import book_of

        workspace = workspace_of(self.door)
        ledger = ledger_of(workspace.root)
        try:
            lines = book_of(ledger).lines(run.id)
            tested = {
                evidence: None
                for line in lines
                if line.step == "burn-in" and line.phase == "done" and line.node in nodes
                for evidence in line.evidence
            }
            count = 0
            for evidence in tested:
                columns = read_measurements((workspace.root / evidence / MEASUREMENTS,))
                at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
                taken = fingerprints_of(columns, set(nodes), (evidence, at))
                SqlFingerprints(ledger).put(taken.fingerprints)
                count += len(taken.fingerprints)
            return count
        finally:
            ledger.close()

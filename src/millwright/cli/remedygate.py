"""The validation gate: the failed check once more, and acceptance tests on the one node."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.remedying import Desk
from millwright.journeys.remedyhands import Judged
from millwright.manage.remedy.past import GONE, HOLDS, NOT_KNOWN, NOT_PASSED, PASSED
from millwright.model.remedy import BOOTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.adapters.buildruns import BuildRun
    from millwright.adapters.ssh import SshShell
    from millwright.model.buildplan import BuildPlan
    from millwright.model.buildrun import Outcome
    from millwright.model.incident import Complaint, Incident
    from millwright.model.measurements import Measurements
    from millwright.model.verdict import VerdictDocument

PHASE = "remedy-gate"
LOGS = frozenset(("kernel-log", "kernel-log-after-load"))
"""Tests that read what was written since the node started: old messages fail them."""
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Gate:
    """A Gatekeeper: sweeps and burn-in tests of one node, each kept with its evidence."""

    desk: Desk
    shell: SshShell

    def recheck(self, complaint: Complaint) -> Judged:
        """Return whether a complaint holds, by a fresh sweep of its node."""
        return self._swept(complaint, "")

    def _swept(self, complaint: Complaint, since: str, told_before: int = 0) -> Judged:
        from millwright.cli.managehealth import look
        from millwright.cli.sweeps import Look
        from millwright.manage.remedy.rechecks import rechecked

        wanted = Look(nodes=complaint.node, phase="health", controllers=True)
        document = look(self.desk.door, wanted, mended=True)
        outcome, why = rechecked(complaint, document, since, told_before)
        return Judged(outcome, why, (f"runs/{document.run}",) if document.run else ())

    def validate(self, incident: Incident, attempt: int) -> Judged:
        """Return whether the node passes the failed check and its acceptance."""
        since, booted = self._repaired(incident, attempt)
        if booted or not since:
            failed = self._swept(incident.complaint, "")
        else:
            failed = self._swept(incident.complaint, since, self._told_before(incident))
        if attempt and failed.outcome in (HOLDS, NOT_KNOWN):
            word = NOT_PASSED if failed.outcome == HOLDS else NOT_KNOWN
            return Judged(word, f"the failed check: {failed.why}", failed.evidence)
        tested = self.tested(incident, old_messages=bool(attempt) and not booted)
        checked = "the failed check passes" if failed.outcome == GONE else "no check asks for it"
        why = f"{checked}; {tested.why}"
        return Judged(tested.outcome, why, (*failed.evidence, *tested.evidence))

    def _told_before(self, incident: Incident) -> int:
        """Return how often the sweep before the repair had what was complained of."""
        from millwright.adapters.sweepbook import sweep_of
        from millwright.manage.remedy.rechecks import messages

        looks = [
            deed.evidence
            for deed in self.desk.book.deeds()
            if deed.incident == incident.id and deed.step == "recheck" and deed.evidence
        ]
        document = sweep_of(self.desk.inputs.workspace, looks[0][0]) if looks else None
        return messages(incident.complaint, document) if document is not None else 0

    def _repaired(self, incident: Incident, attempt: int) -> tuple[str, bool]:
        """Return when the try was begun, and whether the node has started again with it."""
        for deed in self.desk.book.deeds():
            same = deed.incident == incident.id and deed.step == "act"
            if same and deed.attempt == attempt and deed.phase == "intent":
                return deed.at, deed.remedy in BOOTS
        return "", False

    def tested(self, incident: Incident, *, old_messages: bool) -> Judged:
        plan = self._plan(incident, LOGS if old_messages else frozenset())
        if plan is None:
            return Judged(NOT_KNOWN, f"no acceptance test is known for {incident.complaint.fault}")
        kept, found = self._run(plan)
        evidence = (f"runs/{kept.name}",)
        columns, document = self._judge(kept, plan, found)
        node = document.nodes.get(incident.node)
        if node is None or node.verdict == "UNKNOWN":
            told = node.findings[0].reason if node and node.findings else "nothing was measured"
            return Judged(NOT_KNOWN, f"acceptance is UNKNOWN: {told}", evidence)
        names = ", ".join(test.test for test in plan.tests)
        if node.verdict == "FAIL":
            bad = [each for each in node.findings if each.verdict == "FAIL"]
            told = "; ".join(f"{each.device} {each.metric}: {each.reason}".strip() for each in bad)
            return Judged(NOT_PASSED, f"acceptance fails: {told}"[:1500], evidence)
        return self._beside(incident, columns, (names, evidence))

    def _beside(
        self, incident: Incident, columns: Measurements, told: tuple[str, tuple[str, ...]]
    ) -> Judged:
        """Return how the node does beside its own acceptance, now that it meets the bars."""
        from millwright.adapters.fingerprintbook import SqlFingerprints
        from millwright.build.judge.fingerprints import fingerprints_of
        from millwright.manage.remedy.gates import beside_acceptance, beside_siblings

        names, evidence = told
        taken = fingerprints_of(columns, {incident.node}, (evidence[0], _now()))
        known = SqlFingerprints(self.desk.ledger).latest()
        own = beside_acceptance(taken.fingerprints, known)
        others = beside_siblings(columns, incident.node)
        if worse := (*own.worse, *others.worse):
            return Judged(NOT_PASSED, f"it is worse: {'; '.join(worse)}"[:1500], evidence)
        counted = f"{own.compared} values compared with its own acceptance"
        counted += f", {others.compared} with those of its other devices"
        if incident.complaint.family == "degraded" and not own.compared + others.compared:
            return Judged(NOT_KNOWN, f"nothing says how fast it should be: {counted}", evidence)
        return Judged(PASSED, f"acceptance passes ({names}); {counted}", evidence)

    def _plan(self, incident: Incident, without: frozenset[str]) -> BuildPlan | None:
        """Return the plan of the tests for a fault on its node; None where there is none."""
        from millwright.build.designbars import design_bars
        from millwright.build.plan import Basis, Wish, plan
        from millwright.errors import Infeasible
        from millwright.manage.remedy.gates import gate_of

        inputs, cluster = self.desk.inputs, self.desk.cluster
        catalog = inputs.loaded.catalog
        gate = gate_of(incident.complaint.fault, catalog.gates.values())
        if gate is None:
            return None
        bars = (*catalog.bars.values(), *design_bars(cluster, catalog))
        criteria = [bar.model_dump(mode="json") for bar in bars]
        basis = Basis(cluster, catalog, inputs.read.factory, inputs.lock(), criteria)
        tests = frozenset(gate.tests) - without
        try:
            return plan(basis, Wish(only=frozenset((incident.node,)), tests=tests))
        except Infeasible:
            return None

    def _run(self, plan: BuildPlan) -> tuple[BuildRun, list[Outcome]]:
        from millwright.adapters.buildruns import PLAN, BuildRun, write_plan
        from millwright.adapters.recording import recorder
        from millwright.adapters.spool import ShellSpool
        from millwright.build.engine import Engine
        from millwright.build.hands import Hands, Patience

        workspace = self.desk.inputs.workspace
        record = recorder(workspace, PHASE, simulated=plan.simulated)
        record.secrets = self.shell.secrets
        write_plan(workspace, record.folder / PLAN, plan)
        with BuildRun(record.folder, record) as kept:
            record.begin(("millwright", "manage", "remedy"), plan.nodes())
            hands = Hands(
                run=kept.name,
                spool=ShellSpool(self.shell, kept.name),
                keep=record.keep,
                measured=kept.measured,
                done=kept.done,
                begun=lambda turn: self.desk.door.ui.detail(f"  tests {turn.test.test}"),
                now=time.monotonic,
                at=_now,
                wait=time.sleep,
            )
            return kept, list(Engine(plan, hands, Patience(silent_s=PATIENCE_S)).go())

    def _judge(
        self, kept: BuildRun, plan: BuildPlan, found: Sequence[Outcome]
    ) -> tuple[Measurements, VerdictDocument]:
        from millwright.adapters.buildruns import MEASUREMENTS
        from millwright.adapters.measurementfile import read_measurements
        from millwright.adapters.workspace import writing
        from millwright.build.barlint import limits_of, lint, usable
        from millwright.build.judge.missing import Expected
        from millwright.build.judge.verdicts import Terms, judge
        from millwright.build.reasons import with_reasons
        from millwright.model.bar import Bar

        file = kept.folder / MEASUREMENTS
        columns = read_measurements((file,) if file.is_file() and file.stat().st_size else ())
        bars = tuple(Bar.model_validate(each) for each in plan.criteria)
        bars = usable(bars, lint(bars, limits_of(self.desk.inputs.loaded.catalog)))
        wanted = {
            (test.test, each.metric, device)
            for test in plan.tests
            for each in test.expects
            for device in each.devices
        }
        (node,) = plan.nodes()
        expected = Expected("plan", {node: frozenset(wanted)})
        terms = Terms(bars=bars, expected=expected, today=datetime.now(UTC).date())
        document = with_reasons(judge(columns, terms), found, plan)
        raw = document.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
        path: Path = kept.folder / "verdict.json"
        self.desk.inputs.workspace.replace_files({path: writing(raw)})
        return columns, document


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"

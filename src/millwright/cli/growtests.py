"""Tests of a growth: the burn-in of new nodes, and fabric and storage before and after."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.errors import Infeasible
from millwright.journeys.remedyhands import Judged
from millwright.manage.remedy.past import NOT_KNOWN, NOT_PASSED, PASSED
from millwright.model.growth import GrowthSaid, Retested

if TYPE_CHECKING:
    from pathlib import Path

    from millwright.build.judge.missing import Expected
    from millwright.build.plan import Basis, Wish
    from millwright.cli.executors import Executors
    from millwright.model.buildplan import BuildPlan
    from millwright.model.buildrun import Outcome
    from millwright.model.burnin import Class
    from millwright.model.measurements import Measurements
    from millwright.model.verdict import NodeVerdict, VerdictDocument

SHARED = frozenset(("cabling", "nic", "collective", "storage"))
"""Kinds of tests that show fabric and storage."""
SILENT_S = 300.0


def burn_in_takes_s(basis: Basis, nodes: Sequence[str], class_: Class) -> float:
    """Return how long the burn-in of new nodes takes, by its plan; 0 where none can be made."""
    from millwright.build.plan import Wish, plan

    try:
        return plan(basis, Wish(only=frozenset(nodes), class_=class_)).takes_s
    except Infeasible:
        return 0.0


@dataclass(frozen=True, slots=True)
class SiteTester:
    """A Tester on the nodes of a workspace: new ones over SSH, those that serve by Slurm."""

    door: Door
    said: GrowthSaid

    def burn_in(self, nodes: Sequence[str]) -> dict[str, Judged]:
        """Return what the burn-in of new nodes comes to."""
        from millwright.build.plan import Wish
        from millwright.cli.executors import Executors

        made = self._planned(Wish(only=frozenset(nodes), class_=self.said.class_))
        if made is None:
            return {node: Judged(NOT_KNOWN, "no test is there for it") for node in nodes}
        folder, found = self._run(made, Executors.SSH)
        document, _ = self._judged(folder, made, found)
        return {node: _judged(document.nodes.get(node), folder.name) for node in nodes}

    def retest(self, nodes: Sequence[str]) -> Retested:
        """Test fabric and storage on nodes without jobs, as jobs of Slurm behind all others."""
        from millwright.build.plan import Wish
        from millwright.cli.executors import Executors

        idle, untested = self._idle(nodes)
        wish = Wish(only=frozenset(idle), class_=self.said.class_, tests=self._shared())
        made = self._planned(wish) if idle else None
        if made is None:
            why = "no test of fabric or storage is there for it"
            return Retested(untested={**untested, **dict.fromkeys(idle, why)})
        folder, found = self._run(made, Executors.SLURM)
        document, columns = self._judged(folder, made, found)
        verdicts, whys = {}, {}
        for node in idle:
            judged = _judged(document.nodes.get(node), folder.name)
            words = document.nodes.get(node)
            verdicts[node] = str(words.verdict) if words else "UNKNOWN"
            if judged.outcome != PASSED:
                whys[node] = judged.why[:2000]
        return Retested(
            run=f"runs/{folder.name}", verdicts=verdicts, why=whys, untested=untested,
            medians=_medians(columns, frozenset(nodes)),
        )  # fmt: skip

    def _shared(self) -> frozenset[str]:
        tests = self._basis().catalog.burnin.values()
        return frozenset(
            test.name
            for test in tests
            if test.kind in SHARED
            and test.when == "any"
            and not (test.destructive or test.cycles_power)
        )

    def _idle(self, nodes: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        """Return the nodes on which no job runs, and why the others are left alone."""
        from millwright.cli.site import site_of
        from millwright.deploy.workload import question, work
        from millwright.ports import Limits

        site = site_of(self.door)
        with site.run("grow-retest") as hands:
            head = site.inputs.factory.head
            (answer,) = hands.shell.run([head], question(), Limits(command_s=20.0))
            hands.keep(answer)
        told = work(answer)
        if told.unknown:
            return [], dict.fromkeys(nodes, f"nobody tells whether jobs run there: {told.unknown}")
        idle = [node for node in nodes if told.states.get(node) == "idle" and not told.on([node])]
        why = {n: f"Slurm says {told.states.get(n, 'nothing')}: left alone" for n in nodes}
        return idle, {node: why[node] for node in nodes if node not in idle}

    def _basis(self) -> Basis:
        from millwright.cli.buildplan import basis_of

        return basis_of(self.door)

    def _planned(self, wish: Wish) -> BuildPlan | None:
        from millwright.build.plan import plan

        try:
            return plan(self._basis(), wish)
        except Infeasible:
            return None

    def _run(self, made: BuildPlan, by: Executors) -> tuple[Path, list[Outcome]]:
        """Run a plan; one like it that was left before its end is gone on with."""
        from millwright.adapters.buildruns import begin, end, go_on
        from millwright.adapters.orderfile import alone
        from millwright.build.engine import Engine
        from millwright.build.hands import Patience
        from millwright.cli.burning import burning
        from millwright.cli.executors import Executors, begins, hands_of
        from millwright.cli.wiring import workspace_of
        from millwright.reports.burnin import counts

        workspace = workspace_of(self.door)
        left = _left(self.door, made)
        within = self.said.within_minutes if by is Executors.SLURM else None
        asked = begins(self.door, (by, within), SILENT_S, left)
        opened = go_on(workspace, left, made) if left else begin(workspace, made)
        with alone(workspace), opened as kept:
            found = list(kept.before)
            with (
                burning(self.door, made, kept.before) as watch,
                hands_of(self.door, (made, kept), watch, asked) as hands,
            ):
                kept.record.begin(("millwright", "manage", "grow"), made.nodes())
                for outcome in Engine(made, hands, Patience(SILENT_S), kept.before).go():
                    found.append(outcome)
                    watch.outcome(outcome)
            end(workspace, kept.folder, counts(found))
            return kept.folder, found

    def _judged(
        self, folder: Path, made: BuildPlan, found: Sequence[Outcome]
    ) -> tuple[VerdictDocument, Measurements]:
        from millwright.adapters.buildruns import MEASUREMENTS
        from millwright.adapters.measurementfile import read_measurements
        from millwright.adapters.workspace import writing
        from millwright.build.barlint import limits_of, lint, usable
        from millwright.build.judge.verdicts import Terms, judge
        from millwright.build.reasons import with_reasons
        from millwright.cli.wiring import workspace_of
        from millwright.model.bar import Bar

        file = folder / MEASUREMENTS
        columns = read_measurements((file,) if file.is_file() and file.stat().st_size else ())
        bars = tuple(Bar.model_validate(each) for each in made.criteria)
        bars = usable(bars, lint(bars, limits_of(self._basis().catalog)))
        terms = Terms(bars=bars, expected=_expected(made), today=datetime.now(UTC).date())
        document = with_reasons(judge(columns, terms), found, made)
        raw = document.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
        workspace_of(self.door).replace_files({folder / "verdict.json": writing(raw)})
        return document, columns


def _left(door: Door, made: BuildPlan) -> Path | None:
    """Return the last burn-in, where it is of this very plan and was left before its end."""
    from millwright.adapters.buildruns import PLAN, build_runs, is_ended, read_plan
    from millwright.cli.wiring import workspace_of

    last = build_runs(workspace_of(door))[-1:]
    if last and not is_ended(last[0]) and read_plan(last[0] / PLAN) == made:
        return last[0]
    return None


def _expected(made: BuildPlan) -> Expected:
    """Return what each node must have measured; what pairs measure belongs to no node alone."""
    from millwright.build.judge.missing import Expected

    items: dict[str, set[tuple[str, str, str]]] = {}
    for test in made.tests:
        for node in test.names() if test.scope == "node" else ():
            wanted = items.setdefault(node, set())
            for each in test.expects:
                wanted |= {(test.test, each.metric, device) for device in each.devices}
    return Expected("plan", {node: frozenset(wanted) for node, wanted in items.items()})


def _judged(found: NodeVerdict | None, run: str) -> Judged:
    evidence = (f"runs/{run}",)
    if found is None:
        return Judged(NOT_KNOWN, "nothing was measured", evidence)
    bad = [each for each in found.findings if each.verdict in ("FAIL", "UNKNOWN")]
    told = "; ".join(f"{each.device} {each.metric}: {each.reason}".strip() for each in bad)[:1500]
    if found.verdict == "FAIL":
        return Judged(NOT_PASSED, told or "it failed", evidence)
    if found.verdict == "UNKNOWN":
        return Judged(NOT_KNOWN, told or "nothing was measured", evidence)
    return Judged(PASSED, f"{found.verdict}", evidence)


def _medians(columns: Measurements, nodes: Collection[str]) -> dict[str, float]:
    """Return the median of each metric over all values of some nodes."""
    values: dict[str, list[float]] = {}
    for at, value in enumerate(columns.value):
        if columns.nodes[columns.node[at]] in nodes and not math.isnan(value):
            values.setdefault(columns.subjects[columns.subject[at]].metric, []).append(value)
    return {metric: round(median(found), 3) for metric, found in sorted(values.items())}

"""A run whose tests a scheduler begins: they wait, or are refused and say why; nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from millwright.build.engine import Engine
from millwright.build.hands import Hands, Patience
from millwright.build.jobs import slots_of
from millwright.build.left import left_of
from millwright.build.plan import Wish, plan
from millwright.build.reasons import with_reasons
from millwright.build.schedule import turns
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.verdict import Verdict, VerdictDocument
from millwright.ports import Job, SpoolOrder, SpoolTold, Unit
from tests.unit.build.fakes import FakeNode, FakeSpool, Kept
from tests.unit.build.plans import basis
from tests.unit.build.test_engine import SAYS


@dataclass
class FakeQueue:
    """A scheduler before nodes: it begins nothing before its time, and nothing on some nodes."""

    spool: FakeSpool
    opens: float = 0.0
    refuses: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, Job]] = field(default_factory=list)

    def tend(self, orders: Sequence[SpoolOrder]) -> Iterator[SpoolTold]:
        for order in orders:
            self.seen += [(order.node, job) for job in order.begin]
            held = {job.key: self._word(job) for job in order.begin}
            ready = tuple(job for job in order.begin if held[job.key] is None)
            (told,) = self.spool.tend([replace(order, begin=ready)])
            waiting = {key: word for key, word in held.items() if word is not None}
            yield replace(told, units={**told.units, **waiting})

    def _word(self, job: Job) -> Unit | None:
        assert job.share is not None
        for name in job.share.nodes:
            if name in self.refuses:
                return Unit("refused", reason=self.refuses[name])
        return Unit("waits", reason="Priority") if self.spool.now < self.opens else None


def scheduled(wanted: BuildPlan, queue: FakeQueue, kept: Kept) -> Hands:
    return replace(kept.hands(queue.spool), spool=queue, scheduled=True)


def queue_of(wanted: BuildPlan) -> FakeQueue:
    return FakeQueue(FakeSpool({name: FakeNode(says=dict(SAYS)) for name in wanted.nodes()}))


def smoke(nodes: int = 2) -> BuildPlan:
    return plan(basis(nodes=nodes), Wish())


def test_every_turn_waits_its_time_and_comes_to_an_outcome() -> None:
    wanted, kept = smoke(), Kept()
    queue = queue_of(wanted)
    queue.opens = 3600.0
    found = list(Engine(wanted, scheduled(wanted, queue, kept), Patience(attempts=1)).go())
    assert len(found) == len(turns(wanted))
    assert {outcome.came for outcome in found} <= {"measured", "error"}
    assert all(not node.jobs for node in queue.spool.nodes.values())


def test_both_ends_of_a_pair_are_told_in_one_go_with_all_their_nodes() -> None:
    wanted, kept = smoke(), Kept()
    queue = queue_of(wanted)
    queue.opens = 10_000.0
    runs = Engine(wanted, scheduled(wanted, queue, kept), Patience(attempts=1)).go()
    list(runs)
    pairs = [(node, job) for node, job in queue.seen if job.share and job.share.scope == "pair"]
    firsts = {job.key: node for node, job in reversed(pairs)}
    (turn,) = [each for each in turns(wanted) if each.peer]
    assert firsts == {f"{turn.key}.1": turn.runs_on, f"{turn.key}.1.serve": turn.peer}
    assert {job.share.nodes for _, job in pairs if job.share} == {turn.nodes}


def test_who_is_refused_is_not_run_with_the_reason_and_tried_again_later() -> None:
    wanted, kept = smoke(), Kept()
    queue = queue_of(wanted)
    queue.refuses = {"gpu2": "gpu2 is drained in Slurm: new memory"}
    found = list(Engine(wanted, scheduled(wanted, queue, kept), Patience(attempts=1)).go())
    refused = [outcome for outcome in found if outcome.came == "not run"]
    assert {outcome.reason for outcome in refused} == {"gpu2 is drained in Slurm: new memory"}
    assert all("gpu2" in (outcome.node, outcome.peer) for outcome in refused)
    assert not any(outcome.final for outcome in refused)
    left = left_of(wanted, found)
    assert len(left.turns) == len(refused)
    assert not any(left.attempts.get((o.test, o.number, o.node)) for o in refused)
    empty = VerdictDocument(
        verdict=Verdict.PASS,
        completeness=1.0,
        nodes={},
        expected_from="design",
        simulated=True,
        platform="bare-metal",
        measurements=0,
    )
    verdict = with_reasons(empty, found, wanted)
    assert verdict.nodes["gpu2"].verdict is Verdict.UNKNOWN
    told = {finding.reason for finding in verdict.nodes["gpu2"].findings}
    assert told == {"not run: gpu2 is drained in Slurm: new memory"}


def test_starts_of_nodes_and_what_follows_them_are_left_to_a_run_over_ssh() -> None:
    wanted = plan(basis(nodes=2), Wish(class_="standard"))
    kept, queue = Kept(), queue_of(wanted)
    found = list(Engine(wanted, scheduled(wanted, queue, kept), Patience(attempts=1)).go())
    left = {outcome.test for outcome in found if outcome.came == "not run"}
    assert left == {"reboot", "gpu-after-reboot", "fabric-ports-after-reboot"}
    assert all(not o.final and "--executor ssh" in o.reason for o in found if o.test in left)
    assert not any(job.argv[-1] == "reboot" for _, job in queue.seen)


def test_starts_under_load_on_one_feed_have_slots_and_those_at_rest_have_none() -> None:
    wanted = smoke(4)
    slots = slots_of(wanted)
    kept, queue = Kept(), queue_of(wanted)
    list(Engine(wanted, scheduled(wanted, queue, kept), Patience(attempts=1)).go())
    by_test: dict[str, set[object]] = {}
    for node, job in queue.seen:
        assert job.share is not None
        by_test.setdefault(job.key.partition(".")[0], set()).add(job.share.slot)
        assert job.share.slot in (None, slots.get(node))
    assert by_test["kernel-log"] == {None}
    assert len(by_test["gpu-burn"]) == 4
    assert {slot[1:] for slot in slots.values()} == {(4, wanted.stagger_s)}


def test_a_scheduled_run_and_one_over_ssh_come_to_the_same() -> None:
    wanted = smoke()
    one, other = Kept(), Kept()
    queue = queue_of(wanted)
    first = list(Engine(wanted, scheduled(wanted, queue, one), Patience(attempts=1)).go())
    spool = queue_of(wanted).spool
    second = list(Engine(wanted, other.hands(spool), Patience(attempts=1)).go())

    def told(found: list[Outcome]) -> list[tuple[str, str, str, str]]:
        return sorted((o.test, o.node, o.came, o.reason) for o in found)

    assert told(first) == told(second)
    assert sorted(str(row) for row in one.rows) == sorted(str(row) for row in other.rows)

"""Groups that are run name the nodes at fault: several at once, in noise, through a kill."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import pytest

from millwright.build.groupnames import named
from millwright.build.groupplaces import FabricPlaces, shared
from millwright.build.grouprun import GroupRun
from millwright.build.groupsearch import Reached, Searching, Unmeasured
from millwright.build.hands import Patience
from millwright.build.plan import Basis, Wish, plan
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Came
from millwright.model.groupsearch import GroupSearch, Named
from millwright.model.nodeset import expanded
from millwright.ports import Job
from tests.unit.build.fakes import FakeNode, FakeSpool, Kept
from tests.unit.build.plans import basis

USUAL = 369.0
TABLE = """\
# Collective test starting: all_reduce_perf
# nThread 1 nGpus 8 minBytes 1073741824 maxBytes 17179869184 step: 2(factor) warmup iters: 1 iters: 20
#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)
  1073741824     268435456     float     sum      -1     5000  {low:6.2f}  {low:6.2f}       0     5000  {low:6.2f}  {low:6.2f}       0
 17179869184    4294967296     float     sum      -1    50000  {top:6.2f}  {top:6.2f}       0    50000  {top:6.2f}  {top:6.2f}       0
# Out of bounds values : 0 OK
# Avg bus bandwidth    : {top:.4f}
#
# Collective test concluded: all_reduce_perf
"""  # noqa: E501

Share = Callable[[frozenset[str]], float]


def search(suspects: int, good: int, bar: float | None = None) -> GroupSearch:
    return GroupSearch(
        factory="test",
        test="nccl-fabric",
        class_="standard",
        metric="nccl_all_reduce_busbw",
        unit="GB/s",
        worse="lower",
        faults=("nccl_all_reduce_out_of_bounds",),
        suspects=tuple(f"gpu{at}" for at in range(1, suspects + 1)),
        good=tuple(f"gpu{at}" for at in range(suspects + 1, suspects + good + 1)),
        bar=bar,
        differs_percent=3.0,
    )


@dataclass
class Groups:
    """Answers groups as faults have it, with the noise of a fabric."""

    share: Share
    noise: float = 0.002
    dice: random.Random = field(default_factory=lambda: random.Random(5))
    came: dict[str, Reached] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def __call__(self, name: str, group: Sequence[str]) -> Reached:
        self.names.append(name)
        if name in self.came:
            return self.came[name]
        return Reached(
            "measured", USUAL * self.share(frozenset(group)) * self.dice.gauss(1, self.noise)
        )


def found(wanted: GroupSearch, groups: Groups) -> tuple[Named, ...]:
    searching = Searching(wanted, groups)
    isolation = searching.find()
    assert searching.bar is not None
    return named(searching.tried, isolation, searching.bar, FabricPlaces())


def slow(*nodes: str) -> Share:
    return lambda group: 0.6 if group & set(nodes) else 1.0


def told(names: Sequence[Named]) -> set[tuple[str, tuple[str, ...], str]]:
    return {(each.kind, each.nodes, each.sure) for each in names}


@pytest.mark.parametrize("seed", range(8))
def test_two_nodes_and_a_pair_that_is_slow_together_are_named_at_once(seed: int) -> None:
    def share(group: frozenset[str]) -> float:
        return 0.7 if group & {"gpu3", "gpu11"} or {"gpu6", "gpu15"} <= group else 1.0

    groups = Groups(share, dice=random.Random(seed))
    names = found(search(16, 20), groups)
    assert told(names) == {
        ("node", ("gpu11",), "sure"),
        ("node", ("gpu3",), "sure"),
        ("together", ("gpu15", "gpu6"), "sure"),
    }
    assert all(each.worse_percent and 25 < each.worse_percent < 35 for each in names)
    assert len(groups.names) < 40


def test_a_healthy_whole_costs_its_references_and_one_test() -> None:
    groups = Groups(slow())
    assert found(search(16, 16), groups) == ()
    assert len(groups.names) == 4


@pytest.mark.parametrize("seed", range(12))
def test_noise_near_the_bar_is_measured_again_and_names_nobody(seed: int) -> None:
    """Groups lose 2 % where 3 % would count: some readings of so noisy a fabric are below."""
    groups = Groups(lambda group: 0.98 if "gpu2" in group else 1.0, 0.006, random.Random(seed))
    wanted = search(4, 8)
    searching = Searching(wanted, groups)
    with contextlib.suppress(Unmeasured):
        isolation = searching.find()
        assert searching.bar is not None
        names = named(searching.tried, isolation, searching.bar, FabricPlaces())
        assert [each for each in names if each.sure == "sure"] == []


def test_good_nodes_of_which_one_is_bad_leave_it_open() -> None:
    with pytest.raises(Unmeasured, match="not all of them are good") as why:
        Searching(search(4, 12), Groups(slow("gpu10"))).find()
    assert not why.value.unanswered


def test_a_collective_that_hangs_or_dies_with_a_node_names_it() -> None:
    def measure(name: str, group: Sequence[str]) -> Reached:
        if "gpu2" in group:
            return Reached("hung", reason="did not end within 312 s")
        if "gpu4" in group:
            return Reached("error", reason="unhandled system error")
        return Reached("measured", USUAL)

    searching = Searching(search(4, 8), measure)
    isolation = searching.find()
    assert isolation.faulty == ("gpu2", "gpu4")
    assert searching.bar is not None
    names = named(searching.tried, isolation, searching.bar, FabricPlaces())
    assert [each.reason for each in names] == ["did not end within 312 s", "unhandled system error"]
    assert {each.worse_percent for each in names} == {None}


def test_wrong_results_fail_a_group_however_fast_it_was() -> None:
    def measure(name: str, group: Sequence[str]) -> Reached:
        return Reached("measured", USUAL, float("gpu1" in group))

    searching = Searching(search(2, 4), measure)
    assert searching.find().faulty == ("gpu1",)
    assert "1 wrong results" in {each.reason for each in searching.tried}


@pytest.mark.parametrize("came", ["lost", "not run", "error"])
def test_a_node_that_is_silent_is_no_failure_of_its_group(came: Came) -> None:
    groups = Groups(slow(), came={"nccl-fabric-g0": Reached(came, reason="gpu1 is silent")})
    with pytest.raises(Unmeasured, match="gpu1 is silent"):
        Searching(search(2, 0, bar=350.0), groups).find()


def test_what_holds_all_faulty_nodes_and_no_healthy_one_is_named_instead() -> None:
    leaves = {f"gpu{at}": frozenset({f"leaf{(at - 1) // 4}"}) for at in range(1, 17)}
    places = FabricPlaces(leaves, {node: "r1" for node in leaves})
    assert "leaf1" in shared(places, ["gpu5", "gpu6"], [f"gpu{at}" for at in (1, 2, 5, 6)])
    assert shared(places, ["gpu5", "gpu9"], [f"gpu{at}" for at in (1, 5, 9)]) == ""


class CollectiveSpool(FakeSpool):
    """Nodes that start collectives over the nodes of their command."""

    share: Share = staticmethod(lambda group: 1.0)

    def _begin(self, node: FakeNode, job: Job) -> None:
        words = [word for word in job.argv if word.startswith("--nodelist=")]
        group = frozenset(expanded(words[0].partition("=")[2]))
        top = USUAL * self.share(group)
        node.says[job.key.partition(".")[0]] = (0, TABLE.format(low=top / 2, top=top).encode())
        super()._begin(node, job)


@cache
def twelve() -> Basis:
    return basis(nodes=12)


def planned(group: Sequence[str]) -> BuildPlan:
    wish = Wish(class_="standard", only=frozenset(group), tests=frozenset({"nccl-fabric"}))
    return plan(twelve(), wish)


def run(spool: FakeSpool, kept: Kept, before: Kept | None = None) -> Searching:
    wanted = search(6, 6)
    old = before or Kept()
    going = GroupRun(
        wanted, planned, kept.hands(spool), Patience(), list(old.outcomes), list(old.rows)
    )
    searching = Searching(wanted, going.measure)
    searching.find()
    return searching


def test_groups_are_run_by_the_engine_and_a_kill_repeats_none_that_was_over() -> None:
    def fresh() -> CollectiveSpool:
        spool = CollectiveSpool({f"gpu{at}": FakeNode() for at in range(1, 13)})
        spool.share = slow("gpu2", "gpu5")
        return spool

    whole, killed, after = Kept(), Kept(), Kept()
    straight = run(fresh(), whole)
    spool = fresh()
    spool.crash_after = 20
    with pytest.raises(KeyboardInterrupt):
        run(spool, killed)
    assert 0 < len(killed.outcomes) < len(whole.outcomes)
    spool.crash_after = None
    resumed = run(spool, after, killed)
    assert resumed.tried == straight.tried
    assert len(killed.outcomes) + len(after.outcomes) == len(whole.outcomes)
    begun = [key for node in spool.nodes.values() for key in node.begun]
    assert len(begun) == len(set(begun)) == len(whole.outcomes)
    assert all(len(kept.answers) >= len(kept.outcomes) for kept in (whole, killed, after))

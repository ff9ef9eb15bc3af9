"""Power is cut from the node that said who it is, once, and from no other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from millwright.build.engine import Engine
from millwright.build.hands import Patience
from millwright.build.plan import Wish, plan
from millwright.build.powercycle import CyclingSpool
from millwright.build.schedule import turns
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.ports import Answer, Controlled, PowerAction
from tests.unit.build.fakes import FakeNode, FakeSpool, Kept
from tests.unit.build.plans import basis


@dataclass
class FakeBmcs:
    """Controllers of nodes of a fake: power that is cut is gone until somebody gives it back."""

    spool: FakeSpool
    serials: dict[str, str]
    silent: str = ""
    acts: list[tuple[str, str]] = field(default_factory=list)
    comes_back: bool = True

    def look(self, node: str) -> Controlled:
        if self.silent:
            return Controlled(node, reason=self.silent)
        off = self.spool.nodes[node].silent == "off"
        return Controlled(node, self.serials.get(node, ""), "off" if off else "on")

    def power(self, node: str, action: PowerAction) -> str:
        self.acts.append((action, node))
        if action == "off":
            self.spool.nodes[node].silent = "off"
        else:
            self._boot(node)
        return ""

    def _boot(self, node: str) -> None:
        if self.comes_back:
            self.spool.nodes[node].silent = ""
            self.spool.nodes[node].reboot()
        else:
            self.spool.nodes[node].silent = "no answer"


def cycles(nodes: int = 2) -> BuildPlan:
    wish = Wish(class_="contract", confirmed=True, tests=frozenset({"power-cycle"}))
    return plan(basis(nodes=nodes), wish)


def ran(wanted: BuildPlan, **serials: str) -> tuple[list[Outcome], FakeBmcs, Kept]:
    says = {name: f"SERIAL-{name}\n".encode() for name in wanted.nodes()}
    nodes = {name: FakeNode(says={"power-cycle": (0, text)}) for name, text in says.items()}
    spool, kept = FakeSpool(nodes), Kept()
    known = {name: f"SERIAL-{name}" for name in wanted.nodes()} | serials
    bmcs = FakeBmcs(spool, known)
    acted: list[Answer] = []
    tests = frozenset({"power-cycle"})
    cycling = CyclingSpool(spool, bmcs, tests, lambda: spool.now, acted.append)
    hands = replace(kept.hands(spool), spool=cycling)
    return list(Engine(wanted, hands, Patience(attempts=1)).go()), bmcs, kept


def test_a_plan_cuts_power_only_where_the_factory_is_confirmed() -> None:
    unconfirmed = Wish(class_="contract", tests=frozenset({"power-cycle", "reboot"}))
    found = plan(basis(nodes=2), unconfirmed)
    (left,) = [out for out in found.left_out if out.test == "power-cycle"]
    assert left.why == "cuts nodes off their power: --confirm=FACTORY allows it"
    (test,) = cycles().tests
    assert (test.cycles_power, test.segments, test.power) == (True, 10, "virus")


def test_every_cycle_is_one_cut_and_is_measured_when_the_node_answers_anew() -> None:
    wanted = cycles()
    found, bmcs, kept = ran(wanted)
    assert len(found) == len(turns(wanted)) == 20
    assert {outcome.came for outcome in found} == {"measured"}
    for action in ("off", "on"):
        acts = [node for act, node in bmcs.acts if act == action]
        assert sorted(acts) == ["gpu1"] * 10 + ["gpu2"] * 10
    failed = [row["value"] for row in kept.rows if row["metric"] == "boots_failed"]
    assert failed == [0.0] * 20


def test_a_controller_of_another_machine_is_never_told_to_cut_power() -> None:
    found, bmcs, _ = ran(cycles(), gpu2="SERIAL-gpu1")
    assert {node for _, node in bmcs.acts} == {"gpu1"}
    refused = [outcome for outcome in found if outcome.node == "gpu2"]
    assert {outcome.came for outcome in refused} == {"not run"}
    told = "gpu2 says serial number SERIAL-gpu2, its controller SERIAL-gpu1"
    assert all(told in outcome.reason for outcome in refused)


@pytest.mark.parametrize("serial", [b"", b"Default string\n", b"None\n"])
def test_a_node_that_does_not_say_who_it_is_keeps_its_power(serial: bytes) -> None:
    wanted = cycles()
    spool, kept = FakeSpool({}), Kept()
    spool.nodes = {n: FakeNode(says={"power-cycle": (0, serial)}) for n in wanted.nodes()}
    bmcs = FakeBmcs(spool, dict.fromkeys(wanted.nodes(), serial.decode().strip()))
    acted: list[Answer] = []
    tests = frozenset({"power-cycle"})
    cycling = CyclingSpool(spool, bmcs, tests, lambda: spool.now, acted.append)
    hands = replace(kept.hands(spool), spool=cycling)
    found = list(Engine(wanted, hands, Patience(attempts=1)).go())
    assert bmcs.acts == []
    assert {outcome.came for outcome in found} == {"not run"}


def test_a_node_that_stays_away_is_lost_and_is_cut_off_no_second_time() -> None:
    wanted = cycles(1)
    spool, kept = FakeSpool({}), Kept()
    spool.nodes = {"gpu1": FakeNode(says={"power-cycle": (0, b"S1\n")})}
    bmcs = FakeBmcs(spool, {"gpu1": "S1"}, comes_back=False)
    acted: list[Answer] = []
    tests = frozenset({"power-cycle"})
    cycling = CyclingSpool(spool, bmcs, tests, lambda: spool.now, acted.append)
    hands = replace(kept.hands(spool), spool=cycling)
    found = list(Engine(wanted, hands, Patience(attempts=1)).go())
    assert bmcs.acts == [("off", "gpu1"), ("on", "gpu1")]
    assert [answer.argv[-1] for answer in acted] == ["off", "on"]
    assert {outcome.came for outcome in found} == {"lost"}


def test_every_start_is_looked_at_before_the_next_one() -> None:
    tests = frozenset({"power-cycle", "reboot", "gpu-after-reboot", "kernel-log"})
    wanted = plan(basis(nodes=1), Wish(class_="contract", confirmed=True, tests=tests))
    order = [(turn.test.test, turn.number) for turn in turns(wanted)]
    assert order[0] == ("kernel-log", 0)
    starts = ["power-cycle", "reboot"]
    for number in range(10):
        names = [name for name, at in order[1 + 3 * number : 4 + 3 * number] if at == number]
        assert sorted(names[:2]) == starts
        assert names[2] == "gpu-after-reboot"

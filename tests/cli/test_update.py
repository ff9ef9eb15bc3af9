"""`manage update` as it is typed, and joined with nodes that answer as apt and Slurm do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from millwright.cli.door import Door
from millwright.cli.remedying import Desk, desk_of
from millwright.cli.remedyrun import Bench
from millwright.cli.updaterun import left_open, outcomes
from millwright.cli.updating import Shop, book_of, run_named, shop_of
from millwright.errors import MillwrightError
from millwright.journeys.remedy import Repair
from millwright.journeys.remedybody import ShellBody
from millwright.journeys.remedydiary import Diary
from millwright.journeys.remedyhands import Judged, Patience
from millwright.journeys.remedyslurm import SlurmHead
from millwright.journeys.update import Rollout
from millwright.manage.remedy.past import HOLDS, NOT_PASSED, PASSED
from millwright.manage.update.plan import undoing
from millwright.model.incident import Complaint, Incident
from millwright.model.lifecycle import Transition
from millwright.model.update import NodeUpdate, UpdateOrder, UpdateRun
from millwright.ports import Answer, Limits
from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: site
blueprint: lab
compute: [{name: gpu, nodes: 4, tier: clinical}]
tiers: [{name: clinical, min_replicas: 2}]
"""
OLD, NEW = "580.95.05-1", "580.105.08-1"


@pytest.fixture
def site(tmp_path: Path, run: Run) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC)
    policy = "schema: millwright.remedy/1\nfactory: site\nlimits: {most_out_share: 0.5}\n"
    (tmp_path / "remedy.yaml").write_text(policy)
    assert run("-C", str(tmp_path), "design", "solve").status == 0
    return tmp_path


@dataclass
class Nodes:
    """A shell to nodes with apt, to a head with Slurm; `out` are reasons of drained nodes."""

    versions: dict[tuple[str, str], str] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)
    boots: dict[str, int] = field(default_factory=dict)

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        for node in nodes:
            out = self.answer(node, list(argv)).encode()
            yield Answer(node, tuple(argv), "exit", 0, 0.1, out)

    def answer(self, node: str, argv: list[str]) -> str:
        if "install" in argv:
            for word in argv[argv.index("--") + 1 :]:
                name, _, version = word.partition("=")
                self.versions[node, name] = version
            return ""
        if argv[0] == "scontrol":
            return self.scontrol(argv[2].partition("=")[2], argv[3:])
        if argv[:2] == ["systemctl", "reboot"]:
            self.boots[node] = self.boots.get(node, 0) + 1
        if argv[0] == "python3":
            told = {"boot_id": f"b{self.boots.get(node, 0)}", "up_s": 1.0, "serial": node}
            return json.dumps(told)
        return self.asked(node, argv)

    def scontrol(self, node: str, words: list[str]) -> str:
        if words[0] == "State=DRAIN":
            self.out[node] = words[1].removeprefix("Reason=")
        else:
            self.out.pop(node, None)
        return ""

    def asked(self, node: str, argv: list[str]) -> str:
        if argv[0] == "sh":
            rows = [(n, self.out.get(n)) for n in argv[-1].split(",")]
            return "".join(f"{n}|{'drained' if r else 'idle'}|{r or 'none'}\n" for n, r in rows)
        names = [name for name in argv if name.startswith(("nvidia", "datacenter"))]
        if argv[0] == "dpkg-query":
            got = [(n, self.versions.get((node, n), OLD)) for n in names if "gpu-manager" not in n]
            return "".join(f"installed\t{name}\t{version}\n" for name, version in got)
        rows2 = [(name, version) for name in names for version in (NEW, OLD)]
        return "".join(f"{n} | {v} | http://registry x Packages\n" for n, v in rows2)


@dataclass
class Gate:
    """Nodes are well; `bad` ones do not pass with the new version."""

    nodes: Nodes
    bad: frozenset[str] = frozenset()

    def well(self, nodes: Sequence[str]) -> Mapping[str, Judged]:
        return {node: Judged(PASSED, "swept") for node in nodes}

    def validate(self, node: str, update: NodeUpdate) -> Judged:
        new = NEW in {v for (n, _), v in self.nodes.versions.items() if n == node}
        return Judged(NOT_PASSED if new and node in self.bad else PASSED, "tested")


class _Record:
    def keep(self, answer: Answer) -> None:
        pass


def shop(desk: Desk, nodes: Nodes) -> Shop:
    record = cast(Any, _Record())
    slurm, body = SlurmHead("head-1", nodes, record.keep), ShellBody(nodes, record.keep)
    return shop_of(Bench(desk, cast(Any, nodes), record, slurm, body, cast(Any, None)))


def begun(made: Shop, **said: Any) -> UpdateRun:
    order = UpdateOrder.model_validate(
        {"set": {"driver": "580.105.08"}, "bake_minutes": 0, "most_out_share": 0.5, **said}
    )
    plan = made.planned(order, refresh=True)
    run = UpdateRun(id="upd-1", stands="open", opened=plan.at, simulated=True, plan=plan)
    book_of(made.desk).keep(run)
    return run


def rolled(made: Shop, nodes: Nodes, run: UpdateRun, bad: frozenset[str]) -> UpdateRun:
    hands = replace(made.hands(0.5), gate=Gate(nodes, bad), wait=lambda seconds: None)
    journey = Rollout(run, hands, Patience(drain_s=10, boot_s=10))
    assert list(journey.go())
    return journey.after


def test_what_was_never_ordered_is_refused_with_what_would_be_right(run: Run, site: Path) -> None:
    for words in (("plan",), ("apply",), ("status",), ("rollback",), ("plan", "--set", "driver")):
        answer = run("-C", str(site), "manage", "update", *words)
        assert answer.status == 2, words
        assert "driver=" in answer.err or "update plan" in answer.err or "VERSION" in answer.err
    assert not (site / "runs").exists()


@pytest.mark.parametrize(("canary", "bake"), [("0", "0"), ("1", "-1"), ("none", "0")])
def test_how_carefully_is_said_by_numbers_that_can_be(
    run: Run, site: Path, canary: str, bake: str
) -> None:
    words = ("--set", "driver=580.105.08", "--canary", canary, "--bake", bake)
    answer = run("-C", str(site), "manage", "update", "plan", *words)
    assert answer.status == 2
    assert "canary" in answer.err or "bake" in answer.err
    assert not (site / "runs").exists()


def test_from_an_order_to_nodes_with_the_new_driver_and_back(run: Run, site: Path) -> None:
    nodes = Nodes()
    with desk_of(Door(site)) as desk:
        made = shop(desk, nodes)
        began = begun(made)
        assert [len(wave) for wave in began.plan.waves] == [1, 2, 1]
        after = rolled(made, nodes, began, frozenset())
        assert (after.stands, nodes.out) == ("done", {})
        assert set(nodes.versions.values()) == {NEW}
        assert set(nodes.boots.values()) == {1}
        assert set(outcomes(desk, after).values()) == {"updated"}
        back = undoing(after.plan, outcomes(desk, after), made.basis(0.5), after.opened)
        undone = after.model_copy(
            update={"id": "upd-2", "stands": "open", "plan": back, "undoes": "upd-1",
                    "waves_done": 0}
        )  # fmt: skip
        book_of(desk).keep(undone)
        assert rolled(made, nodes, undone, frozenset()).stands == "done"
        assert set(nodes.versions.values()) == {OLD}
    answer = run("-C", str(site), "manage", "update", "status", "--json")
    assert (answer.status, json.loads(answer.out)["stands"]) == (0, "done")
    states = run("-C", str(site), "manage", "remedy", "status", "--json")
    assert set(json.loads(states.out)["states"].values()) == {"in-service"}


def test_a_run_that_something_ends_says_which_nodes_it_keeps_out_and_what_goes_on(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with desk_of(Door(site)) as desk:
        began = begun(shop(desk, Nodes()))
        step = {"node": "gpu2", "before": "in-service", "after": "draining", "at": "now"}
        said = {**step, "incident": "upd-1", "why": "an update", "actor": "ada"}
        desk.book.move(Transition.model_validate(said))
        with pytest.raises(KeyboardInterrupt), left_open(desk, began):
            raise KeyboardInterrupt
    told = " ".join(capsys.readouterr().err.split())
    assert "upd-1 is open, and keeps gpu2 out of service" in told
    assert "manage update apply" in told


def test_nodes_that_cannot_go_back_are_named_and_the_answer_is_no(run: Run, site: Path) -> None:
    nodes = Nodes()
    with desk_of(Door(site)) as desk:
        made = shop(desk, nodes)
        after = rolled(made, nodes, begun(made), frozenset())
        book_of(desk).keep(after.model_copy(update={"plan": without_way_back(after).plan}))
    answer = run("-C", str(site), "manage", "update", "rollback", "--yes")
    assert (answer.status, "gpu[1-4] cannot go back" in answer.err) == (1, True)


def test_a_node_that_fails_goes_back_or_into_the_work_queue(run: Run, site: Path) -> None:
    nodes = Nodes()
    with desk_of(Door(site)) as desk:
        made = shop(desk, nodes)
        after = rolled(made, nodes, begun(made), frozenset(computing(desk)))
        assert (after.stands, nodes.out) == ("halted", {})
        plan = without_way_back(after)
        book_of(desk).keep(plan)
        kept = rolled(made, nodes, plan, frozenset(computing(desk)))
        (node,) = nodes.out
        assert kept.stands == "halted"
        assert nodes.out[node] == (
            f"millwright-remedy:inc-upd-2-{node}: for a person to look at, update:driver"
        )
        assert desk.book.incidents()[f"inc-upd-2-{node}"].stands == "work-queue"
        assert desk.book.states()[node] == "work-queue"
        assert proven_again(made, nodes, node).stands == "returned"
        assert nodes.out == {}
    answer = run("-C", str(site), "manage", "update", "status")
    assert (answer.status, "kept out" in answer.out) == (1, True)
    shown = run("-C", str(site), "manage", "incident", "show", f"inc-upd-2-{node}")
    assert (shown.status, "update:driver" in shown.out) == (0, True)


def proven_again(made: Shop, nodes: Nodes, node: str) -> Incident:
    """Do as `manage remedy repaired` does, with a gate that the node passes now."""
    hands = replace(made.bench.hands(None), gate=_Passing())
    diary = Diary(made.desk.book.incidents()[f"inc-upd-2-{node}"], hands)
    intent = diary.intend("hands", hands.body.look(node))
    diary.write("act", "done", "repaired", intent)
    diary.move("validating", "a person says that it is repaired")
    diary.keep(stands="open", closed=None, packet="")
    journey = Repair(diary.incident, hands, Patience(drain_s=10, boot_s=10))
    assert list(journey.go())
    return journey.after


class _Passing:
    def recheck(self, complaint: Complaint) -> Judged:
        return Judged(HOLDS, "looked")

    def validate(self, incident: Incident, attempt: int) -> Judged:
        return Judged(PASSED, "tested")


def computing(desk: Desk) -> tuple[str, ...]:
    return desk.fleet().computing


def without_way_back(run: UpdateRun) -> UpdateRun:
    """The same order once more, without a way back."""
    nodes = tuple(each.model_copy(update={"back": False}) for each in run.plan.nodes)
    plan = run.plan.model_copy(update={"nodes": nodes})
    return run.model_copy(
        update={"id": "upd-2", "stands": "open", "plan": plan, "closed": None, "why": ""}
    )


def test_a_run_that_is_not_there_is_refused_and_the_known_ones_named(site: Path) -> None:
    with desk_of(Door(site)) as desk:
        begun(shop(desk, Nodes()))
        assert run_named(desk, None).id == "upd-1"
        with pytest.raises(MillwrightError) as wrong:
            run_named(desk, "upd-9")
        assert "upd-1" in wrong.value.hint

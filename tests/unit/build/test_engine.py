"""A run loses nothing: not to a node that dies, hangs or starts again, and not to its own end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.measurementfile import read_measurements
from millwright.build.engine import Engine
from millwright.build.hands import Patience
from millwright.build.judge.verdicts import Terms, judge
from millwright.build.observe import observed
from millwright.build.plan import Wish, plan
from millwright.build.schedule import turns
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.verdict import Verdict
from millwright.ports import Unit
from tests.unit.build.fakes import FakeNode, FakeSpool, Kept
from tests.unit.build.plans import CATALOG, basis
from tests.unit.probes.burnin_texts import IPERF3_JSON
from tests.unit.probes.hosts.outputs import DMIDECODE

DMESG = b"kern  :info  : 2026-01-05T10:00:00,000000+00:00 Linux version 6.1\n"
SAYS = {"kernel-log": (0, DMESG)}


@cache
def made(nodes: int = 2) -> BuildPlan:
    return plan(basis(nodes=nodes), Wish())


def fake(plan: BuildPlan, **own: FakeNode) -> FakeSpool:
    names = plan.nodes()
    return FakeSpool({name: own.get(name, FakeNode(says=dict(SAYS))) for name in names})


def came(found: list[Outcome], node: str) -> Counter[str]:
    return Counter(o.came for o in found if o.node == node and not o.peer)


def test_every_turn_comes_to_an_outcome_and_is_forgotten_on_its_node() -> None:
    wanted = made()
    spool, kept = fake(wanted), Kept()
    found = list(Engine(wanted, kept.hands(spool), Patience(attempts=1)).go())
    assert len(found) == len(turns(wanted)) == len(kept.outcomes)
    assert all(not node.jobs for node in spool.nodes.values())


@pytest.mark.parametrize("backwards", [False, True])
def test_who_serves_a_pair_is_ended_whichever_of_them_answers_first(backwards: bool) -> None:
    wanted = made(5)
    spool, kept = fake(wanted), Kept()
    spool.backwards = backwards
    list(Engine(wanted, kept.hands(spool), Patience(attempts=1)).go())
    served = {
        name: sorted(key for key in node.begun if key.endswith(".serve"))
        for name, node in spool.nodes.items()
    }
    assert sum(map(len, served.values())) > 4
    assert {name: sorted(node.ended) for name, node in spool.nodes.items()} == served


def test_evidence_of_every_turn_is_kept_before_its_outcome_is_told() -> None:
    wanted = made()
    spool, kept = fake(wanted), Kept()
    for at, _ in enumerate(Engine(wanted, kept.hands(spool), Patience(attempts=1)).go(), start=1):
        assert len(kept.answers) >= at
        assert len(kept.outcomes) >= at


def test_what_was_measured_carries_node_test_attempt_and_sku() -> None:
    wanted = made()
    kept = Kept()
    list(Engine(wanted, kept.hands(fake(wanted)), Patience(attempts=1)).go())
    row = next(row for row in kept.rows if row["test"] == "kernel-log")
    assert row["schema"] == "millwright.measurement/1"
    assert (row["metric"], row["value"], row["attempt"]) == ("kernel_errors", 0.0, 1)
    assert (row["sku"], row["run"], row["duration_s"]) == ("lab-node", "run", 5.0)


def test_the_stage_of_a_run_stands_in_its_measurements() -> None:
    wanted = made().model_copy(update={"stage": "fat"})
    kept = Kept()
    list(Engine(wanted, kept.hands(fake(wanted)), Patience(attempts=1)).go())
    assert kept.rows
    assert {row["env"]["stage"] for row in kept.rows} == {"fat"}


def ibstat(**up: bool) -> bytes:
    """Return what ibstat says of these adapters."""
    return "".join(
        f"CA '{name}'\n\tNumber of ports: 1\n\tPort 1:\n"
        f"\t\tState: {'Active' if active else 'Down'}\n"
        f"\t\tPhysical state: {'LinkUp' if active else 'Polling'}\n"
        f"\t\tRate: {400 if active else 10}\n\t\tLink layer: InfiniBand\n"
        for name, active in up.items()
    ).encode()


def test_a_designed_port_that_is_down_fails_and_one_that_the_design_leaves_free_does_not(
    tmp_path: Path,
) -> None:
    wanted = plan(basis("lab", 2), Wish(tests=frozenset({"fabric-ports"})))
    hcas = next(e.devices for e in wanted.tests[0].expects if e.metric == "ib_port_active")
    well, free = dict.fromkeys(hcas, True), {"mlx5_99": False}
    says = {
        "gpu1": ibstat(**{**well, hcas[2]: False}, **free),
        "gpu2": ibstat(**well, **free),
    }
    nodes = {name: FakeNode(says={"fabric-ports": (0, text)}) for name, text in says.items()}
    kept = Kept()
    list(Engine(wanted, kept.hands(fake(wanted, **nodes)), Patience()).go())
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in kept.rows))
    verdict = judge(read_measurements((file,)), Terms(bars=tuple(CATALOG.bars.values())))
    (gate,) = (f for f in verdict.nodes["gpu1"].findings if f.kind == "gate")
    assert (gate.device, gate.metric, gate.verdict) == (hcas[2], "ib_port_active", Verdict.FAIL)
    assert "the port is down" in gate.reason
    assert not [f for f in verdict.nodes["gpu2"].findings if f.kind == "gate"]


def test_the_nodes_own_serial_number_stands_in_what_is_the_whole_nodes() -> None:
    wanted = made()
    tests = tuple(
        test.model_copy(update={"reader": "dmidecode"}) if test.test == "kernel-log" else test
        for test in wanted.tests
    )
    kept, told = Kept(), FakeNode(says={"kernel-log": (0, DMIDECODE.encode())})
    fakes = fake(wanted, gpu1=told)
    plan_ = wanted.model_copy(update={"tests": tests})
    list(Engine(plan_, kept.hands(fakes), Patience(attempts=1)).go())
    of_node = [row for row in kept.rows if row["node"] == "gpu1" and not row["device"]]
    assert {row["serial"] for row in of_node if row["test"] == "kernel-log"} == {"NW8G0042"}
    assert not [row for row in kept.rows if row["node"] == "gpu2" and "serial" in row]


SMARTCTL = """\
#!{python}
import json, sys
disk = {{"name": "/dev/bus/0", "type": "megaraid,1"}}
nvme = {{"name": "/dev/nvme0", "type": "nvme"}}
head = {{"json_format_version": [1, 0], "smartctl": {{"version": [7, 3]}}}}
if "--scan" in sys.argv:
    twin = dict(disk, type="megaraid,2")
    print(json.dumps(dict(head, devices=[disk, twin, nvme])))
    sys.exit(0)
kind = sys.argv[sys.argv.index("-d") + 1]
if kind == "nvme":
    log = {{"critical_warning": 4, "media_errors": 0}}
    print(json.dumps(dict(head, device=nvme, nvme_smart_health_information_log=log)))
    sys.exit(8)
bad = kind.endswith("2")
print(json.dumps(dict(head, device=dict(disk, type=kind), smart_status={{"passed": not bad}})))
"""


def test_every_disk_of_a_host_tells_its_health_and_a_bad_one_fails(tmp_path: Path) -> None:
    (tmp_path / "smartctl").write_text(SMARTCTL.format(python=sys.executable))
    (tmp_path / "smartctl").chmod(0o755)
    wanted = plan(basis("dgx-superpod-h100", 2), Wish(tests=frozenset({"host-disks"})))
    (test,) = wanted.tests
    (tmp_path / "disks.py").write_text(test.files["disks.py"])
    ran = subprocess.run(
        [sys.executable, *test.argv[1:]],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    seen = observed(test, Unit("done", "boot-1", "exit", 0, 5.0, ran.stdout))
    assert (seen.came, seen.problems) == ("measured", ())
    found = {(m.metric, m.device): m.value for m in seen.measurements}
    assert found["disks_told", ""] == 3
    assert found["disk_critical_warning", "/dev/nvme0"] == 4
    assert found["burnin_faults", "/dev/bus/0 megaraid,1"] == 0
    assert found["burnin_faults", "/dev/bus/0 megaraid,2"] == 1
    for metric, value in (("disk_critical_warning", 4.0), ("disk_media_errors", 1.0)):
        (bar,) = (bar for bar in CATALOG.bars.values() if bar.metric == metric)
        assert bar.holds(0.0)
        assert not bar.holds(value)


def test_a_dead_node_is_lost_and_stops_no_other() -> None:
    wanted = made(3)
    spool = fake(wanted, gpu2=FakeNode(silent="no route to host"))
    found = list(Engine(wanted, Kept().hands(spool), Patience(silent_s=30, attempts=1)).go())
    lost = [outcome for outcome in found if outcome.node == "gpu2"]
    assert {outcome.came for outcome in lost} == {"lost"}
    assert all("no route to host" in outcome.reason and not outcome.final for outcome in lost)
    assert "lost" not in came(found, "gpu1")


def test_a_hung_test_is_told_by_its_limit_and_the_node_goes_on() -> None:
    wanted = made()
    hung = FakeNode(says=dict(SAYS), hangs=frozenset({"gpu-inventory"}))
    found = list(Engine(wanted, Kept().hands(fake(wanted, gpu1=hung)), Patience(attempts=1)).go())
    (bad,) = [o for o in found if o.came == "hung"]
    assert (bad.node, bad.test, bad.ended) == ("gpu1", "gpu-inventory", "timeout")
    assert "nvidia-smi did not end within" in bad.reason
    assert came(found, "gpu1").total() == came(found, "gpu2").total()


def test_a_node_that_starts_again_does_its_turn_again_and_no_other_node_does() -> None:
    wanted = made()
    spool, kept = fake(wanted), Kept()
    spool.nodes["gpu1"].takes_s = spool.nodes["gpu2"].takes_s = 12.0

    def reboot(now: float) -> None:
        if now >= 6 and spool.nodes["gpu1"].boot == 1:
            spool.nodes["gpu1"].reboot()

    found = list(Engine(wanted, kept.hands(spool, reboot), Patience(attempts=2)).go())
    again = [o for o in found if o.reason.startswith("it ended without a word")]
    assert [(o.node, o.final) for o in again] == [("gpu1", False)]
    assert any((o.node, o.test, o.attempt) == ("gpu1", again[0].test, 2) for o in found)
    assert max(o.attempt for o in found if o.node == "gpu2" and o.came == "measured") == 1


def test_what_a_tool_could_not_measure_is_tried_again_and_stays_an_error() -> None:
    wanted = made()
    broken = FakeNode(says={**SAYS, "gpu-burn": (1, b"no CUDA")})
    found = list(Engine(wanted, Kept().hands(fake(wanted, gpu1=broken)), Patience()).go())
    tries = [o for o in found if (o.node, o.test) == ("gpu1", "gpu-burn")]
    assert [(o.attempt, o.final, o.came) for o in tries] == [
        (1, False, "error"),
        (2, False, "error"),
        (3, True, "error"),
    ]
    assert "gpu_burn ended with 1: no CUDA" in tries[0].reason


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 60))
def test_a_run_that_is_killed_anywhere_goes_on_and_loses_and_repeats_nothing(after: int) -> None:
    wanted = made()
    spool, kept = fake(wanted), Kept()
    spool.crash_after = after
    before: list[Outcome] = []
    try:
        before += Engine(wanted, kept.hands(spool), Patience(attempts=1)).go()
    except KeyboardInterrupt:
        before = list(kept.outcomes)
    spool.crash_after = None
    rest = list(Engine(wanted, kept.hands(spool), Patience(attempts=1), before).go())
    done = Counter((o.node, o.test, o.number) for o in [*before, *rest])
    assert len(done) == len(turns(wanted))
    assert set(done.values()) == {1}
    for node in spool.nodes.values():
        assert len(node.begun) == len(set(node.begun))
        assert not node.jobs


def cut_off(wanted: BuildPlan, spool: FakeSpool, name: str, test: str) -> tuple[Kept, Patience]:
    """Run a plan until a node is silent at a test that it runs, and was given up."""
    kept, patience = Kept(), Patience(silent_s=20)

    def unplug(now: float) -> None:
        if any(key.startswith(f"{test}.") for key in spool.nodes[name].jobs):
            spool.nodes[name].silent = "no route to host"

    list(Engine(wanted, kept.hands(spool, unplug), patience).go())
    return kept, patience


def test_a_test_whose_node_was_lost_is_collected_and_no_second_copy_begun() -> None:
    wanted = made(1)
    spool = fake(wanted, gpu1=FakeNode(says=dict(SAYS), takes_s=400.0))
    kept, patience = cut_off(wanted, spool, "gpu1", "kernel-log")
    lost = [o for o in kept.outcomes if o.came == "lost"]
    assert (lost[0].test, lost[0].attempt) == ("kernel-log", 1)
    node = spool.nodes["gpu1"]
    node.silent = ""
    before = tuple(kept.outcomes)
    found = list(Engine(wanted, kept.hands(spool), patience, before).go())
    assert node.most == 1
    assert node.begun.count("kernel-log.0.1") == 1
    assert "kernel-log.0.2" not in node.begun
    assert [(o.came, o.attempt) for o in found if o.test == "kernel-log"] == [("measured", 1)]
    assert not node.jobs


def test_a_turn_that_is_given_up_while_it_waits_for_its_next_try_keeps_its_number() -> None:
    wanted = made(1)
    spool, kept = fake(wanted, gpu1=FakeNode(says={"kernel-log": (1, b"no")})), Kept()
    node, patience = spool.nodes["gpu1"], Patience(silent_s=20)

    def unplug(now: float) -> None:
        if any((o.test, o.attempt) == ("kernel-log", 1) for o in kept.outcomes):
            node.silent = "no route to host"

    list(Engine(wanted, kept.hands(spool, unplug), patience).go())
    tries = [(o.came, o.attempt) for o in kept.outcomes if o.test == "kernel-log"]
    assert tries == [("error", 1), ("lost", 2)]
    node.silent = ""
    list(Engine(wanted, kept.hands(spool), patience, tuple(kept.outcomes)).go())
    tried = [key for key in node.begun if key.startswith("kernel-log.")]
    assert tried == ["kernel-log.0.1", "kernel-log.0.2", "kernel-log.0.3"]


PAIR, AFTER = "node-network", "kernel-log-after-load"


def of_pairs(nodes: int = 2) -> BuildPlan:
    """Return a plan of two tests: one of pairs, and one of each node after it."""
    return plan(basis(nodes=nodes), Wish(tests=frozenset({PAIR, AFTER})))


def first_pair(wanted: BuildPlan) -> tuple[str, str, str]:
    """Return who runs the first turn of a pair, who serves, and its name there."""
    turn = next(turn for turn in turns(wanted) if turn.peer)
    return turn.runs_on, turn.peer, f"{turn.key}.1"


def test_a_node_that_lost_its_partner_ends_their_test_before_it_goes_on() -> None:
    wanted = of_pairs()
    runner, server, key = first_pair(wanted)
    spool = fake(wanted)
    spool.nodes[runner].takes_s = 400.0

    def unplug(now: float) -> None:
        if key in spool.nodes[runner].jobs:
            spool.nodes[server].silent = "no route to host"

    kept = Kept()
    list(Engine(wanted, kept.hands(spool, unplug), Patience(silent_s=20)).go())
    node = spool.nodes[runner]
    assert key in node.ended
    assert [k for k in node.begun if k.startswith(AFTER)]
    assert node.most == 1


def test_the_result_of_a_pair_is_collected_though_its_server_is_gone() -> None:
    """The run was killed while they measured; the server's node started again meanwhile."""
    wanted = of_pairs()
    runner, server, key = first_pair(wanted)
    spool, kept = fake(wanted), Kept()
    spool.nodes[runner].says[PAIR] = (0, IPERF3_JSON.encode())
    spool.nodes[runner].takes_s = 30.0

    def kill(now: float) -> None:
        if key in spool.nodes[runner].jobs:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Engine(wanted, kept.hands(spool, kill), Patience()).go())
    spool.now += 60
    spool.nodes[server].reboot()
    before = tuple(kept.outcomes)
    found = list(Engine(wanted, kept.hands(spool), Patience(), before).go())
    (pair,) = [o for o in found if o.peer == server and o.node == runner]
    assert (pair.came, pair.attempt) == ("measured", 1)
    assert spool.nodes[runner].begun.count(key) == 1
    assert all(not node.jobs for node in spool.nodes.values())


def test_who_served_a_pair_that_is_over_is_ended_when_the_run_goes_on() -> None:
    """The run was killed between the outcome and the word to the server."""
    wanted = of_pairs()
    runner, server, key = first_pair(wanted)
    spool, kept = fake(wanted), Kept()

    def kill(outcome: Outcome) -> None:
        kept.outcomes.append(outcome)
        if outcome.peer:
            raise KeyboardInterrupt

    hands = replace(kept.hands(spool), done=kill)
    with pytest.raises(KeyboardInterrupt):
        list(Engine(wanted, hands, Patience(attempts=1)).go())
    assert spool.nodes[server].ended == []
    before = tuple(kept.outcomes)
    list(Engine(wanted, kept.hands(spool), Patience(attempts=1), before).go())
    assert f"{key}.serve" in spool.nodes[server].ended
    assert all(not node.jobs for node in spool.nodes.values())


def test_a_pair_that_was_lost_is_done_again_with_a_server_that_is_begun_afresh() -> None:
    wanted = of_pairs()
    runner, server, key = first_pair(wanted)
    spool, kept = fake(wanted), Kept()
    spool.nodes[runner].says[PAIR] = (0, IPERF3_JSON.encode())
    spool.nodes[runner].takes_s = 30.0

    def unplug(now: float) -> None:
        if f"{key}.serve" in spool.nodes[server].jobs:
            spool.nodes[runner].silent = "no route to host"

    list(Engine(wanted, kept.hands(spool, unplug), Patience(silent_s=20)).go())
    assert [(o.came, o.attempt) for o in kept.outcomes if o.peer] == [("lost", 1)]
    spool.nodes[runner].silent = ""
    found = list(Engine(wanted, kept.hands(spool), Patience(), tuple(kept.outcomes)).go())
    assert [(o.came, o.attempt) for o in found if o.peer] == [("measured", 1)]
    assert all(not node.jobs for node in spool.nodes.values())


def test_what_was_given_up_unbegun_comes_after_what_a_node_may_be_at_work_on() -> None:
    """A pair whose server was lost is left out; then the run is killed at the runner's next."""
    wanted = of_pairs()
    runner, server, key = first_pair(wanted)
    spool, kept = fake(wanted), Kept()
    spool.nodes[server].silent = "no route to host"
    spool.nodes[runner].takes_s = 400.0

    def kill(now: float) -> None:
        if f"{AFTER}.0.1" in spool.nodes[runner].jobs:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Engine(wanted, kept.hands(spool, kill), Patience(silent_s=20)).go())
    assert [(o.came, o.ended) for o in kept.outcomes if o.peer] == [("lost", None)]
    spool.nodes[server].silent = ""
    list(Engine(wanted, kept.hands(spool), Patience(), tuple(kept.outcomes)).go())
    assert spool.nodes[runner].most == 1
    assert spool.nodes[runner].begun.index(f"{AFTER}.0.1") < spool.nodes[runner].begun.index(key)


def test_a_run_obeys_the_spread_of_starts() -> None:
    wanted = made(4)
    kept = Kept()
    list(Engine(wanted, kept.hands(fake(wanted)), Patience(attempts=1)).go())
    loads = [at for at, turn in kept.begun if turn.test.power != "idle"]
    assert all(b - a >= wanted.stagger_s - 1e-6 for a, b in zip(loads, loads[1:], strict=False))


def reboots(takes_s: float, back: bool = True) -> tuple[list[Outcome], Kept]:
    """Return what comes of a node that is told to start again, and takes so long."""
    wanted = plan(basis(nodes=1), Wish(class_="standard", tests=frozenset({"reboot"})))
    spool, kept = fake(wanted), Kept()
    node = spool.nodes["gpu1"]
    node.takes_s = 1.0

    def clock(now: float) -> None:
        asked = [since for _, since, boot in node.jobs.values() if boot == node.boot]
        if not (back and asked):
            return
        node.silent = "no route to host" if 2 < now - asked[0] < takes_s else ""
        if now - asked[0] >= takes_s:
            node.reboot()

    return list(Engine(wanted, kept.hands(spool, clock), Patience(silent_s=20)).go()), kept


def test_a_node_that_is_told_to_start_again_is_waited_for_and_timed() -> None:
    found, kept = reboots(120)
    assert [(o.number, o.came, o.attempt) for o in found] == [
        (0, "measured", 1),
        (1, "measured", 1),
        (2, "measured", 1),
    ]
    times = [row["value"] for row in kept.rows if row["metric"] == "boot_time"]
    assert all(110 <= each <= 140 for each in times)


def test_a_start_that_came_while_nobody_looked_is_known_by_its_name_and_not_repeated() -> None:
    """The job that ordered it went with the start before, without a word."""
    wanted = plan(basis(nodes=1), Wish(class_="standard", tests=frozenset({"reboot"})))
    spool, kept = fake(wanted), Kept()
    node = spool.nodes["gpu1"]
    node.takes_s = 1.0

    def kill(now: float) -> None:
        if node.jobs:
            raise KeyboardInterrupt

    def clock(now: float) -> None:
        asked = [since for _, since, boot in node.jobs.values() if boot == node.boot]
        if asked and now - asked[0] >= 120:
            node.reboot()

    with pytest.raises(KeyboardInterrupt):
        list(Engine(wanted, kept.hands(spool, kill), Patience()).go())
    node.reboot()
    spool.now += 600
    found = list(Engine(wanted, kept.hands(spool, clock), Patience()).go())
    assert [(o.number, o.came, o.attempt) for o in found] == [
        (at, "measured", 1) for at in range(3)
    ]
    assert (node.boot, len(node.begun)) == (4, 3)


def test_a_start_that_was_ordered_by_a_run_that_was_killed_has_no_time() -> None:
    """Nobody knows how long ago it was; those after it are timed from their beginning."""
    wanted = plan(basis(nodes=1), Wish(class_="standard", tests=frozenset({"reboot"})))
    spool, kept = fake(wanted), Kept()
    node = spool.nodes["gpu1"]
    node.takes_s = 1.0

    def kill(now: float) -> None:
        if node.jobs:
            raise KeyboardInterrupt

    def clock(now: float) -> None:
        asked = [since for _, since, boot in node.jobs.values() if boot == node.boot]
        if asked and now - asked[0] >= 120:
            node.reboot()

    with pytest.raises(KeyboardInterrupt):
        list(Engine(wanted, kept.hands(spool, kill), Patience()).go())
    spool.now += 60
    found = list(Engine(wanted, kept.hands(spool, clock), Patience()).go())
    assert [(o.number, o.came, o.attempt) for o in found] == [
        (at, "measured", 1) for at in range(3)
    ]
    times = [row["value"] for row in kept.rows if row["metric"] == "boot_time"]
    assert len(times) == 2
    assert all(118 <= each <= 140 for each in times)
    assert [row["value"] for row in kept.rows if row["metric"] == "boots_failed"] == [0.0] * 3


def test_a_node_that_does_not_start_again_is_told_so() -> None:
    found, _ = reboots(120, back=False)
    assert {o.came for o in found} == {"hung"}
    assert "no other start came" in found[0].reason


def test_a_run_that_was_shorter_than_planned_counts_for_nothing() -> None:
    wanted = plan(basis(nodes=1), Wish(tests=frozenset({"cpu-stress"})))
    said = b"stress-ng: info:  [1] successful run completed in 7.00s\n"
    short = FakeNode(says={"cpu-stress": (0, said)}, takes_s=7.0)
    found = list(Engine(wanted, Kept().hands(fake(wanted, gpu1=short)), Patience()).go())
    assert [o.came for o in found] == ["error"] * 3
    assert found[0].reason == "stress-ng ran 7 s of 15: too short to count"

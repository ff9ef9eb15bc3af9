"""A lab leaves the machine as it was, however the calls that make and end it are cut off."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from millwright.lab import bmcprocess, host
from millwright.lab.home import Home
from tests.lab.footprint import Footprint, differences, footprint
from tests.lab.rehearsal import Rehearsal, await_that, rehearsal

HOSTS = {"head-1", "gpu1", "gpu2"}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Rehearsal]:
    made = rehearsal(tmp_path / "small", 114, "{name: gpu, nodes: 2}")
    yield made
    made.down()


@pytest.fixture
def before(small: Rehearsal) -> Footprint:
    return footprint(small.marks)


def cut_off(small: Rehearsal, moment: Callable[[], bool], *words: str) -> None:
    """Begin a command and kill it when the moment has come."""
    with subprocess.Popen(
        small.words(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        await_that(lambda: running.poll() is not None or moment())
        assert running.poll() is None, "it ended before it could be killed"
        os.kill(running.pid, signal.SIGKILL)


def boots(small: Rehearsal, count: int) -> Callable[[], bool]:
    return lambda: len(host.running(small.marks)) >= count


def has_bridge(small: Rehearsal) -> bool:
    return (Path("/sys/class/net") / small.marks.bridge).exists()


UP: dict[str, Callable[[Rehearsal], Callable[[], bool]]] = {
    "when the plan is written": lambda s: Home(s.marks.lab).plan_file.exists,
    "when the bridge stands": lambda s: lambda: has_bridge(s),
    "when BMCs start": lambda s: lambda: bool(bmcprocess.running(s.marks.lab)),
    "when the first host boots": lambda s: boots(s, 1),
    "when all boot": lambda s: boots(s, 3),
}

DOWN: dict[str, Callable[[Rehearsal], Callable[[], bool]]] = {
    "when the BMCs are gone": lambda s: lambda: not bmcprocess.running(s.marks.lab),
    "when the hosts are gone": lambda s: lambda: not host.running(s.marks),
    "when the bridge is gone": lambda s: lambda: not has_bridge(s),
    "when the plan is gone": lambda s: lambda: not Home(s.marks.lab).plan_file.exists(),
}


def test_a_lab_that_goes_leaves_the_machine_as_it_was(small: Rehearsal, before: Footprint) -> None:
    small.up()
    standing = differences(before, footprint(small.marks))
    assert {"routes", "links", "packet rules", "control groups", "processes"} <= set(standing)
    assert "mounts" not in standing
    small.down()
    assert differences(before, footprint(small.marks)) == {}


def test_gateways_go_without_a_trace_too(small: Rehearsal, before: Footprint) -> None:
    small.up("--gateways", "1")
    assert {each["answers_ssh"] for each in small.status().values()} == {True}
    small.breaks("gpu1", "black-hole")
    told = small.status()["gpu1"]
    assert (told["running"], told["answers_ssh"]) == (True, False)
    small.down()
    assert differences(before, footprint(small.marks)) == {}


def test_a_lab_comes_up_again_as_it_was_until_something_else_is_said(small: Rehearsal) -> None:
    small.up("--gateways", "1", "--bare")
    reach = (small.root / "reach.yaml").read_bytes()
    small.down()
    again = small.say("lab", "up")
    assert again.status == 0, again.err
    assert "--gateways 1 --bare\n" in again.err
    assert (small.root / "reach.yaml").read_bytes() == reach
    small.down()
    small.up("--gateways", "0", "--no-bare")
    assert set(small.status()) == HOSTS
    small.down()
    assert "--gateways" not in small.say("lab", "up").err


def test_no_lab_goes_without_a_trace(small: Rehearsal, before: Footprint) -> None:
    assert small.done("lab", "down") == f"no lab was up in {small.root}\n"
    assert differences(before, footprint(small.marks)) == {}


@pytest.mark.parametrize("moment", UP)
def test_what_a_killed_up_left_goes_with_down(
    small: Rehearsal, before: Footprint, moment: str
) -> None:
    cut_off(small, UP[moment](small), "lab", "up")
    small.down()
    assert differences(before, footprint(small.marks)) == {}


def test_an_interrupted_up_ends_at_once_and_says_what_runs_on(
    small: Rehearsal, before: Footprint
) -> None:
    words = small.words("lab", "up")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as up:
        await_that(boots(small, 1))
        up.send_signal(signal.SIGINT)
        _, told = up.communicate(timeout=10)
    assert up.returncode == 130
    assert f"runs on; this ends it: millwright -C {small.root} lab down" in told
    small.down()
    assert differences(before, footprint(small.marks)) == {}


@pytest.mark.parametrize("moment", UP)
def test_what_a_killed_up_left_is_completed_by_the_next(small: Rehearsal, moment: str) -> None:
    cut_off(small, UP[moment](small), "lab", "up")
    small.up()
    assert {name for name, each in small.status().items() if each["answers_ssh"]} == HOSTS
    assert small.shell("head-1", "hostname") == "head-1\n"


@pytest.mark.parametrize("moment", DOWN)
def test_what_a_killed_down_left_goes_with_the_next(
    small: Rehearsal, before: Footprint, moment: str
) -> None:
    small.up()
    cut_off(small, DOWN[moment](small), "lab", "down")
    small.down()
    assert differences(before, footprint(small.marks)) == {}


def test_a_host_that_was_never_laid_is_not_healed(small: Rehearsal) -> None:
    cut_off(small, UP["when the plan is written"](small), "lab", "up")
    answer = small.say("lab", "heal", "gpu2")
    assert (answer.status, "gpu2 was never laid" in answer.err, answer.out) == (2, True, "")


def test_a_lab_that_was_half_gone_comes_up_anew(small: Rehearsal) -> None:
    small.up()
    small.shell("gpu1", "touch", "/root/mine")
    cut_off(small, DOWN["when the plan is gone"](small), "lab", "down")
    small.up()
    assert small.tells("gpu1", "test", "-e", "/root/mine").status == 1


def test_a_lab_whose_plan_cannot_be_read_goes_all_the_same(
    small: Rehearsal, before: Footprint
) -> None:
    small.up()
    Home(small.marks.lab).plan_file.write_text("{}")
    refused = small.say("lab", "up")
    assert (refused.status, "lab down" in refused.err) == (2, True)
    small.down()
    assert differences(before, footprint(small.marks)) == {}

"""`manage drift`: accepted from a recording, compared, approved, shown and put back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

SYSCTL = {"vm.swappiness": "10", "net.core.somaxconn": "4096"}


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    folder = tmp_path / "recorded"
    for node in ("gpu1", "gpu2", "gpu3"):
        (folder / node).mkdir(parents=True)
        say(folder, node)
    return folder


def say(folder: Path, node: str, **settings: str) -> None:
    told = {**SYSCTL, **{key.replace("__", "."): value for key, value in settings.items()}}
    (folder / node / "sysctl.txt").write_text(json.dumps(told))


def test_what_is_taken_is_right_until_it_changes_and_can_be_put_back(
    recorded: Path, run: Run
) -> None:
    words = ("-C", recorded.parent, "manage", "drift")
    new = run(*words, "--from", recorded)
    assert (new.status, "nothing is recorded" in new.out) == (3, True)
    took = run(*words, "accept", "--from", recorded, "--why", "handed over")
    assert (took.status, took.out) == (0, "gpu[1-3] (3)  6 items recorded\n")
    assert run(*words, "--from", recorded).status == 0

    say(recorded, "gpu2", vm__swappiness="60")
    say(recorded, "gpu3", vm__swappiness="60")
    answer = run(*words, "--from", recorded)
    assert answer.status == 1
    assert "gpu[2-3] (2)  unauthorised  vm.swappiness" not in answer.out
    assert (
        "gpu[2-3] (2)  unauthorised  sysctl.vm.swappiness: recorded 10; observed 60" in answer.out
    )
    back = "millwright manage exec 'gpu[2-3]' -- sysctl -w vm.swappiness=10"
    assert f"next: {back}" in answer.out
    assert run(*words, "revert", "--from", recorded).out.strip() == back

    document = json.loads(run(*words, "--from", recorded, "--json").out)
    assert (document["schema"], document["answer"]) == ("millwright.drift/1", "drift")
    assert document["differences"][0]["nodes"] == ["gpu2", "gpu3"]

    one = ("accept", "gpu2", "--item", "sysctl.vm.*", "--from", recorded, "--why", "a test")
    assert run(*words, *one, "--change", "CHG-1").status == 0
    shown = run(*words, "show", "gpu2").out
    assert "took sysctl.vm.*: a test (CHG-1)" in shown
    assert "sysctl.vm.swappiness  60" in shown
    left = json.loads(run(*words, "--from", recorded, "--json").out)
    assert [each["nodes"] for each in left["differences"]] == [["gpu3"]]


def test_an_approved_change_is_shown_and_no_drift(recorded: Path, run: Run) -> None:
    words = ("-C", recorded.parent, "manage", "drift")
    run(*words, "accept", "--from", recorded, "--why", "handed over")
    say(recorded, "gpu1", vm__swappiness="60")
    told = ("CHG-7", "gpu1", "sysctl.vm.*", "--for", "2d", "--why", "a trial")
    assert run(*words, "approve", *told).status == 0
    answer = run(*words, "--from", recorded)
    assert (answer.status, "approved-change" in answer.out) == (0, True)
    assert "CHG-7: a trial" in answer.out


def test_who_says_nothing_any_more_is_unknown(recorded: Path, run: Run) -> None:
    words = ("-C", recorded.parent, "manage", "drift")
    run(*words, "accept", "--from", recorded, "--why", "handed over")
    (recorded / "gpu1" / "sysctl.txt").rename(recorded / "gpu1" / "dpkg.txt")
    answer = run(*words, "--from", recorded)
    assert answer.status == 3
    assert "gpu1 (1)  UNKNOWN 2 items of sysctl: it was not asked" in answer.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "gpu9"), "nothing is recorded of gpu9"),
        (("approve", "CHG 7", "gpu1", "x", "--for", "2d", "--why", "y"), "id"),
        (("approve", "C", "gpu1", "x", "--for", "two", "--why", "y"), "no length of time"),
        (("accept", "--from", "nowhere", "--why", "x"), "nowhere"),
        (("accept",), "--why"),
        (("--from", "nowhere"), "nowhere"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(
    words: tuple[str, ...], says: str, tmp_path: Path, run: Run
) -> None:
    answer = run("-C", tmp_path, "manage", "drift", *words)
    assert (answer.status, says in answer.err) == (2, True)
    assert not (tmp_path / "state.db").exists()


def test_what_the_roles_of_a_design_declare_is_held_against_nodes(tmp_path: Path, run: Run) -> None:
    (tmp_path / "factory.yaml").write_text(
        "schema: millwright.factory/1\nname: superpod\nblueprint: dgx-superpod-h100\n"
        "compute: [{name: gpu, scalable_units: 1}]\n"
    )
    assert run("-C", tmp_path, "design", "solve").status == 0
    recorded = tmp_path / "recorded"
    for node, driver in (("gpu001", "580.95.05-1"), ("gpu002", "570.1-1")):
        (recorded / node).mkdir(parents=True)
        say(recorded, node, kernel__numa_balancing="0")
        line = f"nvidia-driver-cuda\t{driver}\tamd64\tii \n"
        (recorded / node / "dpkg.txt").write_text(line)
    words = ("-C", tmp_path, "manage", "drift", "--from", recorded, "--json")
    document = json.loads(run(*words).out)
    apart = {each["item"]: each for each in document["differences"]}
    driver = apart["package.nvidia-driver-cuda"]
    assert (driver["nodes"], driver["role"]) == (["gpu002"], "gpu-driver")
    assert (driver["declared"], driver["observed"]) == ("580.95.05*", "570.1-1")
    assert "sysctl.kernel.numa_balancing" not in apart
    assert any(gap["question"] == "sysctl" for gap in document["unknown"])

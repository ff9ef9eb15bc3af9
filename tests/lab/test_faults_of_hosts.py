"""Faults of hosts: power, network, disk, clock, packages and keys, seen from inside and outside."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.lab.rehearsal import Rehearsal, await_that

NODE = "gpu6"


def over_ssh(lab: Rehearsal, *words: str) -> str:
    """Return what a command over SSH tells, the folded head left out."""
    return lab.done("manage", "exec", NODE, "--", *words).splitlines()[1].strip()


def test_a_dead_host_is_off_until_it_is_healed(lab: Rehearsal) -> None:
    lab.breaks(NODE, "dead")
    told = lab.status()[NODE]
    assert (told["running"], told["answers_ssh"], told["faults"]) == (False, False, ["dead"])
    answer = lab.say("lab", "up")
    assert (answer.status, "booting 0 of 9 hosts" in answer.err) == (3, True)
    words = ("manage", "exec", f"{NODE},gpu7", "--run-timeout", "2", "--", "true")
    unreached = lab.say(*words)
    assert (unreached.status, "gpu7 (1)  ok" in unreached.out) == (3, True)
    lab.heals(NODE)
    assert lab.status()[NODE]["answers_ssh"] is True
    assert over_ssh(lab, "hostname") == NODE


def test_a_black_hole_drops_packets_and_is_entered_all_the_same(lab: Rehearsal) -> None:
    lab.breaks(NODE, "black-hole")
    told = lab.status()[NODE]
    assert (told["running"], told["answers_ssh"], told["faults"]) == (True, False, ["black-hole"])
    address = told["address"]
    words = ["ssh", "-o", "ConnectTimeout=1", "-o", "BatchMode=yes", f"root@{address}", "true"]
    silent = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (silent.returncode, "timed out" in silent.stderr) == (255, True)
    assert lab.tells("gpu7", "ping", "-c1", "-W1", address).status == 1
    assert lab.shell(NODE, "hostname") == f"{NODE}\n"
    lab.heals(NODE, "black-hole")
    assert over_ssh(lab, "hostname") == NODE


def test_a_full_disk_takes_no_more(lab: Rehearsal) -> None:
    lab.breaks(NODE, "full-disk")
    assert lab.faults(NODE) == ["full-disk:/var/tmp"]
    assert "100% /var/tmp" in lab.shell(NODE, "df", "/var/tmp")
    answer = lab.tells(NODE, "dd", "if=/dev/zero", "of=/var/tmp/more", "bs=64k", "count=1")
    assert (answer.status, "No space left on device" in answer.err) == (1, True)
    lab.heals(NODE, "full-disk")
    assert "100%" not in lab.shell(NODE, "df", "/var/tmp")
    lab.shell(NODE, "dd", "if=/dev/zero", "of=/var/tmp/more", "bs=64k", "count=1")


def skew_s(told: str) -> float:
    return float(told) - time.time()


@pytest.mark.parametrize("seconds", [600, -3600])
def test_a_wrong_clock_is_wrong_for_everybody(lab: Rehearsal, seconds: int) -> None:
    lab.breaks(NODE, f"clock-skew:{seconds}")
    assert lab.faults(NODE) == [f"clock-skew:{seconds}"]
    assert skew_s(over_ssh(lab, "date", "+%s")) == pytest.approx(seconds, abs=10)
    assert skew_s(lab.shell(NODE, "date", "+%s")) == pytest.approx(seconds, abs=10)
    second = lab.say("lab", "break", NODE, "clock-skew:5")
    assert (second.status, "heal that first" in second.err) == (2, True)
    lab.heals(NODE, "clock-skew")
    assert skew_s(over_ssh(lab, "date", "+%s")) == pytest.approx(0, abs=10)
    assert skew_s(lab.shell(NODE, "date", "+%s")) == pytest.approx(0, abs=10)


INSTALL = ("apt-get", "install", "--yes", "less")


def test_a_held_lock_stops_every_install(lab: Rehearsal) -> None:
    lab.breaks(NODE, "package-lock")
    assert lab.faults(NODE) == ["package-lock"]
    answer = lab.tells(NODE, *INSTALL)
    assert (answer.status, "Could not get lock /var/lib/dpkg/lock-frontend" in answer.err) == (
        100,
        True,
    )
    lab.heals(NODE, "package-lock")
    assert lab.tells(NODE, *INSTALL).status == 0


def scanned(lab: Rehearsal) -> str:
    address = lab.status()[NODE]["address"]
    words = ["ssh-keyscan", "-t", "ed25519", address]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_another_host_key_is_noticed(lab: Rehearsal) -> None:
    right = scanned(lab)
    lab.breaks(NODE, "wrong-host-key")
    assert lab.faults(NODE) == ["wrong-host-key"]
    wrong = await_that(lambda: scanned(lab))
    assert wrong != right
    trust = lab.say("deploy", "trust", "--yes")
    assert trust.status == 1
    assert f"the host keys of {NODE} are not the pinned ones" in trust.err
    refused = lab.say("manage", "exec", NODE, "--", "true")
    assert (refused.status, "is not the one that was" in refused.out) == (3, True)
    lab.heals(NODE, "wrong-host-key")
    assert await_that(lambda: scanned(lab)) == right
    assert over_ssh(lab, "hostname") == NODE

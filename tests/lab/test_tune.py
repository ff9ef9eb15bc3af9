"""Notes on real hosts: they come measured, they stack, they survive a start, and they go without a
trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Answer
from tests.lab.rehearsal import Rehearsal, await_that

NODES = ("gpu1", "gpu2")
ONLY = ("--only", "gpu[1-2]")
SMALL = "4096 4608 4608"
SITE = """\
schema: millwright.catalog/1
tuning_notes:
  - name: wide-pipes
    title: "A window that fills the loopback"
    version: 1
    date: "2026-01-05"
    roles: [training, head]
    measure: tcp-loopback
    parameters:
      - {name: send, confidence: measured, kind: sysctl, key: net.ipv4.tcp_wmem, want: ">=4096 16384 4194304", why: "room for what is under way"}
      - {name: receive, confidence: measured, kind: sysctl, key: net.ipv4.tcp_rmem, want: ">=4096 131072 6291456", why: "room for what is under way"}
  - name: narrow-pipes
    title: "A window that hardly lets anything through"
    version: 1
    date: "2026-01-05"
    roles: [training]
    measure: tcp-loopback
    parameters:
      - {name: send, confidence: measured, kind: sysctl, key: net.ipv4.tcp_wmem, want: "4096 4608 4608", why: "a mistake"}
      - {name: receive, confidence: measured, kind: sysctl, key: net.ipv4.tcp_rmem, want: "4096 4608 4608", why: "a mistake"}
"""  # noqa: E501
SNAPSHOT = r"""
find /etc /usr/local /var/lib/millwright -type f -exec sha256sum {} + 2>/dev/null | sort -k2
find /etc /usr/local /var/lib/millwright ! -type f -printf '%p %y %m %l\n' 2>/dev/null | sort
grep -s . /proc/sys/net/ipv4/tcp_* || true
nvidia-smi --query-gpu=uuid,persistence_mode,power.limit --format=csv,noheader
"""


def snapshot(lab: Rehearsal) -> dict[str, str]:
    return {node: lab.shell(node, "sh", "-c", SNAPSHOT) for node in NODES}


def plant(lab: Rehearsal, key: str, value: str, *nodes: str) -> None:
    for node in nodes or NODES:
        lab.shell(node, "sysctl", "--write", f"net.ipv4.{key}={value}")


def value(lab: Rehearsal, node: str, key: str) -> str:
    return " ".join(lab.shell(node, "sysctl", "--values", f"net.ipv4.{key}").split())


def tune(lab: Rehearsal, *words: str) -> Answer:
    return lab.say("manage", "tune", *words)


@pytest.fixture
def tuned(lab: Rehearsal) -> Iterator[Rehearsal]:
    """The lab with two notes of its own; whatever a test did to it, it is as before afterwards."""
    own = lab.root / "catalog" / "tuning-of-tests.yaml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(SITE)
    before = snapshot(lab)
    kept = {key: value(lab, "gpu1", key) for key in ("tcp_rmem", "tcp_wmem")}
    try:
        yield lab
    finally:
        tune(lab, "revert", "--all", "--force", "--yes")
        for key, text in kept.items():
            plant(lab, key, text)
        own.unlink()
    assert snapshot(lab) == before


def test_stacked_notes_come_and_go_and_every_value_comes_back(tuned: Rehearsal) -> None:
    plant(tuned, "tcp_wmem", SMALL)
    before = snapshot(tuned)
    for note in ("wide-pipes", "host-network"):
        told = tune(tuned, "apply", note, *ONLY, "--no-measure", "--yes")
        assert told.status == 0, told
    assert value(tuned, "gpu2", "tcp_wmem") == "4096 16384 16777216"
    assert tune(tuned, "verify", "wide-pipes", "host-network", *ONLY).status == 0
    assert tune(tuned, "revert", "host-network", *ONLY, "--yes").status == 0
    assert value(tuned, "gpu2", "tcp_wmem") == "4096 16384 4194304"
    assert tune(tuned, "verify", "wide-pipes", *ONLY).status == 0
    assert tune(tuned, "revert", "--all", *ONLY, "--yes").status == 0
    assert snapshot(tuned) == before


@pytest.mark.long
def test_a_note_that_pays_is_kept_with_its_gain(tuned: Rehearsal) -> None:
    plant(tuned, "tcp_wmem", SMALL)
    plant(tuned, "tcp_rmem", SMALL)
    told = tune(tuned, "apply", "wide-pipes", *ONLY, "--yes", "--json")
    assert told.status == 0, told
    outcomes = {each["node"]: each for each in json.loads(told.out)["outcomes"]}
    assert {each["outcome"] for each in outcomes.values()} == {"done"}
    assert "a gain" in outcomes["gpu1"]["detail"]
    gain = json.loads(tune(tuned, "show", "wide-pipes", "--json").out)["gains"][-1]
    assert (gain["kept"], gain["simulated"], len(gain["before"])) == (True, True, 7)
    assert gain["low"] > 1


def test_a_note_that_harms_reverts_by_itself_and_says_so(tuned: Rehearsal) -> None:
    before = snapshot(tuned)
    told = tune(tuned, "apply", "narrow-pipes", *ONLY, "--yes")
    assert told.status == 1
    assert "gpu1 (1)  reverted" in told.out
    assert "gpu2 (1)  spared" in told.out
    assert snapshot(tuned) == before
    shown = tune(tuned, "show", "narrow-pipes").out
    assert "reverted SIMULATED" in shown


def test_what_a_hand_changed_is_named_and_stays_until_it_is_forced(tuned: Rehearsal) -> None:
    before = snapshot(tuned)
    tune(tuned, "apply", "host-network", *ONLY, "--no-measure", "--yes")
    plant(tuned, "tcp_notsent_lowat", "65536", "gpu2")
    told = tune(tuned, "verify", *ONLY)
    assert told.status == 1
    assert "unsent" in told.out
    told = tune(tuned, "revert", "--all", *ONLY, "--yes")
    assert told.status == 1
    assert "changed by hand since: 65536, and we left 131072" in told.out
    assert value(tuned, "gpu2", "tcp_notsent_lowat") == "65536"
    assert tune(tuned, "revert", "--all", *ONLY, "--force", "--yes").status == 0
    assert snapshot(tuned) == before


@pytest.mark.long
def test_an_apply_that_is_killed_goes_on_when_it_is_given_again(tuned: Rehearsal) -> None:
    before = snapshot(tuned)
    words = tuned.words("manage", "tune", "apply", "host-network", *ONLY, "--no-measure", "--yes")
    for seconds in (2.0, 3.0, 4.0):
        child = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(seconds)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    assert tune(tuned, "apply", "host-network", *ONLY, "--no-measure", "--yes").status == 0
    assert tune(tuned, "verify", "host-network", *ONLY).status == 0
    assert "did not come to its end" not in tune(tuned, "list").err
    assert tune(tuned, "revert", "--all", *ONLY, "--yes").status == 0
    assert snapshot(tuned) == before


@pytest.mark.long
def test_a_cap_that_was_left_over_is_found_and_lifted_where_it_is_named(tuned: Rehearsal) -> None:
    tuned.shell("gpu2", "nvidia-smi", "-pl", "500")
    try:
        before = snapshot(tuned)
        told = tune(tuned, "verify", "nvidia-settings", *ONLY)
        assert told.status == 0
        assert "gpu2 (1)  CONFLICT power-cap: power of 8 GPUs is capped: 500 W of 700 W" in told.out
        tune(tuned, "apply", "nvidia-settings", *ONLY, "--no-measure", "--yes")
        query = ("nvidia-smi", "--query-gpu=power.limit", "--format=csv,noheader,nounits")
        assert set(tuned.shell("gpu2", *query).split()) == {"500.00"}
        also = ("--also", "power-cap")
        tune(tuned, "apply", "nvidia-settings", *ONLY, *also, "--no-measure", "--yes")
        assert set(tuned.shell("gpu2", *query).split()) == {"700.00"}
        tune(tuned, "revert", "nvidia-settings", *ONLY, "--yes")
        assert snapshot(tuned) == before
    finally:
        tuned.shell("gpu2", "nvidia-smi", "-pl", "700")


def test_a_recording_is_judged_as_the_nodes_were(tuned: Rehearsal, tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    live = tune(tuned, "verify", "host-network", *ONLY, "--record", str(folder), "--json")
    read = tune(tuned, "verify", "host-network", *ONLY, "--from", str(folder), "--json")
    assert live.status == read.status == 1
    assert json.loads(live.out)["findings"] == json.loads(read.out)["findings"]


@pytest.mark.long
def test_notes_hold_after_a_start_of_the_node(lab: Rehearsal) -> None:
    tune(lab, "apply", "host-network", "--only", "gpu1", "--no-measure", "--yes")
    tune(lab, "apply", "nvidia-settings", "--only", "gpu1", "--no-measure", "--yes")
    lab.shell("gpu1", "nvidia-smi", "-pm", "0")
    boot = ("cat", "/proc/sys/kernel/random/boot_id")
    former = lab.shell("gpu1", *boot)
    lab.tells("gpu1", "systemctl", "reboot")
    await_that(lambda: lab.tells("gpu1", *boot).out not in ("", former), 90)
    await_that(lambda: lab.status()["gpu1"]["answers_ssh"], 90)
    await_that(lambda: tune(lab, "verify", "--only", "gpu1").status == 0, 60)
    told = tune(lab, "verify", "--only", "gpu1")
    assert "nvidia-settings  PASS" in told.out
    assert value(lab, "gpu1", "tcp_notsent_lowat") == "131072"
    assert tune(lab, "revert", "--all", "--only", "gpu1", "--yes").status == 0

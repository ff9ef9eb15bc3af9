"""Kernel logs of real nodes as incidents, each with its entry of the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.catalogs import load
from millwright.adapters.faultfiles import fault_catalog
from millwright.adapters.toolfile import read_output
from millwright.manage.faults.incidents import incidents
from millwright.manage.faults.judging import judged
from millwright.manage.faults.recurrence import suspicions
from millwright.probes import dmesg, syslog

LOGS = {
    "dmesg/dmesg-time-format-iso.txt": [
        {"kernel:peermem": 10},
        {"xid:48": 1, "xid:63": 1, "xid:94": 9, "kernel:peermem": 20},
    ],
    "dmesg/journalctl-short-iso.txt": [],
    "dmesg/nccl-segfault-decode-iso.txt": [{"kernel:segfault": 2}],
    "dmesg/oom-decode-iso.txt": [{"xid:13": 16, "xid:43": 1}, {"kernel:oom": 7}],
    "dmesg/xid-119.txt": [{"xid:119": 4}, {"xid:119": 1}],
    "syslog/ib-0-flaps.txt": [],
    "syslog/ib-6-flaps.txt": [{"kernel:link-down": 6}],
}


@pytest.mark.parametrize(("name", "told"), LOGS.items())
def test_real_logs_tell_their_incidents(
    samples: Path, name: str, told: list[dict[str, int]]
) -> None:
    tool = syslog if name.startswith("syslog") else dmesg
    found = incidents("n1", tool.read(read_output(samples / name)).facts.events)
    assert [{s.fault: s.count for s in each.strikes} for each in found] == told


def test_every_fault_of_real_logs_is_known_and_advised_upon(samples: Path) -> None:
    faults = fault_catalog(load(None))
    for name in LOGS:
        found = incidents("n1", dmesg.read(read_output(samples / name)).facts.events)
        for each in (one for incident in found for one in judged(incident, faults)):
            assert each.fault is not None
            assert each.advice.steps


def test_the_double_bit_error_of_a_real_log_asks_for_a_reset_and_stands_first(
    samples: Path,
) -> None:
    log = dmesg.read(read_output(samples / "dmesg/dmesg-time-format-iso.txt"))
    found = incidents("n1", log.facts.events)
    first = judged(found[1], fault_catalog(load(None)))[0]
    assert (first.strike.fault, first.advice.action) == ("xid:48", "reset-gpu")


def test_sixteen_exceptions_of_one_second_are_one_time(samples: Path) -> None:
    log = dmesg.read(read_output(samples / "dmesg/oom-decode-iso.txt"))
    (told,) = suspicions(incidents("n1", log.facts.events))
    assert told.cause == "undecided"

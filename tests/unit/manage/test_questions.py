"""What is asked of nodes: each question once, by words that only read, answered in one go."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from millwright.manage import programs, walks
from millwright.manage.questions import QUESTIONS, aliases, by_id, for_node
from millwright.probes.registry import named


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, *programs.words(program, *words)[1:]]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def test_every_question_has_a_name_and_words_of_its_own() -> None:
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question.argv for question in QUESTIONS}) == len(QUESTIONS)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", question.id) for question in QUESTIONS)


def test_every_reader_that_is_named_is_known() -> None:
    assert [q.id for q in QUESTIONS if q.tool and named(q.tool) is None] == []


def test_nobody_is_asked_what_he_has_not() -> None:
    plain = for_node(frozenset({"all"}))
    assert "dmesg" in plain
    assert not {"nvidia-smi-xml", "amd-smi-metric", "slurm-nodes", "ibstat"} & plain.keys()
    assert "nvidia-smi-xml" in for_node(frozenset({"all", "nvidia"}))
    assert for_node(frozenset({"head"}))["slurm-nodes"].argv[0] == "scontrol"


def test_a_node_that_nobody_knows_is_asked_everything_and_the_scheduler_only_where_it_runs() -> (
    None
):
    asked = for_node(None)
    assert set(asked) == {question.id for question in QUESTIONS}
    words = ("slurmctld", *by_id("slurm-nodes").argv)
    assert asked["slurm-nodes"].argv == programs.words(programs.WHERE, *words)
    done = run(programs.WHERE, "no-such-daemon", "true")
    assert (done.returncode, "does not run here" in done.stderr) == (127, True)


def test_a_tool_with_one_question_names_it() -> None:
    assert aliases()["nvidia-smi-xml"] == "nvidia-smi-xml"
    assert "nvidia-smi-nvlink" not in aliases()


@pytest.mark.parametrize("id_", ["clock", "mounts", "sysctl", "people", "edac", "kernel", "pcie"])
def test_a_program_tells_one_object(id_: str) -> None:
    done = run(*by_id(id_).argv[2:])
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), dict)


def test_the_clock_says_since_when_the_first_process_runs() -> None:
    told = json.loads(run(programs.CLOCK).stdout)
    assert told["now"] > 1e9
    assert told["up_s"] > 0


def test_keys_of_the_kernel_are_not_told() -> None:
    told = json.loads(run(programs.SYSCTL).stdout)
    assert told["kernel.ostype"] == "Linux"
    assert not [key for key in told if key.endswith(("stable_secret", "tcp_fastopen_key"))]


def test_a_mount_says_how_full_it_is() -> None:
    told = json.loads(run(programs.MOUNTS, "5", "proc", "sysfs").stdout)
    assert told["/"]["answers"] is True
    assert told["/"]["blocks"] >= told["/"]["blocks_free"]
    assert not [place for place, mount in told.items() if mount["kind"] == "proc"]


def test_agents_are_asked_only_by_a_closed_file_and_nobody_without_one(tmp_path: Path) -> None:
    home = tmp_path / "snmp"

    def told() -> dict[str, Any]:
        done = run(walks.SNMP, str(home), "5", "1.3.6.1.2.1.1")
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    assert told() == {"asked": False}
    home.mkdir(mode=0o700)
    (home / "snmp.conf").write_text("defCommunity hidden-word\n")
    (home / "snmp.conf").chmod(0o644)
    (home / "targets").write_text("leaf-1 192.0.2.1 # dark\n-oProxy x\n\n")
    assert "must be closed" in told()["refused"]
    (home / "snmp.conf").chmod(0o600)
    answer = told()
    assert list(answer["devices"]) == ["leaf-1"]
    assert answer["devices"]["leaf-1"]["why"]
    assert answer["wrong"] == ["-oProxy x"]
    assert "hidden-word" not in json.dumps(answer)
    assert not any("hidden" in word for word in walks.words())

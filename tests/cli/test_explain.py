"""`explain`, as a person calls it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

LINE = (
    "NVRM: Xid (PCI:0018:01:00): 149, NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x004505c6 0x00000001)"
)


def explained(run: Run, *words: str) -> list[dict[str, Any]]:
    """Return the explanations of a call."""
    answer = run("explain", *words, "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert told["schema"] == "millwright.explanation/1"
    found: list[dict[str, Any]] = told["explanations"]
    return found


def test_an_xid_is_told_with_everybody_s_word_and_whose_counts(run: Run) -> None:
    answer = run("explain", "xid:79")
    assert answer.status == 0
    assert answer.out.startswith("xid:79  GPU has fallen off the bus  CRITICAL\n")
    for word in ("do: reboot  (as nvidia says)", "> nvidia: RESTART_BM", "gpud: REBOOT", "steps"):
        assert word in answer.out
    (told,) = explained(run, "xid:79")
    assert [o["authority"] for o in told["advice"]["opinions"] if o["wins"]] == ["nvidia"]
    assert {source["id"] for source in told["sources"]} >= {"nvidia-xid-catalog", "gpud-xid"}


def test_a_bare_line_of_a_kernel_log_is_decoded(run: Run) -> None:
    (told,) = explained(run, LINE)
    known = {each["label"]: each["value"] for each in told["occurrence"]}
    assert told["id"] == "xid:149"
    assert told["severity"] == "critical"
    assert known["unit"] == "NETIR_LINK_EVT"
    assert (known["sub-code"], known["link"], known["status"]) == ("4", "8", "0x00000001")


def test_a_log_on_standard_input_is_told_with_the_gravest_first(run: Run) -> None:
    log = "".join(
        f"[{at:4d}.000000] NVRM: Xid (PCI:0000:19:00): {code}, pid=1, name=x, y\n"
        for at, code in ((1, 31), (2, 48), (900, 31))
    )
    answer = run("explain", "--json", given=log)
    told = json.loads(answer.out)
    assert [each["id"] for each in told["explanations"]] == ["xid:48", "xid:31", "xid:31"]
    assert [each["id"] for each in told["suspicions"]] == ["xid:31", "xid:31"]
    assert "hardware" in told["suspicions"][0]["told"][0]


def test_a_log_of_many_hosts_is_parted_by_who_spoke(run: Run) -> None:
    log = "".join(
        f"Jan  1 0{hour}:00:01 {host} kernel: NVRM: Xid (PCI:0000:05:00): 31, pid=1, name=x, y\n"
        for hour, host in ((0, "gpu1"), (5, "gpu2"), (5, "gpu1"))
    )
    told = json.loads(run("explain", "--json", given=log).out)
    nodes = [each["occurrence"][0]["value"] for each in told["explanations"]]
    assert nodes == ["gpu1", "gpu1", "gpu2"]
    causes = [each["told"][0].split(",")[0] for each in told["suspicions"]]
    assert causes == ["suspected cause: hardware"] * 2 + ["suspected cause: undecided"]


def test_a_controller_s_log_is_read_as_well(run: Run) -> None:
    log = (
        "   1 | 02/23/2025 | 16:24:18 | Power Supply #0x51 | Failure detected | Asserted\n"
        "   2 | 02/23/2025 | 16:24:19 | Power Supply #0x51 | Presence detected | Asserted\n"
    )
    told = json.loads(run("explain", "--json", given=log).out)
    assert [each["id"] for each in told["explanations"]] == ["sel:psu-failure"]


def test_a_log_without_a_fault_is_an_answer_and_no_log_is_none(run: Run) -> None:
    healthy = run("explain", "--json", given="[    1.000000] Linux version 6.1\n")
    assert healthy.status == 0
    assert json.loads(healthy.out)["explanations"] == []
    assert "no fault" in healthy.err
    assert run("explain", given="what is this\n").status == 2
    assert run("explain", given="").status == 2


def test_a_mask_of_throttle_reasons_is_each_of_its_bits(run: Run) -> None:
    assert [each["id"] for each in explained(run, "throttle:0x88")] == [
        "throttle:0x8", "throttle:0x80"
    ]  # fmt: skip
    assert run("explain", "throttle:0x1000").status == 2


def test_a_log_that_wants_to_be_markup_or_control_stays_text(run: Run) -> None:
    line = "[    1.000000] NVRM: Xid (PCI:0000:05:00): 31, pid=1, name=\x1b[31m{{7*7}}, <b>\n"
    answer = run("explain", given=line)
    assert answer.status == 0
    assert "\x1b" not in answer.out
    assert "{{7*7}}" in answer.out


NAMES = ["MW-D-012", "test:gpu-inventory", "condition:node-down", "hardening:root-by-key-only",
         "metric:gpu_temperature", "role:slurm-node", "sxid:12020", "throttle:0x80", "node-down",
         "mw-d-012", "parameter:no-magic-keys"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_has_a_name_is_explained_with_or_without_its_kind(run: Run, name: str) -> None:
    (told,) = explained(run, name)
    assert told["title"]
    assert told["meaning"] or told["facts"]
    assert told["id"].lower().endswith(name.lower())


WRONG = [
    (("xid:7900",), "did you mean 'xid:79'"),
    (("79",), "did you mean 'xid:79'"),
    (("MW-D-912",), "did you mean 'MW-D-"),
    (("node-dwon",), "did you mean 'node-down'"),
    (("--list", "rulez"), "did you mean 'rule'"),
    (("all is well here",), "--list"),
]


@pytest.mark.parametrize(("words", "hint"), WRONG)
def test_what_nobody_knows_is_refused_with_what_was_meant(
    run: Run, words: tuple[str, ...], hint: str
) -> None:
    answer = run("explain", *words)
    assert answer.status == 2
    assert not answer.out
    assert hint in answer.err


def test_the_list_tells_every_kind_and_each_of_its_names_is_explained(run: Run) -> None:
    told = json.loads(run("explain", "--list", "--json").out)
    assert told["schema"] == "millwright.explainable/1"
    kinds = told["kinds"]
    assert len(kinds["fault"]) > 300
    first = [each[0]["id"] for each in kinds.values() if each]
    assert len(explained(run, *first)) == len(first)


def test_a_site_s_word_beats_the_table(run: Run, tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "own.yaml").write_text(
        "schema: millwright.catalog/1\nfault_overrides:\n"
        "  - {id: 'xid:94', action: none, why: 'we restart nothing here', by: operations}\n"
    )
    answer = run("-C", tmp_path, "explain", "xid:94")
    assert re.search(r"do: none  \(as site says\)", answer.out)
    assert "operations: we restart nothing here" in answer.out

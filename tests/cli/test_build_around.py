"""`build cables`, `build assets` and `build firmware` on files alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.unit.probes.hosts import outputs

SPEC = """\
schema: millwright.factory/1
name: pod
blueprint: dgx-superpod-h100
compute: [{name: gpu, scalable_units: 1}]
"""


@pytest.fixture(scope="module")
def pod(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pod")
    (folder / "factory.yaml").write_text(SPEC)
    assert run("-C", folder, "design", "solve", "--json").status == 0
    return folder


def test_an_as_built_list_with_two_exchanged_cables_names_them(run: Run, pod: Path) -> None:
    lines = (pod / "design/cables.csv").read_text().splitlines()
    header = lines[0].split(",")
    one, other = (
        n
        for n, line in enumerate(lines)
        if ",gpu003,OSFP1/1," in line or ",gpu004,OSFP1/1," in line
    )
    b = [header.index("b_device"), header.index("b_port")]
    cells = [line.split(",") for line in lines]
    for column in b:
        cells[one][column], cells[other][column] = cells[other][column], cells[one][column]
    built = pod / "built.csv"
    built.write_text("".join(f"{','.join(row)}\n" for row in cells))
    answer = run("-C", pod, "build", "cables", "--observed", built, "--json")
    document = json.loads(answer.out)
    assert (answer.status, document["schema"]) == (1, "millwright.cables/1")
    (finding,) = document["findings"]
    assert (finding["class"], len(finding["planned"]), len(finding["observed"])) == (
        "swapped",
        2,
        2,
    )
    assert document["links_ok"] == document["links_planned"] - 2
    assert {end["device"] for end in finding["exchange"]} == {"leaf-01-8"}


def test_what_is_no_listing_is_refused(run: Run, pod: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello\n")
    answer = run("-C", pod, "build", "cables", "--observed", tmp_path / "x")
    assert (answer.status, answer.out) == (2, "")
    assert "--format" in answer.err
    answer = run("-C", pod, "build", "cables", "--observed", tmp_path / "x", "--format", "lldp")
    assert answer.status == 2


GARBLED = {
    "binary": (b"id,fabric,plane,rail\n\x00\x01\r\x02\n", ":2:1"),
    "carriage returns": (b"id,fabric,plane,rail,a_device\ra,b\rc\n", ":1:1"),
    "one long cell": (b"id,fabric,plane,rail\nx\n" + b"y" * 140_000 + b"\n", ":3:1"),
    "an open quote": (b'id,fabric,plane,rail\n"x,1\ny,2\n', ":2:1"),
    "no columns": (b"id,fabric,plane,rail\nx\n", ":1:1"),
}


@pytest.mark.parametrize("kind", GARBLED)
def test_a_garbled_as_built_list_is_named_with_its_line(
    run: Run, pod: Path, tmp_path: Path, kind: str
) -> None:
    raw, place = GARBLED[kind]
    (tmp_path / "built.csv").write_bytes(raw)
    answer = run("-C", pod, "build", "cables", "--observed", tmp_path / "built.csv")
    assert (answer.status, answer.out) == (2, "")
    assert f"built.csv{place}" in answer.err
    assert len(answer.err) < 900


@pytest.mark.parametrize("kind", ["ibnetdiscover", "iblinkinfo", "lldp", "csv", ""])
def test_a_listing_that_is_none_names_its_file_and_little_of_what_it_holds(
    run: Run, pod: Path, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "listing").write_bytes(b"\x00" * 5000)
    words = ("--format", kind) if kind else ()
    answer = run("-C", pod, "build", "cables", "--observed", tmp_path / "listing", *words)
    assert (answer.status, answer.out) == (2, "")
    assert "listing:1:1" in answer.err
    assert answer.err.count("x00") < 60


def test_names_that_are_no_text_are_told_without_words_of_a_codec(
    run: Run, pod: Path, tmp_path: Path
) -> None:
    (tmp_path / "names").write_bytes(b"a,b\nc\xff,d\n")
    words = ("--observed", pod / "design/cables.csv", "--names", tmp_path / "names")
    answer = run("-C", pod, "build", "cables", *words)
    assert (answer.status, answer.out) == (2, "")
    assert "names:2:1" in answer.err
    assert "0xff" in answer.err
    assert "codec" not in answer.err
    (tmp_path / "names").write_bytes(b"a,b\n" + b"\x00" * 5000)
    answer = run("-C", pod, "build", "cables", *words)
    assert (answer.status, len(answer.err) < 900) == (2, True)
    assert "names:2:1" in answer.err


def test_lldp_of_two_hosts_leaves_the_others_open(run: Run, pod: Path, tmp_path: Path) -> None:
    heard = {
        "gpu001": {
            "lldp": {
                "interface": {
                    "SLOT1/2": {
                        "via": "LLDP",
                        "chassis": {
                            "in-leaf-01": {"id": {"type": "mac", "value": "b8:59:9f:00:00:01"}}
                        },
                        "port": {"id": {"type": "ifname", "value": "swp1"}},
                    }
                }
            }
        }
    }
    (tmp_path / "heard.json").write_text(json.dumps(heard))
    answer = run("-C", pod, "build", "cables", "--observed", tmp_path / "heard.json", "--json")
    document = json.loads(answer.out)
    assert document["links_ok"] == 1
    told = len(document["findings"]) + document["links_not_observed"] + document["links_ok"]
    assert told == document["links_planned"]
    assert [each["class"] for each in document["findings"]] == ["missing"]


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """Outputs of two nodes, of which the second one is broken; beside them one of no tool."""
    for node, text in (("gpu001", outputs.DMIDECODE), ("gpu002", "\x00 nothing\n")):
        (tmp_path / "out" / node).mkdir(parents=True)
        (tmp_path / "out" / node / "dmidecode.txt").write_text(text)
    (tmp_path / "out" / "gpu002" / "notes.txt").write_text("hello\n")
    return tmp_path / "out"


SCANS = {
    "binary": (b"node,serial\n\x7fELF\r\x00\n", ("scan.csv:2:1",)),
    "one long cell": (b"node,serial\n" + b"y" * 140_000, ("scan.csv:2:1", "131,072")),
    "an open quote": (b'node,serial\n"gpu001,A1\n', ("scan.csv:2:1", "never closed")),
    "no node": (b"node,serial\n\n,A1\n", ("scan.csv:3:1", "node")),
    "no field": (b"node,kind,serial\ngpu001,system,\n", ("scan.csv:2:1", "serial")),
    "moved cells": (b"node,serial\ngpu001,A1,B2\n", ("scan.csv:2:1", "3 cells")),
    "one column twice": (b"node,serial,serial\ngpu001,A1,B2\n", ("scan.csv:1:1", "twice")),
    "no row": (b"node,serial\n,\n", ("scan.csv:1:1", "header alone")),
    "no columns": (b"a,b\n1,2\n", ("scan.csv:1:1", "node, kind, place")),
}


@pytest.mark.parametrize("kind", SCANS)
def test_a_scanned_list_that_says_nothing_is_never_a_match(
    run: Run, held: Path, tmp_path: Path, kind: str
) -> None:
    raw, words = SCANS[kind]
    (tmp_path / "scan.csv").write_bytes(raw)
    said = ("--recorded", held, "--nodes", "gpu001", "--scanned", tmp_path / "scan.csv")
    answer = run("-C", tmp_path, "build", "assets", *said)
    assert (answer.status, answer.out) == (2, "")
    for word in words:
        assert word in answer.err


def test_nodes_that_were_not_asked_for_tell_neither_items_nor_problems(
    run: Run, held: Path, tmp_path: Path
) -> None:
    for command in ("assets", "firmware"):
        words = ("-C", tmp_path, "build", command, "--recorded", held)
        told = run(*words, "--json")
        assert "gpu002" in told.out
        assert told.status == 3
        one = run(*words, "--nodes", "gpu001", "--json")
        assert "gpu002" not in one.out + one.err
        assert one.status == 0
        assert run(*words, "--nodes", "").status == 2


def test_recorded_outputs_are_assets_and_firmware(run: Run, tmp_path: Path) -> None:
    for name, serial in (("gpu001", "A1"), ("gpu002", "A2")):
        folder = tmp_path / "out" / name
        folder.mkdir(parents=True)
        table = outputs.DMIDECODE.replace("NW8G0042", serial).replace("MB778", f"B{serial}")
        for old in ("CH11", "80AD1234", "CN179722"):
            table = table.replace(old, f"{old}{serial}")
        (folder / "dmidecode.txt").write_text(table)
    (tmp_path / "scan.csv").write_text("node,kind,serial\ngpu001,system,A1\ngpu002,system,A9\n")
    answer = run(
        "-C",
        tmp_path,
        "build",
        "assets",
        "--recorded",
        tmp_path / "out",
        "--json",
        "--scanned",
        tmp_path / "scan.csv",
    )
    document = json.loads(answer.out)
    assert (answer.status, [each["class"] for each in document["findings"]]) == (1, ["mismatch"])
    (tmp_path / "firmware.yaml").write_text(
        "schema: millwright.firmware/1\n"
        "targets: [{component: bios, version: 2.2.0, source: release notes}]\n"
    )
    answer = run("-C", tmp_path, "build", "firmware", "--recorded", tmp_path / "out", "--json")
    document = json.loads(answer.out)
    bios = next(row for row in document["rows"] if row["component"] == "bios")
    assert (answer.status, bios["consistent"], bios["current"]) == (1, True, False)
    (tmp_path / "firmware.yaml").write_text("schema: millwright.firmware/1\ntargets: [{a: 1}]\n")
    answer = run("-C", tmp_path, "build", "firmware", "--recorded", tmp_path / "out")
    assert (answer.status, answer.out) == (2, "")
    assert "firmware.yaml" in answer.err


def test_a_bar_that_judges_nothing_is_refused_before_a_plan_freezes_it(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "factory.yaml").write_text(SPEC)
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "own.yaml").write_text(
        "schema: millwright.catalog/1\nbars:\n"
        "  - {name: fast, metric: ib_write_bw, rule: at_least, value: 350, unit: Gb/s,"
        " source: millwright-estimate, confidence: estimate}\n"
        "  - {name: blind, metric: ib_write_bw, rule: at_most, value: 350, unit: Gb/s,"
        " source: millwright-estimate, confidence: estimate}\n"
    )
    assert run("-C", tmp_path, "design", "solve", "--json").status == 0
    answer = run("-C", tmp_path, "build", "plan")
    assert (answer.status, answer.out) == (2, "")
    for word in ("own.yaml:4:", "bars[1]", "blind", "MW-B-103"):
        assert word in answer.err
    assert "fast" not in answer.err
    assert not (tmp_path / "build" / "plan.json").exists()


def test_a_plan_of_tests_is_written_where_it_is_said(run: Run, pod: Path, tmp_path: Path) -> None:
    words = ("-C", pod, "build", "plan", "--level", "l10", "--tests", "gpu-inventory", "--out")
    answer = run(*words, tmp_path / "deep" / "plan.json")
    assert answer.status == 0, answer.err
    assert json.loads((tmp_path / "deep" / "plan.json").read_text())["factory"] == "pod"
    answer = run(*words, tmp_path / "deep")
    assert (answer.status, answer.out) == (2, "")
    assert f"cannot write {tmp_path / 'deep'}: it is a folder" in " ".join(answer.err.split())
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "plan.json")
    answer = run(*words, tmp_path / "link")
    assert (answer.status, "it is a link" in answer.err) == (2, True)
    (tmp_path / "flat").write_text("")
    answer = run(*words, tmp_path / "flat" / "plan.json")
    assert answer.status == 2
    assert ".tmp" not in answer.err


@pytest.mark.parametrize("option", ["--only", "--tests"])
@pytest.mark.parametrize("said", ["", ","])
def test_nothing_said_is_not_everything(run: Run, pod: Path, option: str, said: str) -> None:
    answer = run("-C", pod, "build", "plan", option, said)
    assert (answer.status, answer.out) == (2, "")
    assert not (pod / "build" / "plan.json").exists()


def test_every_command_of_build_has_one_example(run: Run) -> None:
    from millwright.cli.build import app

    for command in app.registered_commands:
        told = run("build", command.name or "", "--help").out
        assert told.count("Example:") == 1, command.name

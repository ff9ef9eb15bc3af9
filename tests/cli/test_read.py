"""`read`: one document a call, problems as status 1, and words for every mistake."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.conftest import Run

LIST = "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-2ec421d6-4a91-2faa-1222-9d28af258ee8)\n"


def test_a_reading_is_one_document_with_facts_measurements_and_problems(
    tmp_path: Path, run: Run
) -> None:
    (tmp_path / "out").write_text(LIST)
    answer = run("read", "nvidia-smi-list", tmp_path / "out", "--json")
    document = json.loads(answer.out)
    assert answer.status == 0
    assert (document["schema"], document["tool"]) == ("millwright.reading/1", "nvidia-smi-list")
    assert document["facts"]["gpus"][0]["name"] == "NVIDIA H100 80GB HBM3"
    assert (document["problems"], document["simulated"]) == ([], False)


def test_what_cannot_be_read_is_a_problem_and_a_no(tmp_path: Path, run: Run) -> None:
    (tmp_path / "out").write_bytes(b"\xff\xfe\x00\x01 bus error \x80\n")
    answer = run("read", "nvidia-smi-list", tmp_path / "out")
    assert answer.status == 1
    assert "problem: no GPU is listed" in answer.err


def test_standard_input_is_read(run: Run) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "millwright", "read", "nvidia-smi-list", "-"],
        input=LIST.encode(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, b"GPU-2ec421d6" in done.stdout) == (0, True)


def test_an_archive_is_read_as_its_documents(tmp_path: Path, run: Run) -> None:
    system = {"@odata.type": "#ComputerSystem.v1_5_0.ComputerSystem", "Manufacturer": "ACME"}
    raw = json.dumps(system).encode()
    with tarfile.open(tmp_path / "dump.tar", "w") as archive:
        member = tarfile.TarInfo("redfish/v1/Systems/1/index.json")
        member.size = len(raw)
        archive.addfile(member, io.BytesIO(raw))
    facts = json.loads(run("read", "redfish", tmp_path / "dump.tar", "--json").out)["facts"]
    assert facts["systems"][0]["manufacturer"] == "ACME"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nvidia-smi-lst", "x"), "did you mean 'nvidia-smi-list'?"),
        (("nvidia-smi-list",), "say a tool and a file"),
        (("nvidia-smi-list", "absent"), "cannot read absent"),
        (("nvidia-smi-list", "."), ". is a folder"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(
    tmp_path: Path, run: Run, words: tuple[str, ...], told: str
) -> None:
    answer = run("read", *words, cwd=tmp_path)
    assert (answer.status, told in answer.err) == (2, True), answer.err


def test_the_list_says_what_was_never_tried_on_a_real_output(run: Run) -> None:
    told = json.loads(run("read", "--list", "--json").out)["tools"]
    proven = {tool["tool"]: tool["proven"] for tool in told}
    assert (proven["nvidia-smi-xml"], proven["amd-smi"]) == (True, False)


def test_every_folder_of_real_outputs_is_a_tool(samples: Path, run: Run) -> None:
    told = json.loads(run("read", "--list", "--json").out)["tools"]
    known = {name for tool in told for name in (tool["tool"], *tool["aliases"])}
    folders = {path.name for path in samples.iterdir() if path.is_dir()}
    assert folders <= known, folders - known


@pytest.mark.parametrize("tool", ["nvidia-smi", "dcgmi", "ibstat", "redfish", "nccl-tests"])
@pytest.mark.parametrize("said", ["", "usage: nothing that anybody knows\n"])
def test_what_no_reader_knows_is_a_problem(tmp_path: Path, run: Run, tool: str, said: str) -> None:
    (tmp_path / "out").write_text(said)
    answer = run("read", tool, tmp_path / "out")
    assert (answer.status, "problem: " in answer.err) == (1, True), answer
    assert run("read", tool, tmp_path / "out", "--json").status == 1


def test_an_empty_output_and_one_that_is_no_text_are_told_as_such(tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\0\0\0 and more\n" * 50)
    empty, binary = (run("read", "stream", tmp_path / name) for name in ("empty", "binary"))
    assert (empty.status, "problem: the output is empty" in empty.err) == (1, True)
    assert (binary.status, "problem: this is no text" in binary.err) == (1, True)
    assert json.loads(run("read", "fio", tmp_path / "binary", "--json").out)["measurements"] == []


def test_an_output_given_to_the_wrong_tool_is_told_whose_it_is(tmp_path: Path, run: Run) -> None:
    (tmp_path / "out").write_text(LIST)
    answer = run("read", "hpl", tmp_path / "out")
    assert answer.status == 1
    assert "read without a problem by: nvidia-smi-list" in answer.err


def test_many_problems_are_told_to_a_person_by_number(tmp_path: Path, run: Run) -> None:
    (tmp_path / "out").write_text("no json at all\n" * 100)
    answer = run("read", "superbench", tmp_path / "out")
    assert "and 80 more problems" in answer.err
    assert (
        len(json.loads(run("read", "superbench", tmp_path / "out", "--json").out)["problems"])
        == 100
    )


def test_an_output_without_an_end_is_not_read(run: Run) -> None:
    answer = run("read", "hpl", "/dev/zero")
    assert (answer.status, "is longer than 256 MiB" in answer.err) == (2, True)

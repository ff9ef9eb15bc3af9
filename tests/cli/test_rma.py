"""`build rma`: the whole case against a part in one archive, and no secret with it."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.buildruns import begin
from millwright.adapters.workspace import Workspace
from millwright.build.plan import Wish, plan
from millwright.model.buildrun import Outcome
from millwright.ports import Answer
from tests.conftest import Run
from tests.unit.build.plans import basis


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with one slow GPU, its evidence and its verdict."""
    rows = [
        {
            "schema": "millwright.measurement/1", "at": "2026-01-05T10:00:00Z", "node": node,
            "device": device, "metric": "gemm_bf16_tflops", "value": 600.0, "unit": "TFLOP/s",
            "tool": "t 1", "simulated": True, "serial": f"S-{node}-{device}",
        }
        for node in ("gpu1", "gpu2") for device in ("gpu0", "gpu1")
    ]  # fmt: skip
    with begin(Workspace(tmp_path), plan(basis(), Wish())) as kept:
        for node in ("gpu1", "gpu2"):
            said = f"log of {node}\npassword=hunter22\n".encode()
            kept.record.keep(Answer(node, ("gpu_burn", "60"), "exit", 0, 60.0, said))
        kept.measured(rows)
        told = "gpu_burn ended with 1: token=abcdefgh"
        kept.done(Outcome(at="", node="gpu1", test="gpu-burn", came="error", reason=told))
    verdict(kept.folder, "rma")
    return kept.folder


def verdict(folder: Path, disposition: str) -> None:
    """Keep a verdict that holds a slow GPU against the first node."""
    finding = {
        "metric": "gemm_bf16_tflops", "device": "gpu1", "value": 600, "unit": "TFLOP/s",
        "bar": ">= 700 TFLOP/s", "bar_source": "contract", "bar_confidence": "spec",
        "kind": "gate", "reason": "misses its bar", "disposition": disposition, "verdict": "FAIL",
        "attempts": [600, 601, 599],
    }  # fmt: skip
    plain: dict[str, Any] = {"completeness": 1}
    words = {"gpu1": "FAIL", "gpu2": "PASS"}
    nodes = {
        n: plain | dict.fromkeys(("verdict", "gates", "outliers"), w) for n, w in words.items()
    }
    nodes["gpu1"]["findings"] = [finding]
    document = {
        "verdict": "FAIL", "completeness": 1, "expected_from": "plan", "simulated": True,
        "platform": "bare-metal", "measurements": 4, "nodes": nodes,
    }  # fmt: skip
    (folder / "verdict.json").write_text(json.dumps(document))


def opened(path: Path) -> dict[str, bytes]:
    """Return the files of an archive by their names in its folder."""
    with tarfile.open(path) as tar:
        found = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        return {name.partition("/")[2]: file.read() for name, file in found.items() if file}


def test_a_packet_holds_the_case_and_its_digests_and_no_secret(folder: Path, run: Run) -> None:
    root = folder.parents[1]
    words = ("-C", root, "build", "rma", "gpu1", "--device", "gpu1")
    told = json.loads(run(*words, "--json").out)
    archive = Path(told["archive"])
    assert (told["schema"], told["serials"]) == ("millwright.rma/1", {"gpu1": "S-gpu1-gpu1"})
    assert (archive.parent, archive.stat().st_mode & 0o777) == (root / "rma", 0o600)
    files = opened(archive)
    for line in files.pop("SHA256SUMS").decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    everything = b"".join(files.values())
    assert b"log of gpu1" in everything
    assert b"log of gpu2" not in everything
    assert not [each for each in (b"hunter22", b"abcdefgh") if each in everything]
    lines = [json.loads(line) for line in files["evidence.jsonl"].splitlines()]
    assert [line["node"] for line in lines] == ["gpu1"]
    assert lines[0]["stdout_ref"] in files
    assert files["measurements.jsonl"].count(b"\n") == 1
    head = files["README.txt"].decode()
    for part in ("SIMULATED", "S-gpu1-gpu1", "bar: >= 700 TFLOP/s (contract, spec)", "600, 601"):
        assert part in head
    before = archive.read_bytes()
    assert run(*words).status == 0
    assert archive.read_bytes() == before


def test_what_weakens_a_case_is_said(folder: Path, run: Run) -> None:
    verdict(folder, "retest")
    lines = (folder / "evidence.jsonl").read_text().splitlines()
    mine = next(line for line in map(json.loads, lines) if line["node"] == "gpu1")
    (folder / mine["stdout_ref"]).write_bytes(b"bent")
    told = run("-C", folder.parents[1], "build", "rma", "gpu1")
    assert told.status == 0
    assert "build retest" in told.err
    assert "no measurement tells the serial number of gpu1" in told.err
    assert "1 outputs are not in it" in told.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("gpu2",), 1, "holds nothing against gpu2"),
        (("gpu1", "--device", "gpu0"), 1, "holds nothing against gpu1 gpu0"),
        (("../../etc",), 2, "knows no node"),
        (("gpu1", "--run", "../.."), 2, "there is no burn-in"),
    ],
)
def test_without_a_case_nothing_is_written(
    folder: Path, run: Run, words: tuple[str, ...], status: int, said: str
) -> None:
    answer = run("-C", folder.parents[1], "build", "rma", *words)
    assert (answer.status, said in answer.err) == (status, True)
    assert not (folder.parents[1] / "rma").exists()

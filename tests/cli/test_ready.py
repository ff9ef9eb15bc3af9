"""`ready` and the trail of models as a person calls them, from a spec on."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: hospital
blueprint: dgx-superpod-h100
compute: [{name: gpu, nodes: 4, tier: clinical}]
tiers: [{name: clinical, min_replicas: 2, downtime_procedure: docs/downtime.md}]
workloads:
  - {name: ct-triage, kind: imaging-inference, modality: ct, studies_per_day: 100,
     turnaround: {p95_s: 120}, tier: clinical, data: {class: phi, residency: [US]}}
"""


def site(tmp_path: Path) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "downtime.md").write_text("Read on film.\n")
    return tmp_path


def test_a_workload_is_held_against_records_and_a_sign_off_is_one(tmp_path: Path, run: Run) -> None:
    root, key = site(tmp_path), {"MILLWRIGHT_EVIDENCE_KEY": str(tmp_path.parent / "key" / "k")}
    assert run("-C", root, "design", "solve").status == 0
    first = run("-C", root, "ready", "ct-triage", "--json")
    assert first.status == 1, "no framework is chosen, no service level promised"
    gates = {each["gate"]: each for each in json.loads(first.out)["workloads"][0]["gates"]}
    assert gates["downtime-procedure"]["answer"] == "ready"
    assert gates["model-sign-off"]["answer"] == "unknown"
    assert gates["acceptance"]["answer"] == "unknown"

    words = ("manage", "models", "sign", "ct-net", "2.1", "--workload", "ct-triage",
             "--role", "clinical owner", "--why", "validated here")  # fmt: skip
    assert run("-C", root, "evidence", "key", **key).status == 0
    assert "  signed" in run("-C", root, *words, **key).out
    (root / "owners.yaml").write_text(
        "schema: millwright.owners/1\ngates: {model-sign-off: Dr Grey}\n"
    )
    told = run("-C", root, "ready", "ct-triage").out
    assert "ready      model-sign-off  owner: Dr Grey (owners.yaml)" in told
    assert "MISSING    compliance" in told
    shown = json.loads(run("-C", root, "manage", "models", "trail", "--json").out)
    assert [each["kind"] for each in shown["words"]] == ["signed-off"]
    assert shown["signed"] == [0]


def test_what_is_wrong_is_named_and_nothing_is_written(tmp_path: Path, run: Run) -> None:
    root = site(tmp_path)
    wrong = run("-C", root, "ready", "ct-triag")
    assert (wrong.status, "did you mean 'ct-triage'?" in wrong.err) == (2, True)
    (root / "owners.yaml").write_text(
        "schema: millwright.owners/1\nworkloads:\n  mri: {capacity: Ann}\n"
    )
    wrong = run("-C", root, "ready", "ct-triage")
    assert wrong.status == 2
    assert "owners.yaml:3:3" in wrong.err
    bad = run("-C", root, "manage", "models", "sign", "CT", "1", "--workload", "ct-triage",
              "--role", "x", "--why", "y")  # fmt: skip
    assert (bad.status, "model: found 'CT'" in bad.err) == (2, True)
    assert not (root / "state.db").exists()

"""`manage models` as a person calls it: feeds with patients in them, a model that goes astray."""

from __future__ import annotations

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.updatebook import SqlUpdates
from millwright.model.lifecycle import Deed
from millwright.model.update import NodeUpdate, UpdateOrder, UpdatePlan, UpdateRun
from tests.conftest import Promtool, Run
from tests.feedfiles import PATIENT, dicom, fhir, hl7

SPEC = """\
schema: millwright.factory/1
name: hospital
blueprint: dgx-superpod-h100
compute: [{name: gpu, nodes: 3, tier: clinical}]
tiers: [{name: clinical}]
feeds:
  - {name: pacs, protocol: dicom}
  - {name: lab, protocol: hl7}
  - {name: ehr, protocol: fhir}
  - {name: drop, protocol: file}
workloads:
  - {name: ct-triage, kind: imaging-inference, modality: ct, studies_per_day: 100,
     turnaround: {p95_s: 120}, tier: clinical, data: {class: phi, residency: [US]}}
"""
WATCH = """\
schema: millwright.models/1
feeds:
  pacs: {{folder: {0}/pacs, stale_after_min: 60, per_day: [10, 100], require: [PatientID]}}
  lab: {{folder: {0}/lab, stale_after_min: 60, require: [PID-3, OBX-5]}}
  ehr: {{folder: {0}/ehr, require: [Observation.code]}}
  drop: {{folder: {0}/drop, per_day: [100, 200]}}
models:
  ct-net:
    version: "2.1"
    workload: ct-triage
    feeds: [pacs]
    outputs: {0}/answers
    node: node
    columns: [{{name: score, low: 0, high: 1}}, {{name: finding, values: [none, bleed]}}]
"""
START = datetime(2026, 3, 1, tzinfo=UTC)


def plant(folder: Path) -> None:
    """Forty messages of each feed, every one with a patient in content and in the file's name."""
    for feed, raw in (("pacs", dicom()), ("lab", hl7()), ("ehr", fhir()), ("drop", hl7())):
        (folder / feed).mkdir(parents=True)
        for number in range(40):
            (folder / feed / f"{PATIENT[0]}-{number}.bin").write_bytes(raw)
    (folder / "pacs" / f"{PATIENT[1]}.bin").write_bytes(f"{PATIENT[0]} is no DICOM".encode())


def answers(path: Path, days: range, astray: int | None = None, a_day: int = 1_800) -> None:
    """Answers of three nodes; from a day on one of them answers higher than it should."""
    chance = random.Random(5)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["at", "node", "score", "finding", "patient", PATIENT[0]])
        for day in days:
            for number in range(a_day):
                node = f"gpu00{1 + number % 3}"
                score = chance.betavariate(2, 5)
                if astray is not None and day >= astray and node == "gpu003":
                    score = min(1.0, score + 0.25)
                at = START + timedelta(days=day, seconds=number)
                word = chance.choice(["none"] * 8 + ["bleed", PATIENT[1]])
                place = PATIENT[0] if number % 50 == 0 else node
                writer.writerow([at.isoformat(), place, f"{score:.4f}", word, *PATIENT[2:4]])


def updated(root: Path) -> None:
    """The journal of a driver's update on gpu003, the evening before it goes astray."""
    order = UpdateOrder.model_validate({"schema": "millwright.update/1", "set": {"driver": "560"}})
    node = NodeUpdate(node="gpu003", fate="update", wanted={"nvidia-driver": "560.35"},
                      before={"nvidia-driver": "550.90"})  # fmt: skip
    plan = UpdatePlan(
        factory="hospital", at="2026-03-02T20:00:00Z", simulated=False, order=order, nodes=(node,),
        waves=(("gpu003",),), most_out=1, bake_minutes=1, allowed_failures=0, minutes=1,
        minutes_source="x",
    )  # fmt: skip
    ledger = ledger_of(root)
    lives = SqlLifecycle(ledger)
    SqlUpdates(ledger, lives).keep(
        UpdateRun(id="upd-7", stands="done", opened=plan.at, simulated=False, plan=plan)
    )
    lives.put(Deed(incident="upd-7", node="gpu003", step="act", phase="done",
                   at="2026-03-02T21:00:00Z"))  # fmt: skip
    ledger.close()


def test_a_model_that_goes_astray_is_told_with_the_update_before_and_no_patient_comes_out(
    tmp_path: Path, run: Run, promtool: Promtool
) -> None:
    root, hospital = tmp_path / "site", tmp_path / "hospital"
    root.mkdir()
    (root / "factory.yaml").write_text(SPEC)
    (root / "models.yaml").write_text(WATCH.format(hospital))
    plant(hospital)
    answers(hospital / "answers" / f"{PATIENT[1]}.csv", range(5), astray=2)
    answers(tmp_path / "accepted.csv", range(-30, -29), a_day=6_000)
    assert run("-C", root, "design", "solve").status == 0
    updated(root)
    made = run("-C", root, "manage", "models", "reference", "ct-net", tmp_path / "accepted.csv")
    assert made.status == 0, made.err
    assert "6,000 answers" in made.out
    prom = tmp_path / "models.prom"
    told = run("-C", root, "manage", "models", "watch", "--json", "--out", prom)
    assert told.status == 1, told.err
    document = json.loads(told.out)
    feeds = {each["feed"]: each for each in document["feeds"]}
    assert (feeds["pacs"]["kinds"], feeds["pacs"]["unreadable"]) == ({"(other)": 0, "CT": 40}, 1)
    assert (feeds["lab"]["kinds"], feeds["lab"]["lacking"]) == (
        {"ORU": 40},
        {"PID-3": 0, "OBX-5": 0},
    )
    assert feeds["ehr"]["lacking"] == {"Observation.code": 40}
    answered = {
        feed: [each["answer"] for each in found] for feed, found in document["judged"].items()
    }
    assert answered == {
        "pacs": ["ok", "ok", "missed"], "lab": ["ok", "shown", "ok"],
        "ehr": ["shown", "shown", "missed"], "drop": ["shown", "missed", "shown"],
    }  # fmt: skip
    (model,) = document["models"]
    assert (model["answer"], model["onset"]) == ("missed", "2026-03-03T00:00:00Z")
    assert model["onset_nodes"] == ["gpu003"]
    first = model["beside"][0]
    assert first["event"]["told"] == "nvidia-driver 550.90 to 560.35"
    assert (first["event"]["node"], first["hours_before"], first["same_node"]) == (
        "gpu003",
        3,
        True,
    )

    plain = run("-C", root, "manage", "models", "watch")
    assert "3 h before: update on gpu003: nvidia-driver 550.90 to 560.35" in plain.out
    ready = run("-C", root, "ready", "ct-triage")
    assert "MISSING    inputs and outputs" in ready.out
    assert run("-C", root, "manage", "rules", "--out", tmp_path / "rules").status == 0
    promtool("check", "rules", tmp_path / "rules" / "millwright-models.yml")
    everything = [told.out, told.err, plain.out, plain.err, ready.out, made.out]
    everything += [
        p.read_bytes().decode("latin-1") for p in (*root.rglob("*"), prom) if p.is_file()
    ]
    for planted in PATIENT:
        assert not [text[:80] for text in everything if planted in text], planted


def test_the_exporters_file_is_one_that_prometheus_takes(tmp_path: Path, run: Run) -> None:
    (tmp_path / "factory.yaml").write_text(SPEC)
    (tmp_path / "models.yaml").write_text(WATCH.format(tmp_path / "hospital"))
    plant(tmp_path / "hospital")
    out = tmp_path / "m.prom"
    told = run("-C", tmp_path, "manage", "models", "watch", "--out", out)
    assert told.status == 1
    assert "no answers lie in" in told.out
    lines = out.read_text().splitlines()
    names = [line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")]
    assert len(lines) == len(set(lines))
    assert set(names) >= {"millwright_feed_size_bytes_bucket", "millwright_feed_lacking"}
    assert 'millwright_feed_size_bytes_bucket{feed="lab",protocol="hl7",le="+Inf"} 40' in lines
    assert [p.name for p in tmp_path.glob(".m.prom*")] == []


def test_a_wrong_models_file_names_its_place_and_a_row_that_is_none_names_no_value(
    tmp_path: Path, run: Run
) -> None:
    (tmp_path / "factory.yaml").write_text(SPEC)
    text = WATCH.format(tmp_path / "hospital")
    (tmp_path / "models.yaml").write_text(text.replace("[PatientID]", "[PatientId]"))
    wrong = run("-C", tmp_path, "manage", "models", "watch")
    assert wrong.status == 2
    assert "models.yaml:3:" in wrong.err
    assert "'PatientId'" in wrong.err
    (tmp_path / "models.yaml").write_text(text.replace("workload: ct-triage", "workload: mri"))
    wrong = run("-C", tmp_path, "manage", "models", "watch")
    assert (wrong.status, "workload 'mri'" in wrong.err) == (2, True)
    (tmp_path / "models.yaml").write_text(text)
    bad = tmp_path / "bad.csv"
    bad.write_text(f"at,node,score,finding\n{PATIENT[0]},x,1,none\n")
    wrong = run("-C", tmp_path, "manage", "models", "reference", "ct-net", bad)
    assert wrong.status == 2
    assert "file 1 of answers, line 2" in wrong.err
    assert PATIENT[0] not in wrong.err + wrong.out

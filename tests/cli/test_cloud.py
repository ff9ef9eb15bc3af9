"""`deploy cloud` as a person calls it: from a spec with zones to files, and a model on its way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import hcl2

from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: hospital
compute: [{name: gpu, server: dgx-h100, nodes: 4}]
blueprint: dgx-superpod-h100
site: {jurisdiction: US}
zones:
  - {name: campus, kind: on-prem, jurisdiction: US}
  - {name: cloud-east, kind: cloud, provider: aws, region: us-east-1, jurisdiction: US}
  - {name: clinic, kind: edge, jurisdiction: US}
workloads:
  - {name: train, kind: training, parameters_b: 7, tokens_b: 300, deadline_days: 30,
     zone: cloud-east, data: {class: deidentified, residency: [US]}}
  - {name: ct, kind: imaging-inference, modality: ct, studies_per_day: 100, study_mib: 100,
     turnaround: {p95_s: 120}, zone: clinic, data: {class: phi, residency: [US]}}
"""


def test_zones_are_written_and_a_model_goes_from_one_to_the_other(tmp_path: Path, run: Run) -> None:
    root, key = tmp_path / "site", {"MILLWRIGHT_EVIDENCE_KEY": str(tmp_path / "keys" / "k")}
    root.mkdir()
    (root / "factory.yaml").write_text(SPEC)
    assert run("-C", root, "design", "solve").status == 0
    made = run("-C", root, "deploy", "cloud", "write", "--json")
    assert made.status == 0, made.err
    zones = {each["zone"]: each for each in json.loads(made.out)["zones"]}
    assert zones["cloud-east"]["state"] == "not validated by the provider, not executed here"
    values = hcl2.loads((root / "cloud" / "cloud-east" / "zone.auto.tfvars").read_text())
    assert values["node_count"] == zones["cloud-east"]["machines"]
    assert values["region"].strip('"') == "us-east-1"
    edge = root / "cloud" / "clinic"
    assert run("-C", edge, "design", "check").status == 0
    told = run("-C", root, "ready", "train")
    assert "cloud/cloud-east was written for it" in told.out

    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.bin").write_bytes(b"\1" * 1000)
    words = ("deploy", "cloud", "promote", "ct-net", "2.2", model, "--trained-by", "train",
             "--workload", "ct")  # fmt: skip
    refused = run("-C", root, *words, "--to", "campus", **key)
    assert (refused.status, "ct runs in clinic, and not in campus" in refused.err) == (1, True)
    assert not (model / "promotion.json").exists()
    assert run("-C", root, *words, "--to", "clinic", **key).status == 2, "nobody signs yet"
    assert run("-C", root, "evidence", "key", **key).status == 0
    sent = run("-C", root, *words, "--to", "clinic", **key)
    assert sent.status == 0, sent.err
    there, public = tmp_path / "there", root / ".millwright" / "evidence.pub"
    there.mkdir()
    take = ("-C", there, "deploy", "cloud", "receive", model, "--signers", public)
    assert run(*take, "--zone", "clinic").status == 0
    other = run(*take, "--zone", "campus")
    assert (other.status, "it was signed for clinic" in other.err) == (1, True)
    (model / ".millwright").mkdir()
    shutil.copy(public, model / ".millwright")
    for shipped in (("-C", model, *take[2:-2]), (*take[:-1], model / ".millwright/evidence.pub")):
        own = run(*shipped)
        assert (own.status, "came with the model" in own.err) == (2, True)
    shutil.rmtree(model / ".millwright")
    (model / "weights.bin").write_bytes(b"\1" * 999 + b"\2")
    bent = run(*take)
    assert (bent.status, "weights.bin is another file than was signed" in bent.err) == (1, True)
    trail = json.loads(run("-C", root, "manage", "models", "trail", "--json").out)
    assert [each["kind"] for each in trail["words"]] == ["promoted"]
    (root / "factory.yaml").write_text(SPEC.replace("zone: clinic,", "zone: campus,"))
    stale = run("-C", root, *words, "--to", "clinic", **key)
    assert (stale.status, "the design is stale" in stale.err) == (1, True), "decisions of old"


def test_a_region_outside_residency_names_its_place_and_nothing_is_written(
    tmp_path: Path, run: Run
) -> None:
    (tmp_path / "factory.yaml").write_text(SPEC.replace("us-east-1", "eu-west-1"))
    assert run("-C", tmp_path, "design", "solve").status == 0
    wrong = run("-C", tmp_path, "deploy", "cloud", "write")
    assert wrong.status == 2
    assert "factory.yaml:8:" in wrong.err
    assert (
        "zones[1].region  found eu-west-1, which lies in IE, expected a region in US" in wrong.err
    )
    assert not (tmp_path / "cloud").exists()

"""What lab nodes hold is read over SSH: serial numbers of every GPU, held against a scan."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lab.rehearsal import Rehearsal


def test_serials_read_over_ssh_are_held_against_a_scan(lab: Rehearsal, tmp_path: Path) -> None:
    told = json.loads(lab.say("build", "assets", "--nodes", "gpu[1-8]", "--json").out)
    assert told["simulated"] is True
    gpus = [
        (node, item["place"], item["serial"])
        for node, own in told["nodes"].items()
        for item in own["items"]
        if item["kind"] == "gpu"
    ]
    assert len({serial for _, _, serial in gpus if serial}) == len(gpus) == 64
    lines = [f"{node},gpu,{place},{serial}" for node, place, serial in gpus]
    wrong = next(at for at, line in enumerate(lines) if line.startswith("gpu3,gpu,GPU 5,"))
    lines[wrong] = "gpu3,gpu,GPU 5,1234567890"
    scan = tmp_path / "scan.csv"
    scan.write_text("\n".join(["node,kind,place,serial", *lines]) + "\n")
    answer = lab.say("build", "assets", "--nodes", "gpu[1-8]", "--scanned", str(scan), "--json")
    findings = json.loads(answer.out)["findings"]
    assert answer.status == 1
    assert [each["node"] for each in findings] == ["gpu3"]
    assert "1234567890" in json.dumps(findings)

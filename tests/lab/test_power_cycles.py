"""Power is cut and given back by the management controller of the node that said who it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from millwright.lab import host
from tests.lab.redfish import bmc
from tests.lab.rehearsal import Rehearsal
from tests.lab.test_build import lines, run_folder

NODES = ("gpu7", "gpu8")
MARK = "/etc/millwright-lab/simulated.json"


def once(lab: Rehearsal, file: Path) -> None:
    """Write a plan of one power cycle on two nodes."""
    words = ("--class", "contract", "--confirm", "rehearsal", "--tests", "power-cycle")
    lab.done("build", "plan", *words, "--only", ",".join(NODES), "--out", str(file))
    plan: dict[str, Any] = json.loads(file.read_text())
    plan["tests"][0]["segments"] = 1
    file.write_text(json.dumps(plan))


def test_power_is_cycled_once_it_is_confirmed_and_never_on_another_machine(
    lab: Rehearsal, tmp_path: Path
) -> None:
    cut, other = NODES
    file = tmp_path / "plan.json"
    once(lab, file)
    unconfirmed = lab.say("build", "run", "--plan", str(file), "--yes")
    assert (unconfirmed.status, "cuts nodes off their power" in unconfirmed.err) == (2, True)
    before = {name: host.leader(lab.marks, name) for name in NODES}
    lab.shell(other, "sed", "-i", 's/"serial": "SIM/"serial": "NOT/', MARK)
    try:
        words = ("build", "run", "--plan", str(file), "--yes", "--confirm", "rehearsal", "--json")
        ran = lab.say(*words)
    finally:
        lab.shell(other, "sed", "-i", 's/"serial": "NOT/"serial": "SIM/', MARK)
    outcomes = {o["node"]: o for o in json.loads(ran.out)["outcomes"]}
    assert ran.status == 3
    assert (outcomes[cut]["came"], outcomes[other]["came"]) == ("measured", "not run")
    assert f"{other} says serial number NOT" in outcomes[other]["reason"]
    after = {name: host.leader(lab.marks, name) for name in NODES}
    assert after[other] == before[other]
    assert after[cut] not in (None, before[cut])
    acts = [f"OK: Power action {kind} requested" for kind in ("ForceOff", "On")]
    assert bmc(lab, cut).messages()[-2:] == acts
    kept = [line["argv"] for line in lines(run_folder(lab) / "evidence.jsonl")]
    assert [words[-1] for words in kept if words[0] == "redfish"] == ["off", "on"]
    secret = (lab.root / ".millwright" / "lab" / "bmc.password").read_text().strip()
    assert not any(
        secret in path.read_text(errors="replace")
        for path in run_folder(lab).rglob("*")
        if path.is_file()
    )

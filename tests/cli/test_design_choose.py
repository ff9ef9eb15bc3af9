"""`design candidates`, `design compare`, and hardware that no spec names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from millwright.cli.door import Door
from millwright.cli.manageslo import tier_hosts
from millwright.cli.remedying import desk_of
from millwright.cli.wiring import inputs_of
from tests.cli.test_design_size import SPEC
from tests.conftest import Run


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC)
    return tmp_path


def test_candidates_are_ranked_and_those_that_fell_out_say_why(run: Run, clinic: Path) -> None:
    site = "site: {rack: {max_power_kw: 34.5}, cooling: {kind: air}}\n"
    (clinic / "factory.yaml").write_text(SPEC + site)
    answer = run("-C", clinic, "design", "candidates", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert (told["schema"], told["by"]) == ("millwright.candidates/1", "kw")
    by_name = {each["server"]: each for each in told["candidates"]}
    assert by_name["gb200-nvl72"]["refused"][0]["message"]
    assert by_name["dgx-h100"]["workloads"]["report"]["gpus"] == 15
    assert by_name["dgx-h100"]["capex"] == 3 * 370_000
    shown = run("-C", clinic, "design", "candidates", "--by", "rack-units")
    assert "fell out" in shown.out
    assert "rack units of all machines" in shown.out
    assert run("-C", clinic, "design", "candidates", "--by", "kws").status == 2


def test_a_spec_of_workloads_alone_is_solved_and_says_whence_its_hardware(
    run: Run, clinic: Path
) -> None:
    checked = run("-C", clinic, "design", "check")
    assert checked.status == 0, checked.err
    answer = run("-C", clinic, "design", "solve", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    ranked = json.loads(run("-C", clinic, "design", "candidates", "--json").out)["candidates"]
    assert told["pools"][0]["server"] == ranked[0]["server"]
    assert "MW-D-087" in [finding["rule"] for finding in told["findings"]]
    sized = json.loads(run("-C", clinic, "design", "size", "--json").out)
    assert sized["server"] == ranked[0]["server"]


def test_pools_that_are_derived_serve_the_tiers_of_their_workloads(run: Run, clinic: Path) -> None:
    tiers = "tiers: [{name: clinical, min_replicas: 2, remedy_mode: observe}, {name: research}]\n"
    told = SPEC.replace("name: notes,", "name: notes, tier: clinical,")
    told = told.replace("name: report,", "name: report, tier: research,")
    (clinic / "factory.yaml").write_text(told + tiers)
    assert run("-C", clinic, "design", "solve").status == 0
    (pool,) = json.loads((clinic / "design" / "cluster.json").read_text())["pools"]
    assert pool["tiers"] == ["clinical", "research"]
    door = Door(clinic)
    hosts, _ = tier_hosts(inputs_of(door))
    assert (len(hosts["clinical"]), hosts["clinical"]) == (pool["nodes"], hosts["research"])
    with desk_of(door) as desk:
        post = desk.fleet().posts[hosts["clinical"][0]]
    assert post.tier is not None
    assert (post.tier.name, post.tier.min_replicas) == ("clinical+research", 2)
    assert post.tier.remedy_mode == "observe"


def test_servers_and_specs_stand_side_by_side(run: Run, clinic: Path) -> None:
    other = clinic / "other"
    other.mkdir()
    shutil.copy(clinic / "factory.yaml", other)
    answer = run("-C", clinic, "design", "compare", "dgx-h100", "hgx-b200", other, "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)["compared"]
    assert told["dgx-h100"]["report: GPUs"] == 15
    assert told[str(other)]["GPUs"] > 0
    shown = run("-C", clinic, "design", "compare", "dgx-h100", "hgx-b200")
    assert "report: GPUs" in shown.out
    wrong = run("-C", clinic, "design", "compare", "dgx-h10")
    assert wrong.status == 2
    assert "dgx-h100" in wrong.err


def test_named_hardware_is_solved_and_told_to_be_too_small_for_its_workloads(
    run: Run, clinic: Path
) -> None:
    named = "blueprint: dgx-superpod-h100\ncompute: [{name: gpu, nodes: 1}]\n"
    (clinic / "factory.yaml").write_text(SPEC + named)
    answer = run("-C", clinic, "design", "check", "--json")
    assert answer.status == 0, answer.err
    (told,) = (f for f in json.loads(answer.out)["findings"] if f["rule"] == "MW-D-075")
    assert told["severity"] == "warn"
    assert run("-C", clinic, "design", "solve").status == 0
    assert "MW-D-075" in run("-C", clinic, "design", "show", "findings").out

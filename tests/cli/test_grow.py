"""`manage grow` as it is typed, where no host answers: what is planned, kept, awaited and told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from millwright import __version__
from millwright.adapters.artefacts import Written, write_design
from millwright.adapters.catalogs import load
from millwright.adapters.specfile import read_factory
from millwright.adapters.workspace import Workspace
from millwright.cli.door import Door
from millwright.cli.growcrew import SiteCrew
from millwright.cli.site import site_of
from millwright.deploy.plan import plan as planned
from millwright.deploy.roles import ROLES
from millwright.design.solve import solve
from millwright.model.lock import Lock
from millwright.model.standing import Done
from tests.cli.hosts import start_site
from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: pod
blueprint: dgx-superpod-h100
compute: [{name: gpu, nodes: 2}]
"""
LARGER = SPEC.replace("nodes: 2", "nodes: 3")
REACH = """\
hosts:
  mgmt-1: {address: 127.0.0.1, port: 9}
  gpu003: {address: 127.0.0.1, port: 9}
"""
"""Where nobody listens: nothing is waited for."""
ALLOWED = ("--allow-restart", "slurmctld")


@pytest.fixture(scope="module")
def stood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A factory of two nodes, on which every role stands."""
    root = tmp_path_factory.mktemp("stood") / "site"
    root.mkdir()
    (root / "factory.yaml").write_text(SPEC)
    loaded = load(None)
    read = read_factory(root / "factory.yaml", loaded.catalog)
    lock = Lock(tool_version=__version__, spec_sha256=read.digest, catalog_sha256=loaded.digest)
    design = solve(read.factory, loaded.catalog)
    write_design(Workspace(root), Written(design.cluster, design.cables, design.bom, {}, lock))
    (root / "reach.yaml").write_text(REACH)
    there = site_of(Door(root=root))
    roles = tuple(ROLES)
    steps = planned(roles, there.inputs, {}, there.texts(roles)).steps
    at = "2026-01-05T10:00:00Z"
    there.ledger.put(*(Done(s.host, s.role.name, s.input_hash, "proven", "r", at) for s in steps))
    there.ledger.close()
    return root


@pytest.fixture
def site(stood: Path, tmp_path: Path) -> Path:
    """That factory, for one test alone."""
    return Path(shutil.copytree(stood, tmp_path / "site"))


def grow(run: Run, site: Path, *words: str) -> tuple[int, dict[str, Any]]:
    answer = run("-C", site, "manage", "grow", *words, "--json")
    return answer.status, json.loads(answer.out)


def recorded(site: Path) -> int:
    cluster = json.loads((site / "design" / "cluster.json").read_text())
    return int(cluster["pools"][0]["nodes"])


def test_a_larger_spec_is_looked_at_without_touching_the_recorded_one(site: Path, run: Run) -> None:
    spec = site / "larger.yaml"
    spec.write_text(LARGER)
    status, told = grow(run, site, "plan", str(spec), "--exit-code")
    assert (status, told["nodes"], told["moves"], told["open_steps"]) == (1, ["gpu003"], [], [])
    assert len(told["refused"]) == 1
    answer = run("-C", site, "manage", "grow", "plan", str(spec), "--exit-code", *ALLOWED)
    assert (answer.status, recorded(site)) == (0, 2)
    text = answer.out
    assert "STARTS AGAIN slurmctld on mgmt-1" in text
    assert "UNKNOWN which Slurm" in text
    assert "no device and no cable of it moves" in text
    assert "disturbed: mgmt-1; 0 of 2 nodes that compute" in text


def test_what_is_refused_or_not_agreed_to_changes_nothing(site: Path, run: Run) -> None:
    (site / "factory.yaml").write_text(LARGER)
    refused = run("-C", site, "manage", "grow", "run", "--yes")
    assert (refused.status, "--allow-restart slurmctld" in refused.err) == (1, True)
    asked = run("-C", site, "manage", "grow", "run", *ALLOWED)
    assert (asked.status, "--yes" in asked.err) == (2, True)
    assert recorded(site) == 2


def test_it_records_the_design_keeps_the_former_and_waits_for_whoever_racks(
    site: Path, run: Run
) -> None:
    (site / "factory.yaml").write_text(LARGER)
    status, told = grow(run, site, "run", "--yes", *ALLOWED)
    assert (status, told["stands"], told["outcomes"]) == (3, "open", {"gpu003": "not yet"})
    assert recorded(site) == 3
    former = site / told["former"]
    assert json.loads((former / "design" / "cluster.json").read_text())["pools"][0]["nodes"] == 2
    assert all(life["silent"] for life in told["noted"]["hosts"])
    assert set(told["before"]["untested"]) == {"gpu001", "gpu002"}
    again, after = grow(run, site, "resume", "--trust")
    assert (again, after["said"]["trust"], after["former"]) == (3, True, told["former"])
    steps = [line["step"] for line in after["journal"] if line["phase"] == "done"]
    assert steps == ["note", "record", "before"]
    text = run("-C", site, "manage", "grow", "status").out
    assert "not yet: gpu003" in text
    assert "not proven yet" in text
    second = run("-C", site, "manage", "grow", "run", "--yes", *ALLOWED)
    assert (second.status, "grow resume" in second.err) == (2, True)
    stopped, last = grow(run, site, "stop")
    assert (stopped, last["stands"]) == (1, "halted")
    again, plan = grow(run, site, "plan")
    assert (again, plan["nodes"]) == (0, ["gpu003"])
    assert any("never served" in note for note in plan["notes"])


def test_a_design_that_was_solved_too_early_is_held_against_one_that_was_kept(
    site: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = tmp_path_factory.mktemp("kept")
    (site / "design").rename(kept / "design")
    (site / "factory.lock.json").rename(kept / "factory.lock.json")
    (site / "factory.yaml").write_text(LARGER)
    assert run("-C", site, "design", "solve").status == 0
    assert grow(run, site, "plan", "--former", str(kept))[1]["nodes"] == ["gpu003"]


def test_what_cannot_be_read_is_refused_by_its_name(site: Path, run: Run) -> None:
    wrong = run("-C", site, "manage", "grow", "plan", "--class", "short")
    assert (wrong.status, "smoke, standard, contract" in wrong.err) == (2, True)
    other = site / "other.yaml"
    other.write_text(LARGER.replace("name: pod", "name: other"))
    strange = run("-C", site, "manage", "grow", "plan", str(other))
    assert (strange.status, "this factory is pod" in strange.err) == (2, True)


@pytest.mark.ssh
def test_a_host_key_is_pinned_by_word_alone_and_another_one_never(tmp_path: Path) -> None:
    there = start_site(tmp_path / "site", ["gpu3"])
    host, crew = there.hosts["gpu3"], SiteCrew(Door(root=there.root))
    try:
        assert crew.answers(["gpu3"]) == {"gpu3": ""}
        assert "waits to be trusted: ssh-ed25519 SHA256:" in crew.trust(["gpu3"], pin=False)["gpu3"]
        assert crew.trust(["gpu3"], pin=True) == {"gpu3": ""}
        assert crew.trust(["gpu3"], pin=False) == {"gpu3": ""}
        host.stop()
        host.make_key()
        host.start(there.authorized)
        assert "is pinned: find out why" in crew.trust(["gpu3"], pin=True)["gpu3"]
    finally:
        host.stop()
    assert crew.answers(["gpu3"])["gpu3"]

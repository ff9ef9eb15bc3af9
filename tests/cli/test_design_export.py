"""The design for other tools, as a person asks for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: pod
blueprint: dgx-superpod-b300-spectrum
compute: [{name: gpu, nodes: 4}]
"""
FORMATS = ["network", "netbox", "nvue", "frr", "dns", "slurm", "topograph", "dot"]
NEVER_READ = ["netbox", "nvue", "topograph"]
"""Formats whose reader cannot be had here: they say so."""


@pytest.fixture(scope="module")
def solved(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pod")
    (folder / "factory.yaml").write_text(SPEC)
    assert run("-C", folder, "design", "solve").status == 0
    return folder


@pytest.fixture
def pod(solved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(solved, tmp_path / "pod"))


def written(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_lies_in_the_design_and_comes_out_the_same_twice(
    run: Run, pod: Path, name: str
) -> None:
    answer = run("-C", pod, "design", "export", name)
    assert answer.status == 0, answer.err
    assert f"in {pod}/design/export/{name}" in answer.out
    before = written(pod / "design" / "export" / name)
    assert run("-C", pod, "design", "export", name).status == 0
    assert written(pod / "design" / "export" / name) == before
    assert "export.json" in before
    told = "not validated by the provider" in answer.err
    assert told is (name in NEVER_READ)


@pytest.mark.parametrize("name", FORMATS)
def test_a_program_is_told_files_and_what_nobody_knows(run: Run, pod: Path, name: str) -> None:
    answer = run("-C", pod, "design", "export", name, "--json", "--out", pod / "there")
    document = json.loads(answer.out)
    assert (document["schema"], document["format"]) == ("millwright.export/1", name)
    assert all(Path(file).is_file() for file in document["files"])
    assert document["state"]
    assert all(set(each) == {"what", "hosts", "means", "mend"} for each in document["todo"])


@pytest.mark.parametrize("name", ["frr", "netbox"])
def test_a_file_that_no_export_wrote_stays(run: Run, pod: Path, name: str) -> None:
    there = pod / "there"
    assert run("-C", pod, "design", "export", name, "-o", there).status == 0
    first = sorted(written(there).keys() - {"export.json"})[0]
    (there / "export.json").unlink()
    (there / first).write_text("mine")
    answer = run("-C", pod, "design", "export", name, "-o", there)
    assert answer.status == 2
    assert (there / first).read_text() == "mine"


def test_a_stale_design_is_not_exported(run: Run, pod: Path) -> None:
    (pod / "factory.yaml").write_text(SPEC.replace("nodes: 4", "nodes: 5"))
    answer = run("-C", pod, "design", "export", "frr")
    assert answer.status == 1
    assert "stale" in answer.err
    assert not (pod / "design" / "export").exists()


def test_a_simulated_factory_says_so_in_every_file_that_has_remarks(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "factory.yaml").write_text(
        "schema: millwright.factory/1\nname: pod\nblueprint: lab\n"
        "compute: [{name: gpu, nodes: 2}]\n"
    )
    assert run("-C", tmp_path, "design", "solve").status == 0
    for name in ("dns", "dot", "topograph", "network"):
        answer = run("-C", tmp_path, "design", "export", name)
        assert answer.status == 0, answer.err
        assert "SIMULATED" in answer.out
        for path, raw in written(tmp_path / "design" / "export" / name).items():
            if not path.endswith((".csv", "export.json")):
                assert b"SIMULATED" in raw or b'"simulated": true' in raw, path


def test_the_zone_is_the_one_that_was_asked_for(run: Run, pod: Path) -> None:
    words = ("design", "export", "dns", "--domain", "hpc.example.org", "--serial", "2026112601")
    assert run("-C", pod, *words).status == 0
    zone = (pod / "design/export/dns/zones/hpc.example.org.zone").read_text()
    assert "$ORIGIN hpc.example.org.\n" in zone
    assert "( 2026112601 " in zone
    answer = run("-C", pod, "design", "export", "dns", "--domain", "no domain")
    assert answer.status == 2
    assert "is no domain" in answer.err

"""What comes before SSH, as a person asks for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINsQDqZYAm3XooidJDwnsZqL5WdAdN9uyRNM6L4m/i4d me@x\n"
SPEC = """\
schema: millwright.factory/1
name: pod
blueprint: lab
compute: [{name: gpu, nodes: 3}]
"""
CATALOG = """\
schema: millwright.catalog/1
servers:
  - name: lab-node
    title: A node of the lab whose processors are known
    gpu: h100-sxm
    gpu_count: 8
    height_u: 1
    host: {value: {sockets: 1, cores_per_socket: 2, threads_per_core: 1, memory_mib: 8000}}
    ports:
      - {count: 8, cage: "N{n}", fabric: compute, speed_gbps: 400, connector: osfp, rail: "{n}"}
      - {cage: eth0, fabric: inband, speed_gbps: 1, connector: rj45}
      - {cage: BMC, fabric: oob, speed_gbps: 1, connector: rj45}
"""
FORMATS = ["autoinstall", "preseed", "maas", "warewulf", "kubernetes", "inventory"]
KEYED = ["autoinstall", "preseed", "maas"]


@pytest.fixture(scope="module")
def solved(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pod")
    (folder / "factory.yaml").write_text(SPEC)
    (folder / "catalog").mkdir()
    (folder / "catalog" / "own.yaml").write_text(CATALOG)
    assert run("-C", folder, "design", "solve").status == 0
    (folder / "key.pub").write_text(KEY)
    return folder


@pytest.fixture
def pod(solved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(solved, tmp_path / "pod"))


def written(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def words(pod: Path, name: str) -> list[str | Path]:
    more = ["--key", str(pod / "key.pub")] if name in KEYED else []
    more += ["--all"] if name == "kubernetes" else []
    return ["-C", pod, "deploy", "export", name, *more]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_helps_with_an_example_and_says_what_it_is_worth(run: Run, name: str) -> None:
    answer = run("deploy", "export", name, "--help", COLUMNS="400")
    assert f"Example: millwright -C superpod deploy export {name}" in answer.out
    note = "not validated by the provider and not executed here"
    assert (note in " ".join(answer.out.split())) is (name != "inventory")


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_lies_in_the_design_and_comes_out_the_same_twice(
    run: Run, pod: Path, name: str
) -> None:
    answer = run(*words(pod, name))
    assert answer.status == 0, answer.err
    assert f"in {pod}/design/export/{name}  SIMULATED" in answer.out
    before = written(pod / "design" / "export" / name)
    assert len(before) > 1
    document = json.loads(run(*words(pod, name), "--json").out)
    assert written(pod / "design" / "export" / name) == before
    assert (document["schema"], document["format"]) == ("millwright.export/1", name)
    assert [Path(file).exists() for file in document["files"]] == [True] * (len(before) - 1)
    told = [f"UNKNOWN  {each['what']}" in answer.out for each in document["todo"]]
    assert all(told)


def test_only_some_hosts_and_another_folder_are_a_matter_of_saying_so(
    run: Run, pod: Path, tmp_path: Path
) -> None:
    out = tmp_path / "seeds"
    answer = run(*words(pod, "autoinstall"), "--only", "gpu[1-2]", "--out", out)
    assert answer.status == 0
    assert set(written(out)) == {
        "export.json",
        *(f"gpu{n}/{name}" for n in (1, 2) for name in ("user-data", "meta-data")),
    }
    assert not (pod / "design" / "export").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["autoinstall"], "without a key nobody could enter"),
        (["autoinstall", "--key", "none.pub"], "no such file"),
        (["autoinstall", "--key", "factory.yaml"], "no public key"),
        (["autoinstall", "--key", "private"], "PRIVATE key"),
        (["preseed", "--key", "key.pub", "--only", "gpu9"], "unknown nodes: gpu9"),
        (["warewulf", "--survey", "survey.yaml"], "did you mean 'hosts'?"),
        (["warewulf", "--survey", "mac.yaml"], "hosts.gpu1.macs[0]"),
        (["warewulf", "--only", "head-1"], "no compute node"),
        (["kubernetes"], "runtime: kubernetes"),
        (["kubernetes", "--all", "--only", "head-1"], "none of the chosen nodes"),
        (["kickstart"], "kickstart"),
    ],
)
def test_wrong_words_are_told_and_nothing_is_written(
    run: Run, pod: Path, more: list[str], told: str
) -> None:
    (pod / "private").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    (pod / "survey.yaml").write_text("schema: millwright.survey/1\nhsots: {}\n")
    mac = "schema: millwright.survey/1\nhosts: {gpu1: {macs: ['aa:bb']}}\n"
    (pod / "mac.yaml").write_text(mac)
    before = written(pod)
    answer = run("-C", pod, "deploy", "export", *more, cwd=pod)
    assert answer.status == 2
    assert told in answer.err
    assert written(pod) == before


def test_without_a_design_or_with_a_stale_one_nothing_is_exported(run: Run, pod: Path) -> None:
    (pod / "factory.yaml").write_text(SPEC.replace("nodes: 3", "nodes: 4"))
    answer = run(*words(pod, "warewulf"))
    assert answer.status == 1
    assert "the design is stale: factory.yaml changed" in answer.err
    (pod / "factory.lock.json").unlink()
    answer = run(*words(pod, "autoinstall"))
    assert answer.status == 2
    assert "run `millwright design solve` first" in answer.err
    assert not (pod / "design" / "export").exists()


def test_a_survey_makes_an_installation_that_asks_nothing(run: Run, pod: Path) -> None:
    survey = pod / "survey.yaml"
    survey.write_text(
        "schema: millwright.survey/1\ngateway: 10.32.0.1\nmirror: http://mirror.example/ubuntu\n"
        "everywhere: {interfaces: [eno1], disk: /dev/nvme0n1, architecture: amd64}\n"
    )
    answer = run(*words(pod, "autoinstall"), "--survey", survey)
    text = (pod / "design" / "export" / "autoinstall" / "gpu1" / "user-data").read_text()
    assert "interactive-sections" not in text
    assert "THE DISK IS WIPED WITHOUT A QUESTION" in text
    unknown = [line.split()[1] for line in answer.out.splitlines() if line.startswith("UNKNOWN")]
    assert unknown == ["dns:"]


def test_an_installation_that_reach_would_not_enter_is_told(run: Run, pod: Path) -> None:
    (pod / "reach.yaml").write_text("schema: millwright.reach/1\nuser: engineer\n")
    answer = run(*words(pod, "maas"))
    assert "UNKNOWN  user: reach.yaml enters as engineer, and only root is let in" in answer.out
    assert "UNKNOWN  user:" not in run(*words(pod, "warewulf")).out


def test_a_template_in_an_inventory_is_refused(run: Run, pod: Path) -> None:
    (pod / "factory.yaml").write_text(SPEC + "services: {dns: [\"{{ lookup('pipe', 'id') }}\"]}\n")
    assert run("-C", pod, "design", "solve").status == 0
    refused = run(*words(pod, "inventory"))
    assert refused.status == 2
    assert "would be read as a template by Ansible, in hosts.json" in refused.err
    assert not (pod / "design" / "export").exists()


def test_a_template_in_the_spec_is_carried_out_by_nobody(run: Run, pod: Path) -> None:
    hostile = "services: {dns: [\"{{ lookup('pipe', 'id') }}\"], proxy: \"$(id)\"}\n"
    (pod / "factory.yaml").write_text(SPEC + hostile)
    assert run("-C", pod, "design", "solve").status == 0
    refused = run(*words(pod, "inventory"))
    assert refused.status == 2
    assert "services.proxy: '$(id)' is no proxy that roles can use" in refused.err
    assert not (pod / "design" / "export").exists()
    for name in ("kubernetes", "autoinstall", "preseed"):
        answer = run(*words(pod, name))
        assert answer.status == 0, answer.err
        assert "UNKNOWN  services.dns: " in answer.out
        assert "UNKNOWN  services.proxy: '$(id)' is left out" in answer.out
        for raw in written(pod / "design" / "export" / name).values():
            assert b"lookup" not in raw
            assert b"$(id)" not in raw

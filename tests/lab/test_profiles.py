"""Nodes with other accelerators, another Debian, and nodes without drivers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.rehearsal import Rehearsal, rehearsal


@pytest.fixture(scope="module")
def mixed(able: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A lab whose nodes differ: one of each model that the other lab lacks."""
    models = ("h200", "b200", "mi300x")
    pools = [f"{{name: {model}, server: lab-{model}, nodes: 1}}" for model in models]
    made = rehearsal(tmp_path_factory.mktemp("lab") / "mixed", 122, *pools)
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.mark.parametrize(
    ("node", "product"), [("h200-1", "NVIDIA H200"), ("b200-1", "NVIDIA B200")]
)
def test_nvidia_s_nodes_answer_nvidia_smi(mixed: Rehearsal, node: str, product: str) -> None:
    assert mixed.shell(node, "nvidia-smi", "-L").count(f": {product} (UUID") == 8
    assert mixed.tells(node, "amd-smi", "version").status == 127


def test_amd_s_nodes_answer_amd_s_tools(mixed: Rehearsal) -> None:
    assert mixed.shell("mi300x1", "amd-smi", "list").count("GPU: ") == 8
    told = mixed.shell("mi300x1", "rocm-smi", "--showproductname")
    assert ("GPU[7]" in told, "GPU[8]" in told) == (True, False)
    assert mixed.tells("mi300x1", "nvidia-smi").status == 127


def test_amd_s_nodes_have_amd_s_faults(mixed: Rehearsal) -> None:
    answer = mixed.say("lab", "break", "mi300x1", "xid:79")
    assert (answer.status, "Xids are NVIDIA's" in answer.err) == (2, True)
    mixed.breaks("mi300x1", "missing-gpu:0")
    assert mixed.shell("mi300x1", "amd-smi", "list").count("GPU: ") == 7
    mixed.heals("mi300x1")
    assert mixed.shell("mi300x1", "amd-smi", "list").count("GPU: ") == 8


@pytest.mark.long
def test_each_vendor_s_nodes_are_given_their_own_driver(mixed: Rehearsal, keys: Path) -> None:
    assert keys.is_dir()
    mixed.done("deploy", "trust", "--yes")
    answer = mixed.say("deploy", "apply", "--yes", "--until", "image", "--json")
    told = {(o["role"], o["host"]): o for o in json.loads(answer.out)["outcomes"]}
    assert told["gpu-driver", "mi300x1"]["standing"] == "proven", told
    assert told["gpu-driver", "b200-1"]["standing"] == "proven", told
    assert ("dcgm", "mi300x1") not in told
    assert mixed.shell("b200-1", "dpkg-query", "--show", "nvlsm", "libnvsdm")
    rules = mixed.shell("mi300x1", "cat", "/etc/udev/rules.d/70-millwright-amdgpu.rules")
    assert 'KERNEL=="kfd"' in rules


@pytest.fixture(scope="module")
def bare(able: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    made = rehearsal(tmp_path_factory.mktemp("lab") / "bare", 118, "{name: gpu, nodes: 1}")
    try:
        made.up("--bare")
        yield made
    finally:
        made.down()


OLD, NEW = "580.95.05-1+simulated1", "580.105.08-1+simulated1"
LOCAL = (
    *("-o", "Dir::Etc::sourcelist=sources.list.d/millwright-lab.list"),
    *("-o", "Dir::Etc::sourceparts=-", "-o", "APT::Get::List-Cleanup=0"),
)


def apt(lab: Rehearsal, *words: str) -> str:
    return lab.shell("gpu1", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *words, *LOCAL)


def version(lab: Rehearsal) -> str:
    words = ("--query-gpu=driver_version", "--format=csv,noheader", "--id=0")
    return lab.shell("gpu1", "nvidia-smi", *words).strip()


PACKAGES = ("nvidia-open", "nvidia-driver-cuda", "nvidia-kernel-open-dkms", "nvidia-persistenced")


def test_a_bare_node_gets_its_driver_by_apt_and_keeps_what_is_held(bare: Rehearsal) -> None:
    assert bare.tells("gpu1", "nvidia-smi").status == 127
    apt(bare, "update")
    apt(bare, "install", "--yes", *(f"{name}={OLD}" for name in PACKAGES))
    bare.shell("gpu1", "apt-mark", "hold", *PACKAGES)
    assert version(bare) == "580.95.05"
    apt(bare, "upgrade", "--yes")
    assert version(bare) == "580.95.05"
    bare.shell("gpu1", "apt-mark", "unhold", *PACKAGES)
    pin = "Package: nvidia-*\nPin: version 580.95.*\nPin-Priority: 1001\n"
    bare.shell("gpu1", "sh", "-c", 'printf "$0" > /etc/apt/preferences.d/driver', pin)
    apt(bare, "upgrade", "--yes")
    assert version(bare) == "580.95.05"
    bare.shell("gpu1", "rm", "/etc/apt/preferences.d/driver")
    apt(bare, "upgrade", "--yes")
    told = bare.shell("gpu1", "dpkg-query", "--show", "--showformat=${Version}", "nvidia-open")
    assert told == NEW


def test_an_up_without_words_keeps_a_bare_lab_bare(bare: Rehearsal) -> None:
    assert bare.say("lab", "up").status == 0


@pytest.fixture(scope="module")
def trixie(able: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    made = rehearsal(tmp_path_factory.mktemp("lab") / "trixie", 120, "{name: gpu, nodes: 1}")
    try:
        made.up("--os", "debian-13")
        yield made
    finally:
        made.down()


def test_debian_13_boots_with_drivers_and_a_repository(trixie: Rehearsal) -> None:
    trixie.done("deploy", "trust", "--yes")
    answer = trixie.done("manage", "exec", "gpu1", "--", "cat", "/etc/debian_version")
    assert answer.splitlines()[1].strip().startswith("13")
    assert trixie.shell("gpu1", "nvidia-smi", "-L").count("UUID") == 8
    apt(trixie, "update")
    assert "already the newest" in apt(trixie, "install", "--yes", "nvbandwidth")
    trixie.shell("head-1", "ibnetdiscover")

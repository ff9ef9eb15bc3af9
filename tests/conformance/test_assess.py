"""An assessment of outputs that real tools printed: a folder that somebody filled by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from millwright.adapters.catalogs import load
from millwright.adapters.faultfiles import fault_catalog
from millwright.adapters.htmlpage import html
from millwright.adapters.recordedfacts import read_recording
from millwright.manage.assess.adopt import adopted
from millwright.manage.assess.assessing import Frame, assess
from millwright.manage.assess.health import Known
from millwright.manage.questions import aliases
from millwright.model.assessment import Assessment
from millwright.reports.assessed import assessed_page
from millwright.reports.assessment import screen

NODE = {
    "nvidia-smi-xml": "nvidia-smi/qx-h100-8gpu.xml",
    "dmidecode": "dmidecode/dell-xe9680-head.txt",
    "lspci": "lspci/vvv-dell-xe9680.txt",
    "lscpu": "lscpu/lscpu.txt",
    "lsblk": "lsblk/lsblk-1.json",
    "dmesg": "dmesg/xid-119.txt",
}
ADAPTERS = {"gpu1": "h100-12ca-all-active.txt", "gpu2": "h100-12ca-some-down.txt"}


@pytest.fixture
def real(samples: Path, tmp_path: Path) -> Assessment:
    for node, adapters in ADAPTERS.items():
        folder = tmp_path / node
        folder.mkdir()
        for question, path in {**NODE, "ibstat": f"ibstat/{adapters}"}.items():
            shutil.copy(samples / path, folder / f"{question}.txt")
    loaded = load(None)
    frame = Frame(told=Known(faults=fault_catalog(loaded)))
    return assess(read_recording(tmp_path, aliases()), loaded.catalog, frame)


def test_a_real_server_is_known_by_its_maker_its_gpus_and_adapters(real: Assessment) -> None:
    node = real.nodes["gpu1"]
    assert (node.vendor, node.model) == ("Dell Inc.", "PowerEdge XE9680")
    assert len(node.gpus) == 8
    assert {gpu.model for gpu in node.gpus} == {"NVIDIA H100 80GB HBM3"}
    assert len(node.adapters) == 12
    assert not real.simulated


def test_links_that_are_down_and_the_xid_are_in_the_way(real: Assessment) -> None:
    found = {each.id: each for each in real.findings}
    assert found["health.port-down"].nodes == ("gpu2",)
    assert "119" in found["health.gpu-xid"].message
    assert real.answer == "not ready"
    assert real.shape.fabric == "RoCE, 8 x 400 Gb/s and RoCE, 4 x 100 Gb/s a node"


def test_it_is_told_on_every_medium(real: Assessment) -> None:
    assert any("NOT READY" in line.text for line in screen(real, columns=80))
    assert "PowerEdge XE9680" in html(assessed_page(real, by="test"))


def test_a_model_that_the_catalogue_has_not_becomes_a_server_of_the_site(real: Assessment) -> None:
    draft = adopted(real, load(None).catalog, {}, "real")
    site = draft.documents["catalog/adopted.yaml"]
    (server,) = site["servers"]
    assert (server["gpu"], server["gpu_count"]) == ("h100-sxm", 8)
    assert server["title"] == "Dell Inc. PowerEdge XE9680"


@pytest.mark.parametrize(
    "path", ["qx-gb200-4gpu.xml", "mock-qx-gb200-lost.xml", "mock-qx-gb200-ecc-injected.xml"]
)
def test_what_a_driver_says_of_other_gpus_is_told_as_well(
    samples: Path, tmp_path: Path, path: str
) -> None:
    (tmp_path / "tray1").mkdir()
    shutil.copy(samples / "nvidia-smi" / path, tmp_path / "tray1" / "nvidia-smi-xml.txt")
    told = assess(read_recording(tmp_path, aliases()), load(None).catalog, Frame())
    assert told.nodes["tray1"].gpus
    assert told.answer in ("not ready", "unknown")
    assert ("lost" in path or "injected" in path) <= any(each.blocks for each in told.findings)

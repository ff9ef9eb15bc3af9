"""The simulated nvidia-smi, next to what real ones printed."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from .node import LabNode, build, sample

NVIDIA = pytest.mark.parametrize("model", ["h100", "h200", "b200"])


def paths(element: ElementTree.Element, above: str = "") -> Iterator[str]:
    """Yield the path of every element of the tree."""
    here = f"{above}/{element.tag}"
    yield here
    for child in element:
        yield from paths(child, here)


def shape(text: str) -> list[str]:
    """Return the lines with every number, unit apart, made the same."""
    return [re.sub(r"[0-9A-F]+(\.[0-9]+)*", "0", line) for line in text.splitlines()]


def query(node: LabNode, fields: str, *options: str) -> list[list[str]]:
    """Return the rows of a query without header and units."""
    command = ("nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits")
    lines = node.run(*command, *options).stdout.splitlines()
    return [[cell.strip() for cell in row] for row in csv.reader(lines)]


def test_the_xml_has_the_elements_of_a_real_h100_in_their_order(h100: LabNode) -> None:
    real = ElementTree.fromstring(sample("nvidia-smi/qx-h100-8gpu.xml"))
    ours = ElementTree.fromstring(h100.answer("nvidia-smi", "-q", "-x"))
    assert list(dict.fromkeys(paths(ours))) == list(dict.fromkeys(paths(real)))


@NVIDIA
def test_every_model_answers_with_eight_gpus_of_its_name(tmp_path: Path, model: str) -> None:
    node = build(tmp_path, model)
    root = ElementTree.fromstring(node.answer("nvidia-smi", "-q", "-x"))
    assert len(root.findall("gpu")) == 8
    for name in root.iter("product_name"):
        assert model.upper() in str(name.text)


def test_the_csv_header_is_the_real_one(h100: LabNode) -> None:
    header = sample("nvidia-smi/query-gpu-8xh100.csv").splitlines()[0]
    fields = ",".join(re.sub(r" \[.*?\]", "", name.strip()) for name in header.split(","))
    lines = h100.answer("nvidia-smi", f"--query-gpu={fields}", "--format=csv,nounits").splitlines()
    assert lines[0] == header
    assert [line.count(",") for line in lines] == [header.count(",")] * 9


def test_the_table_is_laid_out_like_the_real_one(h100: LabNode) -> None:
    real = sample("nvidia-smi/table-550.90.07.txt").splitlines()
    ours = h100.answer("nvidia-smi").splitlines()
    assert len(ours) == len(real)
    assert [len(line) for line in ours[1:]] == [len(line) for line in real[1:]]
    assert [[at for at, mark in enumerate(line) if mark in "|+"] for line in ours] == [
        [at for at, mark in enumerate(line) if mark in "|+"] for line in real
    ]


def test_text_of_one_section_is_of_the_real_layout(h100: LabNode) -> None:
    real = sample("nvidia-smi/q-8gpu-retired-pages-good.txt")
    ours = h100.answer("nvidia-smi", "-q", "-d", "PAGE_RETIREMENT")
    labels = [
        [
            line.partition(":")[0].rstrip()
            for line in text.strip().splitlines()
            if line[:4] != "GPU "
        ]
        for text in (ours, real)
    ]
    assert labels[0] == labels[1]


@pytest.mark.parametrize(
    "section",
    ["ECC", "TEMPERATURE", "POWER", "CLOCK", "PERFORMANCE", "PAGE_RETIREMENT", "ROW_REMAPPER"],
)
def test_a_section_can_be_asked_for_alone(h100: LabNode, section: str) -> None:
    text = h100.answer("nvidia-smi", "-q", "-d", section, "-i", "0")
    assert "Product Name" not in text
    assert len(text.splitlines()) > 10


def test_the_links_are_told_as_the_real_tool_tells_them(h100: LabNode) -> None:
    real = sample("nvidia-smi/nvlink-status-a100.txt").splitlines()
    ours = h100.answer("nvidia-smi", "nvlink", "-s").splitlines()
    assert re.sub(r"H100.*HBM3", "A100-SXM4-80GB", ours[0])[:28] == real[0][:28]
    assert sum("Link" in line for line in ours) == 8 * 18
    assert ours[1].split()[:2] == real[1].split()[:2]
    assert "NV18" in h100.answer("nvidia-smi", "topo", "-m")
    assert "Replay Errors: 0" in h100.answer("nvidia-smi", "nvlink", "-e")


def test_what_it_does_not_know_is_refused(h100: LabNode) -> None:
    unknown = h100.run("nvidia-smi", "--query-gpu=index,colour", "--format=csv")
    assert (unknown.returncode, 'Field "colour" is not a valid field' in unknown.stdout) == (
        2,
        True,
    )
    for wrong in (["--frobnicate"], ["-l", "soon"], ["-q", "-d", "MOOD"], ["-q", "-d"], ["nvlink"]):
        assert h100.run("nvidia-smi", *wrong).returncode == 2
    assert h100.run("nvidia-smi", "-i", "12").returncode == 6


def test_a_power_limit_is_kept(h100: LabNode) -> None:
    if not _is_root():
        pytest.skip("only root may set it")
    h100.answer("nvidia-smi", "-i", "2", "-pl", "550")
    assert [row[0] for row in query(h100, "power.limit")][1:4] == ["700.00", "550.00", "700.00"]
    assert h100.run("nvidia-smi", "-pl", "9000").returncode == 2


def test_a_lost_gpu_is_named_and_left_out(h100: LabNode) -> None:
    h100.fault({"id": "xid:2", "kind": "xid", "device": 2, "value": "79"})
    listed = h100.run("nvidia-smi", "-L")
    assert listed.returncode != 0
    assert "Unable to determine the device handle for GPU2" in listed.stdout
    assert listed.stdout.count("UUID") == 7
    told = h100.run("nvidia-smi", "-q", "-x")
    assert len(ElementTree.fromstring(told.stdout).findall("gpu")) == 7
    assert "GPU is lost" in h100.run("nvidia-smi").stdout


def test_memory_errors_wait_for_a_remap(h100: LabNode) -> None:
    h100.fault(
        {"id": "a", "kind": "ecc", "device": 1, "value": "3"},
        {"id": "b", "kind": "ecc", "device": 4, "value": "corrected=7"},
        {"id": "c", "kind": "xid", "device": 5, "value": "64"},
    )
    counts = "ecc.errors.uncorrected.volatile.total,ecc.errors.corrected.aggregate.total"
    rows = query(h100, counts)
    assert [row[0] for row in rows] == ["0", "3", "0", "0", "0", "1", "0", "0"]
    assert [row[1] for row in rows] == ["0", "0", "0", "0", "7", "0", "0", "0"]
    root = ElementTree.fromstring(h100.answer("nvidia-smi", "-q", "-x"))
    assert [item.text for item in root.iter("remapped_row_pending")].count("Yes") == 2
    assert [item.text for item in root.iter("remapped_row_failure")].index("Yes") == 5


def test_a_hot_gpu_says_why_its_clock_is_low(h100: LabNode) -> None:
    h100.fault({"id": "t", "kind": "throttle", "device": 6})
    rows = query(h100, "clocks_event_reasons.hw_thermal_slowdown,temperature.gpu")
    assert [row[0] for row in rows].count("Active") == 1
    assert rows[6][0] == "Active"
    assert int(rows[6][1]) > 80 > int(rows[5][1])


def test_a_narrow_link_and_a_missing_gpu_are_seen(h100: LabNode) -> None:
    h100.fault(
        {"id": "a", "kind": "pcie-width", "device": 7, "value": "8"},
        {"id": "b", "kind": "missing-gpu", "device": 0},
    )
    rows = query(h100, "index,pcie.link.width.current,pci.bus_id")
    assert [row[0] for row in rows] == [str(index) for index in range(7)]
    assert [row[1] for row in rows] == ["16"] * 6 + ["8"]
    assert "00000000:1B:00.0" not in [row[2] for row in rows]


def test_a_slow_gpu_looks_like_any_other(h100: LabNode) -> None:
    before = h100.answer("nvidia-smi", "-q", "-x", "-i", "3")
    h100.fault({"id": "s", "kind": "slow-gpu", "device": 3, "value": "0.5"})
    after = h100.answer("nvidia-smi", "-q", "-x", "-i", "3")
    assert shape(before) == shape(after)


@pytest.mark.parametrize("tool", ["nvidia-smi", "dcgmi"])
def test_a_hung_driver_holds_its_tools_for_ever(h100: LabNode, tool: str) -> None:
    h100.fault({"id": "h", "kind": "hung-smi", "device": None})
    with subprocess.Popen(
        [sys.executable, "-m", "simulators", tool, "-L"], env=h100.environment()
    ) as process:
        time.sleep(0.7)
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.7)
        process.kill()


def test_a_driver_upgraded_without_a_reboot_is_a_mismatch(h100: LabNode) -> None:
    h100.answer("nvidia-smi", "-L")
    installed = h100.root / "usr/share/millwright-lab/versions/driver"
    installed.parent.mkdir(parents=True)
    installed.write_text("580.105.08\n", encoding="utf-8")
    refused = h100.run("nvidia-smi", "-L")
    assert (refused.returncode, "version mismatch" in refused.stdout) == (18, True)
    (h100.root / "run/millwright-lab/driver").unlink()
    assert "580.105.08" in h100.answer("nvidia-smi", "--version")


def _is_root() -> bool:
    return os.geteuid() == 0


def test_it_repeats_itself_until_it_is_ended(h100: LabNode) -> None:
    command = ["nvidia-smi", "--query-gpu=temperature.gpu", "--format=csv,noheader", "-lms", "50"]
    with subprocess.Popen(
        [sys.executable, "-m", "simulators", *command],
        env=h100.environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        seen = [process.stdout.readline() for _ in range(20)]
        process.terminate()
    assert all(line.strip().isdigit() for line in seen)


def test_a_burn_is_seen_while_it_lasts(h100: LabNode) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "simulators", "gpu_burn", "3"],
        env=h100.environment(),
        stdout=subprocess.DEVNULL,
    ) as burn:
        time.sleep(1)
        busy = query(h100, "utilization.gpu,power.draw,clocks.sm")
        burn.terminate()
    assert {row[0] for row in busy} == {"100"}
    assert all(float(row[1]) > 600 and int(row[2]) == 1980 for row in busy)

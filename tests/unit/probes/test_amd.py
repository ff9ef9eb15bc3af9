"""rocm-smi and amd-smi: labels and layouts over the releases, units, links."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from millwright.probes import amd_smi, rocm_smi
from tests.unit.lab.node import LabNode


def test_labels_of_a_card_may_be_of_any_release() -> None:
    card = {
        "Card Series": "AMD Instinct MI250X",
        "Temperature (Sensor junction) (C)": "55.0",
        "Current Socket Graphics Package Power (W)": "89.0",
        "sclk clock level": "1 (800Mhz)",
        "mclk clock speed:": "(1600Mhz)",
        "pcie clock level": "2 (16.0GT/s x16)",
        "Serial Number": "N/A",
        "VRAM Total Memory (B)": str(64 * 2**30),
    }
    (found,) = rocm_smi.read(json.dumps({"card4": card})).facts.cards
    assert (found.index, found.series, found.serial) == (4, "AMD Instinct MI250X", None)
    assert (found.power_draw_w, found.temperature_c) == (89.0, 55.0)
    assert (found.sm_clock_mhz, found.memory_clock_mhz) == (800.0, 1600.0)
    assert (found.pcie_width, found.memory_total_mib) == (16, 65536.0)


def test_links_of_cards_are_gathered_by_pair() -> None:
    system = {
        f"(Topology) {what} between DRM devices 0 and 1": value
        for what, value in (("Weight", "15"), ("Hops", "1"), ("Link type", "XGMI"))
    }
    found = rocm_smi.read(json.dumps({"card0": {}, "system": system}))
    assert found.facts.links == (rocm_smi.CardLink(0, 1, "XGMI", 1, 15),)


def test_a_warning_before_the_json_is_told_and_the_cards_are_read() -> None:
    text = (
        'WARNING: AMD GPU device(s) is/are in a low-power state.\n\n{"card0": {"GPU use (%)": "3"}}'
    )
    found = rocm_smi.read(text)
    assert found.facts.cards[0].utilization_percent == 3.0
    assert "low-power" in found.problems[0].message


def test_json_may_be_indented_as_a_whole_and_a_broken_one_gives_none_of_its_parts() -> None:
    rows = json.dumps([{"gpu": 0, "links": [{"gpu": 1}]}], indent=4)
    indented = "\n".join(f"    {line}" for line in rows.splitlines())
    assert [gpu.index for gpu in amd_smi.read(f"\n{indented}\n").facts.gpus] == [0]
    assert amd_smi.read(rows[1:]).facts.gpus == ()
    assert amd_smi.read(f"[WARNING] low power\n{rows}").facts.gpus[0].index == 0


def test_a_figure_of_amd_smi_needs_its_unit() -> None:
    for told, expected in (
        ({"value": 132, "unit": "W"}, 132.0),
        ({"value": 132, "unit": "mW"}, None),
        ({"value": "N/A", "unit": "W"}, None),
        ("132 W", 132.0),
        ("132", None),
        ("N/A", None),
    ):
        text = json.dumps([{"gpu": 0, "power": {"socket_power": told}}])
        assert amd_smi.read(text).facts.gpus[0].power_draw_w == expected


@pytest.mark.parametrize("text", ["[]", "{}", '[{"links": []}]', '[{"gpu": "x"}]', '[{"gpu": 0}'])
def test_without_a_gpu_there_is_a_problem(text: str) -> None:
    found = amd_smi.read(text)
    assert found.problems
    assert found.facts.gpus == ()


def test_faults_show_in_both_tools(node: Callable[[str], LabNode]) -> None:
    mi300x = node("mi300x")
    mi300x.fault(
        {"id": "a", "kind": "ecc", "device": 1, "value": "4"},
        {"id": "b", "kind": "pcie-width", "device": 2, "value": "8"},
        {"id": "c", "kind": "throttle", "device": 3},
        {"id": "d", "kind": "missing-gpu", "device": 7},
    )
    gpus = amd_smi.read(mi300x.answer(*amd_smi.command())).facts.gpus
    cards = rocm_smi.read(mi300x.answer(*rocm_smi.command())).facts.cards
    assert len(gpus) == len(cards) == 7
    assert [gpu.ecc_uncorrected for gpu in gpus[:3]] == [0, 4, 0]
    assert [card.umc_uncorrected for card in cards[:3]] == [0, 4, 0]
    assert [gpu.pcie_width for gpu in gpus[1:4]] == [16, 8, 16]
    assert [card.pcie_width for card in cards[1:4]] == [16, 8, 16]
    assert gpus[3].throttle_status == "THROTTLED"


def test_static_and_list_tell_what_an_accelerator_is(node: Callable[[str], LabNode]) -> None:
    mi300x = node("mi300x")
    static = amd_smi.read(mi300x.answer(*amd_smi.command("static"))).facts.gpus[0]
    listed = amd_smi.read(mi300x.answer(*amd_smi.command("list"))).facts.gpus[0]
    assert (static.name, static.memory_total_mib) == ("AMD Instinct MI300X", 196592.0)
    assert static.bus_id == listed.bus_id

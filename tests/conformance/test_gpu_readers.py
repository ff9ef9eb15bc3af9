"""Readers of GPU tools on outputs of real tools: the values that the corpus says they hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from millwright.probes import (
    dcgm_exporter,
    dcgmi_diag,
    dcgmi_discovery,
    dcgmi_dmon,
    dcgmi_fieldgroups,
    dcgmi_groups,
    dcgmi_health,
    dcgmi_modules,
    dcgmi_nvlink,
    dcgmproftester,
    nvidia_smi_c2c,
    nvidia_smi_csv,
    nvidia_smi_nvlink,
    nvidia_smi_table,
    nvidia_smi_text,
    nvidia_smi_topo,
    nvidia_smi_xml,
    registry,
    rocm_smi,
)
from millwright.probes.nvidia_smi_gpu import Gpu, Machine
from millwright.probes.reading import Reading
from tests.unit.probes.breaking import assert_cuts_invent_nothing

FOLDERS = ("nvidia-smi", "dcgmi", "dcgmi-diag", "dcgm-exporter", "rocm-smi")
SAID_TO_BE_WRONG = {
    "nvlink-status-a10-empty.txt": "the output is empty",
    "query-gpu-8xh100.csv": "the last line may be cut",
    "dcgm-diag-schema-v4.json": "the JSON is of another kind",
}
"""Empty, without a newline after a last number, or no diagnostic."""


@dataclass(frozen=True)
class Told:
    """What the corpus says of a sample: every GPU's degrees and watts, all GPUs' MiB and limit."""

    name: str
    driver: str | None
    cuda: str | None
    degrees: list[float]
    watts: list[float | None]
    memory_mib: float
    limit_w: float | None


GB200_W: list[float | None] = [165.93, 168.57, 156.48, 171.61]
MACHINES = [
    Told("mock-qx-a100-healthy.xml", "550.163.01", "12.4", [63] * 2, [259.17] * 2, 40960, 400),
    Told("mock-qx-gb200-healthy.xml", "580.65.06", "13.0", [63] * 2, [565.11] * 2, 196608, 1000),
    Told("qx-a100-1gpu.xml", "570.148.08", "12.8", [33], [49.68], 40960, 400),
    Told("qx-gb200-4gpu.xml", "580.173.02", "13.0", [27, 28, 27, 26], GB200_W, 189471, 1200),
    Told("qx-gtx-1070-ti.xml", None, None, [39], [None], 4096, None),
    Told("qx-gtx-1660-ti.xml", "418.43", "10.1", [40], [8.93], 5912, 130),
    Told("qx-quadro-p2000-v12.xml", "525.125.06", "12.0", [34], [4.61], 5120, 75),
    Told("qx-quadro-p400.xml", "418.43", "10.1", [33], [None], 1998, None),
    Told("qx-rtx-3060-v12.xml", "570.124.04", "12.8", [42], [11.63], 12288, 170),
    Told("qx-rtx-3080-v12.xml", "536.40", "12.2", [31], [22.78], 10240, 336),
    Told("qx-rtx-3080-v13.xml", "595.58.03", "13.2", [27], [142.33], 10240, 320),
    Told("qx-rtx-3090-v12.xml", "525.147.05", "12.0", [37], [27.23], 24576, 200),
    Told("qx-rtx-4000-sff-ada-v13.xml", "595.84", "13.2", [38], [8.44], 20475, 70),
    Told("qx-tesla-t4.xml", "515.105.01", "11.7", [40], [26.78], 15360, 70),
]


def sample(samples: Path, path: str) -> str:
    """Return a sample as it is, byte order mark and all."""
    return (samples / path).read_bytes().decode("utf-8")


def machine(samples: Path, name: str) -> Reading[Machine]:
    """Return what a sample of `nvidia-smi -q -x` says."""
    return nvidia_smi_xml.read(sample(samples, f"nvidia-smi/{name}"))


def paths(samples: Path, folder: str) -> list[Path]:
    """Return the files of a folder, which is there."""
    found = sorted((samples / folder).iterdir())
    assert found
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_sample_is_read_by_the_tool_of_its_folder(samples: Path, folder: str) -> None:
    tool = registry.named(folder)
    assert tool is not None
    for path in paths(samples, folder):
        reading: Reading[Any] = tool.read(path.read_bytes().decode("utf-8"))
        said = " / ".join(problem.message for problem in reading.problems)
        assert SAID_TO_BE_WRONG.get(path.name, "") in said, path.name
        assert bool(said) == (path.name in SAID_TO_BE_WRONG), (path.name, said)
        assert not reading.simulated


@pytest.mark.parametrize("folder", FOLDERS)
def test_cuts_of_real_outputs_give_no_new_value(samples: Path, folder: str) -> None:
    tool = registry.named(folder)
    assert tool is not None
    for path in paths(samples, folder):
        text = path.read_bytes().decode("utf-8")
        if len(text) < 30_000:
            assert_cuts_invent_nothing(tool.read, text)


@pytest.mark.parametrize("told", MACHINES, ids=lambda told: told.name)
def test_a_machine_says_what_the_corpus_says(samples: Path, told: Told) -> None:
    facts = machine(samples, told.name).facts
    assert (facts.driver, facts.cuda) == (told.driver, told.cuda)
    assert [gpu.heat.gpu_c for gpu in facts.gpus] == told.degrees
    assert [gpu.power.draw_w for gpu in facts.gpus] == told.watts
    assert {gpu.memory_total_mib for gpu in facts.gpus} == {told.memory_mib}
    assert {gpu.power.limit_w for gpu in facts.gpus} == {told.limit_w}


def test_eight_h100_say_everything_that_a_health_check_needs(samples: Path) -> None:
    facts = machine(samples, "qx-h100-8gpu.xml").facts
    first: Gpu = facts.gpus[0]
    assert (facts.driver, facts.cuda, facts.attached) == ("580.105.08", "13.0", 8)
    assert [gpu.heat.gpu_c for gpu in facts.gpus] == [29, 30, 29, 32, 32, 29, 31, 29]
    assert (first.bus_id, first.vbios) == ("00000000:53:00.0", "96.00.99.00.01")
    assert first.power.draw_w == 68.92
    for gpu in facts.gpus:
        assert (gpu.name, gpu.ecc, gpu.mig) == ("NVIDIA H100 80GB HBM3", True, False)
        assert (gpu.pcie.generation, gpu.pcie.width, gpu.power.limit_w) == (5, 16, 700)
        assert (gpu.fabric.state, gpu.fabric.status) == ("Completed", "Success")
        assert (gpu.volatile.uncorrected, gpu.memory_total_mib) == (0, 81559)


def test_what_ails_a_gpu_is_a_fact(samples: Path) -> None:
    ecc = machine(samples, "mock-qx-gb200-ecc-injected.xml").facts.gpus
    assert [gpu.volatile.dram_uncorrected for gpu in ecc] == [5, 0]
    fabric = machine(samples, "mock-qx-gb200-fabric-degraded.xml").facts.gpus
    assert [gpu.fabric.health for gpu in fabric] == ["Healthy", "Unhealthy"]
    assert [gpu.fabric.ailments for gpu in fabric] == [(), ("route_unhealthy",)]
    lost = machine(samples, "mock-qx-gb200-lost.xml").facts.gpus
    assert [(gpu.lost, gpu.heat.gpu_c) for gpu in lost] == [(False, 63), (True, None)]
    held = machine(samples, "mock-qx-gb200-throttle-counters.xml").facts.gpus
    capped = [{it.reason: it.for_us for it in gpu.clocks.held_back}["sw_power_cap"] for gpu in held]
    assert capped == [39595, 0]


def test_the_fabric_of_a_machine_with_one_gpu_says_nothing(samples: Path) -> None:
    (gpu,) = machine(samples, "qx-a100-1gpu.xml").facts.gpus
    assert (gpu.fabric.state, gpu.pcie.generation, gpu.pcie.width) == (None, 4, 16)
    assert {it.fabric.clique for it in machine(samples, "qx-gb200-4gpu.xml").facts.gpus} == {"2"}
    assert machine(samples, "qx-rtx-4000-sff-ada-v13.xml").facts.gpus[0].ecc is False


def test_text_is_read_like_xml(samples: Path) -> None:
    bad = nvidia_smi_text.read(sample(samples, "nvidia-smi/q-8gpu-retired-pages-bad.txt")).facts
    repairs = [gpu.repair for gpu in bad.gpus]
    assert bad.driver == "535.86.10"
    assert [it.retired_single_bit for it in repairs] == [60, 2, 0, 6, 0, 20, 0, 8]
    assert [it.retired_double_bit for it in repairs] == [5, 61, 0, 0, 0, 45, 0, 56]
    assert [it.retirement_pending for it in repairs] == [False, True] * 4
    good = nvidia_smi_text.read(sample(samples, "nvidia-smi/q-8gpu-retired-pages-good.txt")).facts
    assert {gpu.repair.retired_double_bit for gpu in good.gpus} == {0}
    a10 = nvidia_smi_text.read(sample(samples, "nvidia-smi/q-text-535.129.03-a10.txt")).facts
    assert (a10.driver, a10.cuda, a10.gpus[0].heat.gpu_c) == ("535.129.03", "12.2", 33)
    rtx = nvidia_smi_text.read(sample(samples, "nvidia-smi/q-text-535.154.05-rtx4090.txt")).facts
    assert rtx.driver == "535.154.05"
    assert [gpu.heat.gpu_c for gpu in rtx.gpus] == [41, 58, 41, 36, 32, 31, 62, 32]


def test_a_query_of_eight_h100_has_its_columns(samples: Path) -> None:
    table = nvidia_smi_csv.read(sample(samples, "nvidia-smi/query-gpu-8xh100.csv")).facts
    assert (len(table.rows), len(table.columns)) == (8, 39)
    assert set(table.cells("driver_version")) == {"535.161.07"}
    assert list(table.cells("temperature.gpu")) == ["26", "26", "25", "25", "26", "26", "25", "25"]
    assert table.cells("power.draw.average")[0] == "70.89"
    assert set(table.cells("memory.total")) == {"81559"}


def test_tables_of_three_drivers_are_read(samples: Path) -> None:
    one, eight, four = (
        nvidia_smi_table.read(sample(samples, f"nvidia-smi/table-{name}.txt")).facts
        for name in ("525.125.06", "550.90.07", "pkb")
    )
    used, total = one.gpus[0].memory_used_mib, one.gpus[0].memory_total_mib
    assert (one.driver, used, total) == ("525.125.06", 2021, 23028)
    first = eight.gpus[0]
    assert (eight.driver, eight.cuda, len(eight.gpus)) == ("550.90.07", "12.4", 8)
    assert (first.temperature_c, first.power_draw_w, first.power_limit_w) == (27, 72, 700)
    assert (four.driver, len(four.gpus), four.gpus[3].name) == ("375.66", 4, "Tesla K80")


def test_links_of_gpus_are_read(samples: Path) -> None:
    a100 = nvidia_smi_nvlink.read(sample(samples, "nvidia-smi/nvlink-status-a100.txt"))
    assert [len(gpu.links) for gpu in a100.facts.gpus] == [12] * 8
    assert {m.value for m in a100.measurements} == {25.0}
    one = nvidia_smi_c2c.read(sample(samples, "nvidia-smi/c2c-single-gpu.txt"))
    four = nvidia_smi_c2c.read(sample(samples, "nvidia-smi/c2c-multi-gpu.txt"))
    assert [m.value for m in one.measurements] == [(44712 + n) / 1000 for n in range(10)]
    assert [m.value for m in four.measurements] == [(44712 + n) / 1000 for n in range(20)]
    assert nvidia_smi_nvlink.read("").facts.gpus == ()


def test_a_p2p_matrix_is_read(samples: Path) -> None:
    facts = nvidia_smi_topo.read(sample(samples, "nvidia-smi/topo-p2p-4gpu.txt")).facts
    ok = {(path.a, path.b) for path in facts.paths if path.kind == "OK"}
    assert len(facts.paths) == 12
    assert ok == {("GPU0", "GPU1"), ("GPU1", "GPU0"), ("GPU2", "GPU3"), ("GPU3", "GPU2")}
    assert {path.kind for path in facts.paths} == {"OK", "NS"}


def test_lists_of_the_data_centre_manager_are_read(samples: Path) -> None:
    found = dcgmi_discovery.read(sample(samples, "dcgmi/discovery.txt")).facts
    assert (found.gpu_count, found.switch_count) == (1, 0)
    assert (found.gpus[0].name, found.gpus[0].bus_id) == ("Tesla T4", "00000001:00:00.0")
    fields = dcgmi_fieldgroups.read(sample(samples, "dcgmi/fieldgroups.txt")).facts.groups
    assert [group.index for group in fields] == [1, 2, 3]
    assert (fields[0].name, fields[0].fields) == ("DCGM_INTERNAL_30SEC", (300,))
    assert fields[1].fields == (501, 509, 510, 511, 512, 513)
    groups = dcgmi_groups.read(sample(samples, "dcgmi/group-list.txt")).facts.groups
    assert [(group.index, group.entities) for group in groups] == [(0, ("GPU 0",)), (1, ())]
    modules = dcgmi_modules.read(sample(samples, "dcgmi/modules.txt")).facts.modules
    assert [module.index for module in modules if module.state == "Loaded"] == [0, 1, 4, 8]
    assert [module.index for module in modules if module.state == "Not loaded"] == [2, 3, 5, 6, 7]


def test_reports_of_the_data_centre_manager_are_read(samples: Path) -> None:
    assert dcgmi_health.read(sample(samples, "dcgmi/health-check.json")).facts.overall == "Healthy"
    watch = dcgmi_dmon.read(sample(samples, "dcgmi/dmon.txt")).facts
    assert (len(watch.looks), watch.titles) == (15, ("GRACT", "TENSO", "DRAMA"))
    assert (max(watch.values("GRACT")), max(watch.values("DRAMA"))) == (0.998, 0.306)
    bad = dcgmi_nvlink.read(sample(samples, "dcgmi/nvlink-errors-bad.json")).facts
    counts = {error.name: error.count for error in bad.links[0].errors}
    assert counts.pop("CRC Data Error") == 12
    assert counts == {"CRC FLIT Error": 0, "Recovery Error": 0, "Replay Error": 0}
    good = dcgmi_nvlink.read(sample(samples, "dcgmi/nvlink-errors-good.json")).facts
    assert {error.count for link in good.links for error in link.errors} == {0}
    tested = dcgmproftester.read(sample(samples, "dcgmi/proftester.txt")).facts
    assert (tested.compute_capability, tested.ended[-1]) == ("7.5", "Passed")
    assert (tested.tests[-1].field, tested.tests[-1].status) == (1005, "PASSED")


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("v2-inline-a.json", ["Pass"] * 9),
        ("v2-inline-b.json", [*["Pass"] * 4, "Fail", "Warn", *["Pass"] * 3]),
        ("v2-inline-c.json", [*["Pass"] * 4, "Warn", *["Pass"] * 4]),
        ("v3-r1-results.json", ["Pass"] * 9),
        ("v3-r2-results.json", ["Pass"] * 11),
        ("v4-gb10-level1.json", ["Fail"]),
        ("v4-gb10-level2-partial-skip.json", ["Fail", "Skip", "Skip"]),
    ],
)
def test_diagnostics_of_three_versions_are_read(
    samples: Path, name: str, statuses: list[str]
) -> None:
    tests = dcgmi_diag.read(sample(samples, f"dcgmi-diag/{name}")).facts.tests
    assert [test.results[0].status for test in tests] == statuses


def test_a_diagnostic_tells_why_and_how_fast(samples: Path) -> None:
    facts = dcgmi_diag.read(sample(samples, "dcgmi-diag/v4-gb10-level1.json")).facts
    (result,) = facts.tests[0].results
    (complaint,) = result.warnings
    assert (facts.version, facts.driver) == ("4.2.3", "580.82.09")
    assert (facts.tests[0].category, facts.tests[0].name) == ("Deployment", "software")
    assert result.entities == ("gpu0",)
    assert (complaint.error_id, complaint.category, complaint.severity) == (29, 8, 5)
    older = dcgmi_diag.read(sample(samples, "dcgmi-diag/v3-r2-results.json"))
    assert [(m.metric, m.device, m.value) for m in older.measurements] == [
        ("dcgm_pcie_d2h", "gpu0", 13.15),
        ("dcgm_pcie_h2d", "gpu0", 13.11),
        ("dcgm_pcie_bidirectional", "gpu0", 22.49),
    ]


def test_a_scrape_with_an_instance_is_read(samples: Path) -> None:
    reading = dcgm_exporter.read(sample(samples, "dcgm-exporter/a100-mig.txt"))
    gpu, instance = (reading.facts.of(device) for device in ("gpu0", "gpu0/mig13"))
    assert (len(reading.facts.series), len(gpu), len(instance)) == (21, 17, 4)
    values = {m.metric: m.value for m in reading.measurements if m.device == "gpu0"}
    assert (values["gpu_power_draw"], values["gpu_last_xid"]) == (409.692, 0)
    assert (values["gpu_memory_free"], values["gpu_memory_used"]) == (35690, 4845)
    assert values["gpu_graphics_active"] == 0.99563


def test_four_mi100_are_read(samples: Path) -> None:
    facts = rocm_smi.read(sample(samples, "rocm-smi/mi100-rocm602.json")).facts
    assert (facts.driver, len(facts.cards)) == ("6.3.6", 4)
    assert [card.edge_temperature_c for card in facts.cards] == [53, 55, 54, 51]
    assert [card.power_draw_w for card in facts.cards] == [36, 44, 43, 39]
    assert {card.power_limit_w for card in facts.cards} == {290}
    assert {(link.kind, link.hops) for link in facts.links} == {("PCIE", 2)}
    assert len(facts.links) == 6

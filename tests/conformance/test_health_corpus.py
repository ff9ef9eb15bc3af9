"""Health on real outputs: what is well raises nothing, what is not is found."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from millwright.adapters.catalogs import load
from millwright.adapters.toolfile import read_output
from millwright.manage.expected import Expected
from millwright.manage.health.quiet import Quiet
from millwright.manage.health.sweep import Standing, swept
from millwright.model.health import Check, HealthDocument
from millwright.model.heard import Heard, Recording

CLOCK = Heard("clock", "exit", 0, '{"now": 1767607200, "up_s": 864000}')
NODE = Expected("n1", "compute", "s", "p", "", 0, "nvidia", {}, head=True)


@cache
def checks() -> tuple[Check, ...]:
    return tuple(load(None).catalog.checks.values())


def judged(samples: Path, file: str, question: str, node: Expected) -> HealthDocument:
    heard = Heard(question, "exit", 0, read_output(samples / file))
    recording = Recording("2026-01-05T10:00:00Z", {"n1": {"clock": CLOCK, question: heard}})
    return swept(recording, checks(), Standing({"n1": node}, Quiet(300), 300, run="r")).document


def found(document: HealthDocument) -> set[str]:
    return {finding.check for finding in document.findings}


@pytest.mark.parametrize(
    ("file", "gpus", "finds"),
    [
        ("qx-a100-1gpu.xml", 1, set()),
        ("qx-h100-8gpu.xml", 8, set()),
        ("qx-gb200-4gpu.xml", 4, set()),
        ("mock-qx-a100-healthy.xml", None, set()),
        ("mock-qx-gb200-healthy.xml", None, set()),
        ("mock-qx-gb200-ecc-injected.xml", None, {"gpu-ecc-uncorrected", "gpu-remap-failed"}),
        ("mock-qx-gb200-fabric-degraded.xml", None, {"gpu-fabric-ailing"}),
    ],
)
def test_gpus_are_judged_by_what_the_driver_says(
    file: str, gpus: int | None, finds: set[str], samples: Path
) -> None:
    node = replace(NODE, gpus=gpus or 8)
    document = judged(samples, f"nvidia-smi/{file}", "nvidia-smi-xml", node)
    assert found(document) - ({"gpu-missing"} if gpus is None else set()) == finds


def test_a_gpu_fewer_than_designed_is_missing(samples: Path) -> None:
    node = replace(NODE, gpus=9)
    document = judged(samples, "nvidia-smi/qx-h100-8gpu.xml", "nvidia-smi-xml", node)
    assert found(document) == {"gpu-missing"}


def test_ports_are_held_against_the_design(samples: Path) -> None:
    node = replace(NODE, adapters={"mlx5_0": 400.0})
    well = judged(samples, "ibstat/h100-12ca-all-active.txt", "ibstat", node)
    assert found(well) == set()
    ghost = replace(node, adapters={"mlx5_77": 400.0})
    assert found(judged(samples, "ibstat/h100-12ca-all-active.txt", "ibstat", ghost)) == {
        "port-down"
    }


def test_full_counters_of_a_real_node_say_nothing_and_raise_nothing(samples: Path) -> None:
    node = replace(NODE, adapters={"mlx5_0": 400.0})
    document = judged(samples, "sysfs-infiniband/h100-9hca.tar", "sysfs-infiniband", node)
    assert found(document) == set()
    unknown = {check for gap in document.nodes["n1"].unknown for check in gap.checks}
    assert {"port-flaps", "port-overruns"} <= unknown


@pytest.mark.parametrize("file", ["dell-idrac.tar", "dgx-h100-subset.tar"])
def test_controllers_of_healthy_machines_raise_nothing(file: str, samples: Path) -> None:
    assert found(judged(samples, f"redfish/{file}", "redfish", NODE)) == set()


def test_a_log_tells_its_xids(samples: Path) -> None:
    document = judged(samples, "dmesg/xid-119.txt", "dmesg", replace(NODE, gpus=8))
    assert {(f.check, f.fault) for f in document.findings} == {("gpu-xid", "xid:119")}


def test_what_is_another_tool_s_output_is_unknown(samples: Path) -> None:
    node = replace(NODE, gpus=8)
    document = judged(samples, "nvidia-smi/topo-p2p-4gpu.txt", "nvidia-smi-xml", node)
    assert (document.answer, document.findings) == ("unanswered", ())

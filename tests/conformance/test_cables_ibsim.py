"""Cables compared on a simulated fabric with real tools, and on what real fabrics answered."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from millwright.adapters import cablefile
from millwright.build import cablelistings
from millwright.build.cables import compare
from millwright.cli.cabling import INFINIBAND, Cabling, cabling_from
from millwright.design.ibsim import network
from millwright.design.solve import Design, solve
from millwright.model.cabling import CableFinding, Compared
from millwright.model.catalog import Catalog
from millwright.probes import ibnetdiscover
from tests.conftest import superpod

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
TOOLS = ("ibsim", "ibsim-run", "ibnetdiscover")


@pytest.fixture(scope="module")
def pod(catalog: Catalog) -> Design:
    return solve(superpod(1), catalog)


@pytest.fixture(scope="module")
def cabling(pod: Design, catalog: Catalog) -> Cabling:
    rows = list(cablefile.rows(pod.cables, pod.cluster.devices, {}))
    return cabling_from(pod.cluster, pod.cables, rows, catalog, INFINIBAND)


@pytest.fixture(scope="module")
def planned(pod: Design, catalog: Catalog) -> list[str]:
    return list(network(pod.cluster, pod.cables, catalog))


def discovered(folder: Path, lines: Sequence[str], seat: str = "gpu002 mlx5_0") -> str:
    """Return what ibnetdiscover says of a network file that a simulator plays."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    if missing:
        assert not os.environ.get("CI"), f"CI lacks {missing}"
        pytest.skip(f"not installed: {missing}")
    # A socket of its own: another simulator may run on this machine.
    environment = {
        **os.environ,
        "PATH": PATH,
        "SIM_HOST": seat,
        "IBSIM_SOCKNAME": f"cables-{os.getpid()}-{time.monotonic_ns()}",
    }
    (folder / "pod.net").write_text("".join(f"{line}\n" for line in lines))
    with (
        open(folder / "ibsim.log", "w") as log,
        subprocess.Popen(
            ["ibsim", "-s", "pod.net"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as simulator,
    ):
        for _ in range(100):
            time.sleep(0.2)
            if "ready" in (folder / "ibsim.log").read_text() or simulator.poll() is not None:
                break
        try:
            done = subprocess.run(
                ["ibsim-run", "ibnetdiscover"],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        finally:
            simulator.kill()
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
    return done.stdout


def compared(cabling: Cabling, text: str) -> Compared:
    """Return the comparison of a subnet; ibsim's links are all as slow as each other."""
    listing = cablelistings.of_fabric(ibnetdiscover.read(text))
    found = compare(listing, cabling.plan, cabling.boxes)
    slow = sum(each.kind == "wrong-speed" for each in found.findings)
    assert found.ok + slow + accounted(findings(found)) == found.planned
    return found


def findings(found: Compared) -> list[CableFinding]:
    """Return what is wrong besides the simulator's speed."""
    return [each for each in found.findings if each.kind != "wrong-speed"]


def accounted(told: Sequence[CableFinding]) -> int:
    return sum(len(each.planned) for each in told)


def exchanged(lines: Sequence[str], one: str, other: str) -> list[str]:
    """Return a network in which two adapters have each other's cable, at both of its ends."""
    names = {f'"{one}"': f'"{other}"', f'"{other}"': f'"{one}"'}

    def turned(line: str) -> str:
        return next((line.replace(a, b) for a, b in names.items() if a in line), line)

    heads = ("Hca", "Switch")
    found = [line if line.startswith(heads) else turned(line) for line in lines]
    at = [found.index(f'Hca 1 "{name}"') + 1 for name in (one, other)]
    found[at[0]], found[at[1]] = found[at[1]], found[at[0]]
    return found


@pytest.mark.infiniband
def test_a_fabric_as_planned_has_no_finding(
    cabling: Cabling, planned: list[str], tmp_path: Path
) -> None:
    found = compared(cabling, discovered(tmp_path, planned))
    assert (findings(found), found.names, found.doubts) == ([], (), ())
    assert found.planned == 508


@pytest.mark.infiniband
def test_cut_and_exchanged_cables_are_named(
    cabling: Cabling, planned: list[str], tmp_path: Path
) -> None:
    lines = exchanged(planned, "gpu003 mlx5_0", "gpu003 mlx5_3")
    at = lines.index('Hca 1 "gpu005 mlx5_4"')
    cut = lines[at + 1]
    lines = [
        line for n, line in enumerate(lines) if n != at + 1 and '"gpu005 mlx5_4"[1]' not in line
    ]
    assert cut.startswith("[1]")
    told = findings(compared(cabling, discovered(tmp_path, lines)))
    assert sorted(each.kind for each in told) == ["missing", "swapped"]
    swapped = next(each for each in told if each.kind == "swapped")
    assert {end[0] for end in swapped.exchange} == {"gpu003"}
    missing = next(each for each in told if each.kind == "missing")
    assert missing.planned[0].a[0] == "gpu005"


@pytest.mark.infiniband
def test_hosts_of_other_names_are_recognised(
    cabling: Cabling, planned: list[str], tmp_path: Path
) -> None:
    lines = [line.replace('"gpu007 ', '"athena ').replace('"gpu0', '"dgx-0') for line in planned]
    text = discovered(tmp_path, lines, "dgx-002 mlx5_0")
    found = compared(cabling, text)
    assert findings(found) == []
    assert Counter(each.how for each in found.names) == {"pattern": 30, "links": 1}


def test_a_real_fabric_of_another_design_fits_nowhere_and_is_accounted_for(
    cabling: Cabling, samples: Path
) -> None:
    text = (samples / "ibnetdiscover/ndr-40sw.txt").read_text()
    found = compared(cabling, text)
    assert found.ok == 0
    assert sum(each.kind == "missing" for each in found.findings) == found.planned
    extra = sum(each.kind == "extra" for each in found.findings)
    assert (extra, found.ignored) == (532 + 582 - 40, 40)


def test_a_real_fabric_against_its_own_cables_is_as_planned(samples: Path) -> None:
    from tests.unit.build.asbuilt import plan_of

    text = (samples / "ibnetdiscover/ndr-40sw.txt").read_text()
    listing = cablelistings.of_fabric(ibnetdiscover.read(text))
    plan, boxes = plan_of(listing)
    found = compare(listing, plan, boxes)
    assert (found.ok, [each for each in found.findings if each.kind != "duplicate-name"]) == (
        len(plan),
        [],
    )

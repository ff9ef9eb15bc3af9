"""The planned fabric in a simulator: it comes up, and discovery finds exactly the planned links."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millwright.design.ibsim import NotInfiniband, network
from millwright.design.solve import Design, solve
from millwright.model.catalog import Catalog
from tests.conftest import superpod

pytestmark = pytest.mark.infiniband

TOOLS = ("ibsim", "ibsim-run", "opensm", "ibnetdiscover")
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
Link = frozenset[tuple[str, int]]


@pytest.fixture(scope="module")
def pod(catalog: Catalog) -> Design:
    return solve(superpod(4), catalog)


@pytest.fixture(scope="module")
def planned(pod: Design, catalog: Catalog) -> list[str]:
    return list(network(pod.cluster, pod.cables, catalog))


def _links(lines: list[str]) -> set[Link]:
    links: set[Link] = set()
    box = ""
    for line in lines:
        if head := re.match(r'(?:Switch|Hca) \d+ "([^"]+)"', line):
            box = head[1]
        elif end := re.match(r'\[(\d+)\] "([^"]+)"\[(\d+)\]', line):
            links.add(frozenset({(box, int(end[1])), (end[2], int(end[3]))}))
    return links


@pytest.fixture
def fabric(planned: list[str], tmp_path: Path) -> Iterator[Path]:
    """A running simulator with the planned fabric; it ends when its console is closed."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    if missing:
        assert not os.environ.get("CI"), f"CI lacks {missing}"
        pytest.skip(f"not installed: {missing}")
    (tmp_path / "pod.net").write_text("".join(f"{line}\n" for line in planned))
    with (
        open(tmp_path / "ibsim.log", "w") as log,
        subprocess.Popen(
            ["ibsim", "-s", "pod.net"],
            cwd=tmp_path,
            env={**os.environ, "PATH": PATH},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as simulator,
    ):
        time.sleep(1)
        assert simulator.poll() is None, (tmp_path / "ibsim.log").read_text()[-2000:]
        yield tmp_path
        simulator.kill()


def _simulated(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["ibsim-run", *words],
        cwd=folder,
        env={**os.environ, "PATH": PATH, "SIM_HOST": "gpu001 mlx5_0", "OSM_TMP_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_file_holds_every_link_at_both_ends(pod: Design, planned: list[str]) -> None:
    compute = sum(fabric == "compute" for fabric in pod.cables.fabric)
    assert len(_links(planned)) == compute == 2044
    assert sum(line.startswith("[") for line in planned) == 2 * compute
    assert sum(line.startswith("Switch 64 ") for line in planned) == 46


def test_the_fabric_comes_up_with_exactly_the_planned_links(
    fabric: Path, planned: list[str]
) -> None:
    log = fabric / "opensm.log"
    said = _simulated(fabric, "opensm", "-o", "-f", str(log))
    assert "SUBNET UP" in said + log.read_text(errors="replace")
    assert _discovered(_simulated(fabric, "ibnetdiscover")) == _links(planned)


def _discovered(text: str) -> set[Link]:
    names: dict[str, str] = {}
    for box in re.finditer(r'^(?:Switch|Ca)\s+\d+ "([^"]+)"\s+# "([^"]+)"', text, re.M):
        names[box[1]] = box[2]
    found: set[Link] = set()
    here = ""
    for line in text.splitlines():
        if head := re.match(r'(?:Switch|Ca)\s+\d+ "([^"]+)"', line):
            here = names[head[1]]
        elif end := re.match(r'\[(\d+)\](?:\(\w+\))?\s+"([^"]+)"\[(\d+)\]', line):
            found.add(frozenset({(here, int(end[1])), (names[end[2]], int(end[3]))}))
    return found


def test_an_ethernet_fabric_has_no_such_file(catalog: Catalog) -> None:
    design = solve(superpod(1, "b300-spectrum"), catalog)
    with pytest.raises(NotInfiniband, match="sn5600"):
        list(network(design.cluster, design.cables, catalog))

"""Exports of a design, read by those they are for: Graphviz, BIND, dnsmasq and FRR themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from millwright.design.export.dns import dns
from millwright.design.export.dot import dot, quoted
from millwright.design.export.frr import frr
from millwright.model.catalog import Catalog
from millwright.model.exported import Export
from millwright.model.survey import Survey
from tests.unit.design.export.designs import SPECTRUM, Drawn, drawn, texts

SURVEY = Survey.model_validate(
    {"gateway": "10.32.0.1", "hosts": {"gpu001": {"macs": ["AA:bb:cc:00:00:01"]}}}
)
BESIDE = Path(sys.executable).parent.parent / "frr"
"""Where `make vtysh` unpacks FRR: it is never installed, since that would start it."""
FRR = (str(BESIDE / "usr/bin"), "/usr/bin")


def tool(name: str, *folders: str) -> str:
    """Return a program. Never missing in CI."""
    found = shutil.which(name, path=os.pathsep.join((*folders, os.environ["PATH"], "/usr/sbin")))
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{name} is not here: `make debian vtysh`")
    if found is None:
        pytest.skip(f"{name} is not here: `make debian vtysh`")
    return found


def said(*words: str | Path, cwd: Path | None = None) -> tuple[int, str]:
    """Return how a program ended, and all that it said."""
    folders = [str(BESIDE / "usr/lib/x86_64-linux-gnu" / part) for part in ("", "frr")]
    libraries = os.pathsep.join([*folders, os.environ.get("LD_LIBRARY_PATH", "")])
    done = subprocess.run(
        [*map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
    )
    return done.returncode, done.stdout + done.stderr


def written(export: Export, folder: Path) -> Iterator[Path]:
    """Write an export and yield its files."""
    for name, text in texts(export).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path


@pytest.fixture(scope="module", params=[(SPECTRUM, 8), ("dgx-superpod-h100", 8)])
def pod(request: pytest.FixtureRequest, catalog: Catalog) -> Drawn:
    blueprint, nodes = request.param
    return drawn(catalog, blueprint, nodes)


def test_graphviz_reads_every_graph(pod: Drawn, tmp_path: Path) -> None:
    program = tool("dot")
    for path in written(dot(pod.cluster, pod.cables), tmp_path):
        status, text = said(program, "-Tcanon", path)
        assert status == 0, text
    status, text = said(program, "-Tsvg", tmp_path / "inband.dot")
    assert status == 0, text
    assert ">gpu001 (" in text


@pytest.mark.parametrize("name", ['a"]; b [', "a\\", "\\N\\G\\E", 'a\\" -- "b', "<b>", "é\u202e"])
def test_graphviz_takes_a_hostile_name_for_one_node(name: str, tmp_path: Path) -> None:
    path = tmp_path / "one.dot"
    path.write_text(f"graph x {{ {quoted(name)} [label={quoted(name)}]; }}\n", encoding="utf-8")
    status, text = said(tool("dot"), "-Tplain", path)
    assert status == 0, text
    assert sum(line.startswith("node ") for line in text.splitlines()) == 1


def test_bind_loads_every_zone_and_its_list(pod: Drawn, tmp_path: Path) -> None:
    program, whole = tool("named-checkzone"), tool("named-checkconf")
    zones = [*written(dns(pod.plan, pod.cluster, SURVEY, 7), tmp_path)]
    for path in (each for each in zones if each.suffix == ".zone"):
        status, text = said(program, path.stem, path)
        assert status == 0, text
        assert "loaded serial 7" in text
    status, text = said(whole, "-z", "named.conf.zones", cwd=tmp_path)
    assert status == 0, text
    broken = tmp_path / "zones" / f"{pod.plan.domain}.zone"
    broken.write_text(broken.read_text().replace("gpu001 IN A 10", "gpu001 IN A 1000"))
    assert said(program, pod.plan.domain, broken)[0] != 0


def test_dnsmasq_takes_the_file(pod: Drawn, tmp_path: Path) -> None:
    program = tool("dnsmasq")
    files = [*written(dns(pod.plan, pod.cluster, SURVEY, 7), tmp_path)]
    path = next(each for each in files if each.name == "dnsmasq.conf")
    assert "dhcp-host=aa:bb:cc:00:00:01," in path.read_text()
    status, text = said(program, "--test", "-C", path)
    assert (status, text.strip()) == (0, "dnsmasq: syntax check OK.")
    path.write_text(path.read_text() + "dhcp-range=nonsense\n")
    assert said(program, "--test", "-C", path)[0] != 0


def test_frr_reads_the_routes_of_every_switch(pod: Drawn, tmp_path: Path) -> None:
    program = tool("vtysh", *FRR)
    files = [*written(frr(pod.plan), tmp_path)]
    for path in files:
        status, text = said(program, "-C", "-f", path)
        assert status == 0, text
        assert "Unknown command" not in text
    files[0].write_text(files[0].read_text().replace("remote-as external", "remote-as outside"))
    status, text = said(program, "-C", "-f", files[0])
    assert status != 0
    assert "Unknown command" in text

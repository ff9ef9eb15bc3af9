"""The vendors' packages as data, and the tools they install."""

from __future__ import annotations

import ast
import configparser
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from millwright.lab.packages import (
    DRIVERS,
    HOME,
    PACKAGES,
    SUFFIX,
    Package,
    launcher,
    packages_for,
)
from millwright.lab.simulators.dispatch import TOOLS

from .node import PACKAGE, LabNode

SOURCES = sorted((PACKAGE / "simulators").glob("*.py"))
EVERY = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)


def test_every_tool_is_in_a_package_and_in_the_dispatcher() -> None:
    assert {tool for package in PACKAGES for tool in package.tools} == set(TOOLS)


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_has_its_function(name: str) -> None:
    module, _, function = TOOLS[name].partition(":")
    assert callable(
        getattr(importlib.import_module(f"millwright.lab.simulators.{module}"), function)
    )


@EVERY
def test_a_package_can_never_be_taken_for_the_vendors(package: Package) -> None:
    assert package.version.endswith(SUFFIX)
    assert re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", package.name)


@pytest.mark.parametrize("vendor", ["nvidia", "amd"])
def test_everything_a_node_needs_is_there_and_no_tool_comes_twice(vendor: str) -> None:
    offered = packages_for(vendor)
    names = {package.name for package in offered} | {"python3"}
    exact = {f"{package.name} (= {package.version})" for package in offered}
    for package in offered:
        for wanted in package.depends:
            assert wanted.partition(" ")[0] in names
            assert "(=" not in wanted or wanted in exact
    owners = {(tool, package.name) for package in offered for tool in package.tools}
    assert len(owners) == len({tool for tool, _ in owners})


def test_the_driver_and_its_fabric_manager_come_in_two_versions() -> None:
    for name in ("nvidia-open", "nvidia-driver-cuda", "nvidia-fabricmanager"):
        versions = [package.version for package in PACKAGES if package.name == name]
        assert versions == [f"{driver}-1{SUFFIX}" for driver in DRIVERS]


def test_the_second_driver_is_the_newer_one() -> None:
    if not shutil.which("dpkg"):
        pytest.skip("dpkg is not here to compare versions")
    older, newer = DRIVERS
    subprocess.run(["dpkg", "--compare-versions", older, "lt", newer], check=True)


@EVERY
def test_a_unit_starts_a_tool_of_its_own_package(package: Package) -> None:
    for unit in package.units:
        parsed = configparser.ConfigParser()
        parsed.read_string(unit.content)
        command = parsed["Service"]["ExecStart"].split()[0]
        assert command in {f"{package.directory}/{tool}" for tool in package.tools}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_tool_needs_nothing_but_python_and_its_neighbours(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_a_launcher_runs_its_tool_from_any_folder(h100: LabNode, tmp_path: Path) -> None:
    owner = next(package for package in PACKAGES if "nvidia-smi" in package.tools)
    script = launcher(owner, "nvidia-smi")
    assert (script.path, script.mode) == ("/usr/bin/nvidia-smi", 0o755)
    command = tmp_path / "nvidia-smi"
    here = script.content.replace(HOME, str(PACKAGE)).replace("/usr/bin/python3", sys.executable)
    command.write_text(here, encoding="utf-8")
    command.chmod(script.mode)
    (tmp_path / "simulators.py").write_text("raise SystemExit('wrong one')", encoding="utf-8")
    environment = {**h100.environment(), "PYTHONPATH": ""}
    done = subprocess.run(
        [str(command), "-L"], env=environment, cwd=tmp_path, capture_output=True, check=True
    )
    assert done.stdout.count(b"GPU-") == 8


def test_a_node_without_a_profile_says_so(tmp_path: Path) -> None:
    bare = LabNode(tmp_path)
    assert "no profile" in bare.run("nvidia-smi").stderr

"""The inventories of the repository are what the command writes, and what Ansible reads."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.playproject import Project, Variables
from millwright.adapters.playproject import inventory as of_a_run
from millwright.deploy.export.inventory import inventory
from millwright.deploy.inputs import Inputs
from millwright.model.catalog import Catalog
from millwright.model.exported import Data
from millwright.model.reach import Become, Route
from millwright.ports import Play
from tests.conftest import Run
from tests.unit.deploy.fakes import lab_inputs

ROOT = Path(__file__).parents[3]
NAMES = ["example", "lab"]


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


def ansible(tool: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / tool), *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT / "playbooks", check=False
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_inventory_is_the_one_that_the_command_writes(
    run: Run, request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    kept = ROOT / "inventories" / name
    site = shutil.copytree(kept, tmp_path / "site", ignore=shutil.ignore_patterns("hosts.json"))
    assert run("-C", site, "design", "solve").status == 0
    assert run("-C", site, "deploy", "export", "inventory").status == 0
    now = (site / "design" / "export" / "inventory" / "hosts.json").read_text()
    if request.config.getoption("--update-golden"):
        (kept / "hosts.json").write_text(now)
    assert (kept / "hosts.json").read_text() == now, (
        "what roles read has changed: pytest --update-golden tests/unit/deploy/test_inventories.py"
    )


@pytest.mark.parametrize("name", NAMES)
def test_ansible_reads_the_inventory_and_every_play_with_it(name: str) -> None:
    file = ROOT / "inventories" / name / "hosts.json"
    told = json.loads(ansible("ansible-inventory", "-i", file, "--list").stdout)
    hosts = told["_meta"]["hostvars"]
    head = next(iter(told["head_node"]["hosts"]))
    assert hosts[head]["factory"]["head"] == head
    assert {each["node"]["name"] for each in hosts.values()} == set(hosts)
    plays = sorted(path.name for path in (ROOT / "playbooks").glob("*.yml"))
    done = ansible("ansible-playbook", "-i", file, "--syntax-check", *plays)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("playbook: ") == len(plays)


def test_the_inventory_holds_what_one_of_a_run_holds(inputs: Inputs) -> None:
    names = tuple(inputs.nodes)
    made = _made(inputs, {name: _route(name) for name in names})["all"]
    variables = Variables(
        {"factory": inputs.factory.model_dump(mode="json")},
        {name: {"node": node.model_dump(mode="json")} for name, node in inputs.nodes.items()},
    )
    project = Project(ROOT, [Play("reach.yml", names)], variables)
    run = of_a_run(project, {})["all"]
    assert run["vars"].items() <= made["vars"].items()
    for name in names:
        assert run["hosts"][name].items() <= made["hosts"][name].items()


def test_the_way_over_jump_hosts_is_said_from_the_first_on(inputs: Inputs) -> None:
    routes = {
        "gpu1": _route("gpu1", jump="inner", key="keys/id", user="admin", port=2222),
        "inner": _route("inner", address="fd00::1", jump="outer"),
        "outer": _route("outer", address="bastion.example"),
    }
    made = _made(inputs, routes, ("gpu1",), Become())["all"]
    own = {key: value for key, value in made["hosts"]["gpu1"].items() if key != "node"}
    assert own == {
        "ansible_host": "10.0.0.1",
        "ansible_port": 2222,
        "ansible_user": "admin",
        "ansible_ssh_private_key_file": "keys/id",
        "ansible_ssh_common_args": "-o ProxyJump=root@bastion.example:22,root@[fd00::1]:22",
    }
    assert made["vars"]["ansible_become"] is True
    assert made["children"] == {"compute_nodes": {"hosts": {"gpu1": {}}}}


def test_an_inventory_switches_no_check_of_host_keys_off() -> None:
    for name in NAMES:
        text = (ROOT / "inventories" / name / "hosts.json").read_text()
        assert "StrictHostKeyChecking" not in text


def _route(name: str, address: str = "10.0.0.1", **more: Any) -> Route:
    plain = {"port": 22, "user": "root", "key": None, "agent": True, "jump": None}
    return Route(node=name, address=address, **{**plain, **more})


def _made(
    inputs: Inputs,
    routes: dict[str, Route],
    names: tuple[str, ...] | None = None,
    become: Become | None = None,
) -> dict[str, Any]:
    (file,) = inventory(inputs, routes, become, names or tuple(inputs.nodes)).files
    assert isinstance(file, Data)
    return dict(file.value)

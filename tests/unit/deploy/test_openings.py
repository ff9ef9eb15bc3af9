"""New ports are opened on closed hosts before anything that listens there is proven."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import jinja2
import pytest

from millwright.adapters.resources import folder
from millwright.deploy.inputs import Inputs
from millwright.deploy.roles import ROLES
from millwright.deploy.roles.openings import LOOK, OPENINGS, opened
from millwright.deploy.sections.ports import OpenPort
from millwright.model.catalog import Catalog
from tests.unit.deploy.fakes import lab_inputs


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


def rules(inputs: Inputs, ports: tuple[OpenPort, ...]) -> str:
    text = (folder("playbooks") / "roles/firewall/templates/rules.nft.j2").read_text("utf-8")
    environment = jinja2.Environment(trim_blocks=True)
    environment.filters["bool"] = bool
    return environment.from_string(text).render(
        firewall_ports=[port.model_dump() for port in ports],
        firewall_forwards=False,
        firewall_inband=inputs.factory.networks["inband"],
    )


def new(ports: tuple[OpenPort, ...], live: str) -> str:
    text = (folder("playbooks") / "roles/openings/templates/new.nft.j2").read_text("utf-8")
    return (
        jinja2.Environment(trim_blocks=True)
        .from_string(text)
        .render(
            openings_ports=[port.model_dump() for port in ports],
            openings_live={"stdout": live, "stdout_lines": live.splitlines()},
        )
    )


def told(inputs: Inputs, ports: tuple[OpenPort, ...]) -> str:
    """Return what nft tells of the rules: a single address stands without a length."""
    _, _, table = rules(inputs, ports).partition("delete table inet millwright\n")
    return re.sub(r"/32\b", "", table)


def test_ports_are_opened_before_any_role_that_listens_there(inputs: Inputs) -> None:
    names = [role.name for role in ROLES]
    listening = {port.role for port in inputs.nodes["head-1"].ports} & set(names)
    assert all(names.index("openings") < names.index(name) for name in listening)


def test_a_host_that_was_never_closed_has_nothing_to_open(inputs: Inputs) -> None:
    (check,) = OPENINGS.checks("gpu1", inputs)
    assert check.judge("never closed\n").standing == "proven"
    assert check.judge("table inet millwright {\n}\n").standing == "failed"


def looked(tmp_path: Path, nft: str) -> subprocess.CompletedProcess[str]:
    """Return what a host with such a program says of its rules."""
    program = tmp_path / "nft"
    program.write_text(f"#!/bin/sh\n{nft}\n")
    program.chmod(0o755)
    return subprocess.run(
        ["sh", "-c", LOOK],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )


@pytest.mark.parametrize(
    "nft",
    [
        "echo 'Operation not permitted' >&2; exit 1",
        '[ "$1" = list ] && echo table inet millwright || exit 1',
    ],
)
def test_rules_that_cannot_be_read_are_not_called_open(tmp_path: Path, nft: str) -> None:
    assert looked(tmp_path, nft).returncode != 0
    assert opened(())("").standing == "failed"


def test_a_host_with_tables_of_others_alone_was_never_closed(tmp_path: Path) -> None:
    done = looked(tmp_path, "echo table inet other; echo table inet millwright_2")
    assert (done.returncode, done.stdout) == (0, "never closed\n")


def test_a_port_that_is_open_to_somebody_else_is_opened_to_whom_the_design_says(
    inputs: Inputs,
) -> None:
    ssh = next(p for p in inputs.nodes["gpu1"].ports if p.first == 22)
    before = ssh.model_copy(update={"sources": ("10.7.0.0/16",)})
    after = ssh.model_copy(update={"sources": ("10.7.0.0/16", "10.8.0.1/32", "fd00::/64")})
    live = told(inputs, (before,))
    found = opened((after,))(live)
    assert (found.standing, found.detail) == (
        "failed",
        "closed: tcp/22 from 10.8.0.1/32 (reach), tcp/22 from fd00::/64 (reach)",
    )
    assert new((after,), live).strip().splitlines()[1:] == [
        'insert rule inet millwright input ip saddr 10.8.0.1 tcp dport 22 accept comment "reach"',
        'insert rule inet millwright input ip6 saddr fd00::/64 tcp dport 22 accept comment "reach"',
    ]


def test_only_what_is_new_is_opened(inputs: Inputs) -> None:
    ports = inputs.nodes["gpu1"].ports
    live = told(inputs, ports)
    assert "insert" not in new(ports, live)
    assert opened(ports)(live).standing == "proven"
    less = tuple(port for port in ports if port.role != "node-exporter")
    live = told(inputs, less)
    head = inputs.nodes["head-1"].address
    assert opened(ports)(live).detail == f"closed: tcp/9100 from {head}/32 (node-exporter)"
    _, line = new(ports, live).strip().splitlines()
    assert line == (
        f"insert rule inet millwright input ip saddr {head} tcp dport 9100 "
        'accept comment "node-exporter"'
    )


def test_the_kernel_takes_the_new_rules_and_tells_them_as_they_are_judged(
    inputs: Inputs, tmp_path: Path
) -> None:
    tools = [shutil.which(name) for name in ("unshare", "nft")]
    if None in tools:
        assert not os.environ.get("CI"), "CI has nft, and unshare"
        pytest.skip("this machine has no nft")
    ports = inputs.nodes["head-1"].ports
    less = tuple(port for port in ports if port.role not in ("prometheus", "jobs"))
    (tmp_path / "old").write_text(rules(inputs, less))
    (tmp_path / "new").write_text(new(ports, told(inputs, less)))
    script = 'nft -f "$1/old" && nft -f "$1/new" && nft --stateless list table inet millwright'
    words = ["unshare", "--map-root-user", "--net", "sh", "-c", script, "sh", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0 and "perm" in done.stderr.lower():
        pytest.skip("no network of its own may be made here")
    assert done.returncode == 0, done.stderr
    assert opened(ports)(done.stdout).standing == "proven"

"""A lab that runs takes more hosts where factory.yaml grew; what runs goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.rehearsal import Rehearsal, await_that, rehearsal

pytestmark = pytest.mark.long


@pytest.fixture
def small(able: None, keys: Path, tmp_path: Path) -> Iterator[Rehearsal]:
    made = rehearsal(tmp_path / "site", 136, "{name: gpu, nodes: 1}")
    try:
        made.up("--bare")
        yield made
    finally:
        made.down()


def test_hosts_come_with_their_links_and_controllers_and_none_that_runs_starts_again(
    small: Rehearsal,
) -> None:
    before = {host: started(small, host) for host in ("head-1", "gpu1")}
    spec = small.root / "factory.yaml"
    spec.write_text(spec.read_text().replace("nodes: 1", "nodes: 2"))
    small.up()
    assert small.status()["gpu2"]["answers_ssh"]
    assert {host: started(small, host) for host in before} == before
    await_that(lambda: small.tells("head-1", "systemctl", "is-active", "lab-fabric").status == 0)
    fabric = small.shell("head-1", "cat", "/etc/millwright-lab/fabric.net")
    assert '"gpu2 mlx5_0"' in fabric
    addresses = (small.root / ".millwright" / "lab" / "bmc.addresses").read_text().split()
    assert len(addresses) == 3
    small.up()
    assert {host: started(small, host) for host in before} == before
    refused = spec.read_text().replace("nodes: 2", "nodes: 1")
    spec.write_text(refused)
    assert "has 2 nodes, and asked for is 1 nodes" in small.say("lab", "up").err


def started(site: Rehearsal, host: str) -> str:
    """Return when the first process and the SSH server of a host were started."""
    units = site.shell(host, "systemctl", "show", "ssh", "--property=ExecMainStartTimestamp")
    return units + site.shell(host, "sh", "-c", "cut -d' ' -f22 /proc/1/stat")

"""A lab set up by hand, as a cluster that somebody else built: every weakness in it is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.rehearsal import Rehearsal

FAULTS = {
    "gpu1": "pcie-width:3:8",
    "gpu2": "missing-gpu:5",
    "gpu3": "link-down:mlx5_2",
    "gpu4": "clock-skew:300",
    "gpu6": "full-disk:/var/tmp",
}
LOADED = "/run/millwright-lab"
DRIVER = "/usr/share/millwright-lab/versions/driver"
PAGES = "/sys/kernel/mm/transparent_hugepage/enabled"
PLANTS = {
    "gpu5": "echo 'PermitRootLogin yes' > /etc/ssh/sshd_config.d/00-plant.conf; "
    "install -D -m 0644 /etc/hostname /etc/munge/munge.key",
    "gpu7": "sysctl -qw net.core.somaxconn=128; mkdir -p /run/plant; "
    f"echo '[always] madvise never' > /run/plant/pages; mount --bind /run/plant/pages {PAGES}",
    "gpu8": "ip link set dev host0 mtu 1400; cp -p /var/lib/dpkg/status /root/status.kept; "
    "sed -i '/^Package: adduser$/,/^$/ s/^Version: .*/Version: 3.100/' /var/lib/dpkg/status; "
    f"cp -p {DRIVER} /root/driver.kept; echo 570.86.15 > {DRIVER}; rm -rf {LOADED}",
}
UNDONE = {
    "gpu5": "rm -r /etc/ssh/sshd_config.d/00-plant.conf /etc/munge",
    "gpu7": f"sysctl -qw net.core.somaxconn=4096; umount {PAGES}; rm -r /run/plant",
    "gpu8": "ip link set dev host0 mtu 1500; mv /root/status.kept /var/lib/dpkg/status; "
    f"mv /root/driver.kept {DRIVER}; rm -rf {LOADED}",
}
NAMED = {
    "pcie.width": ("gpu1", "gpu3"),
    "drift.gpu-count": ("gpu2", ""),
    "health.port-down": ("gpu3", "mlx5_2"),
    "health.clock-apart": ("gpu4", ""),
    "hardening.root-by-key-only": ("gpu5", ""),
    "hardening.secret-readable": ("gpu5", "/etc/munge/munge.key"),
    "health.disk-full": ("gpu6", "/var/tmp"),
    "drift.sysctl.net.core.somaxconn": ("gpu7", ""),
    "drift.huge-pages": ("gpu7", ""),
    "drift.mtu.host0": ("gpu8", ""),
    "drift.package.adduser": ("gpu8", ""),
    "drift.driver": ("gpu8", ""),
}
"""By finding: whose it is, and at which device."""
AHEAD = {"gpu1", "gpu2", "gpu3", "gpu4", "gpu5", "gpu6", "gpu8"}


@pytest.fixture
def weak(lab: Rehearsal) -> Iterator[Rehearsal]:
    """The lab with its weaknesses, one kind a node; it is left as it was found."""
    try:
        for host, fault in FAULTS.items():
            lab.breaks(host, fault)
        for host, words in PLANTS.items():
            lab.shell(host, "sh", "-ec", words)
        yield lab
    finally:
        for host, words in UNDONE.items():
            lab.shell(host, "sh", "-c", words)
        for host in FAULTS:
            lab.heals(host)


def test_every_weakness_is_named_and_the_cluster_adopted(weak: Rehearsal, tmp_path: Path) -> None:
    kept, new = tmp_path / "recording", tmp_path / "adopted"
    answer = weak.say("assess", "--json", "--record", str(kept), "--adopt", str(new))
    assert answer.status == 1, answer.err
    told: dict[str, Any] = json.loads(answer.out)
    found = {each["id"]: each for each in told["findings"]}
    assert {id_: (found[id_]["nodes"], found[id_]["device"]) for id_ in NAMED if id_ in found} == {
        id_: ([node], device) for id_, (node, device) in NAMED.items()
    }
    assert all(found[id_]["proofs"] and found[id_]["command"] for id_ in NAMED)
    assert {node for each in told["obstacles"] for node in each["nodes"]} >= AHEAD
    assert (told["answer"], told["simulated"], told["shape"]["gpus"]) == ("not ready", True, 63)

    again = weak.say("assess", "--from", str(kept), "--out", str(tmp_path / "out"))
    assert "NOT READY  SIMULATED" in again.out
    assert "SIMULATED" in (tmp_path / "out" / "assessment.html").read_text()

    design = Rehearsal(new)
    design.done("design", "solve")
    cluster = json.loads((new / "design" / "cluster.json").read_text())
    names = {d["name"] for d in cluster["devices"] if d["role"] in ("compute", "management")}
    assert names == {"head-1", *(f"gpu{number}" for number in range(1, 9))}
    assert sum(pool["gpus"] for pool in cluster["pools"]) == 64
    assert design.done("manage", "exec", "gpu1", "--", "true")

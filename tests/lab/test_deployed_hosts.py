"""What makes hosts fast, on a deployed cluster: what a lab host can show is proven, and what it
cannot is told as not testable."""

from __future__ import annotations

import json

from tests.lab.rehearsal import Rehearsal


def standings(site: Rehearsal, *words: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return standing and detail by role and host, as `deploy verify` finds them now."""
    told = json.loads(site.say("deploy", "verify", "--json", *words).out)
    return {(o["role"], o["host"]): (o["standing"], o["detail"]) for o in told["outcomes"]}


def test_what_can_be_shown_is_proven_and_the_rest_is_not_testable(deployed: Rehearsal) -> None:
    found = standings(deployed)
    for role in ("fabric-host", "local-scratch"):
        assert found[role, "gpu1"] == ("proven", ""), role
    assert found["subnet-manager", "head-1"] == ("proven", "")
    standing, detail = found["kernel-cmdline", "gpu1"]
    assert (standing, "iommu=pt" in detail) == ("not testable", True)
    standing, detail = found["cpu-numa", "gpu1"]
    assert (standing, "scaling_governor is not there" in detail) == ("not testable", True)
    standing, detail = found["container-runtime", "gpu2"]
    assert (standing, "enroot" in detail) == ("not testable", True)
    assert found["storage-clients", "head-1"] == (
        "not testable",
        "this kernel knows no nfs: /srv/home",
    )


def test_files_are_there_though_their_effect_is_not(deployed: Rehearsal) -> None:
    grub = deployed.shell("gpu1", "cat", "/etc/default/grub.d/90-millwright.cfg")
    assert '"$GRUB_CMDLINE_LINUX iommu=pt numa_balancing=disable"' in grub
    mount = deployed.shell("gpu1", "systemctl", "cat", "srv-home.mount")
    assert "What=head-1:/export/home" in mount
    assert "vers=4.2" in mount
    assert "nconnect=8" in mount
    assert deployed.tells("gpu1", "systemctl", "is-enabled", "rpcbind.socket").out == "masked\n"
    scratch = deployed.shell("gpu1", "stat", "--format=%a", "/scratch")
    assert scratch.strip() == "1777"


def test_containers_are_offered_the_gpus_of_the_node(deployed: Rehearsal) -> None:
    listed = deployed.shell("gpu1", "nvidia-ctk", "cdi", "list")
    assert {f"nvidia.com/gpu={at}" for at in (*range(8), "all")} <= set(listed.splitlines())
    assert "kind: nvidia.com/gpu" in deployed.shell("gpu1", "cat", "/run/cdi/nvidia.yaml")


def test_a_link_that_is_down_is_named(deployed: Rehearsal) -> None:
    deployed.breaks("gpu2", "link-down:mlx5_3")
    try:
        found = standings(deployed, "--only", "gpu2")
    finally:
        deployed.heals("gpu2")
    standing, detail = found["fabric-host", "gpu2"]
    assert standing == "failed"
    assert detail == "mlx5_3 is Down/Disabled"
    assert standings(deployed, "--only", "gpu2")["fabric-host", "gpu2"][0] == "proven"


def test_what_somebody_changed_is_named(deployed: Rehearsal) -> None:
    path = "/etc/modprobe.d/millwright.conf"
    deployed.shell("gpu1", "sh", "-c", f"cp -p {path} /root/kept && echo options x y=1 >> {path}")
    deployed.shell("gpu1", "chmod", "755", "/scratch")
    try:
        found = standings(deployed, "--only", "gpu1")
    finally:
        deployed.shell("gpu1", "sh", "-c", f"mv /root/kept {path}; chmod 1777 /scratch")
    assert found["cpu-numa", "gpu1"] == ("failed", "not as designed: options x y=1")
    assert found["local-scratch", "gpu1"] == ("failed", "/scratch is directory 755")
    deployed.say("deploy", "verify", "--only", "gpu1")

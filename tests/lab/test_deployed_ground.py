"""What every host of a deployed cluster stands on: users, names, time."""

from __future__ import annotations

from tests.lab.rehearsal import Rehearsal


def test_users_of_daemons_have_the_same_number_everywhere(deployed: Rehearsal) -> None:
    for host in ("head-1", "gpu1", "gpu4"):
        told = deployed.shell(
            host, "sh", "-c", "id -u munge; id -g munge; id -u slurm; id -g slurm"
        )
        assert told.split() == ["401", "401", "64030", "64030"]


def test_root_without_a_password_is_found_and_named(deployed: Rehearsal) -> None:
    path = "/etc/sudoers.d/guest"
    deployed.shell("gpu1", "sh", "-c", f"echo 'guest ALL=(ALL) NOPASSWD: ALL' > {path}")
    try:
        answer = deployed.say("deploy", "verify", "--only", "gpu1")
    finally:
        deployed.shell("gpu1", "rm", path)
    assert answer.status == 1
    assert f"{path} lets guest become root without a password" in answer.out
    deployed.done("deploy", "verify", "--only", "gpu1")


def test_nodes_have_the_time_of_the_head_node(deployed: Rehearsal) -> None:
    head = deployed.status()["head-1"]["address"]
    sources = deployed.shell("gpu2", "chronyc", "-c", "-n", "sources")
    assert [row.split(",")[1:3] for row in sources.splitlines()] == [["*", head]]
    told = deployed.done("deploy", "verify")
    assert "gpu[1-4] (4)  not testable  setting the clock; sources and offset are proven" in told


def test_a_name_that_is_another_host_is_found(deployed: Rehearsal) -> None:
    deployed.shell("gpu1", "cp", "/etc/hosts", "/root/hosts")
    deployed.shell("gpu1", "sed", "-i", "s/ gpu2$/ gpu9/", "/etc/hosts")
    try:
        answer = deployed.say("deploy", "verify", "--only", "gpu1", "--until", "boot")
    finally:
        deployed.shell("gpu1", "cp", "/root/hosts", "/etc/hosts")
    assert answer.status == 1
    assert "gpu2 is nothing, and the design says" in answer.out

"""Packages of a deployed cluster come through its head node, or visibly not at all."""

from __future__ import annotations

from tests.lab.rehearsal import Rehearsal


def test_a_node_s_own_apt_went_through_the_head(deployed: Rehearsal) -> None:
    deployed.shell("gpu1", "apt-get", "-qq", "update")
    log = deployed.shell("head-1", "cat", "/var/log/apt-cacher-ng/apt-cacher.log")
    assert f"|{deployed.status()['gpu1']['address']}|" in log
    told = deployed.done("deploy", "verify", "--until", "image")
    assert "package-sources    gpu[1-2],head-1 (3)  proven" in told


def test_a_way_around_is_found_and_named(deployed: Rehearsal) -> None:
    around = "/etc/apt/apt.conf.d/99around"
    deployed.shell("gpu1", "sh", "-c", f"echo 'Acquire::http::Proxy \"DIRECT\";' > {around}")
    try:
        answer = deployed.say("deploy", "verify", "--only", "gpu1", "--until", "image")
    finally:
        deployed.shell("gpu1", "rm", around)
    assert answer.status == 1
    assert "Acquire::http::Proxy is DIRECT: a way that the design does not know" in answer.out


def test_a_dead_cache_is_an_error_that_names_it(deployed: Rehearsal) -> None:
    deployed.shell("head-1", "systemctl", "stop", "apt-cacher-ng")
    try:
        answer = deployed.say("deploy", "verify", "--only", "gpu1", "--until", "image")
    finally:
        deployed.shell("head-1", "systemctl", "start", "apt-cacher-ng")
    assert answer.status == 1
    address = deployed.status()["head-1"]["address"]
    assert f"Could not connect to {address}:3142" in answer.out
    deployed.done("deploy", "verify", "--only", "gpu1", "--until", "image")

"""Packages of a deployed cluster come through its head node, or visibly not at all."""

from __future__ import annotations

import json
import tarfile

from tests.lab.rehearsal import Rehearsal


def test_a_node_s_own_apt_went_through_the_head(deployed: Rehearsal) -> None:
    deployed.shell("gpu1", "apt-get", "-qq", "update")
    log = deployed.shell("head-1", "cat", "/var/log/apt-cacher-ng/apt-cacher.log")
    assert f"|{deployed.status()['gpu1']['address']}|" in log
    told = deployed.done("deploy", "verify", "--until", "image")
    assert "package-sources    gpu[1-4],head-1 (5)  proven" in told


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


def test_a_bundle_holds_what_roles_need_and_no_changed_one_is_taken(deployed: Rehearsal) -> None:
    bundle = deployed.root / "site.tar"
    told = json.loads(
        deployed.done("deploy", "bundle", "--out", str(bundle), "--os", "debian-12", "--json")
    )
    assert told["packages"] > 100
    assert "nvidia-driver-cuda" in told["left"]
    with tarfile.open(bundle) as tar:
        names = tar.getnames()
        content = tar.extractfile("lock.json")
        assert content is not None
        lock = json.loads(content.read())
        chrony = next(name for name in names if "/chrony_" in name)
        start = tar.getmember(chrony).offset_data
    assert {"slurmd", "slurm-client"} <= set(lock["wanted"]["slurm-node"])
    assert deployed.done("deploy", "bundle", "verify", str(bundle)).startswith("ok  ")
    again = deployed.root / "again.tar"
    deployed.done("deploy", "bundle", "--out", str(again))
    assert again.read_bytes() == bundle.read_bytes()
    with open(again, "r+b") as file:
        file.seek(start + 100)
        file.write(b"tampered")
    answer = deployed.say("deploy", "bundle", "serve", str(again), "--yes")
    assert answer.status == 2
    assert f"FAIL  {chrony} is not what the lock says: it was changed" in answer.out
    answer = deployed.say("deploy", "bundle", "serve", str(again), "--yes", "--json")
    assert (answer.status, len(json.loads(answer.out)["wrong"])) == (2, 1)
    assert not (deployed.root / "bundle.lock.json").exists()
    assert deployed.tells("head-1", "test", "-e", "/var/lib/millwright/bundle").status == 1
    bundle.unlink()
    again.unlink()

"""Where data could go: what nobody placed is found, what is declared is let through."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from millwright.manage.comply.asks import answered
from millwright.manage.comply.flows import Way, files_encrypted, mounts
from millwright.manage.comply.places import host_of, places_of
from millwright.manage.comply.programs import FLOWS, HOUSE, PENDING
from millwright.model.compliance import Books
from millwright.model.placement import Forbidden, Placement
from millwright.model.spec import Factory
from tests.unit.manage.comply.scenes import HEALTHY, ground, node, recording, voice

ELSEWHERE = {"source": "nfs.elsewhere.example:/v", "kind": "nfs4", "options": ["sec=krb5p"]}
CLOUD = Placement(
    workload="ct", data_class="phi", zone="campus", local=True, rule="MW-D-097", reason="nearest",
    forbidden=(Forbidden(zone="cloud-east", rule="MW-D-091", reference="x", reason="no contract"),),
)  # fmt: skip


def _flow(host: str, kind: str = "telemetry", scheme: str = "https") -> dict[str, Any]:
    found = {"kind": kind, "file": "/etc/prometheus/prometheus.yml", "line": 12, "scheme": scheme,
             "host": host, "port": "443", "section": "remote_write"}  # fmt: skip
    return {"read": [], "found": [found]}


def test_a_planted_mount_and_a_planted_receiver_outside_every_zone_are_found(
    factory: Factory, books: Books
) -> None:
    heard = recording(
        gpu1=node(),
        gpu2=node(mounts={**HEALTHY["mounts"], "/mnt/research": ELSEWHERE}),
        head=node(flows=_flow("metrics.vendor.example")),
    )
    there = ground(factory, books, heard, placements=(CLOUD,))
    mounted, told = answered(there, "flow:mounts"), answered(there, "flow:telemetry")
    assert mounted.found == told.found == "fail"
    assert list(mounted.nodes) == ["gpu2"]
    assert "/mnt/research goes to nfs.elsewhere.example" in mounted.nodes["gpu2"]
    assert list(told.nodes) == ["head"]
    assert "prometheus.yml:12 goes to metrics.vendor.example" in told.nodes["head"]


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("10.20.3.4", "pass"),
        ("siem.example", "pass"),
        ("127.0.0.1", "pass"),
        ("pacs.clinic.example", "pass"),
        ("store.cloud.example", "fail"),
        ("notcloud.example", "fail"),
        ("192.0.2.9", "fail"),
        ("2001:db8::1", "fail"),
    ],
)
def test_a_receiver_is_let_through_by_zone_network_or_declared_service_alone(
    factory: Factory, books: Books, host: str, found: str
) -> None:
    heard = recording(gpu1=node(flows=_flow(host)))
    there = ground(factory, books, heard, placements=(CLOUD,))
    assert answered(there, "flow:telemetry").found == found


def test_a_zone_that_may_not_hold_patients_data_is_named(factory: Factory, books: Books) -> None:
    heard = recording(gpu1=node(flows=_flow("store.cloud.example", "backup")))
    there = ground(factory, books, heard, placements=(CLOUD,))
    assert "cloud-east may not hold this data" in answered(there, "flow:backups").why


@pytest.mark.parametrize(
    ("source", "hosts"),
    [
        ("10.0.0.1:/export", ["10.0.0.1"]),
        ("//files.example/share", ["files.example"]),
        ("[fd00::1]:/export", ["fd00::1"]),
        ("10.0.0.1@tcp:10.0.0.2@tcp:/lustre", ["10.0.0.1", "10.0.0.2"]),
        ("mgs.example@o2ib:/fs", ["mgs.example"]),
    ],
)
def test_the_servers_of_a_mount_are_read(source: str, hosts: list[str]) -> None:
    found = mounts(voice(mounts={"/m": {"source": source, "kind": "nfs4", "options": []}}))
    assert [way.host for way in found or ()] == hosts


@pytest.mark.parametrize(
    ("kind", "options", "found"),
    [
        ("nfs4", ["sec=krb5p"], "pass"),
        ("nfs4", ["xprtsec=mtls"], "pass"),
        ("nfs4", ["sec=krb5i"], "fail"),
        ("nfs4", ["sec=sys", "proto=rdma"], "fail"),
        ("cifs", ["seal"], "pass"),
        ("cifs", [], "fail"),
        ("lustre", [], "fail"),
    ],
)
def test_files_are_encrypted_on_their_way_by_what_their_mount_says(
    kind: str, options: list[str], found: str
) -> None:
    told = {"/m": {"source": "10.20.0.9:/e", "kind": kind, "options": options}}
    assert files_encrypted(voice(mounts=told))[0] == found


def test_a_tunnel_encrypts_what_goes_through_it_and_one_to_everywhere_counts_for_none() -> None:
    told = {"/m": {"source": "10.20.0.9:/e", "kind": "nfs4", "options": ["sec=sys"]}}
    inside = voice(mounts=told, wireguard="wg0\tKEY=\t10.20.0.9/32\n")
    assert files_encrypted(inside)[0] == "pass"
    assert files_encrypted(voice(mounts=told, wireguard="wg0\tKEY=\t0.0.0.0/0\n"))[0] == "fail"


def test_without_a_network_file_system_there_is_nothing_to_encrypt() -> None:
    assert files_encrypted(voice())[0] == "not-applicable"
    assert files_encrypted(voice(mounts=None))[0] == "unknown"


@pytest.mark.parametrize(
    ("text", "host"),
    [("ldaps://dc1.example", "dc1.example"), ("siem.example:6514", "siem.example"),
     ("10.0.0.2", "10.0.0.2"), ("https://u:p@h.example/x", "h.example"), ("fd00::2", "fd00::2")],
)  # fmt: skip
def test_the_host_of_an_endpoint_is_read(text: str, host: str) -> None:
    assert host_of(text) == host


def test_the_longest_domain_and_the_narrowest_network_win(factory: Factory) -> None:
    zones = [
        {"name": "campus", "kind": "on-prem", "domains": ["example"], "networks": ["10.0.0.0/8"]},
        {"name": "lab", "kind": "edge", "domains": ["lab.example"], "networks": ["10.9.0.0/16"]},
    ]  # fmt: skip
    spec = Factory.model_validate({**factory.model_dump(by_alias=True), "zones": zones})
    there = places_of(spec, [], [])
    assert there.spot("a.lab.example").zone == there.spot("10.9.1.1").zone == "lab"
    assert there.spot("a.example").zone == there.spot("10.1.1.1").zone == "campus"


def _run(program: str, root: Path) -> dict[str, Any]:
    moved = program.replace('"/etc/', f'"{root}/etc/').replace('"/var/', f'"{root}/var/')
    done = subprocess.run([sys.executable, "-Ic", moved], capture_output=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_files_of_a_host_tell_receivers_and_no_secret(tmp_path: Path) -> None:
    files = {
        "prometheus/prometheus.yml": "scrape_configs:\n  - targets: ['10.0.0.5:9100']\n"
        "remote_write:\n  - url: https://bob:hunter2@metrics.vendor.example:8443/api?token=s3cr3t\n",
        "rsyslog.d/60-fw.conf": "*.* @@(o)siem.example:6514\n# *.* @@old.example:514\n"
        'action(type="omfwd" target="10.1.1.1" port="514" StreamDriverMode="1")\n',
        "environment": "HTTPS_PROXY=http://proxy.example:3128\nNOTE=http://no.example/\n",
        "restic/env": "RESTIC_REPOSITORY=sftp:backup@vault.example:/srv\n",
    }
    for name, text in files.items():
        path = tmp_path / "etc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    told = _run(FLOWS, tmp_path)
    assert "hunter2" not in json.dumps(told)
    assert "s3cr3t" not in json.dumps(told)
    ends = {(each["kind"], each["host"]) for each in told["found"]}
    assert {
        ("telemetry", "metrics.vendor.example"), ("telemetry", "siem.example"),
        ("telemetry", "10.1.1.1"), ("proxy", "proxy.example"), ("backup", "vault.example"),
    } <= ends  # fmt: skip
    assert not any(host in ("old.example", "no.example", "10.0.0.5") for _, host in ends)


@pytest.mark.parametrize("program", [HOUSE, PENDING])
def test_what_hosts_run_prints_one_object(program: str, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    assert _run(program, tmp_path)


def test_ways_that_are_alike_are_one() -> None:
    assert len({Way("mount", "/m", "h"), Way("mount", "/m", "h")}) == 1

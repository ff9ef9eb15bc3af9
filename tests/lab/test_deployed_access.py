"""Who may come in to a deployed cluster: people of the site, whom it trusts, and its directory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.rehearsal import Rehearsal
from tests.unit.deploy.certificates import authority_and_server

HOSTS = ("head-1", "gpu1", "gpu2")
PASSWORD = "Tr4velling-light"
BASE = "dc=example,dc=org"

SERVER = f"""\
set -e
answers() {{
  timeout 30 sh -c 'until ldapwhoami -Q -Y EXTERNAL -H ldapi:///; do sleep 0.2; done'
}}
export DEBIAN_FRONTEND=noninteractive
echo 'slapd slapd/domain string example.org
slapd shared/organization string example
slapd slapd/password1 password {PASSWORD}
slapd slapd/password2 password {PASSWORD}' | debconf-set-selections
apt-get -qq update
apt-get -qq install --yes --no-install-recommends slapd ldap-utils
mkdir -p /etc/ldap/tls
printf '%s' "$1" > /etc/ldap/tls/ca.pem
printf '%s' "$2" > /etc/ldap/tls/server.pem
printf '%s' "$3" > /etc/ldap/tls/server.key
chown openldap /etc/ldap/tls/*
chmod 600 /etc/ldap/tls/server.key
sed -i 's|^SLAPD_SERVICES=.*|SLAPD_SERVICES="ldaps:/// ldapi:///"|' /etc/default/slapd
systemctl restart slapd
answers
ldapmodify -Q -Y EXTERNAL -H ldapi:/// <<X
dn: cn=config
changetype: modify
replace: olcTLSCACertificateFile
olcTLSCACertificateFile: /etc/ldap/tls/ca.pem
-
replace: olcTLSCertificateFile
olcTLSCertificateFile: /etc/ldap/tls/server.pem
-
replace: olcTLSCertificateKeyFile
olcTLSCertificateKeyFile: /etc/ldap/tls/server.key
X
systemctl restart slapd
answers
ldapadd -x -H ldapi:/// -D cn=admin,{BASE} -w {PASSWORD} <<X
dn: uid=carla,{BASE}
objectClass: inetOrgPerson
objectClass: posixAccount
cn: Carla
sn: Carla
uid: carla
uidNumber: 40001
gidNumber: 40000
homeDirectory: /home/carla
loginShell: /bin/bash

dn: cn=staff,{BASE}
objectClass: posixGroup
cn: staff
gidNumber: 40000
memberUid: carla
X
nft insert rule inet millwright input tcp dport 636 accept
"""
"""A directory of one person on the head node, over TLS alone; constant but for the words given."""
GONE = """\
export DEBIAN_FRONTEND=noninteractive
systemctl stop slapd
apt-get -qq purge --yes slapd ldap-utils
rm -rf /etc/ldap/tls /var/lib/ldap
nft -f /etc/millwright/firewall.nft
"""


@contextmanager
def saying(site: Rehearsal, catalog: str, services: str) -> Iterator[None]:
    """Have the workspace say more for a while, and what it said before in the end."""
    spec, own = site.root / "factory.yaml", site.root / "catalog" / "people.yaml"
    before = spec.read_text()
    try:
        own.write_text(catalog)
        spec.write_text(before + services)
        site.done("design", "solve")
        yield
    finally:
        spec.write_text(before)
        own.unlink()
        site.done("design", "solve")
        site.done("deploy", "apply", "--yes")


def people(key: str, *rows: str) -> str:
    listed = "".join(f"  - {row.replace('KEY', key)}\n" for row in rows)
    return f"schema: millwright.catalog/1\nadmins:\n{listed}"


ADA = '{name: ada, uid: 20001, keys: ["KEY ada@site"], sudo: [{run: /usr/bin/id, password: false}]}'
BOB = '{name: bob, uid: 20002, keys: ["KEY bob@site"], sudo: []}'
DIRECTORY = f"""\
  identity: {{kind: ldap, uri: "ldaps://head-1", base: "{BASE}", bind: "cn=admin,{BASE}",
             probe: carla, groups: [staff]}}
"""


def trusting(pem: str) -> str:
    body = "".join(f"        {line}\n" for line in pem.splitlines())
    return f"services:\n  pki:\n    certificates:\n      - |\n{body}"


def come(site: Rehearsal, key: Path, user: str, host: str, *words: str) -> tuple[int, str]:
    """Come in as a person does, with a key and nothing else."""
    address = site.status()[host]["address"]
    options = ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
    said = [part for option in options for part in ("-o", option)]
    command = ["ssh", *said, "-F", "/dev/null", "-i", str(key), f"{user}@{address}", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def standing(site: Rehearsal, role: str, host: str) -> tuple[str, str]:
    told = json.loads(site.say("deploy", "verify", "--json", "--only", host).out)
    return next((o["standing"], o["detail"]) for o in told["outcomes"] if o["role"] == role)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(words, check=True)
    return path


def test_people_trust_and_directory_come_and_go(deployed: Rehearsal, key: Path) -> None:
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    pem, server, secret = authority_and_server("head-1")
    try:
        deployed.shell("head-1", "sh", "-c", SERVER, "sh", pem, server, secret)
        with saying(deployed, people(public, ADA, BOB), trusting(pem) + DIRECTORY):
            given = subprocess.run(
                deployed.words("deploy", "secret", "identity-bind"),
                input=f"{PASSWORD}\n".encode(),
                check=False,
            )
            assert given.returncode == 0
            deployed.done("deploy", "apply", "--yes")
            be_known(deployed)
            be_people(deployed, key)
            be_seen_when_changed(deployed, public)
    finally:
        deployed.say("lab", "shell", "head-1", "--", "sh", "-c", GONE)
    be_gone(deployed, key)


def be_known(site: Rehearsal) -> None:
    for host in HOSTS:
        assert site.shell(host, "id", "--user", "carla").strip() == "40001"
        conf = site.shell(host, "stat", "--format=%U %a", "/etc/sssd/sssd.conf")
        assert conf == "root 600\n"
    found = site.tells("head-1", "grep", "-r", "-l", PASSWORD, "/etc/sssd", "/var/log")
    assert found.out.split() == ["/etc/sssd/conf.d/50-millwright-bind.conf"]
    assert not [f for f in site.root.rglob("*") if f.is_file() and holds(f)]


def holds(file: Path) -> bool:
    return PASSWORD.encode() in file.read_bytes()


def be_people(site: Rehearsal, key: Path) -> None:
    for host in HOSTS:
        numbers = site.shell(host, "sh", "-c", "id -u ada; id -u bob").split()
        assert numbers == ["20001", "20002"]
    assert come(site, key, "ada", "gpu1", "sudo", "-n", "/usr/bin/id", "-u") == (0, "0\n")
    assert come(site, key, "bob", "gpu2", "id", "-u") == (0, "20002\n")
    assert come(site, key, "ada", "gpu1", "sudo", "-n", "/usr/bin/true")[0] != 0
    assert come(site, key, "bob", "gpu1", "sudo", "-n", "/usr/bin/id")[0] != 0
    assert come(site, key, "carla", "head-1", "true")[0] != 0


def be_seen_when_changed(site: Rehearsal, public: str) -> None:
    site.shell("gpu1", "usermod", "--append", "--groups", "sudo", "bob")
    assert standing(site, "users", "gpu1") == ("failed", "bob: in groups adm sudo")
    site.shell("gpu1", "gpasswd", "--delete", "bob", "sudo")
    store = "/etc/ssl/certs/ca-certificates.crt"
    site.shell("gpu2", "sh", "-c", f"cp -p {store} /root/store && : > {store}")
    try:
        told, detail = standing(site, "site-ca", "gpu2")
        assert (told, "is not in the store" in detail) == ("failed", True)
        told, detail = standing(site, "identity", "gpu2")
        assert (told, "no TLS with head-1:636" in detail) == ("failed", True)
    finally:
        site.shell("gpu2", "sh", "-c", f"mv /root/store {store}")
    be_failed_when_offline(site)
    site.done("deploy", "verify", "--only", "gpu[1-2]")
    without_bob = people(public, ADA)
    (site.root / "catalog" / "people.yaml").write_text(without_bob)
    site.done("design", "solve")
    site.done("deploy", "apply", "--yes")
    for host in HOSTS:
        assert site.tells(host, "id", "bob").status == 1
    assert site.shell("gpu1", "stat", "--format=%U %a", "/home/bob") == "root 700\n"


def be_failed_when_offline(site: Rehearsal) -> None:
    """A daemon that its directory refuses has people in its cache still, and TLS comes about."""
    conf = "/etc/sssd/conf.d/50-millwright-bind.conf"
    spoil = f"cp -p {conf} /root/bind && sed -i s/velling/avelling/ {conf}"
    site.shell("gpu1", "sh", "-c", spoil)
    try:
        site.shell("gpu1", "systemctl", "restart", "sssd")
        assert site.shell("gpu1", "id", "--user", "carla").strip() == "40001"
        told, detail = standing(site, "identity", "gpu1")
        assert (told, "sssd is offline" in detail) == ("failed", True)
    finally:
        site.shell("gpu1", "sh", "-c", f"mv /root/bind {conf} && systemctl restart sssd")


def be_gone(site: Rehearsal, key: Path) -> None:
    for host in HOSTS:
        assert site.tells(host, "id", "ada").status == 1
        assert site.tells(host, "id", "carla").status == 1
        told = site.tells(host, "grep", "-r", "-l", PASSWORD, "/etc", "/var/lib/sss", "/var/log")
        assert (told.status, told.out) == (1, "")
        laid = site.shell(host, "ls", "/usr/local/share/ca-certificates/millwright")
        assert laid == ""
    assert come(site, key, "ada", "gpu1", "true")[0] == 255
    assert standing(site, "site-ca", "gpu1") == ("proven", "")
    # The packages stay where a directory was named: nothing of it may be left for the next test.
    for host in HOSTS:
        assert site.tells(host, "systemctl", "is-active", "sssd").out.strip() != "active"
        kept = site.shell(host, "ls", "/etc/ssh/sshd_config.d")
        assert "30-millwright-identity.conf" not in kept
        site.shell(host, "sh", "-c", "apt-get -qq purge --yes sssd-common; rm -rf /etc/sssd")
    site.done("deploy", "verify")

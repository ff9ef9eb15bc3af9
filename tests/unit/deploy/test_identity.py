"""The site's directory: what a spec may say of it, and how a host stands to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jinja2
import jinja2.nativetypes
import pytest
import yaml

from millwright.adapters.resources import folder
from millwright.adapters.secretfiles import given, take
from millwright.adapters.workspace import Workspace
from millwright.deploy.plan import hosts_of
from millwright.deploy.roles.identity import BIND, IDENTITY, known
from millwright.deploy.sections.identity import Directory, directory
from millwright.deploy.undeployable import Undeployable
from millwright.model.catalog import Catalog
from millwright.model.site import Identity, Services
from tests.unit.deploy.fakes import lab_inputs

ROLE = folder("playbooks") / "roles" / "identity"
LDAP: dict[str, Any] = {
    "kind": "ldap",
    "uri": "ldaps://dir.example.org",
    "base": "dc=example,dc=org",
}


def said(**more: Any) -> Directory:
    found = directory(Services(identity=Identity(**{**LDAP, **more})))
    assert found is not None
    return found


def test_a_directory_is_asked_over_tls_at_its_port() -> None:
    found = said(uri="ldaps://dir.example.org:3269/", bind="cn=asks,dc=example,dc=org")
    assert (found.uri, found.host, found.port) == (
        "ldaps://dir.example.org:3269",
        "dir.example.org",
        3269,
    )
    assert said().port == 636


def test_a_spec_without_a_directory_needs_no_role(catalog: Catalog) -> None:
    assert directory(Services()) is None
    inputs = lab_inputs(catalog, 1)
    assert hosts_of(IDENTITY, inputs) == ()
    factory = inputs.factory.model_copy(update={"identity": said(probe="carla")})
    with_one = inputs.model_copy(update={"factory": factory})
    assert set(hosts_of(IDENTITY, with_one)) == {"head-1", "gpu1"}
    (check,) = IDENTITY.checks("gpu1", with_one)
    assert check.argv[1:] == ("ask", "dir.example.org", "636", "carla")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"uri": "ldap://dir.example.org"}, "no directory over TLS"),
        ({"uri": None}, "no directory over TLS"),
        ({"uri": "ldaps://a\naccess_provider = permit"}, "no directory over TLS"),
        ({"base": "dc=x\nldap_tls_reqcert = never"}, "no base of searches"),
        ({"base": None}, "no base of searches"),
        ({"kind": "nis"}, "'nis' is not known"),
        ({"kind": "ad"}, "tells nothing to nobody"),
    ],
)
def test_what_sssd_cannot_be_told_is_named(more: dict[str, Any], why: str) -> None:
    with pytest.raises(Undeployable, match=r"services\.identity") as refused:
        said(**more)
    assert why in refused.value.message


def test_a_bare_word_is_no_directory() -> None:
    with pytest.raises(Undeployable, match="kind, uri and base"):
        directory(Services(identity="ldaps://dir.example.org"))


def test_nobody_comes_in_where_no_group_may_and_certificates_are_always_asked_for() -> None:
    text = (ROLE / "templates/sssd.conf.j2").read_text(encoding="utf-8")
    template = jinja2.Environment().from_string(text)

    def rendered(found: Directory) -> list[str]:
        return template.render(
            identity_directory=found.model_dump(),
            identity_own_people=["ada", "root", "deploy"],
            identity_authorities="/store",
        ).splitlines()

    bare, full = rendered(said()), rendered(said(groups=("staff", "on call")))
    assert "access_provider = deny" in bare
    assert "simple_allow_groups = staff, on call" in full
    for lines in (bare, full):
        assert "ldap_tls_reqcert = demand" in lines
        assert "filter_users = root, munge, slurm, ada, deploy" in lines
        assert "min_id = 30000" in lines
        assert not [line for line in lines if "authtok =" in line]


def test_keys_of_the_directory_let_nobody_in_who_is_the_hosts_own(tmp_path: Path) -> None:
    text = (ROLE / "templates/sshd.conf.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(keep_trailing_newline=True)
    environment.filters["regex_replace"] = lambda word, old, new: re.sub(old, new, word)
    own = environment.from_string(text).render(identity_own_people=["ada", "deploy"])
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    conf = tmp_path / "sshd_config"
    conf.write_text(f"HostKey {key}\n{own}")

    def command(user: str) -> str:
        words = ["/usr/sbin/sshd", "-T", "-f", str(conf), "-C", f"user={user},host=h,addr=::1"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        lines = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
        return lines["authorizedkeyscommand"]

    assert [command(user) for user in ("root", "slurm", "ada", "deploy")] == ["none"] * 4
    assert command("carla") == "/usr/bin/sss_ssh_authorizedkeys %u"


def test_who_deploys_is_never_asked_of_the_directory(catalog: Catalog) -> None:
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text(encoding="utf-8"))
    factory = lab_inputs(catalog, 1).factory
    access = factory.access.model_copy(update={"deployers": ("deploy",)})
    environment = jinja2.nativetypes.NativeEnvironment()
    told: object = environment.from_string(defaults["identity_own_people"]).render(
        factory={"access": access.model_dump(mode="json")}
    )
    assert told == ["deploy"]
    assert "factory.access.deployers" in IDENTITY.reads


FOUND = {
    "tls": "",
    "sssd": "active",
    "open": {},
    "unasked": [],
    "pam": True,
    "probe": "40001",
    "attached": True,
    "twice": [],
}


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        ({}, ""),
        ({"tls": "self-signed certificate"}, "no TLS with dir.example.org:636: self-signed"),
        ({"sssd": "failed"}, "sssd is failed"),
        ({"open": {"/etc/sssd/sssd.conf": "0644"}}, "may read /etc/sssd/sssd.conf (0644)"),
        ({"unasked": ["group"]}, "group of nsswitch.conf"),
        ({"pam": False}, "PAM does not ask"),
        ({"probe": ""}, "it knows no carla with a number of 30000"),
        ({"probe": "20001"}, "one of the host's own"),
        ({"attached": False}, "sssd is offline: it has no connection"),
        ({"twice": [["eve", "ada"]]}, "eve of the directory would be ada"),
        ({"probe": "x"}, "it answers"),
    ],
)
def test_each_thing_that_is_not_so_is_named(facts: dict[str, Any], detail: str) -> None:
    verdict = known(said(probe="carla"))(json.dumps({**FOUND, **facts}))
    assert detail in verdict.detail
    assert (verdict.standing == "proven") is (detail == "")


def test_where_nobody_is_named_to_be_asked_for_nothing_is_proven() -> None:
    verdict = known(said())(json.dumps({**FOUND, "probe": ""}))
    assert (verdict.standing, verdict.detail) == (
        "not testable",
        "services.identity names no probe",
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", "welcome"])
def test_an_answer_that_is_none_proves_nothing(text: str) -> None:
    assert known(said())(text).standing == "failed"


class Host:
    """A host that is a folder, and the program that hosts run."""

    def __init__(self, root: Path) -> None:
        (root / "etc/sssd/conf.d").mkdir(parents=True)
        self.root = root
        text = (ROLE / "files/identity").read_text(encoding="utf-8")
        self.program = text.replace('ROOT = ""', f"ROOT = {str(root)!r}", 1)

    def bring(self, name: str, text: str) -> None:
        """Lay a program that the host runs instead of its own."""
        tool = self.root / "bin" / name
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(text)
        tool.chmod(0o755)

    def run(self, *words: str) -> str:
        command = [sys.executable, "-Ic", self.program, *words]
        path = f"{self.root}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
        )
        return done.stdout.strip() if done.returncode == 0 else f"refused: {done.stderr.strip()}"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_a_password_goes_from_its_file_to_one_that_root_alone_reads(host: Host) -> None:
    file = host.root / "password"
    file.write_text("Tr4velling light=;#%")
    assert host.run("bind", str(file)) == "changed"
    assert host.run("bind", str(file)) == "unchanged"
    conf = host.root / "etc/sssd/conf.d/50-millwright-bind.conf"
    assert conf.read_text().splitlines()[1:] == [
        "[domain/site]",
        "ldap_default_authtok = Tr4velling light=;#%",
    ]
    assert conf.stat().st_mode & 0o777 == 0o600
    assert host.run("bind", "") == "changed"
    assert "authtok" not in conf.read_text()


GETENT = """\
#!{python} -I
import sys
rows = ["eve:*:20001:100:::sh", "ada:*:40001:100:::sh", "carla:*:40002:100:::sh"]
for row in rows:
    if {{*row.split(":")[:3]}} & {{*sys.argv[4:]}}:
        print(row)
"""


def test_whoever_of_the_directory_would_be_an_account_of_the_host_is_named(host: Host) -> None:
    rows = ("root:x:0:0::/root:sh", "ada:x:20001:20001::/home/ada:sh", "bob:x:20002:20002:::sh")
    (host.root / "etc/passwd").write_text("\n".join(rows) + "\n")
    host.bring("getent", GETENT.format(python=sys.executable))
    found = json.loads(host.run("ask", "127.0.0.1", "1", "carla"))
    assert found["twice"] == [["eve", "ada"], ["ada", "ada"]]
    assert found["probe"] == "40002"


@pytest.mark.parametrize(
    ("row", "attached"),
    [
        ('ESTAB 0 0 10.1.0.9:51234 10.1.0.2:1 users:(("sssd_be",pid=7,fd=20))', True),
        ('ESTAB 0 0 [fd00::9]:51234 [fd00::2]:1 users:(("sssd_be",pid=7,fd=20))', True),
        ('CLOSE-WAIT 1 0 10.1.0.9:51234 10.1.0.2:1 users:(("sssd_be",pid=7,fd=20))', False),
        ('ESTAB 0 0 10.1.0.9:51234 10.1.0.2:22 users:(("sssd_be",pid=7,fd=20))', False),
        ('ESTAB 0 0 10.1.0.9:51234 10.1.0.2:1 users:(("ldapsearch",pid=7,fd=3))', False),
        ("ESTAB 0 0 10.1.0.9:51234 10.1.0.2:1", False),
        ("", False),
    ],
)
def test_a_daemon_that_answers_from_its_cache_alone_is_offline(
    host: Host, row: str, attached: bool
) -> None:
    host.bring("getent", GETENT.format(python=sys.executable))
    host.bring("ss", f"#!/bin/sh\necho '{row}'\n")
    found = json.loads(host.run("ask", "127.0.0.1", "1", "carla"))
    assert (found["probe"], found["attached"]) == ("40002", attached)


@pytest.mark.parametrize("wrong", ["", " x", "a\nldap_tls_reqcert = never", "schlüssel"])
def test_a_password_that_would_be_more_than_one_is_refused(host: Host, wrong: str) -> None:
    file = host.root / "password"
    file.write_text(wrong, encoding="utf-8")
    answer = host.run("bind", str(file))
    assert "refused" in answer
    assert wrong.strip() == "" or wrong not in answer


def test_a_secret_is_handed_over_once_and_never_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILLWRIGHT_SECRETS_KEY", str(tmp_path / "key"))
    workspace = Workspace(tmp_path / "site")
    workspace.root.mkdir()
    assert BIND.given
    assert given(workspace, BIND.name) is None
    take(workspace, BIND.name, b"Tr4velling light")
    assert given(workspace, BIND.name) == b"Tr4velling light"
    kept = (workspace.root / "secrets" / "identity-bind.enc").read_bytes()
    assert b"Tr4velling" not in kept

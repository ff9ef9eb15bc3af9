"""The site's own authorities: what a spec may say of them, and what hosts make of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.resources import folder
from millwright.deploy.roles.trust import SITE_CA, stored
from millwright.deploy.sections.authorities import Trusted, trusted
from millwright.deploy.undeployable import Undeployable
from millwright.model.catalog import Catalog
from millwright.model.certificate import fingerprint
from millwright.model.site import Pki, Services
from tests.conftest import Run
from tests.unit.deploy.certificates import certificate
from tests.unit.deploy.fakes import lab_inputs

ROOT_CA, OTHER = certificate("Site Root CA"), certificate("Site CA of before")


def said(*certificates: str) -> tuple[Trusted, ...]:
    return trusted(Services(pki=Pki(certificates=certificates)))


def test_a_certificate_goes_on_alone_whatever_stood_around_it() -> None:
    (found,) = said(f"\n{ROOT_CA}\n\n")
    assert found.pem == ROOT_CA
    assert found.name == fingerprint(ROOT_CA)[:16] == found.sha256[:16]


def test_a_site_may_say_nothing_or_only_where_its_authority_is() -> None:
    assert trusted(Services()) == ()
    assert trusted(Services(pki="https://ca.example.org")) == ()
    assert trusted(Services(pki=Pki(uri="https://ca.example.org"))) == ()


def test_one_certificate_twice_is_refused() -> None:
    with pytest.raises(Undeployable, match=r"services\.pki"):
        said(ROOT_CA, ROOT_CA)


SPEC = """\
schema: millwright.factory/1
name: rehearsal
blueprint: lab
compute: [{name: gpu, nodes: 1}]
services:
  pki:
    certificates:
      - |
%s
"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (certificate(ca=False), "may not sign certificates"),
        (certificate(ca=None), "basic constraints are missing"),
        (ROOT_CA + OTHER, "exactly one certificate"),
        (f"site's own\n{ROOT_CA}", "exactly one certificate"),
        (f"{ROOT_CA}{{{{ lookup('pipe', 'id') }}}}\n", "exactly one certificate"),
        (ROOT_CA.replace("CERTIFICATE", "PRIVATE KEY"), "take it out of this file"),
        (ROOT_CA[:200] + "\n-----END CERTIFICATE-----\n", "is no certificate"),
        ("certs/site.pem\n", "exactly one certificate"),
    ],
)
def test_what_is_no_authority_is_named_by_line_and_key(
    run: Run, tmp_path: Path, text: str, why: str
) -> None:
    body = "\n".join(" " * 8 + line for line in text.splitlines())
    (tmp_path / "factory.yaml").write_text(SPEC % body)
    answer = run("-C", tmp_path, "design", "solve")
    assert answer.status == 2
    assert "factory.yaml:8" in answer.err
    assert "services.pki.certificates[0]" in answer.err
    assert why in answer.err
    assert not (tmp_path / "design").exists()


AUTHORITY = said(ROOT_CA)[0]
FOUND = {"laid": [AUTHORITY.name], "store": {AUTHORITY.sha256: 30}, "retired": []}


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        ({}, ""),
        ({"laid": []}, "is not laid"),
        ({"laid": [AUTHORITY.name, "f" * 16]}, f"{'f' * 16} is laid, and the design does not"),
        ({"store": {}}, "is not in the store"),
        ({"store": {AUTHORITY.sha256: -1}}, "not in force by this host's clock"),
        ({"retired": ["0" * 16]}, "is retired, and still in the store"),
        ({"store": []}, "it answers"),
    ],
)
def test_a_store_holds_what_the_design_says_and_nothing_retired(
    facts: dict[str, Any], detail: str
) -> None:
    verdict = stored((AUTHORITY,))(json.dumps({**FOUND, **facts}))
    assert detail in verdict.detail
    assert (verdict.standing == "proven") is (detail == "")


def test_hosts_are_asked_for_the_authorities_of_the_design(catalog: Catalog) -> None:
    inputs = lab_inputs(catalog, 1)
    factory = inputs.factory.model_copy(update={"authorities": (AUTHORITY,)})
    (check,) = SITE_CA.checks("gpu1", inputs.model_copy(update={"factory": factory}))
    assert check.argv[1:] == ("ask", AUTHORITY.sha256)


UPDATE = """\
#!/bin/sh
cat {root}/public.pem {folder}/*.crt > {store} 2>/dev/null
exit 0
"""


class Host:
    """A host that is a folder, and the program that hosts run."""

    def __init__(self, root: Path, *, with_store: bool) -> None:
        self.folder = root / "usr/local/share/ca-certificates/millwright"
        self.store = root / "etc/ssl/certs/ca-certificates.crt"
        for place in (self.folder, self.store.parent, root / "usr/sbin"):
            place.mkdir(parents=True)
        (root / "var/lib/millwright/site-ca").mkdir(parents=True)
        text = (folder("playbooks") / "roles/site-ca/files/site-ca").read_text(encoding="utf-8")
        self.program = text.replace('ROOT = ""', f"ROOT = {str(root)!r}", 1)
        if with_store:
            update = root / "usr/sbin/update-ca-certificates"
            update.write_text(UPDATE.format(root=root, folder=self.folder, store=self.store))
            update.chmod(0o755)
            (root / "public.pem").write_text(OTHER)
            self.store.write_text(OTHER)

    def run(self, *words: str) -> str:
        command = [sys.executable, "-Ic", self.program, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else f"refused: {done.stderr.strip()}"

    def put(self, *certificates: str) -> str:
        """Lay certificates as the play does, then have the store follow."""
        for each in said(*certificates):
            (self.folder / f"{each.name}.crt").write_text(each.pem)
        return self.run("set", *map(fingerprint, certificates))

    def verdict(self, *certificates: str) -> str:
        answer = self.run("ask", *map(fingerprint, certificates))
        return stored(said(*certificates))(answer).detail


@pytest.fixture(params=[True, False], ids=["with its tool", "without a store"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    return Host(tmp_path, with_store=request.param)


def test_an_authority_comes_once_and_is_retired(host: Host) -> None:
    assert host.put() == "unchanged"
    assert host.put(ROOT_CA) == "changed"
    assert host.put(ROOT_CA) == "unchanged"
    assert host.verdict(ROOT_CA) == ""
    assert host.put() == "changed"
    assert host.verdict() == ""
    assert os.listdir(host.folder) == []


def test_a_store_that_somebody_changed_is_seen_and_put_right(host: Host) -> None:
    host.put(ROOT_CA)
    host.store.write_text("")
    assert "not in the store" in host.verdict(ROOT_CA)
    assert host.put(ROOT_CA) == "changed"
    assert host.put() == "changed"
    host.store.write_text(ROOT_CA)
    assert "retired, and still in the store" in host.verdict()


def test_one_that_was_in_the_store_before_stays_there(tmp_path: Path) -> None:
    host = Host(tmp_path, with_store=True)
    host.put(OTHER)
    assert host.put() == "changed"
    assert host.verdict() == ""
    assert OTHER in host.store.read_text()


def test_an_expired_one_is_not_in_force(host: Host) -> None:
    old = certificate(days=-1)
    host.put(old)
    assert "not in force" in host.verdict(old)

"""`deploy secret` takes what nobody may draw, by standard input alone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from millwright.adapters.ledger import ledger_of
from millwright.adapters.orderfile import alone
from millwright.adapters.workspace import Workspace
from millwright.model.standing import Done
from tests.conftest import Answer


def say(root: Path, name: str, given: bytes) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "millwright", "-C", str(root), "deploy", "secret", name],
        input=given,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "MILLWRIGHT_SECRETS_KEY": str(root.parent / "key")},
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    root.mkdir()
    (root / "factory.yaml").write_text("schema: millwright.factory/1\nname: site\n")
    return root


def test_a_secret_is_kept_encrypted_and_never_shown(site: Path) -> None:
    answer = say(site, "identity-bind", b"Tr4velling light\n")
    assert answer.status == 0, answer
    assert "Tr4velling" not in answer.out + answer.err
    kept = (site / "secrets" / "identity-bind.enc").read_bytes()
    assert b"Tr4velling" not in kept


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("munge-key", b"x" * 40, "no role takes a secret"),
        ("../escape", b"x", "no role takes a secret"),
        ("identity-bind", b"", "that is no password"),
        ("identity-bind", b"a\nb", "that is no password"),
        ("identity-bind", b"x" * 2000, "that is no password"),
    ],
)
def test_what_is_none_is_refused_and_nothing_is_kept(
    site: Path, name: str, given: bytes, why: str
) -> None:
    answer = say(site, name, given)
    assert (answer.status, why in answer.err) == (2, True), answer
    assert not (site / "secrets").exists()


def test_while_a_deployment_is_at_work_nothing_is_kept(site: Path) -> None:
    with alone(Workspace(site)):
        answer = say(site, "identity-bind", b"Tr4velling light\n")
    assert (answer.status, "another command" in answer.err) == (2, True), answer
    assert not (site / "secrets").exists()


def stood(site: Path) -> None:
    ledger = ledger_of(site)
    ledger.put(Done("gpu1", "identity", "0" * 64, "proven", "r", "then"))
    ledger.close()


def test_a_role_that_stands_on_the_old_one_is_unknown_from_then_on(site: Path) -> None:
    stood(site)
    answer = say(site, "identity-bind", b"Tr4velling light\n")
    assert (answer.status, "deploy apply lays it anew" in answer.out) == (0, True), answer
    ledger = ledger_of(site)
    assert ledger.rows()["gpu1", "identity"].standing == "unknown"
    ledger.close()


def test_what_cannot_be_marked_in_the_ledger_is_not_kept(site: Path) -> None:
    stood(site)
    with sqlite3.connect(site / "state.db") as book:
        book.execute(
            "CREATE TRIGGER full BEFORE INSERT ON host_role_journal "
            "BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"
        )
    book.close()
    answer = say(site, "identity-bind", b"Tr4velling light\n")
    assert (answer.status, "cannot write the ledger" in answer.err) == (2, True), answer
    assert not (site / "secrets").exists()

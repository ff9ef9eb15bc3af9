"""`deploy secret` takes what nobody may draw, by standard input alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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

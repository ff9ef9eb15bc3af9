"""The first hour on hosts that nobody designed: on real SSH servers, from an empty folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.hosts import Site, start_site
from tests.conftest import Run

pytestmark = pytest.mark.ssh


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Two hosts that only the user's own ssh configuration knows."""
    made = start_site(tmp_path / "site", ["big-1", "big-2"])
    (made.root / "reach.yaml").unlink()
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    lines = [
        f"Host {host.name}\n  HostName 127.0.0.1\n  Port {host.port}\n"
        f"  IdentityFile {made.root / 'user_key'}\n"
        for host in made.hosts.values()
    ]
    (home / ".ssh" / "config").write_text("".join(lines))
    monkeypatch.setenv("HOME", str(home))
    yield made
    for host in made.hosts.values():
        host.stop()


def test_hosts_of_the_users_ssh_are_trusted_then_assessed(
    found: Site, run: Run, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = run("-C", empty, "assess", "big-[1-2]")
    assert refused.status == 2
    assert f"millwright -C {empty} assess 'big-[1-2]' --trust" in refused.err
    unasked = run("-C", empty, "assess", "big-[1-2]", "--trust")
    assert (unasked.status, "SHA256:" in unasked.out) == (2, True)

    words = ("--json", "-q", "assess", "big-1,big-2", "--trust", "--yes")
    document = json.loads(run("-C", empty, *words).out)
    assert document["schema"] == "millwright.assessment/1"
    assert set(document["nodes"]) == {"big-1", "big-2"}
    assert document["nodes"]["big-1"]["kernel"]
    assert list((empty / "runs").glob("*-assess/evidence.jsonl"))


def test_a_host_that_does_not_answer_is_first_and_the_others_are_told(
    found: Site, run: Run, tmp_path: Path
) -> None:
    found.hosts["big-2"].stop()
    answer = run("-C", tmp_path, "assess", "big-[1-2]", "--trust", "--yes")
    assert "big-2 did not answer" in answer.out
    assert "1 silent" in answer.out


def test_the_collectors_script_goes_to_stdout_alone(run: Run) -> None:
    answer = run("assess", "--collector")
    assert answer.status == 0
    assert answer.out.startswith("#!/bin/sh\n")


def test_nobody_named_and_nobody_known_says_what_to_do(run: Run, tmp_path: Path) -> None:
    answer = run("-C", tmp_path, "assess")
    assert answer.status == 2
    assert "millwright assess gpu[001-016],head1" in answer.err

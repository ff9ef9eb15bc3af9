"""Putting back: files saved on their host, judged from three states, whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.hostfiles import roles_given, script
from millwright.adapters.managed import Managed, managed
from millwright.cli.keeping import Keeper, KeptPlaybooks
from millwright.deploy.inputs import Inputs
from millwright.deploy.roles import ROLES as ALL
from millwright.deploy.rollback import HostRestore, given, restores
from millwright.model.catalog import Catalog
from millwright.ports import Answer, Limits, Play
from millwright.reports.rollback import uncovered_lines
from tests.unit.deploy.fakes import Hosts, lab_inputs

RUN = "20260105T100000.000001Z-deploy"


ACTIVE = """[ "$1" = is-active ] || exit 0; [ "$2" = munge ] && echo active || echo inactive"""
"""A systemd on which one service runs."""


class Host:
    """A host that is a folder: the script that hosts run, over files that lie in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "etc").mkdir(parents=True)
        self.top = root / "backups"
        systemctl = root / "systemctl"
        systemctl.write_text(f'#!/bin/sh\necho "$@" >> {root}/calls\n{ACTIVE}\n')
        systemctl.chmod(0o755)
        self.program = script().replace("/var/backups/millwright", str(self.top))

    def path(self, name: str) -> str:
        return str(self.root / "etc" / name)

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        file = Path(self.path(name))
        file.write_text(text)
        file.chmod(mode)

    def read(self, name: str) -> str:
        return Path(self.path(name)).read_text()

    def runs(self, verb: str, said: dict[str, Any], run: str = RUN) -> Answer:
        words = [sys.executable, "-Ic", self.program, verb, run]
        path = {**os.environ, "PATH": str(self.root)}
        done = subprocess.run(
            words, input=json.dumps(said).encode(), capture_output=True, check=False, env=path
        )
        return Answer(
            "gpu1", tuple(words[3:]), "exit", done.returncode, 0.0, done.stdout, done.stderr
        )

    def done(self, verb: str, said: dict[str, Any]) -> dict[str, Any]:
        answer = self.runs(verb, said)
        assert answer.succeeded, answer.stderr
        return json.loads(answer.stdout) if answer.stdout else {}

    def shown(self) -> HostRestore:
        return restores(self.runs("show", {}))

    def actions(self) -> dict[str, str]:
        return {os.path.basename(file.path): file.action for file in self.shown().files}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def saving(host: Host, *names: str) -> dict[str, Any]:
    return roles_given({"limits": Managed(tuple(host.path(name) for name in names))})


def played(host: Host) -> dict[str, Any]:
    """Change one file, bring one, remove one, and leave one; return what was asked to be saved."""
    host.write("changed.conf", "old\n", 0o640)
    host.write("gone.conf", "kept\n")
    host.write("same.conf", "same\n")
    asked = saving(host, "changed.conf", "new.conf", "gone.conf", "same.conf", "drop-*.conf")
    host.done("save", asked)
    host.write("changed.conf", "new\n", 0o600)
    host.write("new.conf", "new\n")
    host.write("drop-1.conf", "new\n")
    os.unlink(host.path("gone.conf"))
    host.done("note", asked)
    return asked


def test_what_a_play_changed_is_put_back_and_nothing_else(host: Host) -> None:
    played(host)
    assert host.actions() == {
        "changed.conf": "put back",
        "new.conf": "remove",
        "gone.conf": "put back",
        "same.conf": "as it was",
        "drop-1.conf": "remove",
    }
    host.done("restore", given(host.shown(), force=False))
    assert (host.read("changed.conf"), host.read("gone.conf")) == ("old\n", "kept\n")
    assert os.stat(host.path("changed.conf")).st_mode & 0o777 == 0o640
    assert not os.path.exists(host.path("new.conf"))
    assert set(host.actions().values()) == {"as it was"}
    assert sorted(os.listdir(host.root / "etc")) == ["changed.conf", "gone.conf", "same.conf"]


def test_what_somebody_changed_since_is_left_unless_that_is_forced(host: Host) -> None:
    played(host)
    host.write("changed.conf", "by hand\n")
    shown = host.shown()
    assert {f.action for f in shown.files if f.path.endswith("changed.conf")} == {"changed since"}
    host.done("restore", given(shown, force=False))
    assert host.read("changed.conf") == "by hand\n"
    host.done("restore", given(host.shown(), force=True))
    assert host.read("changed.conf") == "old\n"


def test_a_mode_that_somebody_changed_counts_too(host: Host) -> None:
    played(host)
    os.chmod(host.path("changed.conf"), 0o666)
    assert host.actions()["changed.conf"] == "changed since"


def test_a_file_that_changes_after_the_plan_was_shown_is_left(host: Host) -> None:
    played(host)
    said = given(host.shown(), force=True)
    host.write("changed.conf", "just now\n")
    told = host.done("restore", said)
    assert told["wrong"] == {host.path("changed.conf"): "it changed after the plan was shown"}
    assert host.read("changed.conf") == "just now\n"


def test_a_run_that_was_killed_in_a_play_is_not_taken_for_ours(host: Host) -> None:
    host.write("a.conf", "old\n")
    host.done("save", saving(host, "a.conf"))
    host.write("a.conf", "half\n")
    assert host.actions() == {"a.conf": "changed since"}


def test_a_rollback_that_was_cut_off_is_gone_on_with(host: Host) -> None:
    played(host)
    (host.top / RUN / "rollback.begun").touch()
    shown = host.shown()
    assert shown.begun
    assert shown.roles(force=False) == ("limits",)
    host.done("restore", given(shown, force=False))
    assert not host.shown().begun


def test_services_come_back_as_they_were_before_the_run(host: Host) -> None:
    units = ("munge", "slurmd")
    asked = roles_given({"munge": Managed((host.path("a.conf"),), units)})
    host.done("save", asked)
    host.write("a.conf", "new\n")
    host.done("note", asked)
    host.done("restore", given(host.shown(), force=False))
    calls = (host.root / "calls").read_text().splitlines()
    assert "restart munge" in calls
    assert "stop slurmd" in calls
    assert calls.index("daemon-reload") < calls.index("restart munge")


def test_a_torn_last_line_is_passed_by(host: Host) -> None:
    asked = played(host)
    with open(host.top / RUN / "manifest.jsonl", "ab") as book:
        book.write(b'{"when": "aft')
    assert host.actions()["changed.conf"] == "put back"
    host.done("note", asked)
    assert host.actions()["changed.conf"] == "put back"


def test_saved_files_are_for_root_only_and_saved_once(host: Host) -> None:
    asked = played(host)
    host.done("save", asked)
    place = host.top / RUN
    assert {os.stat(p).st_mode & 0o077 for p in (host.top, place, *place.rglob("*"))} == {0}
    assert host.actions()["changed.conf"] == "put back"


def test_a_link_in_place_of_the_folder_is_refused(host: Host, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    host.top.symlink_to(tmp_path / "elsewhere")
    host.write("a.conf", "old\n")
    answer = host.runs("save", saving(host, "a.conf"))
    assert not answer.succeeded
    assert b"no folder of root's own" in answer.stderr


def test_links_are_kept_as_links_and_large_files_are_said_not_to_be(host: Host) -> None:
    os.symlink("a", host.path("link"))
    host.write("large", "x" * (5 << 20))
    host.done("save", saving(host, "link", "large"))
    os.unlink(host.path("link"))
    host.write("link", "a file now\n")
    host.write("large", "y")
    host.done("note", saving(host, "link", "large"))
    assert host.actions() == {"link": "put back", "large": "not saved"}
    host.done("restore", given(host.shown(), force=False))
    assert os.readlink(host.path("link")) == "a"


def test_only_the_latest_runs_are_kept(host: Host) -> None:
    for number in range(25):
        run = f"20260105T1000{number:02}.000001Z-deploy"
        assert host.runs("save", saving(host, "a.conf"), run).succeeded
    assert len(list(host.top.iterdir())) == 20


@pytest.mark.parametrize("run", ["../etc", "", "x", "20260105T100000.000001Z-de/../../x"])
def test_a_run_of_another_form_is_refused(host: Host, run: str) -> None:
    assert not host.runs("save", saving(host, "a.conf"), run).succeeded
    assert not host.top.exists()


def test_what_is_no_list_of_saved_files_is_unknown() -> None:
    for out in (b"", b"[]", b'{"paths": {"a": 1}}', b"{"):
        assert restores(Answer("gpu1", (), "exit", 0, 0.0, out)).unknown
    assert restores(Answer("gpu1", (), "lost", None, 0.0, reason="no route")).unknown == "no route"


@pytest.mark.parametrize("role", [role.name for role in ALL])
def test_files_of_roles_are_known_by_their_folder_or_told_as_not_saved(role: str) -> None:
    found = managed(role)
    assert all(path.startswith(("/etc/", "/usr/", "/var/", "/opt/")) for path in found.paths)
    assert len(list(uncovered_lines({role: found.open_}))) == bool(found.open_)


def test_what_roles_manage_is_read_from_their_tasks() -> None:
    assert "/etc/systemd/user.conf.d/90-millwright.conf" in managed("limits").paths
    assert managed("slurm-controller").units == ("slurmctld",)
    assert managed("dcgm").paths == ("/etc/apt/preferences.d/millwright-dcgm.pref",)


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


class Savers:
    """Hosts that save, but those that are broken."""

    def __init__(self, ends: dict[str, Answer]) -> None:
        self.ends = ends
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def run(self, nodes: Any, argv: Any, limits: Limits, given: bytes = b"") -> Any:
        del limits, given
        self.asked.append((argv[3], tuple(nodes)))
        for node in nodes:
            yield self.ends.get(node, Answer(node, tuple(argv), "exit", 0, 0.0))


def test_a_host_that_cannot_save_is_not_played_and_one_without_python_is(inputs: Inputs) -> None:
    full = Answer("gpu1", (), "exit", 1, 0.0, stderr=b"OSError: No space left on device")
    bare = Answer("gpu2", (), "exit", 127, 0.0)
    savers, hosts = Savers({"gpu1": full, "gpu2": bare}), Hosts(inputs)
    kept: list[Answer] = []
    books = KeptPlaybooks(hosts, Keeper(savers, kept.append, RUN))
    found = {p.node: p for p in books.play([Play("limits.yml", ("gpu1", "gpu2"))], Limits()) if p}
    assert found["gpu1"].ended == "failed"
    assert "could not be saved before: OSError: No space left" in found["gpu1"].reason
    assert hosts.played == [("limits", "gpu2")]
    assert [answer.node for answer in kept] == ["gpu1", "gpu2"]


def test_only_hosts_that_changed_are_asked_again(inputs: Inputs) -> None:
    savers = Savers({})
    hosts = Hosts(inputs, ends={("limits", "gpu2"): "failed"})
    books = KeptPlaybooks(hosts, Keeper(savers, lambda answer: None, RUN))
    list(books.play([Play("limits.yml", ("gpu1", "gpu2"))], Limits()))
    assert savers.asked == [("save", ("gpu1", "gpu2")), ("note", ("gpu2",))]

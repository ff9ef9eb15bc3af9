"""What Ansible is given and what it tells: no template slips in, no node is forgotten."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.masters import Masters
from millwright.adapters.playevents import Ears, Events
from millwright.adapters.playproject import (
    ENVIRONMENT,
    PLAYBOOK,
    Project,
    Variables,
    inventory,
    lay,
    role_digest,
    role_files,
)
from millwright.adapters.resources import folder
from millwright.adapters.sshconfig import Opener, ssh_config
from millwright.adapters.staying import WITHOUT_PYTHON, strategies
from millwright.deploy.roles import ROLES
from millwright.errors import MillwrightError
from millwright.model.reach import Become, Route
from millwright.ports import Limits, Play, Played


def route(name: str, address: str, **more: Any) -> Route:
    plain = {"port": 22, "user": "root", "key": None, "agent": True, "jump": None}
    return Route(node=name, address=address, **{**plain, **more})


def project(node: str, variables: Variables) -> Project:
    return Project(Path("nowhere"), [Play("reach.yml", (node,))], variables)


def event(kind: str, host: str = "", **data: Any) -> dict[str, Any]:
    return {"event": kind, "event_data": {"host": host, "task": "a task", **data}}


def test_what_came_of_each_node_is_told_and_a_forgotten_one_is_lost() -> None:
    events = Events([Play("reach.yml", ("gpu1", "gpu2", "gpu3", "gpu4"))], "gw1")
    events.take(event("runner_on_ok", "gpu1", res={"changed": True}))
    events.take(event("runner_on_failed", "gpu2", res={"msg": "no  such\npackage"}))
    events.take(event("runner_on_unreachable", "gpu3", res={"msg": "no route"}))
    all_three = {"gpu1": 1, "gpu2": 1, "gpu3": 1}
    stats = event("playbook_on_stats", processed=all_three, failures={"gpu2": 1}, dark={"gpu3": 1})
    events.take(stats)
    told = {o.node: (o.ended, o.reason) for o in events.outcomes("its runner node was lost")}
    assert told == {
        "gpu1": ("ok", ""),
        "gpu2": ("failed", "no such package"),
        "gpu3": ("unreachable", "no route"),
        "gpu4": ("lost", "its runner node was lost"),
    }


def test_a_host_that_is_lost_while_its_python_works_has_not_failed() -> None:
    events = Events([Play("reach.yml", ("gpu1", "gpu2"))])
    said = "Task failed: the respondent Context has disconnected"
    events.take(event("runner_on_failed", "gpu1", res={"msg": said}))
    events.take(event("runner_on_failed", "gpu2", res={"msg": "no such file"}))
    both = {"gpu1": 1, "gpu2": 1}
    events.take(event("playbook_on_stats", processed=both, failures=both))
    told = [(o.node, o.ended, o.reason) for o in events.outcomes("")]
    assert told == [("gpu1", "unreachable", said), ("gpu2", "failed", "no such file")]


def test_a_failure_that_the_play_rescued_is_none() -> None:
    events = Events([Play("reach.yml", ("gpu1",))])
    events.take(event("runner_on_failed", "gpu1", res={"msg": "the lock is held"}))
    events.take(event("runner_on_ok", "gpu1", res={}))
    events.take(event("playbook_on_stats", processed={"gpu1": 1}, rescued={"gpu1": 1}))
    assert [(o.ended, o.reason) for o in events.outcomes("")] == [("ok", "")]


def test_a_failure_that_the_play_ignores_is_none() -> None:
    events = Events([Play("reach.yml", ("gpu1",))])
    events.take(event("runner_on_failed", "gpu1", ignore_errors=True, res={"msg": "so what"}))
    events.take(event("playbook_on_stats", processed={"gpu1": 1}))
    assert [o.ended for o in events.outcomes("")] == ["ok"]


@pytest.mark.parametrize("hostile", ["{{ lookup('pipe', 'id') }}", "{% raw %}", "{# no #}"])
def test_nothing_that_ansible_would_evaluate_reaches_an_inventory(hostile: str) -> None:
    with pytest.raises(MillwrightError, match="read as a template"):
        inventory(project("gpu1", Variables({"factory": {"name": hostile}})), {})
    with pytest.raises(MillwrightError, match="read as a template"):
        inventory(project("gpu1", Variables({}, {"gpu1": {"node": {"name": hostile}}})), {})


def test_every_role_has_its_play_and_a_digest_of_its_own() -> None:
    digests = {role.name: role_digest(role.name) for role in ROLES}
    assert len(set(digests.values())) == len(ROLES)


def test_openssh_is_told_every_way_and_checks_every_key() -> None:
    jump = route("gw1", "192.0.2.1")
    node = route(
        "gpu1",
        "192.0.2.9",
        port=2222,
        user="engineer",
        key="keys/id",
        agent=False,
        jump="gw1",
    )
    text = ssh_config({"gw1": jump, "gpu1": node}, ["gpu1"], Opener("/w/known_hosts", root="/w"))
    assert "Host gpu1\n  HostName 192.0.2.9\n  Port 2222\n  User engineer\n  ProxyJump gw1" in text
    assert '  IdentityFile "/w/keys/id"\n  IdentityAgent none' in text
    assert "Host gw1" in text
    assert "StrictHostKeyChecking yes" in text


def test_a_path_that_openssh_would_expand_is_refused() -> None:
    node = route("gpu1", "192.0.2.9")
    with pytest.raises(MillwrightError, match="cannot be written for OpenSSH"):
        ssh_config({"gpu1": node}, ["gpu1"], Opener("/w/%h/known_hosts"))


def test_hosts_of_one_name_in_two_factories_share_no_connection() -> None:
    path = ENVIRONMENT["ANSIBLE_SSH_CONTROL_PATH"] % {"directory": "~/.ansible/cp"}
    assert path == "~/.ansible/cp/%C"


def test_two_runs_share_no_connection_though_their_hosts_are_called_alike() -> None:
    with Masters() as one, Masters() as other:
        folders = {each.environment()["ANSIBLE_SSH_CONTROL_PATH_DIR"] for each in (one, other)}
        assert len(folders) == 2
        assert all(Path(folder).stat().st_mode & 0o777 == 0o700 for folder in folders)
    assert not any(Path(folder).exists() for folder in folders)


def test_what_a_killed_run_left_goes_with_the_next_and_no_other_folder_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "mw-strange").mkdir()
    script = "import sys; from millwright.adapters.masters import Masters; "
    script += "one = Masters(); one.environment(); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline()
        with Masters() as mine:
            mine.environment()
            assert len(list(tmp_path.iterdir())) == 3
        killed.kill()
    with Masters() as mine:
        mine.environment()
        assert len(list(tmp_path.iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mw-strange"]


def test_a_play_is_told_as_soon_as_the_next_one_begins() -> None:
    told: list[Played] = []
    plays = [Play("names.yml", ("gpu1", "gpu2")), Play("gpu-driver.yml", ("gpu1", "gpu2"))]
    events = Events(plays, ears=Ears(told.append))
    events.take(event("playbook_on_play_start", pattern="on_names"))
    events.take(event("runner_on_ok", "gpu1", res={}))
    events.take(event("runner_on_failed", "gpu2", res={"msg": "read-only"}))
    assert told == []
    events.take(event("playbook_on_play_start", pattern="on_gpu_driver"))
    assert [(p.playbook, p.node, p.ended) for p in told] == [
        ("names.yml", "gpu1", "ok"),
        ("names.yml", "gpu2", "failed"),
    ]
    events.take(event("runner_on_ok", "gpu1", res={}))
    stats = event("playbook_on_stats", processed={"gpu1": 1, "gpu2": 1}, failures={"gpu2": 1})
    events.take(stats)
    assert events.outcomes("") == []
    assert [(p.playbook, p.node, p.ended) for p in told[2:]] == [("gpu-driver.yml", "gpu1", "ok")]
    assert events.left() == []


def test_plays_that_ansible_did_not_come_to_are_left_to_those_who_are_well() -> None:
    plays = [Play("gpu-driver.yml", ("gpu1",)), Play("munge.yml", ("gpu1", "head-1"))]
    events = Events(plays)
    events.take(event("playbook_on_play_start", pattern="on_gpu_driver"))
    events.take(event("runner_on_failed", "gpu1", res={"msg": "no such package"}))
    events.take(event("playbook_on_stats", processed={"gpu1": 1}, failures={"gpu1": 1}))
    assert [(p.node, p.ended) for p in events.outcomes("")] == [("gpu1", "failed")]
    assert events.left() == [Play("munge.yml", ("head-1",))]


def test_an_ansible_that_dies_leaves_nobody_well() -> None:
    plays = [Play("names.yml", ("gpu1",)), Play("munge.yml", ("gpu1", "head-1"))]
    events = Events(plays)
    events.take(event("playbook_on_play_start", pattern="on_names"))
    events.take(event("runner_on_ok", "gpu1", res={}))
    told = {(p.playbook, p.node): p.ended for p in events.outcomes("killed")}
    assert told == {("names.yml", "gpu1"): "lost", ("munge.yml", "head-1"): "lost"}
    assert events.left() == []


def test_no_play_goes_on_with_a_host_after_a_failure() -> None:
    files = [*folder("playbooks").rglob("*.yml")]
    assert files
    assert not [file for file in files if re.search(r"(?m)^\s*always:", file.read_text())]


def laid(tmp_path: Path, strategies: Path | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the plays of a run by their names, and what Ansible's process is told."""
    plays = [Play(f"{role.name}.yml", ("gpu1",)) for role in ROLES]
    lay(Project(tmp_path / "run", plays, Variables(), strategies), {}, Limits(), {})
    written = json.loads((tmp_path / "run" / "project" / PLAYBOOK).read_text())
    told = json.loads((tmp_path / "run" / "env" / "envvars").read_text())
    return {play["hosts"]: play for play in written}, told


def test_a_python_stays_on_hosts_for_every_play_but_the_one_that_brings_it(tmp_path: Path) -> None:
    found = strategies(None)
    assert found is not None
    plays, told = laid(tmp_path, found)
    ways = {group: play.get("strategy") for group, play in plays.items()}
    assert ways.pop("on_bootstrap") is None
    assert set(ways.values()) == {"mitogen_linear", "mitogen_host_pinned"}
    assert told["ANSIBLE_STRATEGY_PLUGINS"] == str(found)
    assert all((found / f"{way}.py").is_file() for way in ways.values())


def test_whoever_needs_no_python_on_hosts_is_played_by_ansible_alone() -> None:
    raw = {
        role.name
        for role in ROLES
        for path in role_files(role.name)
        if "builtin.raw" in (folder("playbooks") / path).read_text()
    }
    assert {f"{name}.yml" for name in raw} <= WITHOUT_PYTHON


def test_a_connection_that_is_left_is_not_come_back_to(tmp_path: Path) -> None:
    plays, _ = laid(tmp_path, strategies(None))
    for group in ("on_firewall", "on_hardening", "on_node_access"):
        assert "ControlMaster=no" in plays[group]["vars"]["ansible_ssh_args"]


def test_without_strategies_plays_are_those_of_the_product(tmp_path: Path) -> None:
    plays, told = laid(tmp_path, None)
    assert "ANSIBLE_STRATEGY_PLUGINS" not in told
    assert {play.get("strategy") for play in plays.values()} == {
        None,
        "ansible.builtin.host_pinned",
    }


def test_a_password_for_root_is_left_to_ansible_itself() -> None:
    assert strategies(Become()) is not None
    assert strategies(Become(password_file="secret")) is None

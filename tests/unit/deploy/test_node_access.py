"""Who comes to a compute node: the rules stand where nobody's yes comes before them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from millwright.adapters.resources import folder

ROLE = folder("playbooks") / "roles" / "node-access"
SSHD = """\
# PAM configuration for the Secure Shell service
@include common-auth
account    required     pam_nologin.so
@include common-account
session    required     pam_limits.so
"""
JUMP = re.compile(r"account \[success=(\d+) default=ignore\] pam_succeed_if\.so quiet (.+)")


def rules(groups: list[str], users: list[str]) -> str:
    world = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
    world.filters["bool"] = bool
    text = (ROLE / "templates" / "rules.j2").read_text(encoding="utf-8")
    return world.from_string(text).render(
        node_access_groups=groups, node_access_users=users, node_access_simulated=False
    )


def given(tmp_path: Path, verb: str) -> str:
    """Run the program with its files in a folder of the test."""
    text = (ROLE / "files" / "node-access").read_text(encoding="utf-8")
    for path in ("/etc/pam.d/sshd", "/etc/millwright/node-access.pam", "/var/lib/millwright"):
        assert f'"{path}' in text
        text = text.replace(f'"{path}', f'"{tmp_path}{path}')
    done = subprocess.run(
        [sys.executable, "-c", text, verb], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("groups", [[], ["sudo"], ["sudo", "adm"]])
@pytest.mark.parametrize("users", [[], ["engineer"]])
def test_who_is_free_passes_over_the_scheduler_s_line_and_over_nothing_behind_it(
    groups: list[str], users: list[str]
) -> None:
    lines = [line for line in rules(groups, users).splitlines() if not line.startswith("#")]
    assert lines[-1].startswith("account required pam_slurm_adopt.so action_no_jobs=deny ")
    assert "action_adopt_failure=deny" in lines[-1]
    found = [JUMP.fullmatch(line) for line in lines[:-1]]
    assert [at + 1 + int(each[1]) for at, each in enumerate(found) if each] == [len(lines)] * len(
        found
    )
    wanted = ["uid eq 0", *(f"user ingroup {g}" for g in groups), *(f"user = {u}" for u in users)]
    assert [each[2] for each in found if each] == wanted


def test_the_rules_come_before_what_all_services_ask_and_go_as_they_came(tmp_path: Path) -> None:
    sshd = tmp_path / "etc/pam.d/sshd"
    said = tmp_path / "etc/millwright/node-access.pam"
    for path, text in ((sshd, SSHD), (said, rules(["sudo"], []))):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert (given(tmp_path, "set"), given(tmp_path, "set")) == ("changed", "unchanged")
    lines = sshd.read_text().splitlines()
    assert lines.index("account    required     pam_nologin.so") < lines.index(
        "account [success=2 default=ignore] pam_succeed_if.so quiet uid eq 0"
    )
    scheduler = next(at for at, line in enumerate(lines) if "pam_slurm_adopt" in line)
    assert scheduler < lines.index("@include common-account")
    said.write_text(rules(["sudo", "adm"], []))
    assert given(tmp_path, "set") == "changed"
    assert sshd.read_text().count("pam_slurm_adopt") == 1
    given(tmp_path, "restore")
    assert sshd.read_text() == SSHD

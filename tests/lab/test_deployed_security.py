"""A deployed cluster is closed and hardened, and still works: jobs run, and hosts are reached."""

from __future__ import annotations

import csv
import io
import json

from tests.lab.rehearsal import Rehearsal, await_that, check_work, to_be_done

FETCH = """\
set -e
test -d /tmp/lynis || {
  mkdir /tmp/lynis
  chown _apt /tmp/lynis
  cd /tmp/lynis
  apt-get -qq update
  apt-get -qq download lynis
  dpkg-deb -x lynis_*.deb .
}
cd /tmp/lynis/usr/share/lynis
/tmp/lynis/usr/sbin/lynis audit system --quick --no-colors \\
  --profile /tmp/lynis/etc/lynis/default.prf --plugindir /tmp/lynis/etc/lynis/plugins \\
  >/dev/null 2>&1
sed -n 's/^hardening_index=//p' /var/log/lynis-report.dat
"""
"""Lynis from its package, unpacked and not installed; constant shell text."""
TIDY = "rm -rf /tmp/lynis /var/log/lynis.log /var/log/lynis-report.dat"
BARE_INDEX = 61
"""Of a bare host of this lab (Debian 12, Lynis 3.0.8), measured before anything was deployed."""


def test_what_listens_beside_the_table_is_seen_and_named(deployed: Rehearsal) -> None:
    deployed.shell("gpu1", "systemd-run", "--unit=stray", "python3", "-m", "http.server", "8080")
    try:
        await_that(lambda: "8080" in deployed.shell("gpu1", "ss", "-Hltn"))
        answer = deployed.say("deploy", "verify", "--only", "gpu1")
    finally:
        deployed.shell("gpu1", "systemctl", "stop", "stray.service")
    assert answer.status == 1, answer
    assert "python3 listens at tcp/8080, which the design does not have" in answer.out
    deployed.done("deploy", "verify", "--only", "gpu1")


def test_rules_that_somebody_adds_are_seen(deployed: Rehearsal) -> None:
    add = ("nft", "insert", "rule", "inet", "millwright", "input", "tcp", "dport", "23", "accept")
    deployed.shell("gpu2", *add)
    answer = deployed.say("deploy", "verify", "--only", "gpu2")
    deployed.shell("gpu2", "nft", "-f", "/etc/millwright/firewall.nft")
    assert (answer.status, "packet rules differ" in answer.out) == (1, True), answer
    deployed.done("deploy", "verify", "--only", "gpu2")


def test_the_index_rises_while_jobs_run_and_hosts_are_reached(deployed: Rehearsal) -> None:
    try:
        found = int(deployed.shell("gpu1", "sh", "-c", FETCH))
    finally:
        deployed.shell("gpu1", "sh", "-c", TIDY)
    assert found >= 80 > BARE_INDEX, f"lynis: {BARE_INDEX} before, {found} after"
    check_work(deployed)
    deployed.done("deploy", "reach")


def test_the_head_node_still_leads_to_the_node_behind_it(deployed: Rehearsal) -> None:
    told = deployed.done("manage", "exec", "gpu[3-4]", "--", "printenv", "SSH_CONNECTION")
    head = deployed.status()["head-1"]["address"]
    assert told.count(f"  {head} ") == 1
    for host, word in (("head-1", "yes"), ("gpu4", "no")):
        assert f"allowtcpforwarding {word}\n" in deployed.shell(host, "sshd", "-T")


def test_a_closed_host_that_is_named_a_jump_host_leads_within_the_same_run(
    deployed: Rehearsal,
) -> None:
    reach = deployed.root / "reach.yaml"
    former = reach.read_text()
    to_be_done(deployed, "limits", "gpu4")
    reach.write_text(former.replace("{jump: head-1}", "{jump: gpu3}"))
    try:
        assert reach.read_text() != former
        deployed.done("deploy", "apply", "--yes")
        assert json.loads(deployed.done("deploy", "plan", "--json"))["steps"] == []
        assert "allowtcpforwarding yes\n" in deployed.shell("gpu3", "sshd", "-T")
        assert "allowtcpforwarding no\n" in deployed.shell("head-1", "sshd", "-T")
    finally:
        reach.write_text(former)
    deployed.done("deploy", "apply", "--yes")
    assert "allowtcpforwarding no\n" in deployed.shell("gpu3", "sshd", "-T")
    deployed.done("deploy", "reach")


def test_ssh_says_what_the_design_says(deployed: Rehearsal) -> None:
    told = deployed.shell("gpu1", "sshd", "-T").splitlines()
    for line in ("passwordauthentication no", "maxsessions 100", "maxstartups 200:30:1000"):
        assert line in told
    assert "allowtcpforwarding no" in told


def test_the_report_lists_settings_rules_and_exceptions(deployed: Rehearsal) -> None:
    told = json.loads(deployed.done("deploy", "report", "hardening", "--json"))
    assert (told["schema"], told["simulated"]) == ("millwright.deploy-hardening/1", True)
    by_name = {each["name"]: each for each in told["settings"]}
    assert by_name["no-x11"]["state"] == "proven"
    assert by_name["tracing-allowed"]["state"] == "not followed"
    assert "MPI" in by_name["tracing-allowed"]["reason"]
    assert all(each["rules"] for each in told["settings"])
    rows = list(csv.reader(io.StringIO(deployed.done("deploy", "report", "hardening", "--csv"))))
    assert len(rows) == len(told["settings"]) + 1

"""Hardening: every setting names its rule, what differs is named, nothing starves reach."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from millwright.adapters.managed import managed
from millwright.deploy.roles.hardening import judged
from millwright.deploy.sections.hardening import Closed, closed, designed
from millwright.model.catalog import Catalog
from millwright.model.hardening import Hardening
from millwright.model.standing import Done
from millwright.reports.hardening import reasons, rows, sheet, table
from tests.unit.deploy.fakes import lab_inputs

NOTED = '{"refused": {"auditd": "running"}}'


def answer(settings: tuple[Closed, ...], auditd: str, noted: str, **other: str) -> str:
    """Return what a host says that is as designed, but for some settings by name."""
    found = {f"{s.kind} {s.key}": other.get(s.name, s.value) for s in settings}
    return json.dumps({"found": found, "noted": noted, "auditd": [auditd], "integrity": True})


def test_a_host_as_designed_is_proven_and_a_container_not_testable(catalog: Catalog) -> None:
    settings = closed(catalog, gateway=False)
    assert judged(answer(settings, "active", ""), settings).standing == "proven"
    assert judged(answer(settings, "failed", NOTED), settings).standing == "not testable"
    assert judged(answer(settings, "failed", ""), settings).standing == "failed"
    assert judged("", settings).standing == "unknown"


def test_each_setting_that_differs_is_named(catalog: Catalog) -> None:
    settings = closed(catalog, gateway=False)
    said = answer(
        settings, "active", "", **{"no-passwords-over-ssh": "yes", "no-sctp": "may be loaded"}
    )
    verdict = judged(said, settings)
    assert verdict.standing == "failed"
    assert "no-passwords-over-ssh: PasswordAuthentication is 'yes'" in verdict.detail
    assert "no-sctp: " in verdict.detail


def test_files_not_compared_every_night_are_no_success(catalog: Catalog) -> None:
    settings = closed(catalog, gateway=False)
    said = json.loads(answer(settings, "active", ""))
    verdict = judged(json.dumps({**said, "integrity": False}), settings)
    assert (verdict.standing, "every night" in verdict.detail) == ("failed", True)


def test_the_role_lays_every_text_of_the_catalogue(catalog: Catalog) -> None:
    texts = {s.key for s in closed(catalog, gateway=False) if s.kind == "text"}
    assert texts <= set(managed("hardening").paths)


def test_only_gateways_forward(catalog: Catalog) -> None:
    for gateway, value in ((True, "yes"), (False, "no")):
        found = [s.value for s in closed(catalog, gateway=gateway) if s.key == "AllowTcpForwarding"]
        assert found == [value]


def test_ssh_is_not_starved_and_root_keeps_its_key(catalog: Catalog) -> None:
    ssh = {s.key: s.value for s in closed(catalog, gateway=False) if s.kind == "sshd"}
    assert int(ssh["MaxSessions"]) >= 100
    assert ssh["MaxStartups"] == "200:30:1000"
    assert ssh["PermitRootLogin"] == "prohibit-password"
    assert {"AllowUsers", "AllowGroups", "DenyUsers", "HostKey"}.isdisjoint(ssh)


def test_jobs_keep_what_they_need(catalog: Catalog) -> None:
    parameters = {p.key: p.value.value for p in catalog.parameters.values()}
    assert parameters["kernel.yama.ptrace_scope"] == "0"
    assert parameters["kernel.unprivileged_userns_clone"] == "1"
    assert parameters.get("net.ipv4.conf.all.rp_filter") in (None, "0", "2")
    excepted = {h.key for h in catalog.hardening.values() if h.kind == "exception"}
    assert {"kernel.yama.ptrace_scope", "net.ipv4.conf.all.rp_filter"} <= excepted


def test_every_cited_parameter_stands_in_the_one_table(catalog: Catalog) -> None:
    for each in catalog.hardening.values():
        assert each.rules
        if each.kind == "parameter":
            assert each.key in catalog.parameters, each.name
        assert designed(each, catalog)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "exception", "key": "x", "rules": ("a",)},
        {"kind": "sshd", "key": "UseDNS", "rules": ("a",)},
        {"kind": "mode", "key": "/etc/../x", "value": "0600", "rules": ("a",)},
        {"kind": "text", "key": "/etc/x", "value": "{{ lookup }}", "rules": ("a",)},
        {"kind": "sshd", "key": "UseDNS", "value": "no", "rules": ()},
        {"kind": "sshd", "key": "UseDNS\nPort", "value": "no", "rules": ("a",)},
    ],
)
def test_a_setting_without_rule_reason_or_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Hardening.model_validate({"name": "one", **wrong})


def test_the_report_tells_settings_apart_that_one_role_proves(catalog: Catalog) -> None:
    settings = [(each, designed(each, catalog)) for each in catalog.hardening.values()]
    detail = "no-x11: X11Forwarding is 'yes'"
    bad = Done("gpu1", "hardening", "h", "failed", "r", "t", detail)
    good = Done("gpu2", "hardening", "h", "proven", "r", "t", "")
    kernel = Done("gpu1", "kernel-parameters", "h", "not testable", "r", "t", "kernel.sysrq is 1")
    ledger = {(d.host, d.role): d for d in (bad, good, kernel)}
    told = list(rows(settings, ledger))
    states = {(each["name"], each["hosts"]): each["state"] for each in told}
    assert states["no-x11", "gpu1"] == "failed"
    assert states["no-x11", "gpu2"] == "proven"
    assert states["no-tunnels", "gpu[1-2]"] == "proven"
    assert states["magic-keys-off", "gpu1"] == "not testable"
    assert states["tracing-allowed", ""] == "not followed"
    assert len(sheet(told, "x").rows) == len(told)
    assert {each["state"] for each in rows(settings, {})} == {"never done", "not followed"}


def test_inputs_hold_what_closes_a_host(catalog: Catalog) -> None:
    nodes = lab_inputs(catalog, 2).nodes
    assert nodes["gpu1"].closed == closed(catalog, gateway=False)
    assert not nodes["gpu1"].forwards


def test_a_screen_holds_the_report_and_nothing_of_it_is_lost(catalog: Catalog) -> None:
    settings = [(each, designed(each, catalog)) for each in catalog.hardening.values()]
    hosts = [f"gpu{n:03}" for n in (*range(1, 60, 2), 99)]
    ledger = {(h, "hardening"): Done(h, "hardening", "h", "proven", "r", "t", "") for h in hosts}
    told = list(rows(settings, ledger))
    for drawn in (table(told, "x"), reasons(told)):
        widths = [max(len(str(row[n])) for row in drawn.rows) for n in range(len(drawn.columns))]
        assert sum(widths) + 2 * len(widths) <= 120
    words = " ".join(str(cell) for row in table(told, "x").rows for cell in row).split()
    assert {w for each in told for w in each["design"].split() if len(w) <= 33} <= set(words)
    assert {each["name"] for each in told} <= set(words)
    said = " ".join(str(row[1]) for row in reasons(told).rows)
    assert all(" ".join(each["reason"].split()) in " ".join(said.split()) for each in told)

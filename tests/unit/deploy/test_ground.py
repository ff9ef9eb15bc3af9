"""The ground of hosts: numbers of users, who becomes root, names forward and back, time."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from millwright.deploy.inputs import HostAddress, Inputs
from millwright.deploy.roles.clocks import follows, tracks
from millwright.deploy.roles.ground import ACCOUNTS, BOOTSTRAP, GROUND, grounded
from millwright.deploy.roles.hosts import NAMES, RESOLVED, resolved
from millwright.deploy.sections.endpoints import hosts_of, proxy_of
from millwright.deploy.sections.ground import Around, Deployer, clock
from millwright.deploy.undeployable import Undeployable
from millwright.model.catalog import Catalog
from millwright.model.site import Service, Services
from tests.unit.deploy.fakes import lab_inputs

WELL = {
    "accounts": {"munge": [401, 401], "slurm": [64030, 64030]},
    "root_without_password": [],
    "periodic": {"Enable": "0", "Unattended-Upgrade": "0"},
    "upgraders": [],
    "patching": True,
    "first_boots": False,
}


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


def told(deployer: Deployer | None = None, **facts: Any) -> str:
    verdict = grounded(deployer or Deployer())(json.dumps({**WELL, **facts}))
    assert (verdict.standing == "proven") is (verdict.detail == "")
    return verdict.detail


def test_ground_as_designed_is_proven() -> None:
    assert told() == ""


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        ({"accounts": {**WELL["accounts"], "munge": [102, 105]}}, "user munge is 102:105"),  # type: ignore[dict-item]
        ({"accounts": {**WELL["accounts"], "slurm": None}}, "user slurm is missing"),  # type: ignore[dict-item]
        ({"upgraders": ["apt-daily.timer"]}, "apt-daily.timer upgrade behind one's back"),
        ({"periodic": {}}, "APT::Periodic::Enable is not said"),
        ({"patching": False}, "by when patches are due"),
        ({"first_boots": True}, "cloud-init would configure it again"),
    ],
)
def test_each_thing_that_is_not_as_designed_is_named(facts: dict[str, Any], detail: str) -> None:
    assert detail in told(**facts)


def test_an_answer_that_is_none_proves_nothing() -> None:
    assert grounded(Deployer())("[]").standing == "failed"
    assert grounded(Deployer())("welcome").standing == "failed"


def test_root_without_a_password_is_for_who_deploys_so_and_for_nobody_else() -> None:
    free: dict[str, Any] = {
        "root_without_password": [["/etc/sudoers.d/90-cloud-init-users", "debian"]]
    }
    assert "lets debian become root without a password" in told(**free)
    assert told(Deployer(user="debian"), **free) == ""
    assert "debian" in told(Deployer(user="debian", password=True), **free)
    assert "debian" in told(Deployer(user="ansible"), **free)


def test_the_question_is_answered_by_this_very_machine() -> None:
    words = [sys.executable, "-Ic", GROUND, *ACCOUNTS]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if "apt-config" in done.stderr:
        pytest.skip("this machine has no apt")
    assert set(json.loads(done.stdout)) == set(WELL)


def test_a_host_that_is_reached_by_another_user_is_bootstrapped_again(catalog: Catalog) -> None:
    assert "node.deployer" in BOOTSTRAP.reads
    around = Around({"gpu1": "engineer"}, password=True)
    assert around.deployer("gpu1") == Deployer(user="engineer", password=True)
    assert around.deployer("gpu2").user == "root"


HOSTS = (
    HostAddress(name="a", address="10.1.0.1"),
    HostAddress(name="b", address="2001:db8::2"),
)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a 10.1.0.1\nb 2001:db8::2\n", ""),
        ("a 10.1.0.1 fe80::1\nb 10.1.0.2 2001:db8::2\n", ""),
        ("a 127.0.1.1\nb 2001:db8::2\n", "a is 127.0.1.1, and the design says 10.1.0.1"),
        ("a 10.1.0.1 10.1.0.9\nb 2001:db8::2\n", "a is 10.1.0.1, 10.1.0.9"),
        ("a 10.1.0.1\nb\n", "b is nothing"),
        ("- 10.1.0.1\nb 2001:db8::2\n", "10.1.0.1 is nobody, and not a"),
        ("c 10.1.0.1\nb 2001:db8::2\n", "10.1.0.1 is c, and not a"),
        ("a 10.1.0.1\n", "1 of 2 names were told"),
    ],
)
def test_names_are_proven_forward_and_back_in_both_families(text: str, detail: str) -> None:
    verdict = resolved(HOSTS)(text)
    assert detail in verdict.detail
    assert (verdict.standing == "proven") is (detail == "")


def test_all_hosts_are_asked_for_in_one_question(inputs: Inputs) -> None:
    hostname, names = NAMES.checks("gpu1", inputs)
    assert hostname.argv == ("hostname",)
    assert names.argv[3:] == tuple(w for h in inputs.factory.hosts for w in (h.name, h.address))


def test_names_of_this_machine_are_read_in_the_form_that_is_judged() -> None:
    words = [
        sys.executable,
        "-Ic",
        RESOLVED,
        "localhost",
        "127.0.0.1",
        "no-host.invalid",
        "192.0.2.1",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert "127.0.0.1" in first.split()[1:]
    assert second == "-"


TRACKING = "0A8AF000,10.1.0.9,11,1795634570.2,{offset},0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,{leap}"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (TRACKING.format(offset="-0.0499", leap="Normal"), ""),
        (TRACKING.format(offset="0.05", leap="Normal"), "50 ms off"),
        (TRACKING.format(offset="-2.5", leap="Normal"), "2500 ms off"),
        (TRACKING.format(offset="0.0", leap="Not synchronised"), "follows nobody yet"),
        (TRACKING.format(offset="0.0", leap="Normal").replace("10.1.0.9", "10.1.0.8"), "10.1.0.8"),
        ("506 Cannot talk to daemon", "506 Cannot talk"),
    ],
)
def test_a_clock_is_in_step_with_its_source_or_it_is_not(text: str, detail: str) -> None:
    verdict = tracks("10.1.0.9", True)(text)
    assert detail in verdict.detail
    assert (verdict.standing == "proven") is (detail == "")


def test_a_server_follows_its_own_clock_only_where_the_site_names_none() -> None:
    own = TRACKING.format(offset="0.0", leap="Normal").replace("0A8AF000,10.1.0.9", "7F7F0101,")
    assert tracks("", False)(own).standing == "proven"
    assert "no source of services.ntp answers" in tracks("", True)(own).detail


def test_the_selected_source_is_the_head_node() -> None:
    row = "^,{mark},10.1.0.9,10,6,377,3,0.1,0.1,0.1\n"
    assert follows("10.1.0.9")(row.format(mark="*")).standing == "proven"
    assert "nobody" in follows("10.1.0.9")(row.format(mark="?")).detail
    assert "10.1.0.9" in follows("10.1.0.8")(row.format(mark="*")).detail


def test_the_site_s_clock_is_read_from_the_spec_and_nonsense_refused() -> None:
    networks = {"inband": "10.1.0.0/16"}
    found = clock(Services(ntp=("ntp://time.example.org", "192.0.2.1")), "10.1.0.9", networks)
    assert found.sources == ("time.example.org", "192.0.2.1")
    assert clock(Services(), "10.1.0.9", networks).sources == ()
    with pytest.raises(Undeployable, match=r"services\.ntp"):
        clock(Services(ntp="a.example\nallow 0/0"), "10.1.0.9", networks)


def test_a_proxy_is_one_plain_url_without_a_password() -> None:
    assert proxy_of(None) == ""
    assert (
        proxy_of(Service(uri="http://proxy.example.org:3128/")) == "http://proxy.example.org:3128"
    )
    assert hosts_of("time.example.org", "ntp") == ("time.example.org",)
    for wrong in ("http://me:secret@proxy.example.org", "proxy", "http://a b", "http://x';id"):
        with pytest.raises(Undeployable, match=r"services\.proxy"):
            proxy_of(wrong)

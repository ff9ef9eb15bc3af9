"""BMCs of the lab: who may ask, what they say, and that power acts on the right host alone."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import replace
from typing import Any

import pytest

from millwright.lab import bmcprocess, host
from tests.lab.redfish import Bmc, bmc
from tests.lab.rehearsal import Rehearsal, await_that

NODE = "gpu8"
CHASSIS = "/redfish/v1/Chassis/Chassis-1"


@pytest.fixture
def of_node(lab: Rehearsal) -> Bmc:
    return bmc(lab, NODE)


def power(of_node: Bmc) -> str:
    return str(of_node.get(of_node.system)["PowerState"])


def greets(lab: Rehearsal) -> bool:
    return bool(lab.status()[NODE]["answers_ssh"])


def test_a_wrong_password_opens_nothing(of_node: Bmc) -> None:
    wrong = replace(of_node, password="guessed")
    entries = f"{of_node.system}/LogServices/SEL/Entries"
    for path in ("/redfish/v1/Systems", of_node.system, entries, "/redfish/v1/Chassis"):
        assert wrong.ask(path)[0] == 401
    action = f"{of_node.system}/Actions/ComputerSystem.Reset"
    assert wrong.ask(action, {"ResetType": "ForceOff"})[0] == 401
    assert power(of_node) == "On"


def test_nothing_is_answered_without_tls(of_node: Bmc) -> None:
    with socket.create_connection((of_node.address, 443), timeout=10) as plain:
        plain.sendall(b"GET /redfish/v1/ HTTP/1.0\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"Redfish" not in plain.recv(4096)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((of_node.address, 80)).close()


def test_the_certificate_is_the_lab_s_own(of_node: Bmc) -> None:
    for trusted, refused in ((of_node.certificate, False), (None, True)):
        context = ssl.create_default_context(cafile=trusted)
        with socket.create_connection((of_node.address, 443), timeout=10) as plain:
            try:
                context.wrap_socket(plain, server_hostname=of_node.address).close()
                assert not refused
            except ssl.SSLCertVerificationError:
                assert refused


def test_a_bmc_knows_its_own_host_only(lab: Rehearsal, of_node: Bmc) -> None:
    other = bmc(lab, "gpu1")
    told, others = of_node.get(of_node.system), other.get(other.system)
    assert (told["HostName"], others["HostName"]) == (NODE, "gpu1")
    assert told["SerialNumber"] != others["SerialNumber"]
    assert told["Oem"]["Millwright"]["Simulated"] is True
    assert other.ask(of_node.system)[0] == 404
    assert other.ask(f"{of_node.system}/LogServices/SEL/Entries")[0] == 404


def links(document: Any) -> set[str]:
    """Return every path that a document links to, wherever in it."""
    if isinstance(document, list):
        return set().union(*(links(each) for each in document))
    if not isinstance(document, dict):
        return set()
    return set().union(
        *({v} if k == "@odata.id" else links(v) for k, v in document.items()),
    )


def test_every_link_leads_to_a_document_that_says_it_is_simulated(
    lab: Rehearsal, of_node: Bmc
) -> None:
    lab.breaks(NODE, "fan:0")
    lab.heals(NODE)
    ahead, seen = {"/redfish/v1/"}, dict[str, Any]()
    while ahead:
        path = ahead.pop()
        seen[path] = of_node.get(path)
        ahead |= links(seen[path]) - set(seen)
    unmarked = [p for p, d in seen.items() if d.get("Oem") != {"Millwright": {"Simulated": True}}]
    assert unmarked == []
    entries = f"{of_node.system}/LogServices/SEL/Entries/1"
    assert {f"{CHASSIS}/Thermal", f"{CHASSIS}/Power", entries, of_node.system} <= set(seen)


def test_fans_and_supplies_are_there_and_fail(lab: Rehearsal, of_node: Bmc) -> None:
    try:
        lab.breaks(NODE, "fan:3", "psu:1")
        assert lab.faults(NODE) == ["fan:3", "psu:1"]
        fans = of_node.get(f"{CHASSIS}/Thermal")["Fans"]
        supplies = of_node.get(f"{CHASSIS}/Power")["PowerSupplies"]
        assert (len(fans), len(supplies)) == (8, 6)
        bad = [part["Name"] for part in fans + supplies if part["Status"]["Health"] != "OK"]
        assert bad == ["Fan 3", "PSU 1"]
        assert fans[3]["Reading"] == 0
        assert of_node.messages()[-2:] == ["Critical: Fan 3 failed", "Critical: PSU 1 failed"]
    finally:
        lab.heals(NODE)
    parts = of_node.get(f"{CHASSIS}/Thermal")["Fans"]
    parts += of_node.get(f"{CHASSIS}/Power")["PowerSupplies"]
    assert {part["Status"]["Health"] for part in parts} == {"OK"}
    assert sorted(of_node.messages()[-2:]) == ["OK: Fan 3 works again", "OK: PSU 1 works again"]


def test_power_off_and_on_act_on_one_host(lab: Rehearsal, of_node: Bmc) -> None:
    others = {n: host.leader(lab.marks, n) for n in lab.status() if n != NODE}
    assert of_node.reset("ForceOff") == 204
    assert power(of_node) == "Off"
    assert lab.status()[NODE]["running"] is False
    assert of_node.reset("On") == 204
    await_that(lambda: greets(lab))
    assert power(of_node) == "On"
    assert lab.done("manage", "exec", NODE, "--", "hostname").endswith(f"{NODE}\n")
    assert {n: host.leader(lab.marks, n) for n in others} == others
    acts = [f"OK: Power action {kind} requested" for kind in ("ForceOff", "On")]
    assert of_node.messages()[-2:] == acts


def test_a_graceful_shutdown_lets_services_end(lab: Rehearsal, of_node: Bmc) -> None:
    lab.shell(NODE, "journalctl", "--quiet", "--vacuum-time=1s")
    assert of_node.reset("GracefulShutdown") == 204
    await_that(lambda: power(of_node) == "Off")
    assert of_node.reset("On") == 204
    await_that(lambda: greets(lab))


def test_a_forced_restart_boots_anew(lab: Rehearsal, of_node: Bmc) -> None:
    before = host.leader(lab.marks, NODE)
    assert of_node.reset("ForceRestart") == 204
    await_that(lambda: greets(lab))
    assert host.leader(lab.marks, NODE) not in (before, None)


def test_what_is_no_action_is_refused(of_node: Bmc) -> None:
    assert of_node.reset("Explode") >= 400
    assert power(of_node) == "On"


def test_a_bmc_cannot_bring_back_a_host_without_power(lab: Rehearsal, of_node: Bmc) -> None:
    lab.breaks(NODE, "dead")
    assert power(of_node) == "Off"
    of_node.reset("On")
    assert power(of_node) == "Off"
    assert of_node.messages()[-1] == "Critical: Power on failed: no power"
    lab.heals(NODE)
    assert power(of_node) == "On"


def test_bmcs_that_were_ended_answer_again_after_up(lab: Rehearsal, of_node: Bmc) -> None:
    bmcprocess.end(lab.marks.lab)
    lab.up()

    def answers() -> bool:
        try:
            return power(of_node) == "On"
        except OSError:
            return False

    await_that(answers)

"""Health: what nodes say becomes findings for the right reason; what they do not say is UNKNOWN."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.catalogs import load
from millwright.adapters.faultfiles import fault_catalog
from millwright.manage.expected import Expected
from millwright.manage.health.judging import Rules
from millwright.manage.health.quiet import Quiet, open_windows
from millwright.manage.health.sweep import SOURCES, Standing, swept
from millwright.manage.health.view import CableSeen
from millwright.manage.questions import DEVICE, OUT_OF_BAND, QUESTIONS, by_id
from millwright.model.faultwords import ACTIONS
from millwright.model.health import Check, Counters, HealthDocument, HealthFinding, Window
from millwright.model.heard import Heard, Recording
from millwright.reports.health import finding_lines, headline, text_lines, worst_of
from tests.unit.probes.snmp_texts import BRIEF

AT = "2026-01-05T10:00:00.000000Z"
NOW = 1767607200.0
NODE = Expected("gpu1", "compute", "s", "gpu", "h100-sxm", 8, "nvidia", {"mlx5_0": 400.0})
HEAD = Expected("head-1", "management", "h", "", head=True)
DESIGN = {"gpu1": NODE, "gpu2": replace(NODE, node="gpu2"), "head-1": HEAD}


@cache
def checks() -> tuple[Check, ...]:
    return tuple(load(None).catalog.checks.values())


def heard(question: str, text: str | dict[str, Any]) -> Heard:
    return Heard(question, "exit", 0, text if isinstance(text, str) else json.dumps(text))


def clock(up_s: float = 9e5, now: float = NOW, container: str = "") -> dict[str, Any]:
    return {"now": now, "up_s": up_s, "container": container}


Told = Mapping[str, str | dict[str, Any] | Heard]


def document(
    nodes: Mapping[str, Told],
    quiet: Quiet | None = None,
    previous: Counters | None = None,
    silent: Mapping[str, str] | None = None,
) -> HealthDocument:
    answers = {
        node: {
            question: text if isinstance(text, Heard) else heard(question, text)
            for question, text in told.items()
        }
        for node, told in nodes.items()
    }
    standing = Standing(DESIGN, quiet or Quiet(300), 300, previous, run="now")
    return swept(Recording(AT, answers, silent or {}), checks(), standing).document


def found(told: Told, **more: Any) -> dict[str, HealthFinding]:
    nodes = {"gpu1": {"clock": clock(), **told}}
    return {each.check: each for each in document(nodes, **more).findings}


def test_every_check_has_a_signal_that_a_source_tells_and_every_signal_a_check() -> None:
    told = {signal for source in SOURCES for signal in source.signals}
    asked = {check.signal for check in checks()}
    assert asked - told == set()
    by_eye = {"kernel_link_down", "port_receive_errors", "amd_ras_corrected"}
    assert told - asked == by_eye


def test_every_source_reads_a_question_that_is_asked() -> None:
    known = {question.id for question in (*QUESTIONS, OUT_OF_BAND, DEVICE)} | {"reached", "hung"}
    assert {source.question for source in SOURCES} - known == set()


def test_every_number_of_a_check_has_a_source_that_is_known() -> None:
    sources = load(None).catalog.sources
    for check in checks():
        limits = (check.at_most, check.at_least, *check.limits.values())
        for name in (check.source, *(limit.source for limit in limits if limit)):
            assert name in sources, (check.name, name)


def test_every_fault_and_every_step_that_a_check_names_is_known() -> None:
    faults = fault_catalog(load(None))
    assert {check.fault for check in checks() if check.fault} - faults.faults.keys() == set()
    assert {step for check in checks() for step in check.actions} - set(ACTIONS) == set()


DMESG = "kern  :err   : 2026-01-05T09:00:00,000000+00:00 "


SEL = "1 | 01/05/2026 | 09:00:00 | Power Supply PSU1 | Failure detected | Asserted\n"
QOS = """\
Priority trust state: dscp
PFC configuration:
\tpriority    0
\tenabled     """


@pytest.mark.parametrize(
    ("told", "check", "device"),
    [
        ({"dmesg": f"{DMESG}NVRM: Xid (PCI:0000:1b:00): 48, DBE\n"}, "gpu-xid", "0000:1b:00"),
        (
            {"dmesg": f"{DMESG}nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 20012, broken\n"},
            "nvswitch-sxid",
            "0000:c1:00",
        ),
        (
            {"dmesg": f"{DMESG}NVRM: GPU 0000:1b:00.0: GPU has fallen off the bus.\n"},
            "gpu-off-the-bus",
            "0000:1b:00",
        ),
        (
            {"dmesg": f"{DMESG}INFO: task python3:77 blocked for more than 120 seconds.\n"},
            "hung-tasks",
            "python3",
        ),
        (
            {"journalctl": "2026-01-05T09:00:00+00:00 gpu1 kernel: EDAC MC0: 3 CE on dimm\n"},
            "memory-log",
            "",
        ),
        ({"mounts": {"/srv": {"source": "nas:/x", "kind": "nfs4", "answers": False}}},
         "mount-hangs", "/srv"),
        (
            {"mounts": {"/": {"source": "/dev/sda1", "kind": "ext4", "options": ["ro"],
                              "answers": True}}},
            "mount-read-only",
            "/",
        ),
        (
            {"mounts": {"/": {"source": "/dev/sda1", "kind": "ext4", "options": ["rw"],
                              "answers": True, "blocks": 100, "blocks_free": 1}}},
            "disk-full",
            "/",
        ),
        ({"edac": {"/sys/devices/system/edac/mc/mc0/ue_count": "1"}}, "memory-uncorrected", "mc0"),
        (
            {"units": "Id=slurmd.service\nActiveState=inactive\nUnitFileState=enabled\n"},
            "unit-down",
            "slurmd.service",
        ),
        ({"units": "Id=x.service\nActiveState=failed\nResult=exit-code\n"}, "unit-failed",
         "x.service"),
        ({"chronyc": "A,1.1.1.1,3,0,0.9,0,0,0,0,0,0,0,0,Not synchronised"},
         "clock-unsynchronised", ""),
        ({"processes": "1 0 root S 9 9 init\n7 1 root D 500 9 dd\n"}, "stuck-processes", ""),
        ({"package-lock": {"held": True, "held_s": 5, "by": "apt"}}, "package-lock-held", ""),
        ({"kernel": {"/proc/meminfo": "MemTotal:  1000 kB"}}, "memory-missing", ""),
        ({"ethtool": {"e0": {"mlnx_qos": f"{QOS}1\n"}, "e1": {"mlnx_qos": f"{QOS}0\n"}}},
         "roce-ports-differ", ""),
        ({"roce": {"/sys/class/net/e0/ecn/roce_np/enable/3": "1",
                   "/sys/class/net/e1/ecn/roce_np/enable/3": "0"}}, "roce-ecn-differs", ""),
        ({"roce": {"/sys/class/infiniband/m0/tc/1/traffic_class": "Global tclass=106",
                   "/etc/nccl.conf": "NCCL_IB_TC=104\n"}}, "roce-nccl-apart", ""),
        ({"redfish": {"/c": {"@odata.id": "/c", "@odata.type": "#Power.v1_6_0.Power",
                             "PowerSupplies": [{"Name": "PSU 1", "MemberId": "1",
                                                "Status": {"Health": "Critical"}}]},
                      "/s": {"@odata.id": "/s", "PowerState": "On",
                             "@odata.type": "#ComputerSystem.v1_0_0.ComputerSystem"}}},
         "psu-failed", "PSU 1"),
        ({"ipmi-sel": SEL},
         "log-power", "Power Supply PSU1"),
        ({"ipmitool": "FAN1 | 30h | cr | 29.1 | 0 RPM\n"}, "sensor-critical", "FAN1"),
        ({"disks": {"nvme0n1": {"tool": "nvme", "text": '{"critical_warning": 4, "percent_used": 3,'
                                ' "media_errors": 0}'}}}, "nvme-warning", "nvme0n1"),
        ({"net": {"/sys/class/net/eth0/carrier_down_count": "5000"}}, "link-flaps", "eth0"),
        ({"dmesg": Heard("dmesg", "timeout", None, "", "", "no end")}, "question-hangs", "dmesg"),
        ({"nvlink-status": Heard("nvlink-status", "timeout", None, "")}, "gpu-tools-hang", ""),
    ],
)  # fmt: skip
def test_a_fault_is_found_for_its_reason(
    told: Told, check: str, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DESIGN, "gpu1", replace(NODE, memory_mib=1024))
    findings = found(told)
    assert check in findings
    assert findings[check].device == device


def test_a_port_that_is_down_or_slow_is_found_against_the_design() -> None:
    text = """\
CA 'mlx5_0'
\tCA type: MT4129
\tNumber of ports: 1
\tFirmware version: 28.45.1200
\tHardware version: 0
\tNode GUID: 0x027bfc38e45d018b
\tSystem image GUID: 0x027bfc38e45d018b
\tPort 1:
\t\tState: {state}
\t\tPhysical state: LinkUp
\t\tRate: {rate}
\t\tBase lid: 31741
\t\tLMC: 0
\t\tSM lid: 1
\t\tCapability mask: 0xa751e848
\t\tPort GUID: 0x027bfc38e45d018b
\t\tLink layer: InfiniBand
"""
    assert "port-down" in found({"ibstat": text.format(state="Down", rate=400)})
    assert "port-slow" in found({"ibstat": text.format(state="Active", rate=200)})
    assert not found({"ibstat": text.format(state="Active", rate=400)})
    assert "port-down" in found({"ibstat": text.replace("mlx5_0", "mlx5_9").format(
        state="Active", rate=400)})  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "before", "finds"),
    [(100, None, False), (50000, None, True), (1100, 1000, False), (1500, 1000, True),
     (150, 1000, True), (90, 1000, False)],
)  # fmt: skip
def test_counters_are_rates_since_the_last_sweep_or_the_boot(
    counts: int, before: int | None, finds: bool
) -> None:
    path = "/sys/class/infiniband/mlx5_0/ports/1"
    state = {"state": "4: ACTIVE", "phys_state": "5: LinkUp", "rate": "400 Gb/sec (4X NDR)"}
    told = {f"{path}/{key}": text for key, text in {**state, "link_layer": "InfiniBand"}.items()}
    told |= {f"{path}/counters/symbol_error": str(counts)}
    past = {"port_symbol_errors|mlx5_0/1": float(before or 0)}
    previous = Counters(at="2026-01-05T09:00:00.000000Z", nodes={"gpu1": past})
    findings = found({"sysfs-infiniband": told}, previous=previous if before else None)
    assert ("port-symbol-errors" in findings) is finds


def test_a_counter_that_is_full_says_nothing_of_now() -> None:
    path = "/sys/class/infiniband/mlx5_0/ports/1"
    state = {"state": "4: ACTIVE", "phys_state": "5: LinkUp", "rate": "400 Gb/sec (4X NDR)"}
    told = {f"{path}/{key}": text for key, text in {**state, "link_layer": "InfiniBand"}.items()}
    told |= {f"{path}/counters/link_downed": "255"}
    made = document({"gpu1": {"clock": clock(), "sysfs-infiniband": told}})
    assert made.findings == ()
    why = {check: gap.why for gap in made.nodes["gpu1"].unknown for check in gap.checks}
    assert "full at 255" in why["port-flaps"]


def test_what_was_not_come_to_does_not_hang_itself() -> None:
    late = Heard("edac", "timeout", None, "", "", "no end within 520 s")
    own = Heard("cpu", "timeout", None, "", "", "no end within 15 s")
    made = document({"gpu1": {"clock": clock(), "edac": late, "cpu": own}})
    assert {f.device for f in made.findings if f.check == "question-hangs"} == {
        "the conversation",
        "cpu",
    }


def test_what_a_boot_explains_is_silenced_and_a_hard_fact_is_not() -> None:
    told: Told = {
        "clock": clock(up_s=40),
        "units": "Id=slurmd.service\nActiveState=inactive\nUnitFileState=enabled\n",
        "edac": {"/sys/devices/system/edac/mc/mc0/ue_count": "1"},
    }
    findings = found(told)
    assert "40 s ago" in (findings["unit-down"].silenced or "")
    assert findings["memory-uncorrected"].silenced is None


def test_a_window_and_a_drain_of_ours_explain_what_they_may() -> None:
    told = {"slurm-nodes": "NodeName=gpu1 State=IDLE+DRAIN Reason=work\nNodeName=gpu2 State=IDLE\n"}
    quiet = Quiet(300, drained={"gpu1": "run x drained it"})
    ours = document({"head-1": told}, quiet)
    assert [(f.node, f.check, f.silenced) for f in ours.findings] == [
        ("gpu1", "slurm-drained", "run x drained it")
    ]
    theirs = document({"head-1": told})
    assert (theirs.answer, theirs.findings[0].silenced) == ("unhealthy", None)
    windows = (
        Window(id="w1", nodes="gpu[1-2]", begin="2026-01-05T09:00:00Z",
               end="2026-01-05T11:00:00Z", reason="fans", by="me"),
    )  # fmt: skip
    assert set(open_windows(windows, "2026-01-05T10:00:00Z")) == {"gpu1", "gpu2"}
    assert open_windows(windows, "2026-01-05T11:00:00Z") == {}


def test_a_silent_node_is_unanswered_unless_its_controller_says_more() -> None:
    gone = document({"head-1": {"clock": clock()}}, silent={"gpu1": "timed out"})
    assert gone.answer == "unanswered"
    assert gone.nodes["gpu1"].answered == 0
    explained = document({}, Quiet(300, windows={"gpu1": "w"}), silent={"gpu1": "timed out"})
    assert explained.nodes["gpu1"].explained == "w"
    system = {"@odata.id": "/s", "@odata.type": "#ComputerSystem.v1_0_0.ComputerSystem"}
    before = Counters(at="2026-01-05T09:00:00Z", nodes={}, silent=("gpu1",))
    for state, check, past in (
        ("Off", "power-off", None),
        ("On", "silent-for-now", None),
        ("On", "silent-with-power", before),
    ):
        told = {"redfish": {"/s": {**system, "PowerState": state}}}
        lost = document({"gpu1": told}, previous=past, silent={"gpu1": "timed out"})
        assert [finding.check for finding in lost.findings] == [check]
    why = "the host key of x is not the one that was trusted: refused"
    other = document({}, silent={"gpu1": why})
    assert [finding.check for finding in other.findings] == ["host-key-changed"]


def test_a_cable_elsewhere_is_its_own_node_s_and_no_comparison_is_unknown() -> None:
    design = {**DESIGN, "head-1": replace(HEAD, sees_subnet=True)}
    told = {"head-1": {"ibnetdiscover": heard("ibnetdiscover", "x")}}
    cables = (CableSeen("gpu1", "NIC1", "swapped"),)
    standing = Standing(design, Quiet(0), 300, cables=cables)
    (finding,) = swept(Recording(AT, told), checks(), standing).document.findings
    assert (finding.node, finding.device, finding.check) == ("gpu1", "NIC1", "cable-misplaced")
    unknown = swept(Recording(AT, told), checks(), replace(standing, cables="stale")).document
    gaps = [gap for gap in unknown.nodes["head-1"].unknown if "cable-misplaced" in gap.checks]
    assert "stale" in gaps[0].why


def test_nothing_asked_is_nothing_known_and_never_healthy() -> None:
    empty = document({"gpu1": {}})
    assert empty.answer == "unanswered"
    node = empty.nodes["gpu1"]
    assert (node.answered, node.checks > 80) == (0, True)
    assert document({}).answer == "unanswered"


def test_blocks_of_an_amd_gpu_are_judged_and_nvidia_s_checks_are_none_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(DESIGN, "gpu1", replace(NODE, vendor="amd", gpu="mi300x"))
    ras = {"/sys/class/drm/card1/device/ras/umc_err_count": "ue: 2\nce: 5"}
    made = document({"gpu1": {"clock": clock(), "amd-ras": ras}})
    assert [(f.check, f.device) for f in made.findings] == [("amd-ras-uncorrected", "card1/umc")]
    named = {check for gap in made.nodes["gpu1"].unknown for check in gap.checks}
    assert "gpu-missing" in named
    assert not {"nvlink-inactive", "gpu-fabric", "dcgm-failure"} & named


def test_a_container_is_not_asked_for_what_only_a_machine_has() -> None:
    told = {"clock": clock(container="systemd-nspawn"),
            "edac": {"/sys/devices/system/edac/mc/mc0/ue_count": "1"}}  # fmt: skip
    node = document({"gpu1": told}).nodes["gpu1"]
    assert "memory-uncorrected" in node.not_testable
    assert not document({"gpu1": told}).findings


def test_a_clock_is_held_against_the_others() -> None:
    nodes = {f"gpu{n}": {"clock": clock(now=NOW + skew)} for n, skew in ((1, 600), (2, 1), (3, 1))}
    (finding,) = document(nodes).findings
    assert (finding.node, finding.check) == ("gpu1", "clock-apart")


def test_what_is_no_mount_is_not_known_and_hangs_nowhere() -> None:
    made = document({"gpu1": {"mounts": {"jobs": [], "meta": {"plugin": "x"}}}})
    assert not made.findings
    why = {check: gap.why for gap in made.nodes["gpu1"].unknown for check in gap.checks}
    assert "is no file system that was looked at" in why["mount-hangs"]


def test_the_worse_of_two_checks_of_one_signal_is_told() -> None:
    told = {"/": {"source": "x", "kind": "ext4", "answers": True, "blocks": 100, "blocks_free": 0}}
    assert set(found({"mounts": told})) == {"disk-full"}


@settings(max_examples=60, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=30),
        st.sampled_from(["{}", "[]", "null", '{"a": 1}', '{"/": []}', '{"/": {"kind": 5}}']),
        st.dictionaries(
            st.sampled_from(["now", "held_s", "/", "sda", "/card0/device/ras/u_err_count"]),
            st.one_of(st.none(), st.floats(), st.lists(st.none()), st.text(max_size=5),
                      st.dictionaries(st.sampled_from(["text", "kind", "answers", "blocks",
                                                       "blocks_free", "options", "-S"]),
                                      st.one_of(st.none(), st.booleans(), st.integers(),
                                                st.text(max_size=4)))),
        ).map(json.dumps),
    ),
    data=st.data(),
)  # fmt: skip
def test_no_answer_whatever_it_is_breaks_a_sweep(text: str, data: st.DataObject) -> None:
    named = [question.id for question in (*QUESTIONS, OUT_OF_BAND)]
    ids = data.draw(st.lists(st.sampled_from(named), min_size=1, max_size=6, unique=True))
    made = document({"gpu1": {id_: text for id_ in ids}, "head-1": {id_: text for id_ in ids}})
    assert made.answer != "healthy"
    list(text_lines(made))


def test_a_garbled_answer_is_unknown_and_not_well() -> None:
    for question in ("nvidia-smi-xml", "dmesg", "ibstat", "mounts", "units", "edac", "chronyc"):
        names = {
            check.name
            for source in SOURCES
            if source.question == question
            for check in checks()
            if check.signal in source.signals
        }
        node = document({"gpu1": {"clock": clock(), question: ""}}).nodes["gpu1"]
        unknown = {name for gap in node.unknown for name in gap.checks}
        assert names - {"sensor-critical"} <= unknown, question


def test_findings_fold_by_device_and_by_node() -> None:
    told = {"units": "Id=a.service\nActiveState=failed\n\nId=b.service\nActiveState=failed\n"}
    made = document({"gpu1": told, "gpu2": told})
    (line,) = finding_lines(made)
    assert (line.nodes, line.count, "also b.service" in line.message) == ("gpu[1-2]", 2, True)
    assert "2 warning" not in headline(made).split(";")[1]
    assert worst_of(made) == {"gpu1": "warning", "gpu2": "warning"}


@pytest.mark.parametrize(
    ("code", "severity", "step"), [(79, "critical", "drain"), (999, "warning", "inspect")]
)
def test_a_fault_says_how_severe_its_code_is(code: int, severity: str, step: str) -> None:
    text = f"{DMESG}NVRM: Xid (PCI:0000:1b:00): {code}, pid=1, gone\n"
    recording = Recording(AT, {"gpu1": {"dmesg": heard("dmesg", text)}})
    standing = Standing(DESIGN, Quiet(0), 300, faults=fault_catalog(load(None)))
    (finding,) = swept(recording, checks(), standing).document.findings
    assert (finding.severity, finding.fault) == (severity, f"xid:{code}")
    assert step in finding.actions


def test_questions_and_rules_are_values() -> None:
    assert by_id("redfish") is OUT_OF_BAND
    assert Rules(checks(), SOURCES).sources == SOURCES


def logged(number: int, **words: Any) -> dict[str, Any]:
    """Return an entry of a controller's log."""
    return {
        "@odata.id": f"/redfish/v1/Systems/1/LogServices/SEL/Entries/{number}",
        "@odata.type": "#LogEntry.v1_9_0.LogEntry", "Created": f"2026-01-05T09:0{number}:00+00:00",
        **words,
    }  # fmt: skip


def controller(*entries: dict[str, Any]) -> Told:
    """Return what a controller tells: a system, and its log."""
    path = "/redfish/v1/Systems/1/LogServices/SEL/Entries"
    system = {"@odata.id": "/redfish/v1/Systems/1", "PowerState": "On",
              "@odata.type": "#ComputerSystem.v1_0_0.ComputerSystem",
              "Status": {"Health": "OK"}}  # fmt: skip
    log = {"@odata.id": path, "@odata.type": "#LogEntryCollection.LogEntryCollection",
           "Members": list(entries)}  # fmt: skip
    return {"clock": clock(), "redfish": {"/s": system, path: log}}


def test_a_redfish_log_is_judged_by_what_is_still_open_in_it() -> None:
    told = controller(
        logged(1, Severity="Critical", SensorType="Power Supply", Message="PSU 2 lost input",
               EntryCode="Assert"),
        logged(2, Severity="Warning", SensorType="Fan", Message="Fan 3 slow", EntryCode="Assert"),
        logged(3, Severity="OK", SensorType="Fan", Message="Fan 3 slow", EntryCode="Deassert"),
        logged(4, Severity="Critical", Message="Uncorrectable ECC at A1", Resolved=True),
        logged(5, Severity="Critical", MessageId="Vendor.1.0.Odd", Message="strange"),
        logged(6, Severity="OK", Message="System boot"),
        logged(7, Severity="Critical", SensorType="Temperature", Message="CPU 1 hot",
               Created="2025-11-05T09:00:00+00:00"),
    )  # fmt: skip
    found = document({"gpu1": told}).findings
    assert {(each.check, each.device) for each in found} == {
        ("log-power", "Power Supply"), ("log-critical", "Vendor.1.0.Odd"),
    }  # fmt: skip
    assert all(each.evidence == "redfish" for each in found)


def test_a_log_that_no_controller_tells_is_unknown() -> None:
    told = dict(controller())
    assert isinstance(told["redfish"], dict)
    bare = {"/s": told["redfish"]["/s"]}
    health = document({"gpu1": {**told, "redfish": bare}}).nodes["gpu1"]
    missing = {check for each in health.unknown for check in each.checks if "log" in each.why}
    assert {"log-power", "log-memory", "log-critical"} <= missing
    empty = document({"gpu1": told}).nodes["gpu1"]
    assert not any("no event log" in each.why for each in empty.unknown)


def test_a_switch_is_judged_by_its_agent_whoever_asked_it() -> None:
    wanted = {
        ("agent-sensor-critical", "strip 1 inlet 1 current"), ("agent-sensor-warning", "Fan 2"),
        ("strip-near-overload", "strip A"), ("switch-port-down", "ifb1"),
        ("outlet-off", "outlet 5 gpu 3 A"),
    }  # fmt: skip
    recorded = document({"leaf-1": {"snmpwalk": BRIEF}})
    assert {(each.check, each.device) for each in recorded.findings} == wanted
    assert recorded.nodes["leaf-1"].checks == recorded.nodes["leaf-1"].answered
    told = {"asked": True, "devices": {"leaf-1": {"text": BRIEF, "why": ""}}, "wrong": []}
    asked = document({"head-1": {"clock": clock(), "snmp": told}})
    assert {(each.node, each.check, each.device) for each in asked.findings} == {
        ("leaf-1", *each) for each in wanted
    }


def test_a_switch_that_does_not_answer_is_unknown_and_one_that_nobody_asks_is_not() -> None:
    silent = {"asked": True, "devices": {"pdu-9": {"text": "", "why": "Timeout: No Response"}}}
    health = document({"head-1": {"clock": clock(), "snmp": silent}}).nodes["head-1"]
    assert any("pdu-9 over SNMP: Timeout" in each.why for each in health.unknown)
    for told in ({"asked": False}, {"asked": True, "refused": "snmp.conf must be closed"}):
        health = document({"head-1": {"clock": clock(), "snmp": told}}).nodes["head-1"]
        unknown = {check for each in health.unknown for check in each.checks}
        assert ("switch-port-down" in unknown) == told["asked"]


def test_errors_of_a_port_are_a_rate_since_its_switch_started() -> None:
    def counted(hours: float) -> HealthDocument:
        text = (
            f".1.3.6.1.2.1.1.3.0 = Timeticks: ({int(hours * 360000)}) x\n"
            ".1.3.6.1.2.1.2.2.1.2.1 = swp1\n.1.3.6.1.2.1.2.2.1.7.1 = 1\n"
            ".1.3.6.1.2.1.2.2.1.14.1 = 1000\n"
        )
        told = {"asked": True, "devices": {"leaf-1": {"text": text, "why": ""}}}
        return document({"head-1": {"clock": clock(up_s=600), "snmp": told}})

    assert [each.check for each in counted(2).findings] == ["switch-errors"]
    assert counted(2000).findings == ()

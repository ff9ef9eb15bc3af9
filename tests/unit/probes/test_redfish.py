"""Redfish: old controllers and new ones, one document or many, and what is absent stays absent."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from millwright.probes.redfish import read
from millwright.probes.redfish_facts import Collection, Firmware


def odata(kind: str, path: str, **keys: object) -> dict[str, object]:
    """Return a resource of a kind."""
    return {"@odata.id": path, "@odata.type": f"#{kind}.v1_0_0.{kind}", **keys}


OK = {"Health": "OK", "State": "Enabled"}
SYSTEM = odata(
    "ComputerSystem",
    "/redfish/v1/Systems/1",
    Manufacturer="Dell Inc.",
    Model="PowerEdge R640",
    SerialNumber="CN01",
    BiosVersion="2.3.10",
    PowerState="On",
    ProcessorSummary={"Count": 2},
    MemorySummary={"TotalSystemMemoryGiB": 476.8},
    Status={"Health": "OK", "HealthRollup": "Warning"},
)
THERMAL = odata(
    "Thermal",
    "/redfish/v1/Chassis/1/Thermal",
    Fans=[
        {"Name": "Fan1A", "Reading": 17760, "ReadingUnits": "RPM", "Status": OK},
        {"FanName": "Fan2", "ReadingRPM": 4000},
        {"Name": "Fan3", "Reading": 40, "ReadingUnits": "Percent"},
        {"Name": "Fan4", "Reading": 0, "Status": {"State": "Absent"}},
        {"@odata.id": "/redfish/v1/Chassis/1/Fans/5"},
    ],
    Temperatures=[
        {"Name": "CPU1 Temp", "ReadingCelsius": 40, "UpperThresholdCritical": 93},
        {"Name": "Inlet", "ReadingCelsius": None},
    ],
)
POWER = odata(
    "Power",
    "/redfish/v1/Chassis/1/Power",
    PowerControl=[{"Name": "System", "PowerConsumedWatts": 429}],
    PowerSupplies=[
        {"Name": "PS1", "PowerCapacityWatts": 750, "PowerOutputWatts": 203, "Status": OK}
    ],
    Voltages=[{"Name": "12V", "ReadingVolts": 12.1}],
)
SENSOR = odata(
    "Sensor",
    "/redfish/v1/Chassis/1/Sensors/T",
    Name="TEMP_GB_SXM1",
    Reading=27,
    ReadingType="Temperature",
    Thresholds={"UpperCritical": {"Reading": 88}},
)
GPU = odata(
    "Processor",
    "/redfish/v1/Systems/HGX/Processors/GPU_SXM_1",
    Id="GPU_SXM_1",
    ProcessorType="GPU",
    Model="H100 80GB HBM3",
    FirmwareVersion="96.00.89.00.01",
    SystemInterface={"PCIe": {"LanesInUse": 8, "MaxLanes": 16, "PCIeType": "Gen5"}},
)


def test_a_system_is_told_with_its_worst_health() -> None:
    reading = read(json.dumps(SYSTEM))
    (system,) = reading.facts.systems
    assert (system.manufacturer, system.model, system.serial) == (
        "Dell Inc.",
        "PowerEdge R640",
        "CN01",
    )
    assert (system.bios_version, system.power_state, system.health) == ("2.3.10", "On", "Warning")
    assert (system.cpu_count, system.memory_gib) == (2, 476.8)
    assert not reading.problems


def test_old_controllers_list_their_sensors_in_one_document() -> None:
    reading = read(json.dumps({"/thermal": THERMAL, "/power": POWER}))
    found = {(each.metric, each.device): each.value for each in reading.measurements}
    assert found == {
        ("bmc_fan_speed", "Fan1A"): 17760,
        ("bmc_fan_speed", "Fan2"): 4000,
        ("bmc_fan_duty", "Fan3"): 40,
        ("bmc_temperature", "CPU1 Temp"): 40,
        ("bmc_power", "System"): 429,
        ("bmc_supply_output", "PS1"): 203,
        ("bmc_voltage", "12V"): 12.1,
    }
    assert len(reading.facts.fans) == 4
    assert reading.facts.temperatures[0].upper_critical == 93
    assert reading.facts.temperatures[1].reading is None


def test_new_controllers_give_each_sensor_a_resource() -> None:
    fan = odata("Fan", "/f", Name="FAN1", SpeedPercent={"Reading": 60, "SpeedRPM": 9000})
    metrics = odata("EnvironmentMetrics", "/e", Name="GPU env", PowerWatts={"Reading": 71.5})
    supply = odata("PowerSupply", "/s", Name="PSU0", PowerCapacityWatts=3300)
    documents = {"a": SENSOR, "b": fan, "c": metrics, "d": supply}
    reading = read(json.dumps(documents))
    assert {(each.metric, each.value) for each in reading.measurements} == {
        ("bmc_temperature", 27),
        ("bmc_fan_speed", 9000),
        ("bmc_power", 71.5),
    }
    assert reading.facts.temperatures[0].upper_critical == 88
    assert reading.facts.supplies[0].capacity_w == 3300


def test_what_two_paths_tell_alike_is_measured_once() -> None:
    twin = {**SENSOR, "@odata.id": "/redfish/v1/Chassis/2/Sensors/T"}
    assert len(read(json.dumps([1])).measurements) == 0
    assert len(read(json.dumps({"a": SENSOR, "b": twin})).measurements) == 1
    other = {**twin, "Reading": 31}
    devices = [each.device for each in read(json.dumps({"a": SENSOR, "b": other})).measurements]
    assert devices == ["TEMP_GB_SXM1", "/redfish/v1/Chassis/2/Sensors/T"]


def test_processors_ports_firmware_logs_and_counters_are_facts() -> None:
    documents = {
        "gpu": GPU,
        "port": odata("Port", "/p", Id="NVLink_0", LinkStatus="LinkUp", CurrentSpeedGbps=212.496),
        "fw": odata("SoftwareInventory", "/i", Id="HostBIOS_0", Version="01.01.03"),
        "log": odata("LogEntry", "/l", Severity="Critical", Message="PSU lost", Created="2026"),
        "errors": odata("ProcessorMetrics", "/m", PCIeErrors={"NAKSentCount": 3, "x": "y"}),
        "all": odata("ChassisCollection", "/c", Members=[{"@odata.id": "/c/1"}]),
    }
    facts = read(json.dumps(documents)).facts
    gpu = facts.processors[0]
    assert (gpu.name, gpu.kind, gpu.pcie, gpu.lanes, gpu.lanes_most) == (
        "GPU_SXM_1",
        "GPU",
        "Gen5",
        8,
        16,
    )
    assert (facts.ports[0].link_status, facts.ports[0].speed_gbps) == ("LinkUp", 212.496)
    assert facts.firmware == (Firmware("HostBIOS_0", "01.01.03"),)
    assert (facts.log[0].severity, facts.log[0].message) == ("Critical", "PSU lost")
    assert (facts.errors[0].name, facts.errors[0].count) == ("PCIeErrors.NAKSentCount", 3)
    assert facts.collections == (Collection("/c", 1),)


def test_members_told_in_full_are_read_as_if_asked_for() -> None:
    collection = odata("SystemCollection", "/redfish/v1/Systems", Members=[SYSTEM])
    assert read(json.dumps(collection)).facts.systems[0].serial == "CN01"


def test_refusals_and_what_is_no_document_are_problems() -> None:
    refusal = {"error": {"code": "Base.1.0", "message": "Invalid user name"}}
    assert "Invalid user name" in read(json.dumps(refusal)).problems[0].message
    assert read(json.dumps({"/a": refusal, "/b": SYSTEM})).facts.systems
    for text in ("", "<html>", "[1]", "7", "{}", '{"/a": 3}', '{"/a": {"x": 1}}', "[" * 99999):
        assert read(text).problems, text[:9]


def test_a_document_cut_at_any_place_is_a_problem_and_says_nothing() -> None:
    text = json.dumps({"/thermal": THERMAL, "/power": POWER})
    for length in range(len(text)):
        reading = read(text[:length])
        assert reading.problems
        assert not reading.measurements


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Fans", "Members", "Reading", "Name", "Status", "PowerControl", "PCIeErrors"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(
    st.sampled_from(["ComputerSystem", "Thermal", "Sensor", "Fan", "Power", "ProcessorMetrics"]),
    st.dictionaries(
        st.sampled_from(["Fans", "Members", "Reading", "SpeedPercent", "Status", "PCIeErrors"]),
        VALUES,
    ),
)
def test_no_document_is_too_much(kind: str, body: dict[str, object]) -> None:
    read(json.dumps({"/a": {**body, "@odata.type": f"#{kind}.v1.{kind}"}}))


@given(st.text())
def test_no_text_is_too_much(text: str) -> None:
    read(text)

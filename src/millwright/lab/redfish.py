"""What the BMCs of the lab say beyond sushy-tools: serial, event log, fans, power supplies."""

from __future__ import annotations

import hashlib
from typing import Any

from millwright.lab.faultlog import active
from millwright.lab.home import Home
from millwright.lab.plan import LabHost
from millwright.lab.sel import entries

CHASSIS = "Chassis-1"
FANS, SUPPLIES = 8, 6
INVENTORIES = tuple(f"/redfish/v1/UpdateService/{k}Inventory" for k in ("Firmware", "Software"))
"""What sushy-tools links to and does not answer; nothing is installed on a BMC of the lab."""


def serial(each: LabHost) -> str:
    """Return the serial number of a host: made up, and the same at every boot."""
    return f"SIM{hashlib.sha256(each.name.encode()).hexdigest()[:9].upper()}"


def serial_uuid(each: LabHost) -> str:
    """Return the system's UUID."""
    digest = hashlib.sha256(f"uuid {each.name}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def completed(home: Home, each: LabHost, path: str) -> dict[str, Any] | None:
    """Return a document that sushy-tools does not have, or has without what matters."""
    machine = f"/redfish/v1/Systems/{serial_uuid(each)}"
    chassis = f"/redfish/v1/Chassis/{CHASSIS}"
    if path in INVENTORIES:
        return _collection(path, "SoftwareInventory", [])
    if path == f"{machine}/LogServices":
        return _collection(path, "LogService", [f"{path}/SEL"])
    if path == f"{machine}/LogServices/SEL":
        return {
            **_named(path, "LogService.v1_1_0.LogService", "SEL"),
            "Entries": {"@odata.id": f"{path}/Entries"},
        }
    return _of_log(home, each, path, f"{machine}/LogServices/SEL/Entries") or _of_chassis(
        home, each, path, chassis
    )


def _of_log(home: Home, each: LabHost, path: str, log: str) -> dict[str, Any] | None:
    """Return the event log, or one entry of it."""
    if path == log:
        told = _entries(home, each, log)
        return {
            **_collection(log, "LogEntry", []),
            "Members": told,
            "Members@odata.count": len(told),
        }
    if path.startswith(f"{log}/"):
        return next((e for e in _entries(home, each, log) if e["@odata.id"] == path), None)
    return None


def _of_chassis(home: Home, each: LabHost, path: str, chassis: str) -> dict[str, Any] | None:
    """Return the chassis, its fans or its supplies."""
    if path == chassis:
        return _chassis(each, path)
    if path == f"{chassis}/Thermal":
        return _thermal(home, each, path)
    if path == f"{chassis}/Power":
        return _power(home, each, path)
    return None


def _named(path: str, kind: str, name: str) -> dict[str, Any]:
    return {"@odata.id": path, "@odata.type": f"#{kind}", "Id": name, "Name": name}


def _collection(path: str, kind: str, members: list[str]) -> dict[str, Any]:
    return {
        **_named(path, f"{kind}Collection.{kind}Collection", kind),
        "Members": [{"@odata.id": member} for member in members],
        "Members@odata.count": len(members),
    }


def _entries(home: Home, each: LabHost, log: str) -> list[dict[str, Any]]:
    """Return every entry of the event log as a document of its own, the oldest first."""
    return [
        {
            **_named(f"{log}/{number}", "LogEntry.v1_4_0.LogEntry", str(number)),
            "EntryType": "SEL",
            "Created": entry["at"],
            "Severity": entry["severity"],
            "Message": entry["message"],
        }
        for number, entry in enumerate(entries(home, each.name), start=1)
    ]


def _chassis(each: LabHost, path: str) -> dict[str, Any]:
    """Return the chassis; sushy-tools would send whoever asks for it back to itself for ever."""
    machine, manager = (
        f"/redfish/v1/{kind}/{serial_uuid(each)}" for kind in ("Systems", "Managers")
    )
    return {
        **_named(path, "Chassis.v1_5_0.Chassis", CHASSIS),
        "ChassisType": "RackMount",
        "Manufacturer": "millwright",
        "Model": "Simulated node of the lab",
        "SerialNumber": serial(each),
        "Status": _status(True),
        "Thermal": {"@odata.id": f"{path}/Thermal"},
        "Power": {"@odata.id": f"{path}/Power"},
        "Links": {
            "ComputerSystems": [{"@odata.id": machine}],
            "ManagedBy": [{"@odata.id": manager}],
        },
    }


def _broken(home: Home, each: LabHost, kind: str) -> set[int]:
    return {fault.device or 0 for fault in active(home, each.name) if fault.kind == kind}


def _thermal(home: Home, each: LabHost, path: str) -> dict[str, Any]:
    bad = _broken(home, each, "fan")
    fans = [
        {
            "MemberId": str(number),
            "Name": f"Fan {number}",
            "Reading": 0 if number in bad else 9200 + 40 * number,
            "ReadingUnits": "RPM",
            "Status": _status(number not in bad),
        }
        for number in range(FANS)
    ]
    inlet = {
        "MemberId": "0",
        "Name": "Inlet",
        "ReadingCelsius": 24,
        "UpperThresholdCritical": 45,
        "Status": _status(True),
    }
    return {
        **_named(path, "Thermal.v1_6_0.Thermal", "Thermal"),
        "Fans": fans,
        "Temperatures": [inlet],
    }


def _power(home: Home, each: LabHost, path: str) -> dict[str, Any]:
    bad = _broken(home, each, "psu")
    supplies = [
        {
            "MemberId": str(number),
            "Name": f"PSU {number}",
            "PowerCapacityWatts": 3300,
            "LastPowerOutputWatts": 0 if number in bad else 820,
            "LineInputVoltage": 0 if number in bad else 230,
            "Status": _status(number not in bad),
        }
        for number in range(SUPPLIES)
    ]
    drawn = 820 * (SUPPLIES - len(bad))
    return {
        **_named(path, "Power.v1_6_0.Power", "Power"),
        "PowerControl": [{"MemberId": "0", "Name": "System", "PowerConsumedWatts": drawn}],
        "PowerSupplies": supplies,
    }


def _status(well: bool) -> dict[str, str]:
    return {"State": "Enabled", "Health": "OK" if well else "Critical"}


ABSENT = ("Memory", "Processors", "SecureBoot", "SimpleStorage", "Storage")
"""What sushy-tools links to from a system, and a host of the lab does not have."""


def system(each: LabHost, document: dict[str, Any]) -> dict[str, Any]:
    """Return the system's document, completed, without links that lead nowhere."""
    return {
        **{name: value for name, value in document.items() if name not in ABSENT},
        "HostName": each.name,
        "Manufacturer": "millwright",
        "Model": "Simulated node of the lab",
        "SerialNumber": serial(each),
        "LogServices": {"@odata.id": f"{document['@odata.id']}/LogServices"},
    }


def marked(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document that says of itself that it is simulated."""
    return {**document, "Oem": {**document.get("Oem", {}), "Millwright": {"Simulated": True}}}

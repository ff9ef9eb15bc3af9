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
    if path == f"{machine}/LogServices":
        return _collection(path, "LogService", [f"{path}/SEL"])
    if path == f"{machine}/LogServices/SEL":
        return {
            **_named(path, "LogService.v1_1_0.LogService", "SEL"),
            "Entries": {"@odata.id": f"{path}/Entries"},
        }
    if path == f"{machine}/LogServices/SEL/Entries":
        return _log(home, each, path)
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


def _log(home: Home, each: LabHost, path: str) -> dict[str, Any]:
    told = [
        {
            **_named(f"{path}/{number}", "LogEntry.v1_4_0.LogEntry", str(number)),
            "EntryType": "SEL",
            "Created": entry["at"],
            "Severity": entry["severity"],
            "Message": entry["message"],
        }
        for number, entry in enumerate(entries(home, each.name), start=1)
    ]
    document = _collection(path, "LogEntry", [])
    return {**document, "Members": told, "Members@odata.count": len(told)}


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


def system(each: LabHost, document: dict[str, Any]) -> dict[str, Any]:
    """Return the system's document, completed and marked."""
    return {
        **document,
        "HostName": each.name,
        "Manufacturer": "millwright",
        "Model": "Simulated node of the lab",
        "SerialNumber": serial(each),
        "LogServices": {"@odata.id": f"{document['@odata.id']}/LogServices"},
        "Oem": {"Millwright": {"Simulated": True}},
    }

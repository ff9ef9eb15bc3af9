"""Which parts of a machine a Redfish resource tells of.

Old controllers list all sensors of a chassis in `Thermal` and `Power`; newer ones give each sensor,
fan and supply a resource of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from millwright.probes.redfish_document import Resource
from millwright.probes.redfish_facts import (
    Collection,
    Errors,
    Firmware,
    LogEntry,
    Part,
    Port,
    Processor,
    Sensor,
    Supply,
    System,
)

_PARTS = ("Chassis", "Drive", "Memory", "NetworkAdapter", "PCIeDevice", "Switch", "Manager")
_SENSORS = {
    "Temperature": "temperature",
    "Rotational": "fan",
    "Percent": "fan",
    "Voltage": "voltage",
    "Power": "power",
}
_UNITS = {"temperature": "Cel", "fan": "RPM", "voltage": "V", "power": "W"}
_COUNTED = ("Count", "Counts")
_DEPTH = 4


def systems(resource: Resource) -> Iterator[System]:
    """Yield the system that a resource is."""
    if resource.type == "ComputerSystem":
        yield System(
            path=resource.path,
            name=resource.words("Name"),
            manufacturer=resource.words("Manufacturer"),
            model=resource.words("Model"),
            serial=resource.words("SerialNumber") or resource.words("SKU"),
            bios_version=resource.words("BiosVersion"),
            power_state=resource.words("PowerState"),
            health=_health(resource),
            cpu_count=resource.count("ProcessorSummary", "Count"),
            memory_gib=resource.number("MemorySummary", "TotalSystemMemoryGiB"),
        )


def other_parts(resource: Resource) -> Iterator[Part]:
    """Yield the part that a resource is, if it is one with a serial number."""
    if resource.type in _PARTS:
        yield Part(
            path=resource.path,
            kind=resource.type,
            name=resource.words("Name"),
            manufacturer=resource.words("Manufacturer"),
            model=resource.words("Model"),
            serial=resource.words("SerialNumber"),
            part_number=resource.words("PartNumber"),
            health=_health(resource),
            state=resource.words("Status", "State"),
            max_power_w=resource.number("MaxPowerWatts"),
        )


def processors(resource: Resource) -> Iterator[Processor]:
    """Yield the processor that a resource is."""
    if resource.type == "Processor":
        link = ("SystemInterface", "PCIe")
        yield Processor(
            path=resource.path,
            name=resource.words("Id") or resource.words("Name"),
            kind=resource.words("ProcessorType"),
            model=resource.words("Model"),
            serial=resource.words("SerialNumber"),
            firmware=resource.words("FirmwareVersion"),
            health=_health(resource),
            cores=resource.count("TotalCores"),
            pcie=resource.words(*link, "PCIeType"),
            pcie_best=resource.words(*link, "MaxPCIeType"),
            lanes=resource.count(*link, "LanesInUse"),
            lanes_most=resource.count(*link, "MaxLanes"),
        )


def sensors(resource: Resource) -> Iterator[Sensor]:
    """Yield every sensor that a resource is or lists."""
    if resource.type == "Sensor":
        kind = _SENSORS.get(resource.words("ReadingType") or "")
        if kind:
            unit = resource.words("ReadingUnits") or _UNITS[kind]
            yield _sensor(resource, kind, resource.number("Reading"), unit)
    elif resource.type == "Fan":
        yield _own_fan(resource)
    elif resource.type == "EnvironmentMetrics":
        yield from _environment(resource)
    else:
        yield from _listed(resource)


def _listed(resource: Resource) -> Iterator[Sensor]:
    """Yield what a `Thermal` or a `Power` lists."""
    for each in resource.inner("Temperatures"):
        yield _sensor(each, "temperature", each.number("ReadingCelsius"), "Cel")
    for each in resource.inner("Fans"):
        yield _fan(each)
    for each in resource.inner("Voltages"):
        yield _sensor(each, "voltage", each.number("ReadingVolts"), "V")
    for each in resource.inner("PowerControl"):
        yield _sensor(each, "power", each.number("PowerConsumedWatts"), "W")


def supplies(resource: Resource) -> Iterator[Supply]:
    """Yield every power supply that a resource is or lists."""
    told = list(resource.inner("PowerSupplies"))
    if resource.type == "PowerSupply":
        told.append(resource)
    for each in told:
        yield Supply(
            path=each.path,
            name=each.words("Name"),
            model=each.words("Model"),
            serial=each.words("SerialNumber"),
            firmware=each.words("FirmwareVersion"),
            health=_health(each),
            state=each.words("Status", "State"),
            capacity_w=each.number("PowerCapacityWatts"),
            input_w=each.number("PowerInputWatts"),
            output_w=each.number("PowerOutputWatts"),
        )


def ports(resource: Resource) -> Iterator[Port]:
    """Yield the port that a resource is."""
    if resource.type in ("Port", "NetworkPort", "EthernetInterface"):
        yield Port(
            path=resource.path,
            name=resource.words("Id"),
            protocol=resource.words("PortProtocol"),
            link_status=resource.words("LinkStatus"),
            speed_gbps=resource.number("CurrentSpeedGbps"),
            speed_most_gbps=resource.number("MaxSpeedGbps"),
            health=_health(resource),
        )


def errors(resource: Resource) -> Iterator[Errors]:
    """Yield every counter of errors in the metrics of a part, under its dotted name."""
    if resource.type.endswith("Metrics"):
        for name, count in _counters(resource, ()):
            yield Errors(resource.path, name, count)


def firmware(resource: Resource) -> Iterator[Firmware]:
    """Yield the entry of an inventory that a resource is."""
    if resource.type in ("SoftwareInventory", "FirmwareInventory"):
        name = resource.words("Id") or resource.words("Name") or resource.path
        yield Firmware(name, resource.words("Version"))


def log_entries(resource: Resource) -> Iterator[LogEntry]:
    """Yield the entry of a log that a resource is."""
    if resource.type == "LogEntry":
        resolved = resource.body.get("Resolved")
        yield LogEntry(
            path=resource.path,
            created=resource.words("Created"),
            severity=resource.words("Severity"),
            message=resource.words("Message"),
            sensor=resource.words("SensorType"),
            code=resource.words("EntryCode"),
            message_id=resource.words("MessageId"),
            resolved=resolved if isinstance(resolved, bool) else None,
        )


def collections(resource: Resource) -> Iterator[Collection]:
    """Yield the collection that a resource is."""
    members = resource.body.get("Members")
    if isinstance(members, list):
        yield Collection(resource.path, len(members))


def _health(resource: Resource) -> str | None:
    return resource.words("Status", "HealthRollup") or resource.words("Status", "Health")


def _sensor(resource: Resource, kind: str, reading: float | None, unit: str) -> Sensor:
    bound = ("Thresholds", "UpperCritical", "Reading"), ("Thresholds", "LowerCritical", "Reading")
    upper, lower = (resource.number(*keys) for keys in bound)
    absent = resource.words("Status", "State") == "Absent"
    old_upper = resource.number("UpperThresholdCritical")
    old_lower = resource.number("LowerThresholdCritical")
    return Sensor(
        path=resource.path,
        kind=kind,
        name=resource.words("Name") or resource.words("FanName") or resource.words("Id"),
        reading=None if absent else reading,
        unit=unit,
        health=_health(resource),
        state=resource.words("Status", "State"),
        upper_critical=old_upper if upper is None else upper,
        lower_critical=old_lower if lower is None else lower,
    )


def _fan(resource: Resource) -> Sensor:
    """Return a fan of a `Thermal`: in RPM or, as some controllers have it, in percent."""
    old = resource.number("ReadingRPM")
    unit = "RPM" if old is not None else resource.words("ReadingUnits") or "RPM"
    reading = resource.number("Reading") if old is None else old
    return _sensor(resource, "fan", reading, "%" if unit == "Percent" else unit)


def _own_fan(resource: Resource) -> Sensor:
    """Return a fan with a resource of its own: in RPM where it says so, else in percent."""
    speed = resource.number("SpeedPercent", "SpeedRPM")
    if speed is not None:
        return _sensor(resource, "fan", speed, "RPM")
    return _sensor(resource, "fan", resource.number("SpeedPercent", "Reading"), "%")


def _environment(resource: Resource) -> Iterator[Sensor]:
    for key, kind in (("TemperatureCelsius", "temperature"), ("PowerWatts", "power")):
        reading = resource.number(key, "Reading")
        if reading is not None:
            yield _sensor(resource, kind, reading, _UNITS[kind])


def _counters(resource: Resource, keys: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    inside = resource.body
    for key in keys:
        inside = inside[key]
    for key, value in inside.items():
        here = (*keys, key)
        if isinstance(value, dict) and len(here) < _DEPTH:
            yield from _counters(resource, here)
        elif key.endswith(_COUNTED) and (count := resource.count(*here)) is not None:
            yield ".".join(here), count

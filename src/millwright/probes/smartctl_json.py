"""smartctl's JSON, versions 7.0 to 7.5, of ATA, SCSI and NVMe drives."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.probes.endings import shown
from millwright.probes.json_node import Node
from millwright.probes.reading import Problem
from millwright.probes.smartctl_facts import Attribute, Drive, NvmeHealth, Uncorrected

_LOG = "nvme_smart_health_information_log"
_BITS_PER_GIGABIT = 10**9


def is_document(node: Node) -> bool:
    """Return whether this is what smartctl prints."""
    return node.at("smartctl").value is not None or node.at("json_format_version").value is not None


def drives(node: Node, problems: list[Problem]) -> Iterator[Drive]:
    """Yield the drive of a document, or those of a scan; append what smartctl complains about."""
    for message in node.at("smartctl", "messages").entries:
        if message.at("severity").said == "error":
            problems.append(Problem(shown(message.at("string").said or "smartctl failed")))
    listed = node.at("devices")
    if listed.value is not None:
        yield from (_drive(Node({"device": each.value}), scanned=True) for each in listed.entries)
    elif node.at("device").value is not None:
        yield _drive(node)
    else:
        problems.append(Problem("the document names no drive"))


def _drive(node: Node, *, scanned: bool = False) -> Drive:
    log = node.at(_LOG)
    return Drive(
        device=_device(node.at("device")),
        protocol=node.at("device", "protocol").said,
        family=node.at("model_family").said,
        model=_model(node),
        serial=node.at("serial_number").said,
        firmware=node.first("firmware_version", "scsi_revision", "revision").said,
        wwn=_wwn(node.at("wwn")) or node.at("logical_unit_id").said,
        capacity_bytes=_capacity(node),
        rotation_rpm=node.at("rotation_rate").whole,
        link_gbps=_speed(node.at("interface_speed", "current")),
        link_max_gbps=_speed(node.at("interface_speed", "max")),
        passed=node.at("smart_status", "passed").flag,
        temperature_c=node.at("temperature", "current").number,
        power_on_hours=node.at("power_on_time", "hours").whole,
        power_cycles=node.at("power_cycle_count").whole,
        nvme=None if log.value is None else _health(log),
        attributes=tuple(_attributes(node.at("ata_smart_attributes", "table"))),
        grown_defects=node.at("scsi_grown_defect_list").whole,
        uncorrected=_uncorrected(node.at("scsi_error_counter_log")),
        scanned=scanned,
    )


def _device(device: Node) -> str | None:
    """Return a drive's name; behind a controller, whose name many share, with its place there."""
    name, kind = device.at("name").said, device.at("type").said
    return f"{name} {kind}" if name and kind and "," in kind else name


def _model(node: Node) -> str | None:
    if told := node.first("model_name", "scsi_model_name").said:
        return told
    parts = [node.first(f"scsi_{key}", key).said for key in ("vendor", "product")]
    return " ".join(part for part in parts if part) or None


def _capacity(node: Node) -> int | None:
    """Return the whole drive: of an NVMe one, before it is divided into namespaces."""
    told = (node.at("nvme_total_capacity").whole, node.at("user_capacity", "bytes").whole)
    return next((value for value in told if value), None)


def _wwn(wwn: Node) -> str | None:
    naa, oui, own = (wwn.at(key).whole for key in ("naa", "oui", "id"))
    if naa is None or oui is None or own is None:
        return None
    return f"0x{naa:x}{oui:06x}{own:09x}"


def _speed(speed: Node) -> float | None:
    units, bits = speed.at("units_per_second").whole, speed.at("bits_per_unit").whole
    return None if units is None or bits is None else units * bits / _BITS_PER_GIGABIT


def _attributes(table: Node) -> Iterator[Attribute]:
    for row in table.entries:
        number, name = row.at("id").whole, row.at("name").said
        if number is not None and name is not None:
            yield Attribute(
                number=number,
                name=name,
                value=row.at("value").whole,
                worst=row.at("worst").whole,
                threshold=row.at("thresh").whole,
                raw=row.at("raw", "string").said or str(row.at("raw", "value").whole or ""),
                failed=row.at("when_failed").said,
            )


def _uncorrected(log: Node) -> tuple[Uncorrected, ...]:
    return tuple(
        Uncorrected(during, errors)
        for during in ("read", "write", "verify")
        if (errors := log.at(during, "total_uncorrected_errors").whole) is not None
    )


def _health(log: Node) -> NvmeHealth:
    warning = log.at("critical_warning")
    return NvmeHealth(
        critical_warning=warning.whole if warning.whole is not None else warning.at("value").whole,
        temperature_c=log.at("temperature").number,
        available_spare_percent=log.at("available_spare").number,
        available_spare_threshold_percent=log.at("available_spare_threshold").number,
        percentage_used=log.at("percentage_used").number,
        data_units_read=log.at("data_units_read").whole,
        data_units_written=log.at("data_units_written").whole,
        host_reads=log.at("host_reads").whole,
        host_writes=log.at("host_writes").whole,
        controller_busy_minutes=log.at("controller_busy_time").whole,
        power_cycles=log.at("power_cycles").whole,
        power_on_hours=log.at("power_on_hours").whole,
        unsafe_shutdowns=log.at("unsafe_shutdowns").whole,
        media_errors=log.at("media_errors").whole,
        error_log_entries=log.at("num_err_log_entries").whole,
        warning_temperature_minutes=log.at("warning_temp_time").whole,
        critical_temperature_minutes=log.at("critical_comp_time").whole,
        sensors_c=_sensors(log.at("temperature_sensors")),
    )


def _sensors(told: Node) -> tuple[float, ...]:
    return tuple(value for each in told.entries if (value := each.number) is not None)

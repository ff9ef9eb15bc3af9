"""Redfish: one document of a management controller, or an object that maps paths to documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes import redfish_parts as parts
from millwright.probes.reading import Problem, Reading, is_simulated
from millwright.probes.redfish_document import Resource, resource_of
from millwright.probes.redfish_facts import Machine

TOOL = "redfish"
_METRICS = {
    ("temperature", "Cel"): metrics.BMC_TEMPERATURE,
    ("fan", "RPM"): metrics.BMC_FAN_SPEED,
    ("fan", "%"): metrics.BMC_FAN_DUTY,
    ("voltage", "V"): metrics.BMC_VOLTAGE,
    ("power", "W"): metrics.BMC_POWER,
}


def command(host: str, path: str = "/redfish/v1/Systems") -> list[str]:
    """Return what to ask from a machine that reaches the controller; a login comes on top."""
    return ["curl", "--silent", "--show-error", f"https://{host}{path}"]


def read(text: str) -> Reading[Machine]:
    """Return what the documents say; what is no resource is a problem."""
    problems: list[Problem] = []
    resources = list(_resources(text, problems))
    if not resources and not problems:
        problems.append(Problem("no resource is told"))
    machine = _machine(resources)
    measurements = tuple(_measurements(machine))
    return Reading(TOOL, machine, measurements, tuple(problems), is_simulated(text))


def _machine(resources: list[Resource]) -> Machine:
    sensors = [found for each in resources for found in parts.sensors(each)]
    return Machine(
        systems=tuple(found for each in resources for found in parts.systems(each)),
        parts=tuple(found for each in resources for found in parts.other_parts(each)),
        processors=tuple(found for each in resources for found in parts.processors(each)),
        temperatures=tuple(found for found in sensors if found.kind == "temperature"),
        fans=tuple(found for found in sensors if found.kind == "fan"),
        voltages=tuple(found for found in sensors if found.kind == "voltage"),
        powers=tuple(found for found in sensors if found.kind == "power"),
        supplies=tuple(found for each in resources for found in parts.supplies(each)),
        ports=tuple(found for each in resources for found in parts.ports(each)),
        errors=tuple(found for each in resources for found in parts.errors(each)),
        firmware=tuple(found for each in resources for found in parts.firmware(each)),
        log=tuple(found for each in resources for found in parts.log_entries(each)),
        collections=tuple(found for each in resources for found in parts.collections(each)),
    )


def _resources(text: str, problems: list[Problem]) -> Iterator[Resource]:
    """Yield every resource, and the members that a collection holds in full."""
    for path, document in _documents(text, problems):
        if not isinstance(document, dict):
            problems.append(Problem(f"no document: {path}"))
        elif isinstance(document.get("error"), dict):
            said = Resource(path, document).words("error", "message") or "without a word"
            problems.append(Problem(f"the controller refuses {path}: {said}"[:200]))
        elif not any(key.startswith("@odata.") for key in document):
            problems.append(Problem(f"no Redfish resource: {path}"))
        else:
            resource = resource_of(path, document)
            if not resource.type:
                problems.append(Problem(f"a resource of no known kind: {resource.path}"[:200]))
            yield resource
            yield from resource.inner("Members")


def _documents(text: str, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """Yield documents with their paths: one that has a type, or the values of a mapping."""
    try:
        loaded = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        problems.append(Problem(f"not JSON: {error}"[:200]))
        return
    if not isinstance(loaded, dict):
        problems.append(Problem("the document is no JSON object"))
    elif "error" in loaded or any(key.startswith("@odata.") for key in loaded):
        yield "", loaded
    else:
        yield from loaded.items()


@dataclass(frozen=True, slots=True)
class _Told:
    """One number to measure, with the name that people know it by and the path that is its own."""

    metric: metrics.Metric
    name: str | None
    path: str
    value: float | None


def _measurements(machine: Machine) -> Iterator[Measurement]:
    """Yield each reading: what two paths tell alike once, what they tell otherwise by its path."""
    values: dict[tuple[str, str], float] = {}
    for each in _told(machine):
        if each.value is None:
            continue
        key = (each.metric.name, each.name or each.path)
        if key not in values:
            values[key] = each.value
            yield each.metric.of(each.value, key[1])
        elif values[key] != each.value:
            yield each.metric.of(each.value, each.path)


def _told(machine: Machine) -> Iterator[_Told]:
    for sensor in (*machine.temperatures, *machine.fans, *machine.voltages, *machine.powers):
        if metric := _METRICS.get((sensor.kind, sensor.unit or "")):
            yield _Told(metric, sensor.name, sensor.path, sensor.reading)
    for supply in machine.supplies:
        yield _Told(metrics.BMC_SUPPLY_INPUT, supply.name, supply.path, supply.input_w)
        yield _Told(metrics.BMC_SUPPLY_OUTPUT, supply.name, supply.path, supply.output_w)

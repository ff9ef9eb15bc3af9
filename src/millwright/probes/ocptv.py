"""OCP test and validation: an artefact a line, of the edition before 1.0 and of 2.0.

Lines of parallel steps stand in any order; series and steps are told apart by their ids.
"""

from __future__ import annotations

import re

from millwright.model.measurement import Measurement
from millwright.probes.endings import shown
from millwright.probes.json_documents import Documents
from millwright.probes.json_node import Node
from millwright.probes.metrics import OCPTV
from millwright.probes.node_numbers import whole
from millwright.probes.ocptv_facts import Diagnosis, Fault, Step, TestRun, Value
from millwright.probes.ocptv_values import Series, value_of
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "ocptv"


def read(text: str) -> Reading[TestRun]:
    """Return a run; one that does not end, or a series that lacks values, is a problem."""
    log = Documents(text)
    run = _Run()
    run.problems += log.problems
    run.problems += [Problem(f"no record: {shown(line)}", at) for at, line in log.talk]
    for record in log.nodes:
        run.take(record)
    facts = run.facts()
    if facts.records == 0:
        run.problems.append(Problem("no record is told"))
    elif not run.start.members:
        run.problems.append(Problem("the run does not tell its start"))
    elif facts.status is None:
        run.problems.append(Problem("the run does not come to its end"))
    measurements = tuple(_measured(value) for value in facts.values if value.number is not None)
    return Reading(TOOL, facts, measurements, tuple(run.problems), is_simulated(text))


class _Run:
    """Sorts records by what they are."""

    def __init__(self) -> None:
        self.edition: str | None = None
        self.start = Node()
        self.end = Node()
        self.numbers: list[int] = []
        self.parts: dict[str, str] = {}
        self.steps: dict[str, list[str | None]] = {}
        self.series: dict[tuple[str, str], Series] = {}
        self.values: list[Value] = []
        self.diagnoses: list[Diagnosis] = []
        self.faults: list[Fault] = []
        self.problems: list[Problem] = []

    def take(self, record: Node) -> None:
        """Read one record; logs, files and extensions are counted and passed over."""
        run, step = record.at("testRunArtifact"), record.at("testStepArtifact")
        schema = record.at("schemaVersion")
        if schema.members:
            major, minor = schema.at("major").said, schema.at("minor").said
            self.edition = f"{major}.{minor}"
        elif not run.members and not step.members:
            self.problems.append(Problem("a document is no record"))
            return
        number = whole(record.at("sequenceNumber"))
        if number is not None and number in self.numbers[-200:]:
            self.problems.append(Problem(f"record {number} stands twice"))
            return
        self.numbers += [] if number is None else [number]
        self._of_run(run)
        if step.members:
            self._of_step(step, step.at("testStepId").said or "")

    def _of_run(self, run: Node) -> None:
        if run.at("testRunStart").members:
            self.start = run.at("testRunStart")
            self._hardware()
        elif run.at("testRunEnd").members:
            self.end = run.at("testRunEnd")
        elif run.at("error").members:
            self._fault(run.at("error"), None)

    def _hardware(self) -> None:
        told = self.start.at("dutInfo")
        for host in told.entries or (told,):
            for part in host.first("hardwareComponents", "hardwareInfos").entries:
                place = part.first("fruLocation", "location", "computerSystem")
                words = (place.at("devpath").said, place.at("odataId").said, part.at("name").said)
                name = next((word for word in words if word), None)
                if (key := part.at("hardwareInfoId").said) is not None:
                    self.parts[key] = name or key

    def _of_step(self, step: Node, at: str) -> None:
        if step.at("testStepStart").members:
            self.steps.setdefault(at, [None, None])[0] = step.at("testStepStart", "name").said
        elif step.at("testStepEnd").members:
            self.steps.setdefault(at, [None, None])[1] = step.at("testStepEnd", "status").said
        elif step.at("diagnosis").members:
            self._diagnosis(step.at("diagnosis"), at)
        elif step.at("error").members:
            self._fault(step.at("error"), at)
        elif (told := step.at("measurement")).members:
            self._value(told.first("info") if told.at("info").members else told, told, at)
        else:
            self._series(step, at)

    def _value(self, info: Node, told: Node, at: str) -> None:
        element = told.at("element") if told.at("element").members else told
        value = value_of(info, element, at, self.parts)
        if value is None:
            self.problems.append(Problem(f"a measurement of step {at} has no value"))
        else:
            self.values.append(value)

    def _series(self, step: Node, at: str) -> None:
        if (start := step.at("measurementSeriesStart")).members:
            info = start.at("info") if start.at("info").members else start
            key = start.at("measurementSeriesId").said or ""
            self.series[at, key] = Series(at, info)
        elif (element := step.first("measurementSeriesElement", "measurementElement")).members:
            series = self._of(at, element.at("measurementSeriesId").said or "")
            value = value_of(series.info, element, series.step, self.parts) if series else None
            if series is None or value is None:
                self.problems.append(Problem(f"an element of step {at} without its series"))
            else:
                series.values.append(value)
        elif (end := step.at("measurementSeriesEnd")).members:
            series = self._of(at, end.at("measurementSeriesId").said or "")
            if series is not None:
                series.expected = whole(end.first("totalCount", "totalMeasurementCount"))

    def _of(self, at: str, key: str) -> Series | None:
        """Return a series; where another step's line tells of it, the only one of that id."""
        own = self.series.get((at, key))
        same = [series for (_, name), series in self.series.items() if name == key]
        return own or (same[0] if len(same) == 1 else None)

    def _diagnosis(self, told: Node, at: str) -> None:
        named = told.at("hardwareInfoId")
        ids = [each.said for each in named.entries] or [named.said]
        self.diagnoses.append(
            Diagnosis(
                step=at,
                verdict=told.at("type").said or "UNKNOWN",
                symptom=told.first("verdict", "symptom").said,
                message=told.first("message", "msg").said,
                parts=tuple(self.parts.get(each, each) for each in ids if each),
            )
        )

    def _fault(self, told: Node, at: str | None) -> None:
        self.faults.append(Fault(at, told.at("symptom").said, told.first("message", "msg").said))

    def facts(self) -> TestRun:
        """Return the run; the values of a series follow those that stand alone."""
        values = list(self.values)
        for series in self.series.values():
            values += series.values
            if series.expected is not None and series.expected != len(series.values):
                name = series.info.at("name").said or "a series"
                self.problems.append(
                    Problem(f"{name}: {series.expected} values, {len(series.values)} are told")
                )
        hosts = self.start.at("dutInfo")
        named = [host.first("hostname", "name").said for host in hosts.entries or (hosts,)]
        return TestRun(
            edition=self.edition,
            name=self.start.at("name").said,
            version=self.start.at("version").said,
            hosts=tuple(name for name in named if name),
            parts=len(self.parts),
            records=len(self.numbers),
            missing=_missing(self.numbers),
            steps=tuple(Step(key, name, status) for key, (name, status) in self.steps.items()),
            values=tuple(values),
            diagnoses=tuple(self.diagnoses),
            faults=tuple(self.faults),
            status=self.end.at("status").said,
            result=self.end.at("result").said,
        )


def _missing(numbers: list[int]) -> int:
    """Return how many numbers between 0 and the largest are not here."""
    return max(0, max(numbers, default=-1) + 1 - len(set(numbers)))


def _measured(value: Value) -> Measurement:
    slug = re.sub(r"[^a-z0-9]+", "_", value.name.lower()).strip("_") or "unnamed"
    name = OCPTV.named(slug).name
    return Measurement(name, value.number or 0.0, value.unit or "", value.part or "")

"""`nvidia-smi -q -x`: everything the driver says of its GPUs, in any version of its XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from millwright.probes.endings import shown
from millwright.probes.nvidia_smi_facts import gpu_of
from millwright.probes.nvidia_smi_gpu import Machine, measured, problems_of
from millwright.probes.nvidia_smi_sheet import Sheet, sheet
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "nvidia-smi-xml"
_ROOT, _END = "<nvidia_smi_log", "</nvidia_smi_log>"
_PROLOGUE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE[^>\[]*>|<!--.*?-->", re.DOTALL)
_DEEPEST = 24
Told = list[tuple[str, str]]


class _TooDeep(ValueError):
    """More levels than any driver ever nested."""


@dataclass(slots=True)
class _Collector:
    """Takes elements as the parser meets them, without a tree that a hostile text could grow."""

    heading: Told = field(default_factory=list)
    gpus: list[tuple[str, Told]] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    leaf: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._stray()
        if len(self.path) > _DEEPEST:
            raise _TooDeep
        self.path.append(tag.lower())
        if self.path[1:] == ["gpu"]:
            self.gpus.append((attributes.get("id", ""), []))
        self.leaf = True

    def data(self, text: str) -> None:
        self.text.append(text)

    def end(self, tag: str) -> None:
        value = "".join(self.text).strip()
        if self.leaf:
            self.text.clear()
            self._tell(value)
        self._stray()
        self.path.pop()
        self.leaf = False

    def close(self) -> None:
        """The parser wants one; nothing is kept open."""

    def _tell(self, value: str) -> None:
        if len(self.path) > 2 and self.path[1] == "gpu":
            self.gpus[-1][1].append(("/".join(self.path[2:]), value))
        elif len(self.path) == 2:
            self.heading.append((self.path[1], value))

    def _stray(self) -> None:
        """Text beside elements is no part of the format: another program wrote in between."""
        if stray := "".join(self.text).strip():
            self.strays.append(stray)
        self.text.clear()


def command() -> list[str]:
    """Return what to ask a node."""
    return ["nvidia-smi", "-q", "-x"]


def read(text: str) -> Reading[Machine]:
    """Return the driver and its GPUs; from XML that is not whole, nothing but a problem."""
    collector, problems = _Collector(), list(_around(text))
    body = text[text.find(_ROOT) : text.find(_END) + len(_END)]
    if "<!entity" in text.lower():
        problems = [Problem("the XML declares entities, which nvidia-smi never does: not read")]
    elif _ROOT not in text or _END not in text:
        problems.append(Problem("the XML has no end" if _ROOT in text else "no nvidia_smi_log"))
    else:
        problems += _collect(body, collector)
    machine = _machine(collector)
    problems += [Problem(f"text between the elements: {shown(told)}") for told in collector.strays]
    problems += problems_of(machine)
    return Reading(TOOL, machine, measured(machine.gpus), tuple(problems), is_simulated(text))


def _collect(body: str, collector: _Collector) -> list[Problem]:
    parser = ElementTree.XMLParser(target=collector)
    try:
        parser.feed(body)
        parser.close()
    except _TooDeep:
        told = "the XML is nested deeper than nvidia-smi's ever was"
    except (ElementTree.ParseError, ValueError) as error:
        told = f"the XML is broken: {shown(str(error))}"
    else:
        return []
    collector.heading.clear()
    collector.gpus.clear()
    collector.strays.clear()
    return [Problem(told)]


def _machine(collector: _Collector) -> Machine:
    heading = sheet("", collector.heading)
    return Machine(
        driver=heading.said("driver_version"),
        cuda=heading.said("cuda_version"),
        attached=heading.count("attached_gpus"),
        gpus=tuple(gpu_of(index, found) for index, found in enumerate(_sheets(collector))),
    )


def _sheets(collector: _Collector) -> Iterator[Sheet]:
    return (sheet(words(bus_id) or "", told) for bus_id, told in collector.gpus)


def _around(text: str) -> Iterator[Problem]:
    """Yield what stands before and after the log and is no part of it."""
    head, _, rest = text.removeprefix("\ufeff").partition(_ROOT)
    after = rest.partition(_END)[2]
    for place, told in (("before", _PROLOGUE.sub("", head[:4000])), ("after", after)):
        if told.strip():
            yield Problem(f"text {place} the XML: {shown(told)}")

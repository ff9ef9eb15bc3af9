"""`dcgmi nvlink -e -g GPU -j`: the error counters of one GPU's links."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.json_node import Node, document
from millwright.probes.nvidia_smi_nvlink import ErrorCount
from millwright.probes.quantity import counter
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-nvlink"
_LINK = re.compile(r"Link (\d{1,3})")
_GPU = re.compile(r"GPU (\d{1,4})")


@dataclass(frozen=True, slots=True)
class LinkErrors:
    """One link's counters by the tool's names (`CRC Data Error`)."""

    index: int
    errors: tuple[ErrorCount, ...]


@dataclass(frozen=True, slots=True)
class GpuLinkErrors:
    """The links of one GPU; `gpu` is its number where the tool says it."""

    gpu: int | None
    links: tuple[LinkErrors, ...]


def command(gpu: int) -> list[str]:
    """Return what to ask a node about one GPU."""
    return ["dcgmi", "nvlink", "-e", "-g", str(gpu), "-j"]


def read(text: str) -> Reading[GpuLinkErrors]:
    """Return every counter of every link; a counter that is no number is a problem."""
    whole, problems = document(text, expected=lambda node: bool(node.at("body").members))
    links: list[LinkErrors] = []
    for name, node in whole.at("body").members:
        if found := _LINK.fullmatch(name):
            counters = node.at("children").members
            links.append(LinkErrors(int(found[1]), _counts(counters)))
            problems += [
                Problem(f"{name}: {counter_name} is not counted")
                for counter_name, told in counters
                if counter(told.at("value").said) is None
            ]
    header = " ".join(node.said or "" for node in whole.at("header").entries)
    gpu = _GPU.search(header)
    problems += [] if links else [Problem("no link is reported")]
    facts = GpuLinkErrors(int(gpu[1]) if gpu else None, tuple(links))
    return Reading(TOOL, facts, (), tuple(problems), is_simulated(text))


def _counts(counters: tuple[tuple[str, Node], ...]) -> tuple[ErrorCount, ...]:
    told = ((name, counter(node.at("value").said)) for name, node in counters)
    return tuple(ErrorCount(name, count) for name, count in told if count is not None)

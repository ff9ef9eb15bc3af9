"""Every reader of GPU tools against broken texts, and the simulated tools read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.lab.simulators import mark
from millwright.probes import reading, registry
from millwright.probes.reading import Tool
from tests.unit.lab.node import LabNode
from tests.unit.probes.breaking import (
    assert_cuts_invent_nothing,
    assert_doubt_is_told,
    without,
)
from tests.unit.probes.conftest import Printed, exported

_PREFIXES = ("nvidia-smi", "dcgm", "rocm-smi", "amd-smi")
TOOLS = [tool for tool in registry.TOOLS if tool.name.startswith(_PREFIXES)]


@dataclass(frozen=True, slots=True)
class Case:
    """A command of a simulated node, and the tool that reads what it prints."""

    model: str
    name: str
    command: tuple[str, ...]

    @property
    def has_room(self) -> bool:
        """Whether the format has room for a remark: XML, and JSON whose top is an object."""
        return bool({"-x", "-j", "--json"} & set(self.command)) and "list" not in self.command

    def __str__(self) -> str:
        return f"{self.model} {' '.join(self.command[:4])}"


NVIDIA = [
    ("nvidia-smi-xml", ("nvidia-smi", "-q", "-x")),
    ("nvidia-smi-text", ("nvidia-smi", "-q")),
    ("nvidia-smi-text", ("nvidia-smi", "-q", "-d", "PAGE_RETIREMENT,ROW_REMAPPER")),
    ("nvidia-smi-table", ("nvidia-smi",)),
    (
        "nvidia-smi-csv",
        (
            "nvidia-smi",
            "--query-gpu=index,name,temperature.gpu,power.draw,memory.used",
            "--format=csv",
        ),
    ),
    ("nvidia-smi-list", ("nvidia-smi", "-L")),
    ("nvidia-smi-topo", ("nvidia-smi", "topo", "-m")),
    ("nvidia-smi-nvlink", ("nvidia-smi", "nvlink", "-s")),
    ("nvidia-smi-nvlink", ("nvidia-smi", "nvlink", "-e")),
    ("dcgmi-discovery", ("dcgmi", "discovery", "-l")),
    ("dcgmi-health", ("dcgmi", "health", "-c")),
    ("dcgmi-health", ("dcgmi", "health", "-c", "-j")),
    ("dcgmi-diag", ("dcgmi", "diag", "-r", "3", "-j")),
    ("dcgmi-diag", ("dcgmi", "diag", "-r", "1")),
    ("dcgmi-modules", ("dcgmi", "modules", "-l")),
    ("dcgmi-nvlink", ("dcgmi", "nvlink", "-e", "-g", "0", "-j")),
    ("dcgmi-dmon", ("dcgmi", "dmon", "-e", "150,155,1001,252", "-c", "2", "-d", "1")),
]
AMD = [
    ("rocm-smi", ("rocm-smi", "--showallinfo", "--json")),
    ("amd-smi", ("amd-smi", "list", "--json")),
    ("amd-smi", ("amd-smi", "static", "--json")),
    ("amd-smi", ("amd-smi", "metric", "--json")),
]
PRINTED = [Case("h100", *case) for case in NVIDIA] + [Case("mi300x", *case) for case in AMD]
MODELS = [Case(model, *case) for model in ("h200", "b200") for case in NVIDIA] + PRINTED
OUTPUTS = pytest.mark.parametrize("case", PRINTED, ids=str)
OUTPUTS_OF_ALL = pytest.mark.parametrize("case", MODELS, ids=str)


def tool(name: str) -> Tool:
    """Return a registered tool."""
    found = registry.named(name)
    assert found is not None
    return found


def test_the_simulators_copy_of_the_mark_is_the_readers() -> None:
    assert mark.MARK == reading.MARK


def test_every_name_and_alias_is_given_once() -> None:
    names = [name for tool in registry.TOOLS for name in (tool.name, *tool.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
@pytest.mark.parametrize(
    "text", ["", "\n", "\ufeff", "\x00", "\ud800", "{", "[" * 5000, "<a>" * 5000]
)
def test_nothing_is_a_problem_and_no_exception(tool: Tool, text: str) -> None:
    reading = tool.read(text)
    assert reading.problems
    assert not reading.measurements


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
@given(text=st.text(max_size=200))
def test_any_text_is_read_without_an_exception(tool: Tool, text: str) -> None:
    tool.read(text)


@OUTPUTS
def test_a_cut_output_gives_no_value_that_the_whole_does_not_have(
    printed: Printed, case: Case
) -> None:
    assert_cuts_invent_nothing(tool(case.name).read, printed(case.model, *case.command))


@OUTPUTS
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.lists(st.integers(-400, 400), min_size=1, max_size=3))
def test_lost_and_doubled_lines_give_no_new_value_without_a_problem(
    printed: Printed, case: Case, at: list[int]
) -> None:
    text = printed(case.model, *case.command)
    assert_doubt_is_told(tool(case.name).read, text, without(text, at))


@OUTPUTS
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), noise=st.text(max_size=40))
def test_noise_anywhere_is_read_without_an_exception(
    printed: Printed, case: Case, at: int, noise: str
) -> None:
    text = printed(case.model, *case.command)
    place = at % (len(text) + 1)
    tool(case.name).read(text[:place] + noise + text[place:])


@OUTPUTS_OF_ALL
def test_a_healthy_simulated_node_is_read_without_a_problem(printed: Printed, case: Case) -> None:
    reading = tool(case.name).read(printed(case.model, *case.command))
    assert (reading.tool, reading.problems) == (case.name, ())


@OUTPUTS_OF_ALL
def test_a_carriage_return_before_each_newline_changes_nothing(
    printed: Printed, case: Case
) -> None:
    text = printed(case.model, *case.command)
    assert (
        tool(case.name).read(text.replace("\n", "\r\n")).facts == tool(case.name).read(text).facts
    )


@OUTPUTS
def test_the_tool_that_sniffs_knows_each_of_its_forms(printed: Printed, case: Case) -> None:
    text = printed(case.model, *case.command)
    assert tool(case.command[0]).read(text) == tool(case.name).read(text)


@OUTPUTS
def test_a_byte_order_mark_changes_nothing_and_a_banner_no_fact(
    printed: Printed, case: Case
) -> None:
    text = printed(case.model, *case.command)
    whole = tool(case.name).read(text)
    assert tool(case.name).read(f"\ufeff{text}") == whole
    banner = tool(case.name).read(f"Warning: Permanently added 'node001' to the hosts.\n{text}")
    assert banner.facts == whole.facts
    assert banner.problems


@pytest.mark.parametrize("case", [case for case in PRINTED if case.has_room], ids=str)
def test_what_is_simulated_says_so(printed: Printed, case: Case) -> None:
    assert tool(case.name).read(printed(case.model, *case.command)).simulated


def test_an_exporters_scrape_is_read_and_its_cuts_invent_nothing(
    node: Callable[[str], LabNode],
) -> None:
    text = exported(node("h100"))
    reading = tool("dcgm-exporter").read(text)
    assert (reading.problems, reading.simulated) == ((), True)
    assert {m.device for m in reading.measurements} == {f"gpu{index}" for index in range(8)}
    assert_cuts_invent_nothing(tool("dcgm-exporter").read, text)

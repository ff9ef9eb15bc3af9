"""Every reader of GPU tools against broken texts, and the simulated tools read back."""

from __future__ import annotations

from collections.abc import Callable

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
PRINTED = [("h100", *case) for case in NVIDIA] + [("mi300x", *case) for case in AMD]
OUTPUTS = pytest.mark.parametrize(
    ("model", "name", "command"), PRINTED, ids=[" ".join(case[2][:3]) for case in PRINTED]
)
MODELS = [
    *((model, *case) for model in ("h100", "h200", "b200") for case in NVIDIA),
    *(("mi300x", *case) for case in AMD),
]


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
    printed: Printed, model: str, name: str, command: tuple[str, ...]
) -> None:
    assert_cuts_invent_nothing(tool(name).read, printed(model, *command))


@OUTPUTS
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.lists(st.integers(-400, 400), min_size=1, max_size=3))
def test_lost_and_doubled_lines_give_no_new_value_without_a_problem(
    printed: Printed, model: str, name: str, command: tuple[str, ...], at: list[int]
) -> None:
    text = printed(model, *command)
    assert_doubt_is_told(tool(name).read, text, without(text, at))


@OUTPUTS
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), noise=st.text(max_size=40))
def test_noise_anywhere_is_read_without_an_exception(
    printed: Printed, model: str, name: str, command: tuple[str, ...], at: int, noise: str
) -> None:
    text = printed(model, *command)
    place = at % (len(text) + 1)
    tool(name).read(text[:place] + noise + text[place:])


@pytest.mark.parametrize(("model", "name", "command"), MODELS)
def test_a_healthy_simulated_node_is_read_without_a_problem(
    printed: Printed, model: str, name: str, command: tuple[str, ...]
) -> None:
    reading = tool(name).read(printed(model, *command))
    assert (reading.tool, reading.problems) == (name, ())


@pytest.mark.parametrize(("model", "name", "command"), MODELS)
def test_a_carriage_return_before_each_newline_changes_nothing(
    printed: Printed, model: str, name: str, command: tuple[str, ...]
) -> None:
    text = printed(model, *command)
    assert tool(name).read(text.replace("\n", "\r\n")).facts == tool(name).read(text).facts


@OUTPUTS
def test_the_tool_that_sniffs_knows_each_of_its_forms(
    printed: Printed, model: str, name: str, command: tuple[str, ...]
) -> None:
    text = printed(model, *command)
    assert tool(command[0]).read(text) == tool(name).read(text)


@OUTPUTS
def test_a_byte_order_mark_changes_nothing_and_a_banner_no_fact(
    printed: Printed, model: str, name: str, command: tuple[str, ...]
) -> None:
    text = printed(model, *command)
    whole = tool(name).read(text)
    assert tool(name).read(f"\ufeff{text}") == whole
    banner = tool(name).read(f"Warning: Permanently added 'node001' to the hosts.\n{text}")
    assert banner.facts == whole.facts
    assert banner.problems


@pytest.mark.parametrize(
    ("model", "name", "command"),
    [
        ("h100", "nvidia-smi-xml", ("nvidia-smi", "-q", "-x")),
        ("h100", "dcgmi-diag", ("dcgmi", "diag", "-r", "1", "-j")),
        ("h100", "dcgmi-health", ("dcgmi", "health", "-c", "-j")),
        ("h100", "dcgmi-nvlink", ("dcgmi", "nvlink", "-e", "-g", "0", "-j")),
        ("mi300x", "rocm-smi", ("rocm-smi", "--showallinfo", "--json")),
        ("mi300x", "amd-smi", ("amd-smi", "metric", "--json")),
    ],
)
def test_what_is_simulated_says_so(
    printed: Printed, model: str, name: str, command: tuple[str, ...]
) -> None:
    assert tool(name).read(printed(model, *command)).simulated


def test_an_exporters_scrape_is_read_and_its_cuts_invent_nothing(
    node: Callable[[str], LabNode],
) -> None:
    text = exported(node("h100"))
    reading = tool("dcgm-exporter").read(text)
    assert (reading.problems, reading.simulated) == ((), True)
    assert {m.device for m in reading.measurements} == {f"gpu{index}" for index in range(8)}
    assert_cuts_invent_nothing(tool("dcgm-exporter").read, text)

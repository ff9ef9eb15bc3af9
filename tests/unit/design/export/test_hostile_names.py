"""No name breaks out of a format: it stands in there as it is, or the export is refused."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from dataclasses import replace
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.catalogs import load
from millwright.adapters.exportfiles import lines_text, sheet_text
from millwright.adapters.plainyaml import plain_yaml
from millwright.design.export.dot import dot, quoted
from millwright.design.export.frr import frr, interface, plain
from millwright.design.export.netbox import netbox
from millwright.design.export.netboxtypes import named
from millwright.design.export.nvue import nvue, port
from millwright.design.plan.plan import network_plan, slug
from millwright.errors import MillwrightError
from millwright.model.cluster import CableTable
from tests.unit.design.export.designs import Drawn, drawn, texts

HOSTILE = st.text(
    alphabet=st.sampled_from("ab1/\\\"'`$(){}[]<>;:,.!#?*&|%@=+- \n\r\t\0\x1b\u2028\u202eé"),
    min_size=1,
    max_size=40,
)
POD = drawn(load(None).catalog, "era-2-8-9-400", 4)


def renamed(port_name: str) -> Drawn:
    """Return the design with one port of a node called so, where its cable begins."""
    ports = list(POD.cables.a_port)
    ports[POD.cables.fabric.index("compute")] = port_name
    cables: CableTable = replace(POD.cables, a_port=ports)
    return replace(POD, cables=cables)


@given(HOSTILE)
def test_a_quoted_name_of_a_graph_is_one_string_that_reads_as_the_name(name: str) -> None:
    text = quoted(name)
    body = text[1:-1]
    assert re.fullmatch(r'(?:[^"\\]|\\.)*', body, re.DOTALL)
    assert re.sub(r"\\(.)", r"\1", body, flags=re.DOTALL) == name


@given(HOSTILE)
def test_a_remark_is_a_line_of_plain_signs(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9 ._/:()-]*", plain(name))


@given(HOSTILE)
def test_a_line_is_one_line_or_refused(name: str) -> None:
    try:
        text = lines_text("x.conf", (f"description {name}",))
    except MillwrightError:
        return
    assert len(text.splitlines()) == 1


@given(HOSTILE)
def test_a_cell_reads_back_as_it_was_and_is_never_computed(name: str) -> None:
    try:
        text = sheet_text("x.csv", ("a", "b"), ((name, "b"),))
    except MillwrightError:
        return
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [["a", "b"], [name, "b"]]
    assert name[0] not in "=+-@"


@given(HOSTILE)
def test_a_key_of_yaml_reads_back_as_it_was(name: str) -> None:
    assert yaml.safe_load(plain_yaml([{"set": {name: {"x": name}}}])) == [
        {"set": {name: {"x": name}}}
    ]


@given(HOSTILE)
def test_interfaces_and_ports_are_words_or_refused(name: str) -> None:
    for checked in (interface, port):
        with contextlib.suppress(MillwrightError):
            assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", checked(name))


@given(HOSTILE)
def test_a_name_of_netbox_has_no_comma_since_that_parts_names_there(name: str) -> None:
    try:
        assert "," not in named(name)
    except MillwrightError:
        assert "," in name or name != name.strip()


@given(HOSTILE)
def test_a_slug_is_part_of_a_label(name: str) -> None:
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug(name))


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_a_hostile_port_breaks_out_of_no_export(name: str) -> None:
    pod = renamed(name)
    for made in (_dot, _netbox, _frr, _nvue):
        try:
            written = texts(made(pod))
        except MillwrightError:
            continue
        for path, text in written.items():
            _whole(path, text)


def _dot(pod: Drawn) -> Any:
    return dot(pod.cluster, pod.cables)


def _netbox(pod: Drawn) -> Any:
    plan = network_plan(pod.cluster, pod.cables, pod.catalog, ())
    return netbox(pod.cluster, pod.cables, plan, pod.catalog)


def _frr(pod: Drawn) -> Any:
    return frr(network_plan(pod.cluster, pod.cables, pod.catalog, ()))


def _nvue(pod: Drawn) -> Any:
    return nvue(network_plan(pod.cluster, pod.cables, pod.catalog, ()), pod.classes)


def _whole(path: str, text: str) -> None:
    """Fail where a file has another shape than that of a design without hostile names."""
    assert all(c.isprintable() or c in "\n\t" for c in text), path
    if path.endswith(".yaml"):
        yaml.safe_load(text)
    elif path.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(text)))
        assert {len(row) for row in rows} == {len(rows[0])}
    elif path.endswith("frr.conf"):
        words = {line.split()[0] for line in text.splitlines() if line.strip()}
        assert words <= {
            "!", "frr", "hostname", "log", "service", "ip", "ipv6", "route-map", "match", "exit",
            "interface", "description", "router", "bgp", "neighbor", "address-family",
            "redistribute", "maximum-paths", "exit-address-family", "advertise-all-vni", "end",
        }  # fmt: skip
    elif path.endswith(".dot"):
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
        graph = [line for line in outside.splitlines() if not line.startswith("//")]
        assert "\n".join(graph).count("{") == "\n".join(graph).count("}")
        assert '"' not in "".join(graph)

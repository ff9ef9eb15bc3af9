"""Wrong specs: every problem at once, each with its place and what would be right."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from millwright.adapters.specfile import factory_schema, read_factory
from millwright.adapters.yamlfile import read
from millwright.errors import InputError, Problem
from millwright.model.catalog import Catalog

HEAD = "schema: millwright.factory/1\nname: test\n"
EXAMPLES = Path(__file__).parents[3] / "examples"


def problems(tmp_path: Path, catalog: Catalog, body: str, head: str = HEAD) -> list[Problem]:
    path = tmp_path / "factory.yaml"
    path.write_text(head + body, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_factory(path, catalog)
    return list(error.value.problems)


@pytest.mark.parametrize("name", ["superpod-h100.yaml", "regional-health.yaml", "lab.yaml"])
def test_the_examples_are_valid(catalog: Catalog, name: str) -> None:
    spec = read_factory(EXAMPLES / name, catalog)
    assert spec.factory.name
    assert len(spec.digest) == 64
    jsonschema.validate(read(EXAMPLES / name).value, factory_schema())


def test_every_problem_is_told_at_once_in_order(tmp_path: Path, catalog: Catalog) -> None:
    found = problems(
        tmp_path,
        catalog,
        'blueprint: dgx-superpod-h100\ncompute:\n  - {name: gpu, nodes: "four"}\n'
        "  - {name: GPU, nodez: 3, nodes: 1}\nsite: {power: {feeds: 2.5}}\nbogus: 1\n",
    )
    assert [(p.line, p.key) for p in found] == [
        (5, "compute[0].nodes"),
        (6, "compute[1].name"),
        (6, "compute[1].nodez"),
        (7, "site.power.feeds"),
        (8, "bogus"),
    ]
    assert found[0].found == "'four'"
    assert found[0].expected == "a whole number"
    assert found[2].hint == "did you mean 'nodes'?"


@pytest.mark.parametrize(
    ("body", "key", "expected", "hint"),
    [
        (
            "blueprint: dgx-superpod-h10\ncompute: [{name: g, nodes: 1}]\n",
            "blueprint",
            "known",
            "h100",
        ),
        ("compute: [{name: g, nodes: 1}]\n", "compute[0].server", "a server", ""),
        (
            "blueprint: lab\ncompute: [{name: g, nodes: 1, tier: gold}]\n",
            "compute[0].tier",
            "tier",
            "",
        ),
        ("blueprint: lab\ncompute: [{name: g}]\n", "compute[0]", "exactly one of", ""),
        (
            "blueprint: lab\ncompute: [{name: g, nodes: 1, gpus: 2}]\n",
            "compute[0]",
            "exactly one",
            "",
        ),
        ("blueprint: lab\ncompute: [{name: g, nodes: -4}]\n", "compute[0].nodes", "at least 1", ""),
        (
            "blueprint: lab\ncompute: [{name: g, nodes: 99999999}]\n",
            "compute[0].nodes",
            "at most",
            "",
        ),
        (
            "blueprint: lab\ncompute: [{name: g, nodes: true}]\n",
            "compute[0].nodes",
            "whole number",
            "",
        ),
        (
            "blueprint: lab\ncompute: [{name: '../x', nodes: 1}]\n",
            "compute[0].name",
            "lower-case",
            "",
        ),
        (
            "blueprint: lab\ncompute: [{name: '$(id)', nodes: 1}]\n",
            "compute[0].name",
            "lower-case",
            "",
        ),
        ("blueprint: lab\n", "", "compute or workloads", ""),
        (
            "blueprint: lab\ncompute: [{name: a, nodes: 1}, {name: a, nodes: 2}]\n",
            "compute[1].name",
            "name of its own",
            "",
        ),
        (
            "blueprint: lab\ncompute: [{name: a, nodes: 1}]\nfabrics: {compute: {switch: qm970}}\n",
            "fabrics.compute.switch",
            "switch",
            "qm9700",
        ),
        (
            "blueprint: lab\ncompute: [{name: a, nodes: 1}]\nsoftware: {os: debian-11}\n",
            "software.os",
            "debian-12",
            "debian-1",
        ),
        (
            "blueprint: lab\ncompute: [{name: a, nodes: 1}]\nnetworks: [{name: o, cidr: 1.0/9}]\n",
            "networks[0].cidr",
            "",
            "",
        ),
    ],
)
def test_each_kind_of_mistake_names_key_and_remedy(
    tmp_path: Path, catalog: Catalog, body: str, key: str, expected: str, hint: str
) -> None:
    (problem,) = problems(tmp_path, catalog, body)
    assert problem.key == key
    assert expected in problem.expected
    assert hint in problem.hint
    assert problem.line >= 1


def test_a_wrong_schema_line_is_named(tmp_path: Path, catalog: Catalog) -> None:
    body = "blueprint: lab\ncompute: [{name: a, nodes: 1}]\n"
    (problem,) = problems(tmp_path, catalog, body, "schema: millwright.factory/2\nname: x\n")
    assert (problem.line, problem.key) == (1, "schema")
    assert "millwright.factory/1" in problem.expected


def test_a_list_is_no_spec(tmp_path: Path, catalog: Catalog) -> None:
    (problem,) = problems(tmp_path, catalog, "- a\n", "")
    assert "a mapping" in problem.expected


def test_the_schema_is_json_schema_and_knows_the_keys() -> None:
    schema = factory_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert {"schema", "name", "compute", "fabrics", "workloads"} <= set(schema["properties"])
    assert json.dumps(schema)

"""The catalogue's files: what a site adds, what it overrides, and what is wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.catalogs import load
from millwright.errors import InputError

HEAD = "schema: millwright.catalog/1\n"
SWITCH = (
    "switches:\n  - {name: NAME, protocol: infiniband, port_count: 64, port_speed_gbps: 400, "
    "cage_count: 32, connector: osfp, height_u: 1}\n"
)


def written(tmp_path: Path, body: str, head: str = HEAD) -> Path:
    (tmp_path / "own.yaml").write_text(head + body, encoding="utf-8")
    return tmp_path


def test_an_own_entry_is_added_and_marked_an_estimate(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, SWITCH.replace("NAME", "my-leaf")))
    assert loaded.catalog.switches["my-leaf"].port_count.confidence == "estimate"
    assert loaded.overrides == ()
    assert loaded.files == ("own.yaml",)


def test_an_override_names_the_keys_that_differ(tmp_path: Path) -> None:
    (override,) = load(written(tmp_path, SWITCH.replace("NAME", "qm9700"))).overrides
    assert (override.section, override.name, override.file) == ("switches", "qm9700", "own.yaml")
    assert "connector" in override.keys
    assert "protocol" not in override.keys


def test_an_own_file_changes_the_digest(tmp_path: Path) -> None:
    assert load(None).digest == load(None).digest
    assert load(written(tmp_path, SWITCH.replace("NAME", "x"))).digest != load(None).digest


def test_ports_with_a_count_are_written_out(tmp_path: Path) -> None:
    body = (
        "servers:\n  - name: s\n    gpu_count: 4\n    height_u: 2\n    ports:\n"
        '      - {count: 4, cage: "N{n}", fabric: compute, speed_gbps: 400, connector: osfp, '
        'hca: "m{n0}", gpu: "{n0}", rail: "{n}"}\n'
    )
    ports = load(written(tmp_path, body)).catalog.servers["s"].ports
    assert [(p.name, p.hca, p.gpu, p.rail) for p in ports][1::2] == [
        ("N2", "m1", 1, 2),
        ("N4", "m3", 3, 4),
    ]


@pytest.mark.parametrize(
    ("body", "line", "text"),
    [
        ("switchs: []\n", 2, "did you mean 'switches'?"),
        ("switches: {a: 1}\n", 2, "a list"),
        ("gpus:\n  - {name: g}\n", 3, "required"),
        (SWITCH.replace("NAME", "a").replace("64", "63"), 3, "multiple of cage_count"),
        (SWITCH.replace("NAME", "a") + SWITCH.replace("NAME", "b"), 4, "second time"),
        (SWITCH.replace("NAME", "a").replace("port_count: 64", "port_count: '64'"), 3, "whole"),
        ("servers:\n  - {name: s, gpu: h10, gpu_count: 1, height_u: 1}\n", 3, "a name of gpus"),
        ("racks:\n  - {name: r, height_u: 48, source: nobody}\n", 3, "a name of sources"),
        ("racks:\n  - {name: r, height_u: 48}\n  - {name: r, height_u: 48}\n", 4, "each name once"),
    ],
)
def test_a_wrong_file_is_told_with_line_and_remedy(
    tmp_path: Path, body: str, line: int, text: str
) -> None:
    with pytest.raises(InputError) as error:
        load(written(tmp_path, body))
    problem = error.value.problems[0]
    assert problem.file.endswith("own.yaml")
    assert problem.line == line
    assert text in f"{problem.found} {problem.expected} {problem.hint}"


def test_a_file_that_is_no_catalogue_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 problem"):
        load(written(tmp_path, "a: 1\n", ""))


def test_ports_that_nobody_names_are_told_apart(tmp_path: Path) -> None:
    switch = load(written(tmp_path, SWITCH.replace("NAME", "my-leaf"))).catalog.switches["my-leaf"]
    assert switch.native_port_name == "{cage}/{lane}"


def test_ports_named_alike_are_refused(tmp_path: Path) -> None:
    body = SWITCH.replace("NAME", "my-leaf").replace("height_u", 'port_name: "1/{cage}", height_u')
    with pytest.raises(InputError) as refused:
        load(written(tmp_path, body))
    assert "names the ports of a cage alike" in str(refused.value.problems)

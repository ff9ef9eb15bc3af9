"""A design as files: the same bytes for the same inputs, all or none, and never a stale answer."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import IO

import openpyxl
import pytest

from millwright.adapters import artefacts, cablefile
from millwright.adapters.artefacts import NoDesign, StaleDesign, Written
from millwright.adapters.workspace import Workspace
from millwright.design.solve import solve
from millwright.errors import MillwrightError
from millwright.model.catalog import Catalog
from millwright.model.lock import Lock
from tests.conftest import superpod

LOCK = Lock(tool_version="1", spec_sha256="a" * 64, catalog_sha256="b" * 64)


@pytest.fixture(scope="module")
def design(catalog: Catalog) -> Written:
    solved = solve(superpod(1), catalog)
    numbers = {c.name: c.part_number for c in catalog.cables.values() if c.part_number}
    return Written(solved.cluster, solved.cables, solved.bom, numbers, LOCK)


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_equal_inputs_give_equal_bytes_in_any_place_and_time_zone(
    tmp_path: Path, design: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    artefacts.write_design(Workspace(tmp_path / "a"), design)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LC_ALL", "C")
    artefacts.write_design(Workspace(tmp_path / "b"), design)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_what_is_written_is_read_back(tmp_path: Path, design: Written) -> None:
    workspace = Workspace(tmp_path)
    artefacts.write_design(workspace, design)
    lock = artefacts.read_lock(workspace)
    cluster = artefacts.read_cluster(workspace, lock)
    cables, rows = artefacts.read_cables(workspace, lock)
    assert cluster.model_copy(update={"cables": None}) == design.cluster
    assert cluster.cables is not None
    assert cluster.cables.rows == len(rows) == len(design.cables)
    assert cables.a_port == design.cables.a_port
    assert cables.rail == design.cables.rail
    assert artefacts.read_bom(workspace, lock) == tuple(design.bom)


def test_the_workbook_holds_the_bill_as_numbers(tmp_path: Path, design: Written) -> None:
    artefacts.write_design(Workspace(tmp_path), design)
    book = openpyxl.load_workbook(tmp_path / "design" / "bom.xlsx")
    sheet = book["Bill of materials"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(design.bom)
    assert all(isinstance(row[4], int) for row in rows)
    assert book["About"]["B1"].value == design.cluster.name


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path, design: Written) -> None:
    line = design.bom[0].model_copy(update={"description": "=HYPERLINK(1)"})
    artefacts.write_design(Workspace(tmp_path), replace(design, bom=[line]))
    assert ",'=HYPERLINK(1)," in (tmp_path / "design" / "bom.csv").read_text()
    cell = openpyxl.load_workbook(tmp_path / "design" / "bom.xlsx")["Bill of materials"]["C2"]
    assert cell.data_type == "s"


def test_a_design_of_other_inputs_is_stale_and_says_of_which(
    tmp_path: Path, design: Written
) -> None:
    workspace = Workspace(tmp_path)
    artefacts.write_design(workspace, design)
    assert artefacts.check_fresh(workspace, LOCK).spec_sha256 == LOCK.spec_sha256
    with pytest.raises(StaleDesign, match=r"factory\.yaml and the version"):
        artefacts.check_fresh(
            workspace, LOCK.model_copy(update={"spec_sha256": "c" * 64, "tool_version": "2"})
        )


def test_a_changed_file_is_noticed(tmp_path: Path, design: Written) -> None:
    workspace = Workspace(tmp_path)
    artefacts.write_design(workspace, design)
    (tmp_path / "design" / "bom.json").write_text("{}")
    with pytest.raises(NoDesign, match=r"bom\.json is not the file"):
        artefacts.read_bom(workspace, artefacts.read_lock(workspace))


def test_no_design_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoDesign, match="there is no design"):
        artefacts.read_lock(Workspace(tmp_path))


def test_a_full_disk_leaves_the_former_design_whole(tmp_path: Path, design: Written) -> None:
    workspace = Workspace(tmp_path)
    artefacts.write_design(workspace, design)
    before = contents(tmp_path)

    def full(file: IO[bytes]) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(MillwrightError, match="No space left"):
        workspace.replace_files({tmp_path / "design" / "bom.json": full})
    assert contents(tmp_path) == before


def test_a_link_out_of_the_workspace_is_not_followed(tmp_path: Path, design: Written) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = tmp_path / "site"
    root.mkdir()
    (root / "design").symlink_to(elsewhere)
    with pytest.raises(MillwrightError, match="leads out of the workspace"):
        artefacts.write_design(Workspace(root), design)
    assert list(elsewhere.iterdir()) == []


def test_a_cable_row_says_where_both_ends_are(design: Written) -> None:
    first = next(iter(cablefile.rows(design.cables, design.cluster.devices, design.part_numbers)))
    told = cablefile.document(tuple(str(cell) for cell in first))
    assert told["id"] == f"compute:{told['b']['device']}:{told['b']['port']}"
    assert told["a"]["rack"]
    assert told["b"]["u"] >= 1
    assert told["length_m"] == first[13] > 0
    assert json.dumps(told)

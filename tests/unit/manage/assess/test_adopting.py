"""A cluster that stands becomes a design: the same names, the same GPUs, gaps said."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.adopting import text_of, write_draft
from millwright.adapters.catalogs import load
from millwright.adapters.routes import known_nodes
from millwright.adapters.specfile import read_factory
from millwright.adapters.surveyfile import read_survey
from millwright.adapters.workspace import Workspace
from millwright.design.solve import solve
from millwright.errors import MillwrightError
from millwright.manage.assess.adopt import Adopted, adopted, names_of
from millwright.manage.assess.assessing import Frame, assess
from millwright.model.catalog import Catalog
from tests.unit.manage.assess.fleet import Tools, recording

HEAD = " 1 0 root S 5 100 systemd\n 9 1 root S 5 100 slurmctld\n"


def drafted(catalog: Catalog, tools: Tools) -> Adopted:
    head = tools.node(processes=HEAD, nvidia_smi_xml=None, ibstat=None)
    nodes = {"node-a7": tools.node(), "gpu002": tools.node(), "GPU9.site.org": tools.node()}
    answer = assess(recording({**nodes, "slurm1": head}), catalog, Frame())
    return adopted(answer, catalog, {}, "found")


def test_the_draft_is_solved_to_nodes_of_the_same_names_and_gpus(
    catalog: Catalog, tools: Tools, tmp_path: Path
) -> None:
    draft = drafted(catalog, tools)
    write_draft(tmp_path / "new", draft.documents, draft.gaps, "")
    workspace = Workspace(tmp_path / "new")
    own = load(workspace.catalog_dir).catalog
    cluster = solve(read_factory(workspace.factory_file, own).factory, own).cluster
    nodes = {each.name for each in cluster.devices if each.role in ("compute", "management")}
    assert nodes == {"node-a7", "gpu002", "gpu9", "slurm1"} == set(draft.names.values())
    assert sum(pool.gpus for pool in cluster.pools) == 24
    assert set(known_nodes(workspace).routes) == nodes
    assert read_survey(workspace.root / "survey.yaml").hosts.keys() == nodes
    assert "UNKNOWN" in workspace.factory_file.read_text()


def test_a_spec_that_stands_is_never_written_over(
    catalog: Catalog, tools: Tools, tmp_path: Path
) -> None:
    (tmp_path / "factory.yaml").write_text("mine")
    draft = drafted(catalog, tools)
    with pytest.raises(MillwrightError, match="already"):
        write_draft(tmp_path, draft.documents, draft.gaps, "")
    assert [path.name for path in tmp_path.iterdir()] == ["factory.yaml"]


def test_a_draft_that_finds_no_place_is_told(
    catalog: Catalog, tools: Tools, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    draft = drafted(catalog, tools)
    with pytest.raises(MillwrightError, match=r"cannot write to .*/file/new"):
        write_draft(tmp_path / "file" / "new", draft.documents, draft.gaps, "")


def test_names_are_those_of_the_hosts_and_never_twice(catalog: Catalog, tools: Tools) -> None:
    nodes = {name: tools.node() for name in ("gpu1.a", "gpu1.b", "10.0.0.5", "Big_Box")}
    seen = assess(recording(nodes), catalog, Frame()).nodes
    assert set(names_of(seen).values()) == {"gpu1", "gpu1-2", "node-10-0-0-5", "big-box"}


def test_what_a_node_said_is_no_line_of_a_comment() -> None:
    assert text_of({}, "words", ["one\nhosts: {}"]).splitlines()[1] == "# - one hosts: {}"


def test_where_nobody_computes_nothing_is_drafted(catalog: Catalog, tools: Tools) -> None:
    head = tools.node(processes=HEAD, nvidia_smi_xml=None, ibstat=None)
    answer = assess(recording({"slurm1": head}), catalog, Frame())
    with pytest.raises(MillwrightError, match="no node that computes"):
        adopted(answer, catalog, {}, "found")

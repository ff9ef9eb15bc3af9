"""A run's order lies on the disk before it begins, and a stale one is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.drainbook import SqlDrains
from millwright.adapters.ledger import ledger_of
from millwright.adapters.orderfile import alone, begin, end, read_order, unended, write_order
from millwright.adapters.workspace import Workspace
from millwright.deploy.stale import changes
from millwright.errors import MillwrightError
from millwright.model.deployorder import Basis, DeployOrder, PlannedStep, Said
from millwright.model.drain import Drain

BASIS = Basis(tool_version="1", spec_sha256="a", catalog_sha256="b", roles={"munge": "c"})


def step(role: str, host: str, digest: str = "d") -> PlannedStep:
    return PlannedStep(role=role, host=host, why="never done", input_hash=digest)


def order(*steps: PlannedStep, basis: Basis = BASIS) -> DeployOrder:
    return DeployOrder(simulated=True, said=Said(wave="3"), basis=basis, done=0, steps=steps)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    made = order(step("munge", "gpu1"))
    write_order(Workspace(tmp_path), tmp_path / "plan.json", made)
    assert read_order(tmp_path / "plan.json") == made


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "millwright.cluster/1"}', "\0"])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(MillwrightError, match="is no plan of a deployment"):
        read_order(tmp_path / "plan.json")


def test_the_last_run_is_gone_on_with_only_if_it_did_not_end(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert unended(workspace) is None
    begin(workspace, "20260101T1-deploy", order(step("munge", "gpu1")))
    found = unended(workspace)
    assert found is not None
    assert found[0] == "20260101T1-deploy"
    assert found[1].said.wave == "3"
    begin(workspace, "20260101T2-deploy", order(step("munge", "gpu1")))
    end(workspace, "20260101T2-deploy", {"outcomes": {}})
    assert unended(workspace) is None


@pytest.mark.parametrize(
    ("basis", "told"),
    [
        ({"spec_sha256": "x"}, "factory.yaml changed"),
        ({"catalog_sha256": "x"}, "the catalogue changed"),
        ({"tool_version": "2"}, "millwright was 1 and is 2"),
        ({"roles": {"munge": "x"}}, "the files of the role munge changed"),
    ],
)
def test_an_input_that_changed_is_named(basis: dict[str, str], told: str) -> None:
    now = order(step("munge", "gpu1"), basis=BASIS.model_copy(update=basis))
    assert changes(order(step("munge", "gpu1")), now, begun=False) == [told]


def test_steps_that_differ_are_named_and_done_ones_are_fine_for_a_run_that_was_begun() -> None:
    then = order(step("munge", "gpu1"), step("munge", "gpu2"))
    now = order(step("munge", "gpu2"))
    assert changes(then, now, begun=False) == ["munge on gpu1 stands by now"]
    assert changes(then, now, begun=True) == []
    more = order(step("munge", "gpu1"), step("munge", "gpu2"), step("munge", "gpu3"))
    assert changes(then, more, begun=True) == ["munge on gpu3 has to be done as well (never done)"]
    other = order(step("munge", "gpu1", "e"), step("munge", "gpu2"))
    assert changes(then, other, begun=True) == ["what munge reads on gpu1 changed"]
    assert changes(then, then, begun=False) == []


def test_a_second_deployment_at_once_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with (
        alone(workspace),
        pytest.raises(MillwrightError, match="another command is at work"),
        alone(workspace),
    ):
        pass
    with alone(workspace):
        pass


def test_a_drain_is_known_until_it_has_ended(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    book = SqlDrains(ledger)
    assert book.open() == {}
    book.put(Drain("gpu1", "r1", "now"))
    book.put(Drain("gpu2", "r1", "now"))
    book.put(Drain("gpu1", "r1", "later", ended=True))
    assert book.open() == {"gpu2": Drain("gpu2", "r1", "now")}
    ledger.close()

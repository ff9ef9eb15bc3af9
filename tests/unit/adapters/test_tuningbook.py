"""The journal of tuning: what did not come to its end is known, and what nodes kept."""

from __future__ import annotations

import json
from pathlib import Path

from millwright.adapters.ledger import ledger_of
from millwright.adapters.tuningbook import Deed, SqlTuning
from millwright.cli.tuninghosts import Told, recalled
from millwright.manage.tune.conflicts import of_versions
from millwright.manage.tune.orders import to_revert
from millwright.model.catalog import Catalog
from millwright.model.tuned import Facts, Gain, NodeState, Value

SAVED = {
    "kind": "sysctl",
    "key": "vm.swappiness",
    "instance": "",
    "base": "60",
    "layers": [{"note": "head-node", "version": 1, "want": "10"}],
    "value": "10",
}
DONE = json.dumps({"refused": "", "writes": [], "files": [], "saved": [SAVED]})


def deed(host: str, phase: str, document: str = "{}") -> Deed:
    return Deed(host, "run", "2026-01-05T10:00:00Z", "apply", "head-node", phase, document)


def test_what_was_begun_and_not_ended_is_the_last_word(tmp_path: Path) -> None:
    book = SqlTuning(ledger_of(tmp_path))
    assert (book.last(), book.remembered(), book.gains()) == ({}, {}, ())
    assert not (tmp_path / "state.db").exists()
    book.put([deed("gpu1", "begun"), deed("gpu2", "begun"), deed("gpu1", "done", DONE)])
    assert {host: each.phase for host, each in book.last().items()} == {
        "gpu1": "done",
        "gpu2": "begun",
    }


def test_a_node_that_lost_its_record_is_remembered_and_told(
    tmp_path: Path, catalog: Catalog
) -> None:
    book = SqlTuning(ledger_of(tmp_path))
    book.put([deed("head-1", "done", DONE), deed("head-1", "begun"), deed("x", "failed", "torn")])
    facts = Facts("head-1", "b2", (Value("sysctl", "vm.swappiness", "", "10"),))
    told = recalled(Told({"head-1": facts}, {}), book.remembered()).facts["head-1"]
    assert told.remembered
    assert told.state.notes == ("head-node",)
    assert [each.rule for each in of_versions(told, catalog)] == ["record"]
    (write,) = to_revert(["head-node"], told, force=False).writes
    assert (write.value, write.expect) == ("60", ("10", "60"))


def test_a_node_with_a_record_of_its_own_is_believed(tmp_path: Path) -> None:
    book = SqlTuning(ledger_of(tmp_path))
    book.put([deed("head-1", "done", DONE)])
    own = NodeState(pending=())
    facts = Facts("head-1", "b2", (), state=own)
    assert not recalled(Told({"head-1": facts}, {}), book.remembered()).facts["head-1"].remembered


def test_gains_are_kept_by_note_in_their_order(tmp_path: Path) -> None:
    book = SqlTuning(ledger_of(tmp_path))
    gain = Gain(
        note="a", version=1, node="gpu1", at="2026-01-05T10:00:00Z", run="r", test="t", metric="m",
        before=(1.0,), after=(2.0,), gain=1.0, low=0.5, high=1.5, level=0.95, kept=True, reason="",
    )  # fmt: skip
    book.put_gain(gain)
    book.put_gain(gain.model_copy(update={"note": "b"}))
    assert [each.note for each in book.gains()] == ["a", "b"]
    assert book.gains("a") == (gain,)

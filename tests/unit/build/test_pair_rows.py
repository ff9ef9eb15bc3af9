"""Rows of pairs name both ends, so that an adapter is one thing wherever it takes part."""

from __future__ import annotations

from millwright.build.observe import Observed
from millwright.build.plan import Wish, plan
from millwright.build.rows import rows_of
from millwright.build.schedule import turns
from millwright.model.buildrun import Outcome
from millwright.model.measurement import Measurement
from tests.unit.build.plans import basis


def test_a_row_of_a_pair_names_the_adapter_that_served() -> None:
    made = plan(basis(nodes=2), Wish(class_="standard", tests=frozenset({"ib-write-bw"})))
    turn = next(turn for turn in turns(made) if turn.test.test == "ib-write-bw-mlx5_2")
    seen = Observed("measured", measurements=(Measurement("ib_write_bw", 390.0, "Gb/s", "mlx5_2"),))
    at = "2026-01-05T10:00:00Z"
    outcome = Outcome(at=at, node=turn.runs_on, test=turn.test.test, came="measured")
    (row,) = rows_of(made, turn, seen, outcome, {})
    assert row["peer"] == {"node": turn.peer, "device": "mlx5_2"}


def test_a_pair_without_adapters_names_none() -> None:
    made = plan(basis(nodes=2), Wish(tests=frozenset({"node-network"})))
    (turn,) = turns(made)
    seen = Observed("measured", measurements=(Measurement("iperf3_bandwidth", 9.0, "Gb/s"),))
    at = "2026-01-05T10:00:00Z"
    outcome = Outcome(at=at, node=turn.runs_on, test=turn.test.test, came="measured")
    (row,) = rows_of(made, turn, seen, outcome, {})
    assert row["peer"] == {"node": turn.peer, "device": ""}

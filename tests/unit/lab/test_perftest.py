"""The simulated ib_write_bw: two ends meet, and the slower adapter decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.probes import perftest

from .ends import PORTS, WORDS, written
from .node import LabNode, build


@pytest.fixture
def pair(tmp_path: Path) -> tuple[LabNode, LabNode]:
    """Return two nodes, who in this test share the loopback."""
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found.append(build(tmp_path / name, "h100"))
    return found[0], found[1]


def test_both_ends_say_what_the_slower_link_carries(pair: tuple[LabNode, LabNode]) -> None:
    healthy = [perftest.read(said) for said in written(*pair)]
    pair[0].fault({"kind": "slow-link", "device": None, "value": "mlx5_2=0.6"})
    slow = [perftest.read(said) for said in written(*pair, "mlx5_2")]
    for reading in (*healthy, *slow):
        assert (reading.problems, reading.simulated) == ((), True)
    values = [reading.measurements[0].value for reading in (*healthy, *slow)]
    assert all(385 < value < 396 for value in values[:2])
    assert all(230 < value < 240 for value in values[2:])
    assert slow[0].measurements[0].device == "mlx5_2"


@pytest.mark.parametrize(
    ("fault", "device", "why"),
    [
        ({"kind": "link-down", "device": None, "value": "mlx5_1"}, "mlx5_1", "state is Down"),
        ({"kind": "slow-gpu", "device": 0}, "mlx5_99", "IB device mlx5_99 not found"),
        ({"kind": "slow-gpu", "device": 0}, "mlx5_0", "Couldn't connect"),
    ],
)
def test_what_cannot_be_is_told_in_the_words_of_the_real_one(
    fault: dict[str, object], device: str, why: str, pair: tuple[LabNode, LabNode]
) -> None:
    pair[1].fault(fault)
    done = pair[1].run("ib_write_bw", "-d", device, "-p", str(next(PORTS)), *WORDS, "127.0.0.1")
    assert (done.returncode, why in done.stderr) == (1, True)
    assert perftest.read(done.stderr).problems

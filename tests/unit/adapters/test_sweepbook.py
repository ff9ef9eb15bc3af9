"""What sweeps leave behind, and windows: found again, bounded, and refused where they are wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from millwright.adapters.sweepbook import earlier_counters, keep_sweep, last_sweep, sweep_of
from millwright.adapters.windowbook import add_window, end_window, read_maintenance, span_of
from millwright.adapters.workspace import Workspace
from millwright.errors import InputError, MillwrightError
from millwright.model.health import Counters, HealthDocument


def sweep(workspace: Workspace, hour: int) -> None:
    at = f"2026-01-05T{hour:02}:00:00.000000Z"
    run = f"20260105T{hour:02}0000.000000Z-health"
    document = HealthDocument(
        at=at, answer="healthy", simulated=False, run=run, expected_from="nothing",
        nodes={}, findings=(),
    )  # fmt: skip
    keep_sweep(workspace, document, Counters(at=at, nodes={"gpu1": {"a|b": float(hour)}}))


def test_the_last_sweep_is_shown_and_an_older_one_counted_against(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert last_sweep(workspace, print) is None
    for hour in (8, 9, 10):
        sweep(workspace, hour)
    (tmp_path / "runs/20260105T110000.000000Z-health").mkdir()
    last = last_sweep(workspace, print)
    assert last is not None
    assert last.at.startswith("2026-01-05T10")
    before = earlier_counters(workspace, "2026-01-05T10:02:00.000000Z", 300, print)
    assert before is not None
    assert before.nodes == {"gpu1": {"a|b": 9.0}}
    assert earlier_counters(workspace, "2026-01-05T07:00:00.000000Z", 300, print) is None


@pytest.mark.parametrize(
    "garbled", ["{", "\0\1", '{"at": "1"}', '{"at": "2026-01-05", "nodes": {}, "schema": 7}']
)
def test_an_old_look_that_cannot_be_read_is_said_and_passed_over(
    tmp_path: Path, garbled: str
) -> None:
    workspace = Workspace(tmp_path)
    for hour in (7, 8):
        sweep(workspace, hour)
    newer = tmp_path / "runs/20260105T080000.000000Z-health"
    for name in ("health.json", "counters.json"):
        (newer / name).write_text(garbled)
    said: list[str] = []
    last = last_sweep(workspace, said.append)
    before = earlier_counters(workspace, "2026-01-05T10:00:00Z", 300, said.append)
    assert last is not None
    assert before is not None
    assert last.at == before.at == "2026-01-05T07:00:00.000000Z"
    told = [name in line for name, line in zip(("health.json", "counters.json"), said, strict=True)]
    assert all(told)
    with pytest.raises(MillwrightError, match=r"health\.json cannot be read"):
        sweep_of(workspace, "runs/20260105T080000.000000Z-health")


def test_a_window_is_opened_and_ended(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    first = add_window(workspace, "gpu[1-2]", timedelta(hours=2), "fans: 'new'")
    second = add_window(workspace, "gpu3", timedelta(hours=1), "x")
    assert (first.id, second.id) == ("w1", "w2")
    assert read_maintenance(workspace).windows == (first, second)
    assert end_window(workspace, "w1").end < first.end
    with pytest.raises(MillwrightError, match="no window w1 is open"):
        end_window(workspace, "w1")


@pytest.mark.parametrize("text", ["", "2", "0h", "2w", "-1h", "1h30m", "31d", "99999h"])
def test_a_length_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MillwrightError, match="length|longer"):
        span_of(text)


def test_a_file_of_windows_that_is_wrong_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "maintenance.yaml").write_text(
        "schema: millwright.maintenance/1\nwindows:\n  - {id: x, nodes: gpu1}\n"
    )
    with pytest.raises(InputError) as caught:
        read_maintenance(Workspace(tmp_path))
    assert caught.value.problems[0].line == 3

"""The verdict of a run, where it is over just what the run has measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from millwright.model.measurements import Measurements
    from millwright.model.verdict import VerdictDocument
    from millwright.reports.judgement import Judgement

VERDICT = "verdict.json"
_AGAIN = "judge it again: millwright build verdict"


def verdict_of(folder: Path, columns: Measurements) -> VerdictDocument:
    """Return a run's verdict. Raises MillwrightError where it has none, or one of other values."""
    from millwright.adapters.judgefiles import read_verdict

    file = folder / VERDICT
    if not file.is_file():
        raise MillwrightError(f"{folder.name} was not judged", hint="millwright build verdict")
    document = read_verdict(file)
    _check_count(f"the verdict of {folder.name}", document.measurements, _counted(columns))
    return document


def check_belonging(
    file: Path, judged: Judgement, files: tuple[Path, ...], metrics: Mapping[str, Set[str]]
) -> None:
    """Refuse measurements that are not those which a verdict was made from, whoever made it.

    `metrics` are those that each node has in the files. Raises MillwrightError, saying what does
    not fit.
    """
    from millwright.adapters.measurementfile import read_measurements
    from millwright.model.nodeset import folded

    strangers = sorted(metrics.keys() - {node.name for node in judged.nodes})
    if strangers:
        _refuse(file, f"says nothing of {folded(strangers)} ({len(strangers)}), measured there")
    there = frozenset[str]().union(*metrics.values())
    blamed = {each.metric for each in judged.findings if each.value is not None}
    if blamed - there:
        _refuse(file, f"has values of {', '.join(sorted(blamed - there))}, not measured there")
    if judged.measurements is not None:
        _check_count(str(file), judged.measurements, _counted(read_measurements(files)))


def _refuse(file: Path, why: str) -> None:
    raise MillwrightError(f"{file} is of other measurements: it {why}", hint=_AGAIN)


def _check_count(whose: str, judged: int, there: int) -> None:
    if judged != there:
        raise MillwrightError(
            f"{whose} is over {judged} measurements, and there are {there}", hint=_AGAIN
        )


def _counted(columns: Measurements) -> int:
    """Return how many rows a judge counts; what is said twice, to the moment, counts once."""
    from millwright.build.judge.units import arranged

    batch = arranged(columns)
    return batch.rows - batch.duplicates

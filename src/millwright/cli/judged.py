"""The verdict of a run, where it is over just what the run has measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.model.verdict import VerdictDocument

VERDICT = "verdict.json"


def verdict_of(folder: Path, measurements: int) -> VerdictDocument:
    """Return a run's verdict. Raises MillwrightError where it has none, or one of other values."""
    from millwright.adapters.judgefiles import read_verdict

    file = folder / VERDICT
    if not file.is_file():
        raise MillwrightError(f"{folder.name} was not judged", hint="millwright build verdict")
    document = read_verdict(file)
    if document.measurements != measurements:
        raise MillwrightError(
            f"the verdict of {folder.name} is over {document.measurements} measurements, "
            f"and there are {measurements}",
            hint="judge it again: millwright build verdict",
        )
    return document

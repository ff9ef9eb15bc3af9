"""What a burn-in keeps in its folder: plan, evidence, measurements, what came of each turn.

Lines are on the disk before anything is concluded from them. What a kill left torn, or without
its outcome, is cut off when the run goes on: the node tells it again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from millwright.adapters.evidencekeys import signer_of
from millwright.adapters.evidencelog import EvidenceLog
from millwright.adapters.recording import Recorder, begin_run
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.buildplan import BuildPlan, Stage
from millwright.model.buildrun import Outcome

PHASE = "build"
SEARCH_PHASE = "bisect"
"""The end of the names of folders that groups are searched in; nothing else reads them as runs."""
PLAN = "plan.json"
MEASUREMENTS = "measurements.jsonl"
OUTCOMES = "outcomes.jsonl"
ENDED = "ended.json"
EXECUTOR = "executor.json"


@dataclass(slots=True)
class BuildRun:
    """The files of one run, open to be written on. Used as a context, it closes them."""

    folder: Path
    record: Recorder
    before: tuple[Outcome, ...] = ()
    _files: dict[str, IO[bytes]] = field(default_factory=dict)

    def __enter__(self) -> BuildRun:
        for name in (MEASUREMENTS, OUTCOMES):
            self._files[name] = open(self.folder / name, "ab", buffering=0)
        return self

    def __exit__(self, *failure: object) -> None:
        for file in self._files.values():
            file.close()
        self.record.__exit__(*failure)

    @property
    def name(self) -> str:
        """Return the name of the run."""
        return self.folder.name

    def reopen(self, named: Collection[tuple[str, str]]) -> None:
        """Have these tests of nodes done once more; what came of them until now is kept.

        A node that served a pair is doubted with it, and named as much as the one that ran it.
        """
        self.before = tuple(
            o.model_copy(update={"final": False})
            if (o.test, o.node) in named or (o.test, o.peer) in named
            else o
            for o in self.before
        )

    def measured(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """See measurements on the disk; return the length of their file."""
        return self._append(MEASUREMENTS, [json.dumps(row, ensure_ascii=False) for row in rows])

    def done(self, outcome: Outcome) -> None:
        """See an outcome on the disk."""
        self._append(OUTCOMES, [outcome.model_dump_json(by_alias=True)])

    def _append(self, name: str, lines: Sequence[str]) -> int:
        file, raw = self._files[name], "".join(f"{line}\n" for line in lines).encode()
        start = file.seek(0, os.SEEK_END)
        try:
            if (file.write(raw) or 0) < len(raw):
                raise OSError(28, os.strerror(28))
            os.fsync(file.fileno())
        except OSError as error:
            file.truncate(start)
            raise MillwrightError(
                f"cannot write {self.folder / name}: {error.strerror}",
                hint="nodes go on by themselves: make room, then millwright build resume",
            ) from None
        return start + len(raw)


def begin(workspace: Workspace, plan: BuildPlan, phase: str = PHASE) -> BuildRun:
    """Begin a run: its folder, with the plan in it before anything is done."""
    folder = begin_run(workspace, phase)
    log = EvidenceLog(folder, signer_of(workspace))
    write_plan(workspace, folder / PLAN, plan)
    return BuildRun(folder, Recorder(folder, log, plan.simulated))


def keep_executor(workspace: Workspace, folder: Path, executor: str) -> None:
    """Keep who begins the tests of a run from now on."""
    document = {"schema": "millwright.build-executor/1", "executor": executor}
    raw = json.dumps(document).encode() + b"\n"
    workspace.replace_files({folder / EXECUTOR: writing(raw)})


def executor_of(folder: Path) -> str:
    """Return who began the tests of a run last: over SSH, where nothing is told of it."""
    try:
        return str(json.loads((folder / EXECUTOR).read_bytes())["executor"])
    except FileNotFoundError:
        return "ssh"
    except (OSError, ValueError, KeyError, TypeError):
        raise MillwrightError(f"{folder / EXECUTOR} does not say who began its tests") from None


def go_on(workspace: Workspace, folder: Path, plan: BuildPlan) -> BuildRun:
    """Open a run that was left, at the end of its last whole outcome."""
    log = EvidenceLog(folder, signer_of(workspace))
    found, length = _whole_outcomes(folder)
    _cut(folder / OUTCOMES, length)
    _cut(folder / MEASUREMENTS, max((outcome.measured_to for outcome in found), default=0))
    return BuildRun(folder, Recorder(folder, log, plan.simulated), found)


def _cut(path: Path, length: int) -> None:
    if path.exists() and path.stat().st_size > length:
        os.truncate(path, length)


def outcomes(folder: Path) -> tuple[Outcome, ...]:
    """Return what came of the turns of a run, in their order; of a torn end nothing."""
    return _whole_outcomes(folder)[0]


def _whole_outcomes(folder: Path) -> tuple[tuple[Outcome, ...], int]:
    found: list[Outcome] = []
    length = 0
    try:
        with open(folder / OUTCOMES, "rb") as file:
            for raw in file:
                if not raw.endswith(b"\n"):
                    break
                found.append(Outcome.model_validate_json(raw))
                length += len(raw)
    except FileNotFoundError:
        pass
    except (OSError, ValidationError):
        raise MillwrightError(f"{folder / OUTCOMES} is no file of outcomes") from None
    return tuple(found), length


def end(workspace: Workspace, folder: Path, counts: Mapping[str, int]) -> None:
    """Keep that a run came to its end."""
    document = {"schema": "millwright.build-ended/1", "run": folder.name, "outcomes": dict(counts)}
    raw = json.dumps(document, indent=1).encode() + b"\n"
    workspace.replace_files({folder / ENDED: writing(raw)})


def write_plan(workspace: Workspace, path: Path, plan: BuildPlan) -> None:
    """See a plan on the disk. Raises MillwrightError where it cannot be written."""
    raw = plan.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
    workspace.replace_files({path: writing(raw)})


def read_plan(path: Path) -> BuildPlan:
    """Return the plan of a file. Raises MillwrightError where it is none."""
    try:
        return BuildPlan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise MillwrightError(
            f"cannot read {path}: {error.strerror}", hint="make one: millwright build plan"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise MillwrightError(
            f"{path} is no plan of a burn-in: {where}: {first['msg']}",
            hint="make one: millwright build plan",
        ) from None


def build_runs(workspace: Workspace, phase: str = PHASE) -> list[Path]:
    """Return the folders of all burn-ins, or of searches, the last one last."""
    folders = sorted((workspace.root / "runs").glob(f"*-{phase}"))
    return [workspace.inside(path) for path in folders if (path / PLAN).is_file()]


def run_named(workspace: Workspace, name: str) -> Path:
    """Return the folder of a burn-in by its name. Raises MillwrightError where there is none."""
    found = build_runs(workspace)
    for folder in found:
        if folder.name == name.removeprefix("runs/").rstrip("/"):
            return folder
    latest = ", ".join(folder.name for folder in found[-3:]) or "none"
    raise MillwrightError(f"there is no burn-in {name!r}", hint=f"the latest are {latest}")


def run_of_stage(workspace: Workspace, stage: Stage) -> Path:
    """Return the folder of the last burn-in of a stage. Raises MillwrightError where none is."""
    for folder in reversed(build_runs(workspace)):
        if read_plan(folder / PLAN).stage == stage:
            return folder
    raise MillwrightError(
        f"no burn-in of stage {stage} was run here", hint=f"millwright build run --stage {stage}"
    )


def last_run(workspace: Workspace, hint: str = "millwright build run") -> Path:
    """Return the folder of the last burn-in. Raises MillwrightError where there was none."""
    found = build_runs(workspace)
    if not found:
        raise MillwrightError("no burn-in was run here", hint=hint)
    return found[-1]


def is_ended(folder: Path) -> bool:
    """Return whether a run came to its end."""
    return (folder / ENDED).is_file()

"""Facts read back from evidence: what nodes said to a look of before, if its chain is whole.

So a question of compliance can be answered from what is kept already, by the very lines that an
auditor is shown, and no node is asked again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from millwright.adapters.evidencecheck import verify
from millwright.adapters.evidencekeys import signers_file, signers_in
from millwright.adapters.evidencelog import CHAIN
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.heard import Heard, Recording

PHASES = ("comply", "health", "drift", "sweep", "assess")
LOOKED_AT = 50
Words = Mapping[tuple[str, ...], str]


def kept_recording(workspace: Workspace, words: Words) -> tuple[Recording, str]:
    """Return the newest look that is kept whole, and the run that keeps it.

    `words` names the question of each list of words. Raises MillwrightError where no run holds
    answers to any of them, or the newest that does is broken: what was bent proves nothing.
    """
    signers = signers_in(signers_file(workspace))
    for folder in _runs(workspace):
        nodes, at, simulated = _read(folder, words)
        if not nodes:
            continue
        seen = verify(folder, signers)
        if seen.broken:
            raise MillwrightError(
                f"the evidence of {folder.name} is broken at line {seen.broken}: {seen.reason}",
                hint="millwright evidence verify; ask nodes anew",
            )
        silent = {name: _lost(told) for name, told in nodes.items() if _is_lost(told)}
        spoken = {name: told for name, told in nodes.items() if name not in silent}
        return Recording(at, spoken, silent, frozenset(simulated)), folder.name
    raise MillwrightError(
        "no run of this workspace holds answers of nodes",
        hint="millwright manage comply check asks them; --from DIR reads a recording",
    )


def _runs(workspace: Workspace) -> list[Path]:
    folders = [path.parent for path in (workspace.root / "runs").glob(f"*/{CHAIN}")]
    wanted = [each for each in folders if each.name.rpartition("-")[2] in PHASES]
    return sorted(wanted, reverse=True)[:LOOKED_AT]


def _read(folder: Path, words: Words) -> tuple[dict[str, dict[str, Heard]], str, set[str]]:
    nodes: dict[str, dict[str, Heard]] = {}
    simulated: set[str] = set()
    first = ""
    for raw in (folder / CHAIN).read_bytes().splitlines():
        try:
            line = json.loads(raw)
            question = words.get(tuple(line["argv"]))
        except (ValueError, KeyError, TypeError):
            continue
        if question is None:
            continue
        nodes.setdefault(str(line["node"]), {})[question] = _heard(folder, question, line)
        first = first or str(line["at"])
        if line.get("simulated"):
            simulated.add(str(line["node"]))
    return nodes, first, simulated


def _heard(folder: Path, question: str, line: dict[str, Any]) -> Heard:
    return Heard(
        question=question,
        ended=line["ended"],
        status=line["exit_status"],
        text=_blob(folder, line.get("stdout_ref")),
        errors=_blob(folder, line.get("stderr_ref"))[:4096],
        reason="" if line["ended"] == "exit" else f"it ended: {line['ended']}",
    )


def _blob(folder: Path, reference: object) -> str:
    if not isinstance(reference, str):
        return ""
    digest = reference.removeprefix("blobs/")
    if not digest.isalnum():
        return ""
    try:
        return (folder / "blobs" / digest).read_bytes().decode("utf-8", "backslashreplace")
    except OSError:
        return ""


def _is_lost(told: Mapping[str, Heard]) -> bool:
    return all(heard.ended == "lost" for heard in told.values())


def _lost(told: Mapping[str, Heard]) -> str:
    return next((heard.errors.strip() for heard in told.values() if heard.errors.strip()), "lost")

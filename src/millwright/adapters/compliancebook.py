"""What persons stand for in `state.db`, which only grows; and checks, each in its run's folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Column, Integer, MetaData, String, Table

from millwright.adapters.evidencekeys import Signers, holds, signer_of, signers_file, signers_in
from millwright.adapters.evidencelog import EvidenceLog
from millwright.adapters.ledger import SqlLedger
from millwright.adapters.onlygrows import Rows
from millwright.adapters.recording import Recorder
from millwright.adapters.statementbook import StatementBook
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.checked import Check, Word
from millwright.model.redaction import redacted
from millwright.model.scan import Scan
from millwright.ports import Answer

_META = MetaData()
WORDS = Table(
    "compliance_words",
    _META,
    Column("id", Integer, primary_key=True),
    Column("control", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)
SCANS = Table(
    "compliance_scans",
    _META,
    Column("id", Integer, primary_key=True),
    Column("sha256", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)
SIGNED = "compliance"
"""The book of statements in which every signed word stands a second time."""
PHASE = "comply"
FOUND = "comply.json"


class SqlWords:
    """Attestations, waivers and the rest. What is put is committed before the call returns."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._rows = Rows(ledger, "the book of compliance", "nobody has attested anything")

    def put(self, word: Word) -> None:
        """Add a word."""
        document = word.model_dump_json(by_alias=True)
        self._rows.put(WORDS, {"control": word.control, "document": document})

    def words(self) -> tuple[Word, ...]:
        """Return every word, the oldest first. Raises MillwrightError where one is none."""
        try:
            return tuple(map(Word.model_validate_json, self._rows.documents(WORDS)))
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise MillwrightError(f"state.db: the book of compliance is wrong at {where}") from None


def believed(
    words: Iterable[Word], workspace: Workspace, said: Callable[[str], object]
) -> tuple[Word, ...]:
    """Return the words that count; one that was bent is told and passed over.

    A signature that a word carries has to hold, and what was signed has to stand in `state.db` as
    it was. A withdrawal always counts: it takes something back, and gives nothing.
    """
    signers = signers_in(signers_file(workspace))
    heard = StatementBook(workspace, SIGNED).heard(signers)
    if heard.broken:
        said(f"evidence/{SIGNED}.jsonl is broken at line {heard.broken}: {heard.reason}")
    signed = {str(each.body.get("id")): each.body for each in heard.statements}
    found = []
    for word in words:
        why = _bent(word, signed.get(word.id), signers)
        if not why or word.kind == "withdrawal":
            found.append(word)
        if why:
            counts = "; it counts all the same" if word in found else "; it does not count"
            said(f"word {word.id} of {word.control} {why}{counts}")
    return tuple(found)


def _bent(word: Word, signed: Mapping[str, Any] | None, signers: Signers) -> str:
    if word.signature is not None and not holds(word, signers):
        return f"carries a signature of {word.key or 'nobody'} that does not hold here"
    if signed is not None and signed != word.model_dump(mode="json", by_alias=True):
        return f"is another in state.db than in evidence/{SIGNED}.jsonl"
    return ""


class SqlScans:
    """Scans that were imported; a file is taken once."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._rows = Rows(ledger, "the book of scans", "nothing was imported")

    def put(self, scan: Scan) -> bool:
        """Add a scan; return whether it was new."""
        if any(each.sha256 == scan.sha256 and each.node == scan.node for each in self.scans()):
            return False
        self._rows.put(SCANS, {"sha256": scan.sha256, "document": scan.model_dump_json()})
        return True

    def scans(self) -> tuple[Scan, ...]:
        """Return every scan, the oldest first."""
        return tuple(map(Scan.model_validate_json, self._rows.documents(SCANS)))


def keep_check(workspace: Workspace, check: Check, took_s: float) -> Path:
    """Keep a check, and a line of evidence with all of it, in the chain of its run.

    Identifiers of patients and secrets are taken out of both. Returns the file.
    """
    folder = workspace.inside(workspace.root / "runs" / check.run)
    document = cleaned(check.model_dump(mode="json", by_alias=True))
    raw = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    argv = ("millwright", "manage", "comply", "check")
    answer = Answer(check.factory, argv, "exit", 0, took_s, raw)
    with Recorder(folder, EvidenceLog(folder, signer_of(workspace)), check.simulated) as record:
        record.keep(answer)
    workspace.replace_files({folder / FOUND: writing(raw)})
    return folder / FOUND


def cleaned(value: Any) -> Any:
    """Return a document with secrets and identifiers of patients out of each of its texts."""
    if isinstance(value, str):
        return redacted(value.encode("utf-8", "backslashreplace")).decode("utf-8")
    if isinstance(value, dict):
        return {cleaned(key): cleaned(inner) for key, inner in value.items()}
    return [cleaned(inner) for inner in value] if isinstance(value, list) else value


def checks(workspace: Workspace, said: Callable[[str], object]) -> Iterator[Check]:
    """Yield the checks of a workspace, the newest first; one that cannot be read is told."""
    for folder in sorted((workspace.root / "runs").glob(f"*-{PHASE}"), reverse=True):
        path = folder / FOUND
        try:
            yield Check.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValidationError):
            said(f"{path} cannot be read; it is passed over")

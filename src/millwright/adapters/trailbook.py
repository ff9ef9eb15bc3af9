"""The trail of models in `state.db`: words of people, chained, signed where a key is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, String, Table

from millwright.adapters.evidencekeys import holds, signer_of, signers_file, signers_in
from millwright.adapters.ledger import SqlLedger
from millwright.adapters.onlygrows import Rows
from millwright.adapters.workspace import Workspace
from millwright.model.evidence import FIRST, Digest
from millwright.model.modelword import ModelWord, Trail, WordKind, first_broken

if TYPE_CHECKING:
    from collections.abc import Sequence

_META = MetaData()
WORDS = Table(
    "model_words",
    _META,
    Column("id", Integer, primary_key=True),
    Column("model", String, nullable=False, index=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("document", String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a model, before it has a place in the trail."""

    at: str
    actor: str
    role: str
    model: str
    version: str
    kind: WordKind
    workload: str | None = None
    reason: str = ""
    evidence: tuple[str, ...] = ()
    artefact: Digest | None = None
    expires: str | None = None


class SqlTrail:
    """The trail of a workspace. What is said is committed before the call returns."""

    def __init__(self, ledger: SqlLedger, workspace: Workspace) -> None:
        self._rows = Rows(ledger, "the trail of models", "nothing was said")
        self._workspace = workspace

    def words(self) -> tuple[ModelWord, ...]:
        """Return every word, the oldest first."""
        return tuple(ModelWord.model_validate_json(raw) for raw in self._rows.documents(WORDS))

    def say(self, said: Said) -> ModelWord:
        """Add a word, signed where this user's key is trusted here; return it."""
        words = self.words()
        prev = words[-1].hash if words else FIRST
        fields = {name: getattr(said, name) for name in Said.__slots__}
        bare = ModelWord(seq=len(words), prev=prev, **fields)
        word = bare.model_copy(update={"hash": bare.digest()})
        signer = signer_of(self._workspace)
        word = signer.signed(word) if signer else word
        document = word.model_dump_json(by_alias=True)
        self._rows.put(WORDS, {"model": word.model, "seq": word.seq, "document": document})
        return word

    def trail(self) -> Trail:
        """Return all words, which of them carry a signature that holds, and the first bent one."""
        words = self.words()
        return Trail(words=words, signed=self._signed(words), broken=first_broken(words))

    def _signed(self, words: Sequence[ModelWord]) -> tuple[int, ...]:
        signers = signers_in(signers_file(self._workspace))
        return tuple(word.seq for word in words if holds(word, signers))

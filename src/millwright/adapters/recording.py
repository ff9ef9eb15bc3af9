"""From an answer to a line of evidence: secrets out, outputs beside it, then the line."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from millwright import __version__
from millwright.adapters.evidencekeys import signer_of
from millwright.adapters.evidencelog import EvidenceLog
from millwright.adapters.workspace import Workspace
from millwright.model.evidence import Begun, Ended, Evidence
from millwright.model.redaction import redacted, redacted_words
from millwright.ports import Answer, Played


def begin_run(workspace: Workspace, phase: str) -> Path:
    """Return the folder of a run that begins now; it is not made yet."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{phase}"
    return workspace.inside(workspace.root / "runs" / name)


@dataclass(slots=True)
class Recorder:
    """Keeps the answers of one run. Used as a context, it closes the chain at the end.

    `secrets` are taken out of whatever is kept, by their very bytes.
    """

    folder: Path
    log: EvidenceLog
    simulated: bool
    secrets: Sequence[bytes] = field(default=(), repr=False)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *failure: object) -> None:
        self.log.__exit__(*failure)  # type: ignore[arg-type]

    def begin(self, argv: Sequence[str], nodes: Sequence[str]) -> None:
        """See on the disk what is about to be asked of whom."""
        self.log.begin(
            Begun(
                at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
                actor=getpass.getuser(),
                argv=redacted_words(argv, self.secrets),
                nodes=tuple(nodes),
            )
        )

    def keep(self, answer: Answer, boot_id: str | None = None) -> None:
        """See an answer on the disk, before anybody concludes from it.

        `boot_id` names the start of the node that it comes from, where that is known.
        """
        self.keep_all([answer], boot_id)

    def keep_all(self, answers: Sequence[Answer], boot_id: str | None = None) -> None:
        """See answers on the disk together, in their order."""
        clean = [
            (
                redacted(answer.stdout, self.secrets),
                redacted(answer.stderr, self.secrets),
                redacted_words(answer.argv, self.secrets),
            )
            for answer in answers
        ]
        outputs = [raw for out, err, _ in clean for raw in (out, err) if raw]
        refs = dict(zip(outputs, self.log.blobs(outputs), strict=True))
        self.log.append_all(
            [
                Evidence(
                    at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
                    run=self.folder.name,
                    actor=getpass.getuser(),
                    node=answer.node,
                    argv=words,
                    ended=answer.ended,
                    exit_status=answer.exit_status,
                    duration_s=round(answer.duration_s, 3),
                    stdout_ref=refs.get(out),
                    stderr_ref=refs.get(err),
                    simulated=self.simulated or answer.simulated,
                    tool_version=__version__,
                    boot_id=boot_id or None,
                    redacted=(out, err, words) != (answer.stdout, answer.stderr, answer.argv),
                )
                for answer, (out, err, words) in zip(answers, clean, strict=True)
            ]
        )

    def keep_played(self, outcome: Played, playbook: str) -> None:
        """See what a playbook came to on one node on the disk, before it is told."""
        ends = {"ok": ("exit", 0), "failed": ("exit", 2)}
        ended, status = ends.get(outcome.ended, ("lost", None))
        argv = ("ansible-playbook", playbook)
        answer = Answer(outcome.node, argv, cast(Ended, ended), status, outcome.duration_s)
        said, reason = outcome.said, outcome.reason.encode()
        self.keep(replace(answer, stdout=said, stderr=reason, simulated=outcome.simulated))


def recorder(workspace: Workspace, phase: str, *, simulated: bool) -> Recorder:
    """Begin a run and its chain, signed where this user signs for the workspace."""
    folder = begin_run(workspace, phase)
    return Recorder(folder, EvidenceLog(folder, signer_of(workspace)), simulated)

"""Signed evidence: a cut tail is found, an output goes only by a signed word, nobody else signs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millwright.adapters.evidencecheck import verify
from millwright.adapters.evidencekeys import (
    Signer,
    Signers,
    enrol,
    private_key_file,
    signer_of,
    signers_file,
    signers_in,
)
from millwright.adapters.evidencelog import CHAIN, HEAD, BrokenEvidence, EvidenceLog
from millwright.adapters.evidencetomb import Removal, blob_named, bury
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from tests.unit.adapters.test_evidencelog import evidence


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(tmp_path / "home" / "evidence_ed25519"))
    (tmp_path / "site").mkdir()
    return Workspace(tmp_path / "site")


@pytest.fixture
def signer(workspace: Workspace) -> Signer:
    return enrol(workspace)


@pytest.fixture
def trusted(workspace: Workspace, signer: Signer) -> Signers:
    return signers_in(signers_file(workspace))


def recorded(workspace: Workspace, signer: Signer | None, count: int = 4) -> Path:
    folder = workspace.root / "runs" / "r"
    with EvidenceLog(folder, signer) as log:
        for number in range(count):
            log.append(evidence(f"gpu{number}", log, f"said {number}".encode()))
    return folder


def test_a_key_is_private_made_once_and_lies_outside(workspace: Workspace, signer: Signer) -> None:
    assert private_key_file().stat().st_mode & 0o777 == 0o600
    assert enrol(workspace).fingerprint == signer.fingerprint
    assert len(signers_file(workspace).read_text().splitlines()) == 1


def test_a_key_inside_the_workspace_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(workspace.root / "key"))
    with pytest.raises(MillwrightError, match="lies in the workspace"):
        enrol(workspace)
    assert not (workspace.root / "key").exists()


def test_nobody_signs_where_they_are_not_trusted(workspace: Workspace, signer: Signer) -> None:
    signers_file(workspace).unlink()
    assert signer_of(workspace) is None


def test_a_signed_chain_is_whole_to_its_end(
    workspace: Workspace, signer: Signer, trusted: Signers
) -> None:
    found = verify(recorded(workspace, signer), trusted)
    assert (found.broken, found.tail, found.signer) == (None, "protected", signer.fingerprint)


def test_a_cut_tail_is_found_whatever_is_done_to_the_head(
    workspace: Workspace, signer: Signer, trusted: Signers
) -> None:
    folder = recorded(workspace, signer)
    lines = (folder / CHAIN).read_bytes().splitlines(keepends=True)
    (folder / CHAIN).write_bytes(b"".join(lines[:3]))
    assert verify(folder, trusted).broken == 4
    third = json.loads(lines[2])
    head = json.loads((folder / HEAD).read_text())
    (folder / HEAD).write_text(json.dumps({**head, "seq": 3, "hash": third["hash"]}))
    assert verify(folder, trusted).reason == "the signature of its head is wrong"
    (folder / HEAD).unlink()
    assert verify(folder, trusted).tail == "not protected"


def test_a_head_of_a_run_that_was_cut_off_proves_no_end(
    workspace: Workspace, signer: Signer, trusted: Signers
) -> None:
    folder = workspace.root / "runs" / "r"
    log = EvidenceLog(folder, signer)
    for number in range(3):
        log.append(evidence(f"gpu{number}", log))
    found = verify(folder, trusted)
    assert (found.tail, found.signed_to) == ("open", 3)
    older = (folder / HEAD).read_bytes()
    log.append(evidence("gpu3", log))
    log.__exit__(None)
    (folder / HEAD).write_bytes(older)
    found = verify(folder, trusted)
    assert (found.broken, found.tail, found.signed_to) == (None, "open", 3)


def test_a_strangers_signature_and_another_runs_head_are_refused(
    workspace: Workspace, signer: Signer, trusted: Signers
) -> None:
    folder = recorded(workspace, signer)
    assert "not trusted here" in verify(folder, {}).reason
    other = folder.rename(folder.with_name("other"))
    assert verify(other, trusted).reason == "its head is that of r"


def test_a_chain_that_was_cut_is_not_gone_on_with(workspace: Workspace, signer: Signer) -> None:
    folder = recorded(workspace, signer)
    lines = (folder / CHAIN).read_bytes().splitlines(keepends=True)
    (folder / CHAIN).write_bytes(b"".join(lines[:2]))
    with pytest.raises(BrokenEvidence, match="has 2 lines, and its head says more"):
        EvidenceLog(folder, signer)


def test_an_output_goes_with_a_signed_word_only(
    workspace: Workspace, signer: Signer, trusted: Signers
) -> None:
    folder = recorded(workspace, signer)
    blob = sorted(path.name for path in (folder / "blobs").iterdir())[0]
    assert blob_named(folder, f"blobs/{blob[:12]}") == blob
    stone = bury(workspace, Removal("r", blob, "tester", "2026-01-05T10:00:00Z", "leak"), signer)
    assert not (folder / "blobs" / blob).exists()
    found = verify(folder, trusted)
    assert (found.broken, found.removed, found.tail) == (None, 1, "protected")
    told = json.loads(stone.read_text())
    stone.write_text(json.dumps({**told, "reason": "nothing to see"}))
    assert "is missing" in verify(folder, trusted).reason
    stone.unlink()
    assert "is missing" in verify(folder, trusted).reason


@pytest.mark.parametrize("reference", ["", "../../etc", "blobs/", "0123456", "zzzzzzzzzz"])
def test_what_names_no_output_is_refused(
    workspace: Workspace, signer: Signer, reference: str
) -> None:
    with pytest.raises(MillwrightError):
        blob_named(recorded(workspace, signer), reference)

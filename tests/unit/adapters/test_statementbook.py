"""What is signed stays as it was said: nobody takes a statement out, moves it or changes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.adapters.evidencekeys import Signer, Signers, enrol, signers_file, signers_in
from millwright.adapters.statementbook import BrokenBook, StatementBook, books, heard_in
from millwright.adapters.workspace import Workspace
from millwright.model.statement import Said


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(tmp_path / "home" / "evidence_ed25519"))
    (tmp_path / "site").mkdir()
    return Workspace(tmp_path / "site")


@pytest.fixture
def signer(workspace: Workspace) -> Signer:
    return enrol(workspace)


@pytest.fixture
def signers(workspace: Workspace, signer: Signer) -> Signers:
    return signers_in(signers_file(workspace))


def said(number: int = 1) -> Said:
    return Said(f"2026-01-0{number}T10:00:00Z", "ann", "attestation", {"control": f"C-{number}"})


def filled(workspace: Workspace, signer: Signer) -> StatementBook:
    book = StatementBook(workspace, "attestations")
    for number in range(1, 4):
        book.say(said(number), signer)
    return book


def test_statements_come_back_in_the_order_in_which_they_were_said(
    workspace: Workspace, signer: Signer, signers: Signers
) -> None:
    book = filled(workspace, signer)
    heard = book.heard(signers)
    assert [each.body["control"] for each in heard.statements] == ["C-1", "C-2", "C-3"]
    assert (heard.broken, [each.path for each in books(workspace)]) == (None, [book.path])


def test_an_absent_book_says_nothing_and_is_not_broken(
    workspace: Workspace, signers: Signers
) -> None:
    heard = StatementBook(workspace, "nothing").heard(signers)
    assert (heard.statements, heard.broken) == ((), None)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_every_changed_byte_is_found(
    workspace: Workspace, signer: Signer, signers: Signers, place: int, bit: int
) -> None:
    path = StatementBook(workspace, "attestations").path
    if not path.exists():
        filled(workspace, signer)
    raw = bytearray(path.read_bytes())
    raw[place % len(raw)] ^= 1 << bit
    bent = workspace.root / "bent.jsonl"
    bent.write_bytes(raw)
    assert heard_in(bent, signers).broken is not None


@pytest.mark.parametrize(
    ("lines", "broken", "why"),
    [((0, 2), 2, "its number is 3"), ((1, 0, 2), 1, "its number is 2"), ((1,), 1, "its number")],
)
def test_a_line_taken_out_or_moved_is_named(
    workspace: Workspace, signer: Signer, signers: Signers,
    lines: tuple[int, ...], broken: int, why: str,
) -> None:  # fmt: skip
    book = filled(workspace, signer)
    whole = book.path.read_bytes().splitlines(keepends=True)
    book.path.write_bytes(b"".join(whole[each] for each in lines))
    heard = book.heard(signers)
    assert heard.broken == broken
    assert why in heard.reason


def test_who_is_not_trusted_signs_for_nobody(workspace: Workspace, signer: Signer) -> None:
    heard = filled(workspace, signer).heard({})
    assert (heard.broken, heard.statements) == (1, ())
    assert "who is not trusted here" in heard.reason


def test_what_a_killed_command_left_is_put_aside_and_the_book_goes_on(
    workspace: Workspace, signer: Signer, signers: Signers
) -> None:
    book = filled(workspace, signer)
    with open(book.path, "ab") as file:
        file.write(b'{"schema": "millwright.stat')
    assert book.heard(signers).reason == "it is torn"
    book.say(said(4), signer)
    assert [each.seq for each in book.heard(signers).statements] == [1, 2, 3, 4]


def test_a_book_of_rubbish_is_not_written_on(workspace: Workspace, signer: Signer) -> None:
    book = filled(workspace, signer)
    book.path.write_text(json.dumps({"no": "statement"}) + "\n")
    with pytest.raises(BrokenBook, match="is no statement"):
        book.say(said(4), signer)

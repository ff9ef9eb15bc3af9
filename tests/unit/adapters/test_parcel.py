"""A parcel is checked on any machine: every changed byte is found, nothing in it leads out."""

from __future__ import annotations

import io
import stat
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.adapters.evidencekeys import Signer, enrol, signers_file, signers_in
from millwright.adapters.parcelcheck import Trust, check
from millwright.adapters.parcelfile import Label, parcel
from millwright.adapters.storedzip import write_zip
from millwright.adapters.workspace import Workspace
from millwright.model.parcel import Checked, fault_of_path

FILES = {
    "index.html": b"<!doctype html>as built",
    "tables/serials.csv": b"node,serial\ngpu1,A1\n",
    "empty.txt": b"",
}
LABEL = Label("handoff", "site-handoff", "2026-01-05T10:00:00Z", "millwright 1", simulated=True)


@pytest.fixture
def signer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
    monkeypatch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(tmp_path / "home" / "evidence_ed25519"))
    (tmp_path / "site").mkdir()
    return enrol(Workspace(tmp_path / "site"))


@pytest.fixture
def trust(tmp_path: Path, signer: Signer) -> Trust:
    return Trust(signers_in(signers_file(Workspace(tmp_path / "site"))))


def packed(signer: Signer | None, files: Mapping[str, bytes] = FILES) -> bytes:
    into = io.BytesIO()
    write_zip(into, parcel(LABEL, files, signer))
    return into.getvalue()


def checked(tmp_path: Path, raw: bytes, trust: Trust, into: Path | None = None) -> Checked:
    path = tmp_path / "parcel.zip"
    path.write_bytes(raw)
    return check(path, "handoff", trust, into)


def told(found: Checked) -> str:
    return "; ".join(found.wrong)


def test_a_parcel_is_whole_and_its_signer_known(
    tmp_path: Path, signer: Signer, trust: Trust
) -> None:
    found = checked(tmp_path, packed(signer), trust)
    assert (found.wrong, found.signature) == ((), "trusted")
    assert found.manifest is not None
    assert {entry.path for entry in found.manifest.files} > set(FILES)


def test_the_same_files_give_the_same_bytes_in_any_order(signer: Signer) -> None:
    assert packed(signer) == packed(signer, dict(reversed(FILES.items())))


def test_any_tool_opens_it_and_finds_plain_files(signer: Signer) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(signer))) as found:
        assert found.testzip() is None
        assert found.read("site-handoff/tables/serials.csv") == FILES["tables/serials.csv"]
        assert all(stat.S_ISREG(each.external_attr >> 16) for each in found.infolist())


def test_a_signer_is_trusted_by_list_or_by_fingerprint_and_else_said_to_be_unknown(
    tmp_path: Path, signer: Signer
) -> None:
    raw = packed(signer)
    named = Trust(fingerprints=frozenset({signer.fingerprint}))
    assert checked(tmp_path, raw, named).signature == "trusted"
    found = checked(tmp_path, raw, Trust())
    assert (found.signature, found.signer, found.whole) == (
        "unknown signer", signer.fingerprint, True
    )  # fmt: skip
    assert checked(tmp_path, packed(None), Trust()).signature == "not signed"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 1 << 20), bit=st.integers(0, 7))
def test_every_changed_byte_is_found(
    tmp_path: Path, signer: Signer, trust: Trust, place: int, bit: int
) -> None:
    raw = bytearray(packed(signer))
    raw[place % len(raw)] ^= 1 << bit
    assert checked(tmp_path, bytes(raw), trust).wrong


def test_a_file_that_was_changed_by_who_knows_the_format_is_named(
    tmp_path: Path, signer: Signer, trust: Trust
) -> None:
    members = parcel(LABEL, FILES, signer)
    members["site-handoff/tables/serials.csv"] = b"node,serial\ngpu1,B1\n"
    into = io.BytesIO()
    write_zip(into, members)
    assert told(checked(tmp_path, into.getvalue(), trust)) == "tables/serials.csv was changed"


@pytest.mark.parametrize(
    ("taken", "why"),
    [
        ("index.html", "index.html is missing"),
        ("MANIFEST.json.sig", "its signature by SHA256:"),
        ("MANIFEST.json", "there is no MANIFEST.json"),
    ],
)
def test_a_file_that_was_taken_away_is_named(
    tmp_path: Path, signer: Signer, trust: Trust, taken: str, why: str
) -> None:
    members = parcel(LABEL, FILES, signer)
    del members[f"site-handoff/{taken}"]
    into = io.BytesIO()
    write_zip(into, members)
    assert why in told(checked(tmp_path, into.getvalue(), trust))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("site-handoff/more.txt", "more.txt does not belong to it"),
        ("site-handoff/../../etc/passwd", "it leads out of its folder"),
        ("/etc/passwd", "it leads out of its folder"),
        ("other/x", "lies beside the parcel's folder"),
        ("site-handoff/INDEX.html", "is there twice"),
        ("site-handoff/a\\b", "letters that not every system takes"),
        ("site-handoff/x:y", "letters that not every system takes"),
        ("site-handoff/CON.", "letters that not every system takes"),
        ("site-handoff/folder/", "it leads out of its folder"),
    ],
)
def test_names_that_lead_elsewhere_are_refused_and_nothing_is_written_there(
    tmp_path: Path, signer: Signer, trust: Trust, name: str, why: str
) -> None:
    into = io.BytesIO()
    write_zip(into, parcel(LABEL, FILES, signer) | {name: b"x"})
    place = tmp_path / "inner" / "unpacked"
    place.mkdir(parents=True)
    assert why in told(checked(tmp_path, into.getvalue(), trust, place))
    assert not list(tmp_path.rglob("passwd"))


def foreign(kind: str) -> bytes:
    """An archive as other tools make it, of a kind that is none of ours."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        entry = zipfile.ZipInfo("site-handoff/index.html")
        if kind == "link":
            entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            made.writestr(entry, "/etc/passwd")
        elif kind == "bomb":
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, bytes(64 << 20))
        elif kind == "twice":
            made.writestr(entry, "x")
            with pytest.warns(UserWarning, match="Duplicate name"):
                made.writestr("site-handoff/index.html", "y")
        else:
            made.writestr(entry, "x")
            made.comment = b"and more"
    return into.getvalue()


@pytest.mark.parametrize(
    ("kind", "why"),
    [("link", "list of files was changed"), ("bomb", "is deflated"), ("twice", ""), ("more", "")],
)
def test_archives_of_other_tools_are_refused(
    tmp_path: Path, trust: Trust, kind: str, why: str
) -> None:
    found = checked(tmp_path, foreign(kind), trust)
    assert not found.whole
    assert why in told(found)


@pytest.mark.parametrize("raw", [b"", b"PK", b"PK\x03\x04", b"no archive at all", bytes(1000)])
def test_rubbish_is_no_parcel(tmp_path: Path, trust: Trust, raw: bytes) -> None:
    assert not checked(tmp_path, raw, trust).whole


@given(st.text(max_size=60))
def test_a_path_that_is_taken_stays_in_its_folder(text: str) -> None:
    if not fault_of_path(text):
        assert ".." not in text.split("/")
        assert text == text.strip("/")
        assert text.isascii()


def test_openssh_and_coreutils_alone_verify_it_as_its_text_says(
    tmp_path: Path, signer: Signer
) -> None:
    (tmp_path / "parcel.zip").write_bytes(packed(signer))
    with zipfile.ZipFile(tmp_path / "parcel.zip") as found:
        found.extractall(tmp_path)
    folder = tmp_path / "site-handoff"
    steps = f"""
        ssh-keygen -lf SIGNER.pub | grep -qF {signer.fingerprint}
        echo "millwright $(cat SIGNER.pub)" > ../signers
        ssh-keygen -Y verify -f ../signers -I millwright -n millwright-parcel \\
            -s MANIFEST.json.sig < MANIFEST.json
        grep -c "$(sha256sum SHA256SUMS | cut -c1-64)" MANIFEST.json
        sha256sum --quiet -c SHA256SUMS
    """
    run = subprocess.run(
        ["/bin/bash", "-euc", steps], cwd=folder, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert 'Good "millwright-parcel" signature' in run.stdout


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("A/b", "a"), ("a/b/c", "a/b")])
def test_what_would_be_a_file_and_a_folder_is_no_parcel_unpacked_or_not(
    tmp_path: Path, names: tuple[str, str], trust: Trust
) -> None:
    into = io.BytesIO()
    write_zip(into, {f"x/{name}": b"" for name in names})
    (tmp_path / "out").mkdir()
    for place in (None, tmp_path / "out"):
        found = checked(tmp_path, into.getvalue(), trust, place)
        assert "would be a file and a folder" in told(found)

"""`evidence seal | retention | export | check`: an auditor finds every change on their machine."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from millwright.adapters.evidencekeys import enrol, signers_file
from millwright.adapters.evidencelog import EvidenceLog
from millwright.adapters.parcelcheck import Trust, check
from millwright.adapters.parcelfile import Label, parcel
from millwright.adapters.statementbook import StatementBook
from millwright.adapters.storedzip import write_zip
from millwright.adapters.workspace import Workspace
from millwright.model.audit import Line, drawn
from millwright.model.evidence import Evidence
from millwright.model.parcel import Manifest
from millwright.model.statement import Said
from tests.conftest import Run

FIRST = "20260105T100000.000000Z-exec"
SECOND = "20260301T100000.000000Z-deploy"


def line(log: EvidenceLog, run: str, number: int, at: str) -> Evidence:
    return Evidence(
        at=at, run=run, actor="ann", node=f"gpu{number:03d}", argv=("uname", "-r"), ended="exit",
        exit_status=0, duration_s=0.1, stdout_ref=log.blob(f"{run} said {number}".encode()),
        stderr_ref=None, simulated=True, tool_version="0",
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """A store of two runs, a book with one statement, and a signed key."""
    root = tmp_path_factory.mktemp("site") / "clinic"
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(home / "key"))
        signer = enrol(Workspace(root))
    for run, at, count in (
        (FIRST, "2026-01-05T10:00:00Z", 30),
        (SECOND, "2026-03-01T10:00:00Z", 5),
    ):
        with EvidenceLog(root / "runs" / run, signer) as log:
            log.append_all([line(log, run, number, at) for number in range(count)])
    said = Said("2026-03-02T08:00:00Z", "ann", "attestation", {"control": "C-1"})
    StatementBook(Workspace(root), "attestations").say(said, signer)
    return root


@pytest.fixture
def site(kept: Path, tmp_path: Path) -> Path:
    """The same store, to be bent."""
    return Path(shutil.copytree(kept, tmp_path / "clinic"))


def exported(run: Run, site: Path, home: Path, *words: str) -> Path:
    out = site.parent / "export.zip"
    said = run(
        *("-C", site, "evidence", "export", "--from", "2026-01-01", "--to", "2026-12-31"),
        *("--seed", "dice", "-o", out, *words), MILLWRIGHT_EVIDENCE_KEY=str(home / "key"),
    )  # fmt: skip
    assert said.status == 0, said.err
    return out


def rows(archive: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(archive) as found:
        path = next(each for each in found.namelist() if each.endswith(f"/{name}"))
        return list(csv.DictReader(io.StringIO(found.read(path).decode())))


def test_an_export_verifies_on_another_machine_and_a_changed_byte_is_named(
    run: Run, site: Path, home: Path, tmp_path: Path
) -> None:
    archive = exported(run, site, home)
    assert archive.stat().st_mode & 0o077 == 0
    shutil.copy(signers_file(Workspace(site)), tmp_path / "copy.pub")
    first = archive.read_bytes()
    shutil.rmtree(site / "runs" / SECOND / "blobs")
    shutil.rmtree(site)
    whole = run("evidence", "check", archive, "--signers", tmp_path / "copy.pub")
    assert whole.status == 0, whole.out
    assert f"{FIRST}  30 lines, whole; signed to its end" in whole.out
    assert "whom you trust" in whole.out
    unknown = run("evidence", "check", archive, "--json")
    assert (unknown.status, json.loads(unknown.out)["signature"]) == (3, "unknown signer")
    at = first.index(b"2026-03-01T10:00:00Z")
    archive.write_bytes(first[:at] + b"2027" + first[at + 4 :])
    bent = run("evidence", "check", archive, "--signers", tmp_path / "copy.pub")
    assert bent.status == 1
    assert "was changed" in bent.out


def test_population_and_sample_are_dated_and_drawn_so_that_anybody_draws_them_again(
    run: Run, site: Path, home: Path
) -> None:
    archive = exported(run, site, home)
    population, sample = rows(archive, "population.csv"), rows(archive, "sample.csv")
    assert (len(population), len(sample)) == (35, 25)
    assert [row for row in population if row["in_sample"] == "yes"] == sample
    assert {row["at"][:10] for row in population} == {"2026-01-05", "2026-03-01"}
    with zipfile.ZipFile(archive) as found:
        blobs = {name.rsplit("/", 1)[1] for name in found.namelist() if "/blobs/" in name}
        names = {name.partition("/")[2] for name in found.namelist()}
    assert blobs == {row["outputs"].removeprefix("blobs/") for row in sample}
    assert {"report.html", "report.pdf", "VERIFY.txt", "evidence/attestations.jsonl"} <= names
    again = exported(run, site, home)
    assert again.read_bytes() == archive.read_bytes()


def test_a_period_and_a_phase_choose_what_is_told(run: Run, site: Path, home: Path) -> None:
    archive = exported(run, site, home, "--phase", "deploy", "--sample", "2")
    assert {row["run"] for row in rows(archive, "population.csv")} == {SECOND}
    assert len(rows(archive, "sample.csv")) == 2
    none = run("-C", site, "evidence", "export", "--from", "2020-01-01", "--to", "2020-02-01")
    assert (none.status, "there is no evidence between" in none.err) == (2, True)
    wrong = run("-C", site, "evidence", "export", "--from", "01.01.2026")
    assert (wrong.status, "say it like 2026-01-31" in wrong.err) == (2, True)


def test_a_chain_that_was_bent_and_packed_anew_without_the_key_is_not_believed(
    run: Run, site: Path, home: Path, tmp_path: Path
) -> None:
    archive = exported(run, site, home)
    with zipfile.ZipFile(archive) as found:
        members = {name: found.read(name) for name in found.namelist()}
    chain = next(name for name in members if name.endswith(f"{SECOND}/evidence.jsonl"))
    members[chain] = members[chain].replace(b"uname", b"whoami")
    with open(archive, "wb") as file:
        write_zip(file, members)
    found_ = check(archive, "evidence-export", Trust())
    assert found_.wrong == (f"runs/{SECOND}/evidence.jsonl was changed",)


def test_what_is_broken_in_the_store_is_told_in_the_export_and_ends_with_1(
    run: Run, site: Path, home: Path
) -> None:
    chain = site / "runs" / SECOND / "evidence.jsonl"
    chain.write_bytes(chain.read_bytes().replace(b'"gpu003"', b'"gpu009"'))
    said = run(
        *("-C", site, "evidence", "export", "--from", "2026-01-01", "--json"),
        MILLWRIGHT_EVIDENCE_KEY=str(home / "key"),
    )  # fmt: skip
    document = json.loads(said.out)
    assert (said.status, document["population"]) == (1, 33)
    assert any("is broken at line 4" in gap for gap in document["gaps"])


def test_a_run_that_was_sealed_and_is_taken_away_is_missed(
    run: Run, site: Path, home: Path
) -> None:
    said = run("-C", site, "evidence", "seal", MILLWRIGHT_EVIDENCE_KEY=str(home / "key"))
    assert (said.status, "2 runs, 1 books" in said.out) == (0, True), said.err
    assert run("-C", site, "evidence", "verify").status == 0
    shutil.rmtree(site / "runs" / SECOND)
    (site / "evidence" / "attestations.jsonl").write_bytes(b"")
    told = run("-C", site, "evidence", "verify")
    assert told.status == 1
    assert f"runs/{SECOND}: sealed at" in told.err
    assert "evidence/attestations.jsonl: sealed at" in told.err
    kept = run("-C", site, "evidence", "retention", "--json")
    assert (kept.status, len(json.loads(kept.out)["gone"])) == (1, 2)


def test_a_sealed_statement_that_is_no_statement_any_more_is_named_and_no_bug(
    run: Run, site: Path, home: Path
) -> None:
    key = {"MILLWRIGHT_EVIDENCE_KEY": str(home / "key")}
    assert run("-C", site, "evidence", "seal", **key).status == 0
    (site / "evidence" / "attestations.jsonl").write_bytes(b"{}\n")
    told = run("-C", site, "evidence", "verify")
    assert told.status == 1
    assert "evidence/attestations.jsonl: sealed at" in told.err
    said = run("-C", site, "evidence", "export", "--from", "2026-01-01", **key)
    assert said.status == 1, "what was sealed and is gone ends with 1"
    again = run("-C", site, "evidence", "seal", **key)
    assert (again.status, "is no statement" in again.err) == (2, True)


def _repacked(archive: Path, home: Path, bend: Callable[[dict[str, bytes]], object]) -> None:
    """Pack an export anew with the key of its own site, as whoever holds that key can."""
    with zipfile.ZipFile(archive) as found:
        members = {name.partition("/")[2]: found.read(name) for name in found.namelist()}
        label = Manifest.model_validate_json(members["MANIFEST.json"])
    for name in ("MANIFEST.json", "MANIFEST.json.sig", "SIGNER.pub", "VERIFY.txt", "SHA256SUMS"):
        del members[name]
    bend(members)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(home / "key"))
        (site := archive.parent / "other").mkdir()
        signer = enrol(Workspace(site))
    told = Label("evidence-export", label.name, label.made, label.by, label.simulated)
    with open(archive, "wb") as file:
        write_zip(file, parcel(told, members, signer))


def _left_out(members: dict[str, bytes]) -> None:
    document = json.loads(members["left-out.json"])
    taken = [name for name in members if f"{FIRST}/blobs/" in name]
    for name in taken:
        del members[name]
    document["outputs"][FIRST] += [name.rsplit("/", 1)[1] for name in taken]
    members["left-out.json"] = json.dumps(document).encode()


def _other_sample(members: dict[str, bytes]) -> None:
    members["sample.csv"] = members["sample.csv"].replace(b",gpu00", b",gpu99").replace(b"0", b"1")


def _deep(members: dict[str, bytes]) -> None:
    chain = f"runs/{SECOND}/evidence.jsonl"
    members[chain] = b"[" * 100_000 + b"\n"


@pytest.mark.parametrize(
    ("bend", "told"),
    [
        (_left_out, "is in the sample and was left out"),
        (_other_sample, "which its chain has not"),
        (_deep, "is broken at line 1: it is no line of evidence"),
        (lambda members: members.pop("left-out.json"), "does not say what was left out"),
        (lambda members: members.update({"left-out.json": b'{"outputs": 7}'}), "does not say"),
        (lambda members: members.pop("sample.csv"), "sample.csv does not tell the sample"),
    ],
)
def test_an_export_that_is_signed_and_is_none_is_told_as_that(
    run: Run, site: Path, home: Path, bend: Callable[[dict[str, bytes]], object], told: str
) -> None:
    archive = exported(run, site, home)
    _repacked(archive, home, bend)
    said = run("evidence", "check", archive, "--signers", signers_file(Workspace(site)))
    assert said.status == 1, said.err
    assert told in said.out


def test_no_link_in_the_store_brings_another_file_into_an_export(
    run: Run, site: Path, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("what is nobody's business")
    stones = site / "runs" / SECOND / "tombstones"
    stones.mkdir()
    (stones / "x.json").symlink_to(tmp_path / "secret")
    out = tmp_path / "export.zip"
    said = run(
        *("-C", site, "evidence", "export", "--from", "2026-01-01", "-o", out),
        MILLWRIGHT_EVIDENCE_KEY=str(home / "key"),
    )  # fmt: skip
    assert (said.status, "leads out of the workspace" in said.err) == (2, True)
    assert not out.exists()


def test_six_years_are_kept_and_what_is_older_is_named_and_never_deleted(
    run: Run, site: Path
) -> None:
    young = run("-C", site, "evidence", "retention", "--at", "2032-01-04")
    assert (young.status, "no run is older than 6 years" in young.out) == (0, True)
    old = json.loads(run("-C", site, "evidence", "retention", "--at", "2032-01-05", "--json").out)
    assert [(each["run"], each["past"]) for each in old["runs"]] == [
        (FIRST, "yes"), (SECOND, "no")
    ]  # fmt: skip
    assert (site / "runs" / FIRST / "evidence.jsonl").is_file()
    assert run("-C", site, "evidence", "retention", "--years", "5").status == 2


def test_without_a_key_nothing_is_sealed(run: Run, site: Path, tmp_path: Path) -> None:
    said = run("-C", site, "evidence", "seal", MILLWRIGHT_EVIDENCE_KEY=str(tmp_path / "none"))
    assert (said.status, "millwright evidence key" in said.err) == (2, True)


def test_a_sample_depends_on_start_value_and_hashes_alone() -> None:
    lines = [
        Line(
            "r", n, "2026-01-05", "a", "n", None, None, (), "exit", 0, 0.0, False, True, f"{n}", ()
        )
        for n in range(100)
    ]
    assert drawn(lines, 10, "a") == drawn(lines, 10, "a")
    assert drawn(lines, 10, "a") != drawn(lines, 10, "b")
    assert {each.hash for each in drawn(lines[::-1], 10, "a")} == {
        each.hash for each in drawn(lines, 10, "a")
    }
    assert drawn(lines, 200, "a") == tuple(lines)

"""`handoff`: the package tells what stands and what is missing, is signed, and holds no secret."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from millwright.adapters.buildruns import begin
from millwright.adapters.evidencekeys import enrol, signers_file
from millwright.adapters.evidencelog import EvidenceLog
from millwright.adapters.ledger import ledger_of
from millwright.adapters.workspace import Workspace
from millwright.build.plan import Wish, plan
from millwright.cli.inventory import QUESTIONS
from millwright.model.evidence import Evidence
from millwright.model.standing import Done
from millwright.ports import Answer
from tests.cli.test_rma import verdict
from tests.conftest import Run
from tests.unit.build.plans import basis
from tests.unit.probes.hosts import outputs

SECRETS = ("hunter22", "opensesame", "tok-4711-abc", "BMC-Passw0rd", "s3cr3t-of-the-key")
HANDOFF = """schema: millwright.handoff/1
prepared_by: Ann Builder
brand: {organisation: "Clinic Builders & Sons", line: "we build", accent: "#aa3355", logo: logo.svg}
contacts: [{name: Bo, role: "hands on site", reach: "+1 555 0100"}]
credentials: [{what: "BMCs of all nodes", kept: "vault://clinic/bmc", owner: "Bo"}]
warranty: [{item: "servers", vendor: "Maker", until: "2031-05-01", contract: "C-77"}]
spares: [{item: "GPU baseboard", quantity: 1, location: "cage 3"}]
limits: ["The third chiller was never run at full load. <script>alert(1)</script>"]
"""
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">'
    '<rect width="40" height="20"/></svg>'
)
REACH = "schema: millwright.reach/1\nbecome: {password: BMC-Passw0rd}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A lab's workspace with everything in it, secrets where they lie, and a key beside it."""
    root = tmp_path_factory.mktemp("handoff") / "clinic"
    assert run("init", root, "--blueprint", "lab").status == 0
    assert run("-C", root, "design", "solve").status == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MILLWRIGHT_EVIDENCE_KEY", str(root.parent / "key"))
        signer = enrol(Workspace(root))
        _burnt_in(root)
    _asked(root, EvidenceLog(root / "runs" / "20260105T110000.000000Z-assets", signer))
    ledger = ledger_of(root)
    detail = "login refused, password=opensesame was tried"
    ledger.put(
        Done("gpu1", "munge", "x", "proven", "r", "2026-01-05T12:00:00Z"),
        Done("gpu2", "munge", "x", "failed", "r", "2026-01-05T12:01:00Z", detail),
    )
    ledger.close()
    (root / "handoff.yaml").write_text(HANDOFF)
    (root / "logo.svg").write_text(LOGO)
    (root / "reach.yaml").write_text(
        "schema: millwright.reach/1\nbecome: {password: BMC-Passw0rd}\n"
    )
    (root / "secrets").mkdir()
    (root / "secrets" / "munge.key").write_text("s3cr3t-of-the-key")
    return root


def _burnt_in(root: Path) -> None:
    rows = [
        {
            "schema": "millwright.measurement/1", "at": "2026-01-05T10:00:00Z", "node": node,
            "device": "gpu0", "metric": "gemm_bf16_tflops", "value": 600.0, "unit": "TFLOP/s",
            "tool": "t 1", "simulated": True, "serial": f"S-{node}",
        }
        for node in ("gpu1", "gpu2")
    ]  # fmt: skip
    with begin(Workspace(root), plan(basis(), Wish())) as kept:
        kept.record.keep(Answer("gpu1", ("gpu_burn",), "exit", 0, 1.0, b"token=tok-4711-abc\n"))
        kept.measured(rows)
    verdict(kept.folder, "waived: password=hunter22")
    document = json.loads((kept.folder / "verdict.json").read_text())
    document |= {"schema": "millwright.verdict/1", "measurements": 2}
    (kept.folder / "verdict.json").write_text(json.dumps(document))


def _asked(root: Path, opened: EvidenceLog) -> None:
    told = {"dmidecode": outputs.DMIDECODE, "lsblk": outputs.LSBLK_PAIRS}
    with opened as log:
        for tool, argv in QUESTIONS:
            if tool in told:
                log.append(_line(log, argv, told[tool]))


def _line(log: EvidenceLog, argv: Sequence[str], text: str) -> Evidence:
    return Evidence(
        at="2026-01-05T11:00:00Z", run="r", actor="ann", node="gpu1", argv=tuple(argv),
        ended="exit", exit_status=0, duration_s=0.1, stdout_ref=log.blob(text.encode()),
        stderr_ref=None, simulated=True, tool_version="0",
    )  # fmt: skip


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Path:
    """The same workspace, to be changed."""
    return Path(shutil.copytree(made, tmp_path / "clinic"))


def packed(run: Run, site: Path, key: Path, *words: str) -> Path:
    said = run("-C", site, "handoff", *words, MILLWRIGHT_EVIDENCE_KEY=str(key / "key"))
    assert said.status == 0, said.err
    return next(site.glob("*-handoff.zip"))


@pytest.fixture(scope="module")
def package(made: Path, run: Run) -> Path:
    """The package of the whole workspace."""
    return packed(run, made, made.parent)


def files_of(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as found:
        return {name.partition("/")[2]: found.read(name) for name in found.namelist()}


def readable(name: str, raw: bytes, place: Path) -> bytes:
    """Return all that a person or a search finds in a file: of PDF its text, of XLSX its parts."""
    if name.endswith(".pdf"):
        (place / "page.pdf").write_bytes(raw)
        words = ["pdftotext", "-layout", str(place / "page.pdf"), "-"]
        return subprocess.run(words, capture_output=True, check=True).stdout
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            return b"".join(map(book.read, book.namelist()))
    return raw


def test_the_package_has_every_chapter_as_page_paper_sheets_and_tables(package: Path) -> None:
    files = files_of(package)
    pages = {
        "index", "as-built", "acceptance", "serials", "firmware", "cabling", "addresses",
        "credentials", "runbooks", "compliance", "evidence", "growth", "warranty", "limits",
    }  # fmt: skip
    assert {f"{page}.html" for page in pages} <= set(files)
    assert {"handoff.pdf", "handoff.xlsx", "handoff.json", "tables/cables.csv"} <= set(files)
    assert {"design/factory.yaml", "design/bom.xlsx", "acceptance/acceptance.pdf"} <= set(files)
    assert len([name for name in files if name.startswith("runbooks/")]) > 10
    for page in pages:
        assert b"SIMULATED" in files[f"{page}.html"]
    document = json.loads(files["handoff.json"])
    assert document["acceptance"]["verdict"] == "FAIL"
    assert (document["roles"], document["items"] > 5) == ({"failed": 1, "proven": 1}, True)


def test_every_link_of_the_site_leads_to_a_file_of_the_package(package: Path) -> None:
    import re

    files = files_of(package)
    for name, raw in files.items():
        if name.endswith(".html") and "/" not in name:
            for to in re.findall(rb'<a href="([^"#]+)', raw):
                assert to.decode() in files, (name, to)


def test_no_secret_of_the_workspace_is_in_any_file(package: Path, tmp_path: Path) -> None:
    files = files_of(package)
    everything = {name: readable(name, raw, tmp_path) for name, raw in files.items()}
    found = [(name, s) for name, raw in everything.items() for s in SECRETS if s.encode() in raw]
    assert not found
    assert b"login refused" in everything["as-built.html"]
    assert not [name for name in files if "secret" in name or "reach" in name or "state.db" in name]
    key = (package.parents[1] / "key").read_bytes()
    assert not [name for name, raw in everything.items() if key[60:120] in raw]


def test_what_people_say_is_told_as_text_and_in_their_own_colours(package: Path) -> None:
    files = files_of(package)
    assert b"<script>alert(1)" not in files["limits.html"]
    assert b"third chiller" in files["limits.html"]
    assert b"--accent:#aa3355" in files["index.html"]
    assert b"Clinic Builders &amp; Sons" in files["index.html"]
    assert b"data:image/svg+xml;base64," in files["index.html"]
    assert b"vault://clinic/bmc" in files["credentials.html"]


def test_it_is_verified_elsewhere_and_a_changed_byte_is_found(
    package: Path, made: Path, run: Run, tmp_path: Path
) -> None:
    archive, known = tmp_path / "got.zip", tmp_path / "known.pub"
    shutil.copy(package, archive)
    shutil.copy(signers_file(Workspace(made)), known)
    whole = run("-C", tmp_path, "handoff", "verify", archive, "--signers", known)
    assert (whole.status, "whom you trust" in whole.out) == (0, True), whole.out
    assert run("handoff", "verify", archive).status == 3
    raw = bytearray(archive.read_bytes())
    at = raw.index(b"third chiller")
    raw[at] ^= 1
    archive.write_bytes(raw)
    bent = run("handoff", "verify", archive, "--signers", known, "--json")
    document = json.loads(bent.out)
    assert (bent.status, document["whole"]) == (1, False)
    assert any("was changed" in each for each in document["wrong"])


def test_the_same_workspace_gives_the_same_bytes(
    package: Path, site: Path, made: Path, run: Run
) -> None:
    before = package.read_bytes()
    (site / package.name).unlink(missing_ok=True)
    assert packed(run, site, made.parent).read_bytes() == before


def test_what_is_not_there_is_said_to_be_missing_and_nothing_stands_in_its_place(
    site: Path, run: Run
) -> None:
    for gone in ("runs", "state.db", "handoff.yaml", ".millwright"):
        path = site / gone
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (site / "clinic-handoff.zip").unlink(missing_ok=True)
    strict = run("-C", site, "handoff", "--strict")
    assert (strict.status, list(site.glob("*.zip"))) == (1, [])
    said = run("-C", site, "handoff", "--json")
    document = json.loads(said.out)
    assert said.status == 0
    assert (document["acceptance"], document["items"], document["signed_by"]) == (None, None, None)
    chapters = {each["chapter"] for each in document["missing"]}
    assert {"Acceptance", "Serial numbers", "Evidence index", "Warranty and spares"} <= chapters
    files = files_of(Path(document["archive"]))
    assert b"MISSING" in files["acceptance.html"]
    assert not [name for name in files if name.startswith("acceptance/")]
    assert run("handoff", "verify", document["archive"]).status == 1


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("handoff.yaml", "schema: millwright.handoff/1\nwarrenty: []\n", "handoff.yaml:2:1"),
        ("handoff.yaml", HANDOFF.replace("#aa3355", "red; }"), "brand.accent"),
        ("handoff.yaml", HANDOFF.replace("logo.svg", "../../key"), "leads out of the workspace"),
        ("compliance/notes.txt", "all well\nroot password: hunter22\n", "compliance/notes.txt:2"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_written(
    site: Path, run: Run, name: str, text: str, told: str
) -> None:
    for archive in site.glob("*.zip"):
        archive.unlink()
    (site / name).parent.mkdir(exist_ok=True)
    (site / name).write_text(text)
    said = run("-C", site, "handoff")
    assert (said.status, told in said.err) == (2, True), said.err
    assert "hunter22" not in said.err
    assert not list(site.glob("*.zip"))


def test_a_template_of_the_workspace_takes_the_place_of_ours_and_reaches_nothing_else(
    site: Path, made: Path, run: Run
) -> None:
    own = site / "templates" / "report"
    own.mkdir(parents=True)
    (own / "page.html.j2").write_text("<!doctype html><title>OURS {{ page.title }}</title>")
    (site / "clinic-handoff.zip").unlink(missing_ok=True)
    files = files_of(packed(run, site, made.parent))
    assert files["index.html"].startswith(b"<!doctype html><title>OURS")
    (own / "page.html.j2").write_text("{{ page.__class__.__mro__ }}")
    said = run("-C", site, "handoff")
    assert (said.status, "cannot be used" in said.err) == (2, True), said.err

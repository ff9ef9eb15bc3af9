"""Scanners' files: what did not apply is not covered; a tailoring by paragraphs; OSCAL."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from millwright.errors import MillwrightError
from millwright.manage.comply.imports import of_lynis, of_xccdf, tailoring
from millwright.manage.comply.oscal import assessment_results
from millwright.manage.comply.scans import same, scanned
from millwright.model.checked import Check, Coverage, RuleAnswer, Scope
from millwright.model.compliance import Books
from millwright.model.spec import Factory
from millwright.probes import lynis_report, xccdf
from millwright.probes.xccdf import NoResults, Results, RuleResult, read
from tests.unit.manage.comply.scenes import ground

FILE, STAMP = ("r.xml", "0" * 64), ("2026-11-26T10:00:00Z", "root")
XML = """<?xml version="1.0"?>
<arf:report xmlns:arf="http://scap.nist.gov/schema/asset-reporting-format/1.1">
<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="b">
 <Group id="g1"><Rule id="r1"><title>No empty <b>passwords</b></title>
  <reference href="https://www.gpo.gov/x">164.312(d)</reference>
  <reference href="https://other">CCI-1</reference></Rule>
  <Rule id="r2"><title>Two</title></Rule></Group>
 <TestResult end-time="2026-11-20T10:00:00+00:00"><profile idref="hipaa"/><target>gpu1</target>
  <rule-result idref="r1" severity="high"><result>fail</result></rule-result>
  <rule-result idref="r2"><result>notapplicable</result></rule-result>
  <rule-result idref="r3"><result>notselected</result></rule-result>
  <rule-result idref="r4"><result>error</result></rule-result>
 </TestResult></Benchmark></arf:report>"""
LYNIS = (
    "# Lynis Report\nlynis_version=3.0.8\nhostname=gpu1\nreport_datetime_end=2026-11-20 10:00:00\n"
    "hardening_index=71\nwarning[]=SSH-7408|Root may log in|-|-|\n"
    "suggestion[]=AUTH-9328|Set umask|-|-|\ntests_executed=SSH-7408|AUTH-9328|KRNL-6000|\n"
    "tests_skipped=MAIL-8814|\n"
)


def test_results_are_read_from_an_arf_report_and_what_did_not_apply_is_not_covered() -> None:
    scan = of_xccdf(read(XML.encode()), FILE, STAMP, "")
    assert (scan.node, scan.profile) == ("gpu1", "hipaa")
    assert {row.rule: row.result for row in scan.rows} == {
        "r1": "fail", "r2": "not-covered", "r4": "unknown",
    }  # fmt: skip
    assert scan.rows[0].refs == ("164.312(d)",)
    assert scan.rows[0].title == "No empty passwords"


@pytest.mark.parametrize("text", ["", "<a/>", "<!DOCTYPE x><Benchmark/>", "<Benchmark>", "{}"])
def test_a_file_that_holds_no_results_is_refused(text: str) -> None:
    with pytest.raises(NoResults):
        read(text.encode())


ENTITY = '<!DOCTYPE x [<!ENTITY a "pass">]>'


@pytest.mark.parametrize(
    "raw",
    [
        f"<!--{'x' * 70_000}-->{ENTITY}{XML.partition('?>')[2]}".encode(),
        f'<?xml version="1.0" encoding="utf-16"?>{ENTITY}{XML.partition("?>")[2]}'.encode("utf-16"),
    ],
)
def test_a_doctype_is_refused_however_late_and_in_any_encoding(raw: bytes) -> None:
    with pytest.raises(NoResults, match="DOCTYPE"):
        read(raw)


def test_no_result_is_left_out_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xccdf, "MOST_RULES", 2)
    with pytest.raises(NoResults, match="more than 2"):
        read(XML.encode())


def test_results_of_two_hosts_are_not_told_as_those_of_one() -> None:
    test = XML[XML.index("<TestResult") : XML.index("</Benchmark>")]
    both = XML.replace(test, test + test.replace("gpu1", "gpu2"))
    with pytest.raises(NoResults, match="more than one test"):
        read(both.encode())


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-11-20T10:00:00", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00Z"),
        ("", "2026-11-26T10:00:00Z"),
    ],
)
def test_the_time_of_a_scan_is_told_in_utc(told: str, at: str) -> None:
    found = read(XML.replace("2026-11-20T10:00:00+00:00", told).encode())
    assert of_xccdf(found, FILE, STAMP, "").at == at


@pytest.mark.parametrize("told", ["yesterday", "2099-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_scan_of_no_day_or_of_a_day_to_come_is_refused(told: str) -> None:
    found = read(XML.replace("2026-11-20T10:00:00+00:00", told).encode())
    with pytest.raises(MillwrightError, match="the scan was made at"):
        of_xccdf(found, FILE, STAMP, "")
    report = lynis_report.read(LYNIS.replace("2026-11-20 10:00:00", told))
    assert report is not None
    with pytest.raises(MillwrightError, match="the scan was made at"):
        of_lynis(report, FILE, STAMP, "")


@pytest.mark.parametrize(
    ("results", "found"),
    [
        (("pass",), "pass"),
        (("pass", "notapplicable"), "pass"),
        (("pass", "error"), "unknown"),
        (("notchecked", "notapplicable"), "unknown"),
        ((), "unknown"),
        (("pass", "error", "fail"), "fail"),
    ],
)
def test_a_scan_that_shows_nothing_passes_nothing(
    results: tuple[str, ...], found: str, factory: Factory, books: Books
) -> None:
    rows = [RuleResult(f"r{at}", word) for at, word in enumerate(results)]
    scan = of_xccdf(Results(target="gpu1", results=rows), FILE, STAMP, "")
    seen = scanned("baseline", ground(factory, books, hosts=("gpu1",), scans=(scan,)))
    assert seen.found == found


def test_every_cut_of_a_file_is_refused_or_read(tmp_path: object) -> None:
    raw = XML.encode()
    for length in range(0, len(raw) - 1, 7):
        with pytest.raises(NoResults):
            read(raw[:length])


def test_a_tailoring_takes_the_rules_of_the_paragraphs_alone() -> None:
    text, count = tailoring(read(XML.encode()), "ssg.xml", "2026-11-26T10:00:00")
    assert count == 1
    tree = ElementTree.fromstring(text)
    taken = {e.get("idref"): e.get("selected") for e in tree.iter() if e.get("idref")}
    assert taken == {"g1": "true", "r1": "true", "r2": "false"}


def test_a_lynis_report_fails_what_it_remarks_and_its_index_is_no_share() -> None:
    report = lynis_report.read(LYNIS)
    assert report is not None
    scan = of_lynis(report, FILE, STAMP, "")
    assert {row.rule: row.result for row in scan.rows} == {
        "lynis SSH-7408": "fail", "lynis AUTH-9328": "fail", "lynis KRNL-6000": "pass",
        "lynis MAIL-8814": "not-covered",
    }  # fmt: skip
    assert "no share of compliance" in scan.note
    assert lynis_report.read("nothing=here") is None


@pytest.mark.parametrize(
    ("ref", "other", "right"),
    [
        ("164.312(a)(1)", "164.312(a)(1)", True),
        ("164.312(b)", "164.312(b)", True),
        ("164.308(a)(5)(ii)(C)", "164.308(a)(5)(ii)(C)", True),
        ("164.312(a)(1)", "164.312(a)(2)(i)", False),
        ("164.312(a)(1)", "164.312(a)(10)", False),
        ("164.312(e)(1)", "164.312(e)(1)(i)", True),
    ],
)
def test_a_reference_means_a_paragraph_or_a_part_of_it(ref: str, other: str, right: bool) -> None:
    assert same(ref, other) is right


def test_oscal_never_calls_satisfied_what_is_open() -> None:
    rules = tuple(
        RuleAnswer.model_validate(
            {"pack": "hipaa", "ref": f"164.31{n}(a)", "words": "w", "level": "duty",
             "status": "final", "read": "memory", "answer": answer, "why": "so"}
        )
        for n, answer in enumerate(("pass", "unknown", "unanswered", "fail"))
    )  # fmt: skip
    cover = Coverage(pack="hipaa", title="HIPAA", status="final", total=4, counts={})
    check = Check(
        factory="f", at="2026-11-26T10:00:00Z", run="r", simulated=True, tool_version="1",
        scope=Scope(factory="f", jurisdiction="US"), coverage=(cover,), rules=rules, controls=(),
    )  # fmt: skip
    document = assessment_results(check)["assessment-results"]
    states = [f["target"]["status"]["state"] for f in document["results"][0]["findings"]]
    assert states == ["satisfied", "not-satisfied", "not-satisfied", "not-satisfied"]
    assert "SIMULATED" in document["metadata"]["title"]
    assert assessment_results(check) == assessment_results(check)

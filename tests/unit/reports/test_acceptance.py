"""The acceptance report: nothing is lost on the way from a verdict to its reader."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.htmlpage import html
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.waiver import Waiver
from millwright.reports.acceptance import Case, File, acceptance_page, first_line, percent
from millwright.reports.criteria import criteria
from millwright.reports.findingrows import COLUMNS, finding_rows
from millwright.reports.heatmap import heatmap
from millwright.reports.judgement import Judgement, NoVerdict, judgement
from millwright.reports.junit import junit
from millwright.reports.lots import Lot, Measured, drawn, limits_of
from millwright.reports.page import Page
from millwright.reports.picture import Picture, Sign, Words, svg
from millwright.reports.plots import Reading, histogram, strip
from millwright.reports.scale import scale
from millwright.reports.timeline import Span, timeline


def finding(**keys: Any) -> dict[str, Any]:
    """Return a finding as the contract has it."""
    usual = {
        "metric": "busbw",
        "device": "",
        "value": 412.0,
        "unit": "GB/s",
        "bar": ">= 455 GB/s",
        "bar_source": "a-source",
        "peer_median": 478.0,
        "robust_z": -9.0,
        "kind": "gate",
        "reason": "412 < 455",
        "disposition": None,
    }
    return {**usual, **keys}


def verdict(*found: dict[str, Any], word: str = "FAIL", **keys: Any) -> dict[str, Any]:
    """Return the verdict of the contract over two nodes, the first with findings."""
    nodes = {"gpu1": {"verdict": word, "findings": list(found)}, "gpu2": _CLEAN}
    whole = {"schema": "millwright.verdict/1", "verdict": word, "completeness": 1.0}
    return {**whole, "nodes": nodes, **keys}


_CLEAN = {"verdict": "PASS", "findings": []}


def case_of(judged: Judgement, lots: tuple[Lot, ...] = (), simulated: int = 0) -> Case:
    """Return a case with a verdict and measurements, without a plan."""
    measured = Measured(lots, 2, "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z", simulated)
    return Case("site", judged, measured, None, (), (), (File("m.jsonl", 1, "0" * 64),), "test")


LOT = Lot("busbw", "GB/s", "dgx-h100", "all-reduce", "", ("gpu1", "gpu2"), (412.0, 478.0))


def test_the_first_line_says_how_complete_it_is() -> None:
    judged = judgement(verdict(finding(), completeness=0.998))
    assert first_line(judged).startswith("99.8 % complete. Verdict FAIL: of 2 nodes 1 FAIL, 1 PASS")
    page = acceptance_page(case_of(judged))
    assert page.first_line == first_line(judged)
    assert [notice.word for notice in page.notices] == ["INCOMPLETE"]


@given(st.floats(0, 1, exclude_max=True))
def test_what_is_not_whole_never_reads_as_a_hundred(share: float) -> None:
    assert percent(share) != "100 %"
    assert percent(1.0) == "100 %"


def test_the_report_shows_bar_source_value_reason_and_what_nobody_knows() -> None:
    told = html(acceptance_page(case_of(judgement(verdict(finding())), (LOT,))))
    for words in ("&gt;= 455 GB/s", "a-source", "412 GB/s", "412 &lt; 455", "478", "gpu1"):
        assert words in told
    assert "No plan was given" in told
    assert "0" * 64 in told
    assert "SIMULATED" not in told


@pytest.mark.parametrize("where", ["verdict", "measurements"])
def test_simulated_values_mark_the_whole_report(where: str) -> None:
    judged = judgement(verdict(finding(), simulated=where == "verdict"))
    page = acceptance_page(case_of(judged, simulated=int(where == "measurements")))
    assert page.notices[0].word == "SIMULATED"
    assert "on SIMULATED hardware" in html(page)


def test_a_waived_finding_is_shown_and_counts_for_nothing() -> None:
    waived = finding(disposition="waived", waiver="A. Rossi until 2026-12-31: spare ordered")
    judged = judgement(verdict(waived, word="PASS"))
    why = {"owner": "A. Rossi", "reason": "spare <i>ordered", "expires": "2026-12-31"}
    accepted = Waiver.model_validate({"node": "gpu1", **why})
    case = replace(case_of(judged), waivers=(accepted,))
    told = html(acceptance_page(case))
    assert "WAIVED" in told
    assert "spare &lt;i&gt;ordered" in told
    assert "A. Rossi until 2026-12-31" in told
    (node,) = [node for node in judged.nodes if node.name == "gpu1"]
    assert (node.gates, node.outliers) == ("PASS", "PASS")
    suites = ElementTree.fromstring(junit("site", judged, {}))
    assert (suites.get("failures"), suites.get("skipped")) == ("0", "1")


def test_a_missing_value_is_an_error_for_ci_and_untested_for_a_reader() -> None:
    missing = finding(kind="missing", value=None, bar=None, reason="not measured")
    judged = judgement(verdict(missing, word="UNKNOWN", completeness=0.5))
    suites = ElementTree.fromstring(junit("site", judged, {"gpu2": {"busbw"}}))
    assert (suites.get("errors"), suites.get("failures")) == ("1", "0")
    (untested,) = [s for s in acceptance_page(case_of(judged)).sections if s.id == "untested"]
    assert "missing: not measured" in str(untested.blocks)


def test_a_node_that_is_unknown_without_a_finding_is_no_success_for_ci() -> None:
    judged = judgement(verdict(word="UNKNOWN"))
    suites = ElementTree.fromstring(junit("site", judged, {"gpu1": {"busbw"}}))
    assert suites.get("errors") == "1"


def test_a_frozen_bar_that_judged_nothing_is_told() -> None:
    populations = [
        {
            "metric": "busbw", "unit": "GB/s", "sku": "dgx-h100", "conditions": "", "count": 2,
            "median": 478.0, "bars": [">= 455 GB/s (a-source, measured)"], "mode": "bar",
        }
    ]  # fmt: skip
    judged = judgement(verdict(finding(), populations=populations))
    (told,) = criteria(judged, (LOT,), None)
    assert (told.bar, told.source, told.confidence) == (">= 455 GB/s", "a-source", "measured")
    assert (told.count, told.missed, told.result.word) == (2, 1, "FAIL")


def test_every_finding_and_every_node_is_a_row() -> None:
    judged = judgement(verdict(finding(), finding(device="gpu3", kind="outlier")))
    rows = list(finding_rows(judged))
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert [row[0] for row in rows] == ["gpu1", "gpu1", "gpu2"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "list"),
        ({"schema": "millwright.plan/1"}, "schema"),
        (verdict(completeness=1.5), "completeness"),
        (verdict(completeness="all"), "completeness"),
        (verdict(nodes=[]), "nodes"),
        (verdict(nodes={"gpu1": {}}), "no verdict"),
        (verdict(nodes={"gpu1": 3}), "nodes.gpu1"),
    ],
)
def test_what_is_no_verdict_is_refused_with_the_reason(document: Any, words: str) -> None:
    with pytest.raises(NoVerdict, match=words):
        judgement(document)


def test_new_keys_and_new_words_are_accepted() -> None:
    judged = judgement(verdict(finding(kind="drift", hue="red"), word="SHRUG", moon="full"))
    told = html(acceptance_page(case_of(judged, (LOT,))))
    assert "SHRUG" in told
    assert "drift" in told
    ElementTree.fromstring(junit("site", judged, {}))


@settings(deadline=None, max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=9))
def test_no_document_breaks_the_reader(value: Any) -> None:
    for document in (value, verdict(nodes={"a": value}), verdict(finding(metric=value))):
        try:
            page = acceptance_page(case_of(judgement(document), (LOT,)))
        except NoVerdict:
            continue
        html(page)


@pytest.mark.parametrize(
    ("bar", "lines"),
    [
        (">= 431 GB/s", [431]),
        ("<= 75 C (millwright-estimate, estimate)", [75]),
        ("= 3 +/- 10 % TB/s", [2.7, 3.3]),
        ("= 1", [1]),
        ("healthy", []),
        (">= -1.5e2 x", [-150]),
    ],
)
def test_a_bar_draws_its_lines(bar: str, lines: list[float]) -> None:
    assert [limit.value for limit in limits_of([bar])] == pytest.approx(lines)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=40))
def test_an_axis_holds_all_its_values_and_few_numbers(values: list[float]) -> None:
    axis = scale(values, 10, 700)
    assert all(10 <= axis.at(value) <= 700 for value in values)
    assert 2 <= len(axis.ticks()) <= 12


def _inside(picture: Picture) -> bool:
    texts = [shape for shape in picture.shapes if isinstance(shape, Words)]
    return all(0 <= t.x <= picture.width and 0 <= t.y <= picture.height for t in texts)


@given(st.lists(st.floats(-1e6, 1e6), max_size=60), st.integers(0, 12))
def test_pictures_hold_what_they_say_and_are_well_formed(values: list[float], out: int) -> None:
    readings = [
        Reading(f"gpu{n}", value, "bad" if n < out else None) for n, value in enumerate(values)
    ]
    limits = limits_of([">= 5 GB/s", "= 3 +/- 10 % x"])
    for picture in (
        strip("t", "GB/s", readings, limits),
        histogram("t", "GB/s", readings, limits),
        timeline("t", [Span(f"s{n}", n, n + abs(v)) for n, v in enumerate(values)]),
        heatmap("t", [f"n{n}" for n in range(len(values))], ["a", "b"], {("n1", "a"): "bad"}),
    ):
        assert _inside(picture)
        ElementTree.fromstring(svg(picture))


@given(st.lists(st.floats(0, 100), min_size=2, max_size=8))
def test_names_of_outliers_do_not_lie_on_each_other(values: list[float]) -> None:
    readings = [Reading(f"gpu{n:03d} gpu1", value, "bad") for n, value in enumerate(values)]
    picture = strip("t", "x", readings, ())
    names = [s for s in picture.shapes if isinstance(s, Words) and s.text.startswith("gpu")]
    boxes = []
    for name in names:
        wide = len(name.text) * name.size * 0.56
        left = name.x if name.anchor == "start" else name.x - wide
        boxes.append((left, left + wide, name.y))
    for index, (left, right, y) in enumerate(boxes):
        for other_left, other_right, other_y in boxes[index + 1 :]:
            assert y != other_y or right <= other_left or other_right <= left


def test_what_stands_out_has_its_shape_in_the_picture() -> None:
    judged = judgement(verdict(finding()))
    picture = drawn(LOT, judged.findings, [">= 455 GB/s"])
    (sign,) = [shape for shape in picture.shapes if isinstance(shape, Sign)]
    assert (sign.tone, sign.tip) == ("bad", "gpu1: 412 GB/s")
    assert "Standing out: gpu1 412" in picture.description
    assert "bar >= 455 GB/s" in picture.description


def test_json_and_report_agree_on_the_words() -> None:
    document = json.loads(json.dumps(verdict(finding())))
    assert judgement(document).findings[0].reason == "412 < 455"


def planned() -> BuildPlan:
    """Return a plan of one test, with bars that judge, that judge nothing, and for others."""
    bar = {"rule": "at_least", "unit": "GB/s", "source": "a-source", "confidence": "measured"}
    bars = [
        {**bar, "name": "busbw", "metric": "busbw", "value": 455, "skus": ["dgx-h100"]},
        {**bar, "name": "copy", "metric": "copy", "value": 40, "skus": []},
        {**bar, "name": "disk", "metric": "disk", "value": 3, "skus": []},
        {**bar, "name": "other", "metric": "busbw", "value": 700, "skus": ["dgx-b200"]},
    ]
    test = {
        "test": "nccl", "pool": "gpu", "kind": "collective", "level": "l10", "scope": "node",
        "tool": "all_reduce_perf", "reader": "nccl-tests", "argv": ["all_reduce_perf"],
        "nodes": "gpu[1-2]", "seconds": 60, "limit_s": 90, "power": "load", "draw_w": 1000,
        "expects": [{"metric": "busbw"}, {"metric": "copy"}], "yield_per_minute": 1,
        "proves": "that", "cannot": "this", "trust": "passes PCIe Gen3", "shows": "BER < 1e-12",
    }  # fmt: skip
    return BuildPlan.model_validate(
        {
            "factory": "site", "simulated": True, "level": "l10", "class": "smoke",
            "tool_version": "1", "spec_sha256": "", "catalog_sha256": "", "criteria": bars,
            "criteria_sha256": "c" * 64, "tests": [test], "addresses": {},
            "skus": {"gpu1": "dgx-h100", "gpu2": "dgx-h100"}, "idle_w": {}, "feeds": [],
            "left_out": [{"test": "fio", "pool": "gpu", "why": "wipes disks"}],
            "stagger_s": 1, "takes_s": 60, "failure_bound": "3 failures an hour at most",
        }
    )  # fmt: skip


def outcome(node: str, came: str) -> Outcome:
    """Return one outcome, dated at its end."""
    raw = {"at": "2026-01-05T10:01:00Z", "node": node, "test": "nccl", "came": came}
    return Outcome.model_validate({**raw, "duration_s": 60.0, "simulated": True})


def told_of(case: Case, section: str) -> str:
    """Return all that a section says."""
    (found,) = [each for each in acceptance_page(case).sections if each.id == section]
    return html(Page("", "", "", (found,)))


@pytest.mark.parametrize(
    ("came", "word", "shown"),
    [("measured", "PASS", True), ("measured", "FAIL", False), ("hung", "UNKNOWN", False)],
)
def test_a_bound_is_claimed_only_where_nothing_failed(came: str, word: str, shown: bool) -> None:
    judged = judgement(verdict(word=word))
    case = replace(case_of(judged), plan=planned(), outcomes=(outcome("gpu1", came),))
    told = told_of(case, "bounds")
    assert "3 failures an hour at most" in told
    assert ("NOT SHOWN" in told) is not shown
    assert ("BER" in told) is True


def test_a_bound_of_a_plan_that_nobody_ran_is_not_shown() -> None:
    case = replace(case_of(judgement(verdict(word="PASS"))), plan=planned())
    assert told_of(case, "bounds").count("nothing tells that it ran") == 2


def test_bars_that_judged_nothing_say_why() -> None:
    populations = [
        {
            "metric": "busbw", "unit": "GB/s", "sku": "dgx-h100", "count": 2, "median": 478.0,
            "bars": [">= 455 GB/s (a-source, measured)"], "mode": "bar",
        }
    ]  # fmt: skip
    judged = judgement(verdict(word="PASS", populations=populations))
    case = replace(case_of(judged), plan=planned())
    words = {each.metric: each.result.word for each in criteria(judged, (), planned())}
    assert words == {"busbw": "PASS", "copy": "NOT MEASURED", "disk": "NOT PLANNED"}
    told = told_of(case, "untested")
    for said in (
        "wipes disks",
        "nothing was measured",
        "no test of this plan",
        "cannot show: this",
    ):
        assert said in told
    assert "1 of the frozen bars are for other machines" in told
    assert "passes PCIe Gen3" in told_of(case, "trust")

"""The cut, and what looks before, within and after it come to."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence

import pytest

from millwright.manage.drill.judging import seconds
from millwright.manage.drill.wan import figures, longest_gap_s, rules
from millwright.model.drill import DrillDeed, DrillFigure, DrillStep, Objective
from tests.unit.journeys.drillworld import plan_of

ABLE = bool(os.environ.get("CI")) or (os.geteuid() == 0 and shutil.which("nft") is not None)
"""CI is able: what is missing there is a failure."""

INSIDE = ("10.1.0.0/16", "10.9.9.9", "fd00::/8")
GOAL = Objective(figure="inside-broken", at_most=0, unit="services", source="factory.yaml: ct")


def test_the_rules_let_answers_and_the_inside_pass_and_let_go_by_themselves() -> None:
    text = rules(INSIDE, 60)
    assert text.count("ct direction reply accept") == 2
    assert "10.1.0.0/16" in text
    assert "10.9.9.9/32" in text
    assert "fd00::/8" in text
    assert re.search(r"6 timeout 60s", text)
    assert "policy drop" not in text
    assert text.index("ct direction reply") < text.index("@armed drop")


def test_a_service_within_a_network_of_the_site_is_named_once() -> None:
    text = rules((*INSIDE, "10.1.0.7", "10.1.128.0/17", "fd00::7"), 60)
    assert text == rules(INSIDE, 60)


@pytest.mark.skipif(not ABLE, reason="root alone may ask nft, where it is installed")
def test_the_rules_are_such_as_nft_reads() -> None:
    done = subprocess.run(
        ["nft", "-c", "-f", "-"],
        input=rules(INSIDE, 60),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("beats", "gap"),
    [
        ([9.0, 10.0, 11.0, 12.0, 13.0, 14.0], 0.0),
        ([9.0, 10.0, 14.5], 3.5),
        ([10.0], 4.0),
        ([11.0, 12.0], None),
        ([], None),
    ],
)
def test_a_standstill_is_the_longest_time_without_a_beat(
    beats: list[float], gap: float | None
) -> None:
    assert longest_gap_s(beats, 10.0, 15.0) == gap


def row(name: str, *, ok: bool, outside: bool = False) -> dict[str, object]:
    return {"name": name, "what": name, "outside": outside, "ok": ok, "told": "x"}


def deed(step: DrillStep, second: int, outcome: str = "", answer: object = "") -> DrillDeed:
    text = json.dumps(answer) if answer else ""
    return DrillDeed(
        drill="drl-1", step=step, phase="done", at=f"2026-11-26T10:00:{second:02d}Z", node="gpu1",
        outcome=outcome, answer=text,
    )  # fmt: skip


def judged(during: Sequence[object], after: Sequence[object] = ()) -> Mapping[str, DrillFigure]:
    before = {
        "rows": [row("time", ok=True), row("mount", ok=False), row("apt", ok=True, outside=True)]
    }
    deeds = (
        deed("look", 0, "before", before),
        deed("cut", 2),
        *(deed("look", 5 + n, "during", {"rows": rows}) for n, rows in enumerate(during)),
        deed("uncut", 50),
        deed("look", 52, "after", {"rows": after or before["rows"]}),
    )
    plan = plan_of().model_copy(update={"objectives": (GOAL,)})
    return {each.name: each for each in figures(plan, deeds)}


CUT = row("apt", ok=False, outside=True)


def test_what_goes_on_passes_and_what_stops_outside_is_named() -> None:
    found = judged([[row("time", ok=True), row("mount", ok=False), CUT]])
    assert found["cut"].verdict is None
    assert found["inside-broken"].verdict == "PASS"
    assert "not well before either: gpu1: mount" in found["inside-broken"].why
    assert found["outside-stopped"].why == "apt"
    assert (found["whole-again"].value, found["whole-again"].verdict) == (48.0, None)


def test_where_nothing_inside_was_well_before_nothing_went_on() -> None:
    plan = plan_of().model_copy(update={"objectives": (GOAL,)})
    rows = {"rows": [row("time", ok=False), row("apt", ok=True, outside=True)]}
    deeds = (deed("look", 0, "before", rows), deed("look", 5, "during", rows))
    (found,) = (each for each in figures(plan, deeds) if each.name == "inside-broken")
    assert (found.verdict, found.why) == ("UNKNOWN", "nothing inside was well before the cut")


def test_a_host_that_did_not_look_afterwards_is_not_known_to_be_whole() -> None:
    plan = plan_of().model_copy(update={"nodes": ("gpu1", "gpu2")})
    rows = {"rows": [row("time", ok=True)]}
    deeds = (deed("cut", 2), deed("uncut", 50), deed("look", 52, "after", rows))
    (found,) = (each for each in figures(plan, deeds) if each.name == "whole-again")
    assert (found.verdict, found.why) == ("UNKNOWN", "gpu2 did not look after the cut")


def test_a_clock_that_was_set_back_keeps_no_promise() -> None:
    assert seconds(deed("cut", 30), deed("uncut", 2)) is None


def test_what_broke_once_within_the_cut_has_broken() -> None:
    found = judged([[row("time", ok=False), CUT], [row("time", ok=True), CUT]])
    assert found["inside-broken"].verdict == "FAIL"
    assert found["inside-broken"].why.startswith("gpu1: time: x")


def test_a_cut_that_cuts_nothing_proves_nothing() -> None:
    found = judged([[row("time", ok=True), row("apt", ok=True, outside=True)]])
    assert found["cut"].verdict == "UNKNOWN"
    assert "still answered" in found["cut"].why


def test_what_does_not_come_back_fails() -> None:
    found = judged([[row("time", ok=True), CUT]], after=[row("time", ok=True), CUT])
    assert found["whole-again"].verdict == "FAIL"


def test_what_was_not_tried_is_unknown() -> None:
    found = judged([])
    verdicts = [found[n].verdict for n in ("inside-broken", "standstill", "new-work", "cut")]
    assert set(verdicts) == {"UNKNOWN"}

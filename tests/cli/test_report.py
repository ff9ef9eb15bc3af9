"""`manage report` as a person calls it: files in, a report out, and wrong files refused."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.drillbook import SqlDrillBook
from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.cli.accounting import Asked, Given, accounted
from millwright.cli.door import Door
from millwright.errors import InputError, MillwrightError
from millwright.model.account import Account
from millwright.model.drill import DrillFigure, DrillRecord, Objective
from millwright.model.verdict import Verdict
from tests.conftest import Run
from tests.unit.journeys.drillworld import plan_of

HEAD = ("JobID|JobIDRaw|User|Account|Partition|State|Submit|Eligible|Start|End|ElapsedRaw|"
        "AllocTRES|NodeList")  # fmt: skip
SACCT = f"""{HEAD}
1|1|=anna|radiology|gpu|COMPLETED|2026-03-02T00:00:00|2026-03-02T00:00:00|2026-03-02T00:00:00|2026-03-03T00:00:00|86400|gres/gpu=16|gpu[001-002]
2|2|<b>ben|genomics|gpu|NODE_FAIL|2026-03-03T00:00:00|2026-03-03T00:00:00|2026-03-03T00:00:00|2026-03-03T12:00:00|43200|gres/gpu=8|gpu003
"""
EVENTS = """Cluster|NodeName|Start|End|State|Reason
c|gpu003|2026-03-03T12:00:00|2026-03-04T00:00:00|DOWN|xid:79 fell off
"""
TERMS = """schema: millwright.accounting/1
name: clinic
fleet: [{nodes: "gpu[001-004]", gpus: 8, tier: clinical}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with accounting of two jobs and one outage."""
    (tmp_path / "sacct.txt").write_text(SACCT)
    (tmp_path / "events.txt").write_text(EVENTS)
    (tmp_path / "accounting.yaml").write_text(TERMS)
    return tmp_path


def words(folder: Path, *more: str | Path) -> list[str | Path]:
    """Return the command line of a week."""
    return ["-C", folder, "manage", "report", "--sacct", folder / "sacct.txt", "--from",
            "2026-03-02", "--to", "2026-03-09", *more]  # fmt: skip


def asked() -> Asked:
    """Return the wish for a week."""
    return Asked("2026-03-02", "2026-03-09", None, None, False)


def given(folder: Path, **more: Any) -> Given:
    """Return the files of a folder."""
    usual = Given(folder / "sacct.txt", folder / "events.txt", None, (), None, (None, None), None,
                  None, None, None)  # fmt: skip
    return replace(usual, **more)


def told_by(error: MillwrightError) -> str:
    """Return everything that an error says."""
    problems = error.problems if isinstance(error, InputError) else ()
    told = [f"{p.file}:{p.line} {p.key} {p.found} {p.expected}" for p in problems]
    return " ".join([error.message, error.hint, *told])


def test_a_report_says_what_is_known_and_what_would_be_needed(folder: Path, run: Run) -> None:
    answer = run(*words(folder, "--events", folder / "events.txt", "--json"))
    told = json.loads(answer.out)
    document = Account.model_validate(told)
    assert told["schema"] == "millwright.account/1"
    steps = {step.name: step for step in document.waterfall.steps}
    assert steps["owned"].hours == 4 * 8 * 168
    assert steps["allocated"].hours == 16 * 24 + 8 * 12
    assert steps["active"].hours is None
    assert document.faults[0].hours == 96
    assert document.ledger == ()
    assert document.availability[0].tier == "clinical"
    assert answer.status == 0
    bare = run(*words(folder))
    assert bare.status == 3
    assert "unknown" in bare.out
    assert "needs --events" in bare.out


def test_files_are_written_together_and_hold_no_formula_and_no_markup(
    folder: Path, run: Run
) -> None:
    out = folder / "report"
    answer = run(*words(folder, "--events", folder / "events.txt", "--out", out, "--letter"))
    assert answer.status == 0
    assert "What to decide" in answer.out
    names = {path.name for path in out.iterdir()}
    assert {"account.html", "account.pdf", "letter.html", "letter.pdf", "account.json",
            "waterfall.csv", "users.csv", "ledger.csv"} <= names  # fmt: skip
    assert (out / "account.pdf").read_bytes().startswith(b"%PDF")
    assert "<b>ben" not in (out / "account.html").read_text()
    with (out / "users.csv").open() as file:
        assert "'=anna" in [row[0] for row in csv.reader(file)]
    with (out / "waterfall.csv").open() as file:
        table = list(csv.DictReader(file))
    left = [r for r in table if r["kind"] == "left"]
    assert left[0]["gpu_hours"] == "5376.0"
    assert next(r for r in left if r["step"] == "active")["gpu_hours"] == ""
    letter = (out / "letter.html").read_text()
    assert all(word in letter for word in ("Four numbers", "What went wrong", "xid:79"))


def test_simulated_incidents_make_a_simulated_report(folder: Path, run: Run) -> None:
    line = {"id": "I1", "node": "gpu003", "fault": "xid:79", "noticed": "2026-03-03T12:05:00Z",
            "began": "2026-03-03T12:00:00Z", "closed": "2026-03-04T00:00:00Z", "simulated": True,
            "remedies": [{"remedy": "reboot", "succeeded": True}]}  # fmt: skip
    (folder / "incidents.jsonl").write_text(json.dumps(line) + "\n")
    more = ("--events", folder / "events.txt", "--incidents", folder / "incidents.jsonl")
    told = json.loads(run(*words(folder, *more, "--json")).out)
    assert told["simulated"] is True
    assert told["reliability"]["mttd"]["value"] == 5
    assert told["remedies"][0]["succeeded"] == 1
    assert run(*words(folder, *more)).out.startswith("SIMULATED")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("sacct.txt", SACCT + "3|3|ann", "sacct.txt:4"),
        ("sacct.txt", "", "nothing is told"),
        ("sacct.txt", "JobID|State\n", "ALLOCTRES"),
        ("sacct.txt", SACCT.replace("gres/gpu", "cpu"), "AccountingStorageTRES"),
        ("accounting.yaml", "schema: millwright.accounting/1\n", "which GPUs are owned"),
        ("accounting.yaml", TERMS + "prices: {gpu_hour: -1}\n", "accounting.yaml:4"),
        ("accounting.yaml", TERMS + "prices: {gpu_hour: 2}\n", "currency"),
        ("accounting.yaml", TERMS + "pricse: {}\n", "pricse"),
        ("accounting.yaml", TERMS + "timezone: Mars/Olympus\n", "Mars/Olympus"),
        ("accounting.yaml", TERMS.replace("gpu[001-004]", "gpu[004-001]"), "accounting.yaml:3"),
        ("accounting.yaml", TERMS.replace("tier:", "since: soon, tier:"), "a date such as"),
        ("events.txt", EVENTS + "c|gpu001|soon|later|DOWN|x\n", "events.txt:3"),
        ("incidents.jsonl", '{"id": "1"}\n', "incidents.jsonl:1"),
        ("incidents.jsonl", "no json\n", "incidents.jsonl:1"),
        ("storage.jsonl", '{"at": "2026-03-02", "used_bytes": -1}\n', "storage.jsonl:1"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named(folder: Path, file: str, text: str, said: str) -> None:
    (folder / file).write_text(text)
    more = {option: folder / file for option in ("incidents", "storage") if file.startswith(option)}
    with pytest.raises(MillwrightError) as refused:
        accounted(Door(folder), given(folder, **more), asked())
    assert said in told_by(refused.value)
    assert refused.value.exit_status == 2


def test_a_wrong_file_ends_with_2_and_leaves_nothing(folder: Path, run: Run) -> None:
    (folder / "sacct.txt").write_text(SACCT + "3|3|ann")
    answer = run(*words(folder, "--out", folder / "out"))
    assert answer.status == 2
    assert "sacct.txt:4" in answer.err
    assert "nothing was written" in answer.err
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Asked("2026-03-09", "2026-03-02", None, None, False), "ends before it begins"),
        (Asked("2026-03-02", "2999-01-01", None, None, False), "in the future"),
        (Asked("yesterday", None, None, None, False), "a date"),
        (Asked("2020-01-01", "2026-03-02", None, None, False), "days at most"),
        (Asked("2026-03-02", "2026-03-09", None, "Nowhere", False), "no time zone"),
    ],
)
def test_a_wrong_period_is_told(folder: Path, wish: Asked, said: str) -> None:
    with pytest.raises(MillwrightError, match=said):
        accounted(Door(folder), given(folder), wish)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"live": "mgmt-1"}, "either --sacct"),
        ({"sacct": None}, "either --sacct"),
        ({"sacct": None, "live": "mgmt-1"}, "goes with --sacct"),
        ({"accounting": Path("missing.yaml")}, "no such file"),
        ({"sacct": Path("missing.txt")}, "cannot be read"),
        ({"telemetry": (Path("t"),), "prometheus": "http://x"}, "either --telemetry"),
    ],
)
def test_wrong_sources_are_told(folder: Path, more: dict[str, Any], said: str) -> None:
    with pytest.raises(MillwrightError) as refused:
        accounted(Door(folder), given(folder, **more), asked())
    assert said in told_by(refused.value)


def test_planned_windows_are_no_outage(folder: Path, run: Run) -> None:
    (folder / "windows.yaml").write_text(
        "windows:\n  - {nodes: gpu004, begin: 2026-03-02T00:00:00Z, end: 2026-03-03T00:00:00Z,"
        " reason: driver}\n"
    )
    more = ("--events", folder / "events.txt", "--maintenance", folder / "windows.yaml", "--json")
    document = Account.model_validate_json(run(*words(folder, *more)).out)
    assert document.availability[0].planned_node_minutes == 1440
    assert document.availability[0].unavailable_node_minutes == 720


def test_the_example_of_assumptions_is_one(folder: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "accounting.yaml"
    document = accounted(Door(folder), given(folder, accounting=example), asked())
    assert document.timezone == "Europe/Zurich"
    assert document.begin == "2026-03-01T23:00:00Z"
    assert {"cost of the period", "return on what was spent"} <= {e.name for e in document.ledger}
    assert {tier.tier for tier in document.availability} == {"clinical", "research"}


def test_what_nobody_watched_is_no_good_news_in_the_letter(folder: Path, run: Run) -> None:
    answer = run(*words(folder, "--letter"))
    assert "lost       unknown" in answer.out
    assert "0.0 h" not in answer.out
    assert "Nothing is known to have gone wrong" not in answer.out
    assert "Give what is missing" in answer.out


def test_a_prometheus_that_does_not_answer_is_no_zero(folder: Path) -> None:
    with pytest.raises(MillwrightError) as refused:
        accounted(Door(folder), given(folder, prometheus="http://127.0.0.1:9"), asked())
    assert refused.value.exit_status == 3


def drilled(opened: str, verdict: Verdict) -> DrillRecord:
    """Return a drill of a node's loss."""
    goal = Objective(figure="job-elsewhere", at_most=15, unit="min", source="factory.yaml: tier x")
    figure = DrillFigure(
        name="job-elsewhere", what="its job runs on another node", value=1200, unit="s",
        objective=goal, verdict=verdict,
    )  # fmt: skip
    return DrillRecord(
        id=f"drl-{opened[:10]}", kind="node-loss", stands="done", opened=opened, simulated=True,
        plan=plan_of(), figures=(figure,), verdict=verdict, why="too late",
    )  # fmt: skip


def test_drills_are_cited_with_their_date_objective_and_what_was_measured(
    folder: Path, run: Run
) -> None:
    ledger = ledger_of(folder)
    book = SqlDrillBook(ledger, SqlLifecycle(ledger))
    for each in ("2026-02-01T10:00:00Z", "2026-03-04T10:00:00Z", "2026-03-20T10:00:00Z"):
        book.keep(drilled(each, Verdict.FAIL))
    ledger.close()
    out = folder / "report"
    more = ("--events", folder / "events.txt")
    told = json.loads(run(*words(folder, *more, "--json")).out)
    assert [(each["id"], each["in_period"]) for each in told["drills"]] == [
        ("drl-2026-03-04", True)
    ]
    answer = run(*words(folder, *more, "--out", out, "--letter"))
    assert "the drill node-loss of 2026-03-04 failed: too late" in answer.out
    assert "2026-03-04 node-loss of gpu1: FAIL: its job runs on another node 20.0 min" in (
        run(*words(folder, *more)).out
    )
    page = (out / "account.html").read_text()
    assert all(word in page for word in ("20.0 min", "at most 15 min", "factory.yaml: tier x"))
    with (out / "drills.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["kind"], row["measured"], row["figure_verdict"]) == ("node-loss", "1200.0", "FAIL")


def test_the_last_drill_before_a_period_is_told_where_it_had_none(folder: Path) -> None:
    ledger = ledger_of(folder)
    book = SqlDrillBook(ledger, SqlLifecycle(ledger))
    for each in ("2026-01-01T10:00:00Z", "2026-02-01T10:00:00Z"):
        book.keep(drilled(each, Verdict.PASS))
    ledger.close()
    document = accounted(Door(folder), given(folder), asked())
    assert [(d.id, d.in_period) for d in document.drills] == [("drl-2026-02-01", False)]

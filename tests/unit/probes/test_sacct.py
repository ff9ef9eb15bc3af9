"""Slurm's accounting as it is printed: requeues, arrays, steps, clocks that are put back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from millwright.model.usage import Job
from millwright.probes import slurm
from millwright.probes.sacct import command, read_table
from millwright.probes.sacct_json import read_document
from millwright.probes.sacctmgr_events import read_events

HEAD = ("JobID|JobIDRaw|User|Account|Partition|State|Submit|Eligible|Start|End|ElapsedRaw|"
        "AllocTRES|NodeList")  # fmt: skip


def row(**cells: str) -> str:
    """Return a row with some cells of its own."""
    usual = {
        "JobID": "7", "JobIDRaw": "7", "User": "ann", "Account": "physics", "Partition": "gpu",
        "State": "COMPLETED", "Submit": "2026-03-01T09:00:00", "Eligible": "2026-03-01T09:00:00",
        "Start": "2026-03-01T10:00:00", "End": "2026-03-01T12:00:00", "ElapsedRaw": "7200",
        "AllocTRES": "billing=8,cpu=8,gres/gpu=8,node=1", "NodeList": "gpu001",
    }  # fmt: skip
    return "|".join({**usual, **cells}[title] for title in HEAD.split("|"))


def one(zone: str = "UTC", **cells: str) -> Job:
    """Return the run of one row."""
    jobs, problems = read_table(f"{HEAD}\n{row(**cells)}\n", ZoneInfo(zone))
    assert problems == []
    (job,) = jobs
    return job


@pytest.mark.parametrize(
    ("tres", "gpus"),
    [("billing=8,gres/gpu=8,node=1", 8), ("gres/gpu:h100=8,gres/gpu=8", 8),
     ("gres/gpu:h100=4", 4), ("gres/gpu:a100=2,gres/gpu:h100=4", 6), ("gres/gpu:h100:8", 8),
     ("gpu:h100:8(S:0-1)", 8), ("cpu=4,mem=1G", 0), ("", 0), ("gres/nvme=2,gres/gpu=1", 1)],
)  # fmt: skip
def test_gpus_are_counted_however_they_are_written(tres: str, gpus: int) -> None:
    assert one(AllocTRES=tres).gpus == gpus


@pytest.mark.parametrize("tres", ["gres/gpu=" + "9" * 400, "gres/gpu:h100=" + "9" * 5000])
def test_a_job_with_more_gpus_than_there_are_is_a_wrong_row(tres: str) -> None:
    jobs, problems = read_table(f"{HEAD}\n{row(AllocTRES=tres)}\n", ZoneInfo("UTC"))
    assert jobs == []
    assert "more than 1000000 GPUs" in str(problems)


@pytest.mark.parametrize("tres", ["gres/gpu=nan", "gres/gpu=-8", "cpu=4,gres/gpu:h100=x"])
def test_a_count_of_gpus_that_is_none_is_a_wrong_row_and_not_nothing(tres: str) -> None:
    jobs, problems = read_table(f"{HEAD}\n{row(AllocTRES=tres)}\n", ZoneInfo("UTC"))
    assert jobs == []
    assert "no count of GPUs" in str(problems)


def test_a_document_whose_jobs_are_no_list_is_wrong() -> None:
    assert "jobs is no list" in str(read_document('{"jobs": 5}')[1])


def test_steps_are_parts_of_their_jobs_and_every_run_is_one() -> None:
    text = "\n".join([
        HEAD, row(), row(JobID="7.batch"), row(JobID="7.extern"), row(JobID="7.0"),
        row(State="REQUEUED", Start="2026-03-01T08:00:00", End="2026-03-01T09:00:00"),
        row(JobID="8_3", JobIDRaw="11"),
        row(JobID="8_[4-9%2]", JobIDRaw="8", State="PENDING", Start="Unknown", End="Unknown",
            NodeList="None assigned"),
        row(JobID="20+1", JobIDRaw="21", State="CANCELLED by 1000"), HEAD, "",
    ])  # fmt: skip
    jobs, problems = read_table(text, UTC)
    assert problems == []
    assert [job.id for job in jobs] == ["7", "7", "11", "8", "21"]
    assert jobs[3].begin is None
    assert jobs[4].state == "CANCELLED"


def test_where_the_clock_was_put_back_the_elapsed_time_says_which_hour_is_meant() -> None:
    def at(hour: int, minute: int = 0) -> int:
        return int(datetime(2026, 10, 25, hour, minute, tzinfo=UTC).timestamp())

    night = {"Start": "2026-10-25T02:30:00", "End": "2026-10-25T03:30:00"}
    zone = "Europe/Zurich"
    first = one(zone, **night, ElapsedRaw="7200")
    assert (first.begin, first.end) == (at(0, 30), at(2, 30))
    second = one(zone, **night, ElapsedRaw="3600")
    assert (second.begin, second.end) == (at(1, 30), at(2, 30))
    within = one(zone, Start="2026-10-25T02:10:00", End="2026-10-25T02:20:00", ElapsedRaw="4200")
    assert (within.begin, within.end) == (at(0, 10), at(1, 20))
    assert one(zone, Start=str(at(5)), End=str(at(6)), ElapsedRaw="3600").begin == at(5)


@pytest.mark.parametrize(
    ("cells", "told"),
    [({"State": "HAPPY"}, "no state"), ({"Start": "yesterday"}, "no time"),
     ({"End": "2026-03-01T09:00:00"}, "before it began"), ({"End": "Unknown"}, "has no end"),
     ({"JobID": "job seven"}, "no job's number"), ({"NodeList": ""}, "on no node")],
)  # fmt: skip
def test_what_makes_no_sense_is_a_problem_with_its_line(cells: dict[str, str], told: str) -> None:
    _, (problem,) = read_table(f"{HEAD}\n{row()}\n{row(**cells)}\n", UTC)
    assert told in problem.message
    assert problem.line == 3


def test_a_torn_row_and_missing_columns_are_problems() -> None:
    _, (torn,) = read_table(f"{HEAD}\n7|7|ann|phy", UTC)
    assert (torn.line, torn.message) == (2, "4 cells, and 13 columns")
    _, (missing,) = read_table("JobID|State|Start|End|NodeList\n", UTC)
    assert "ALLOCTRES" in missing.message
    assert read_table("", UTC)[1]


def test_the_question_names_utc_duplicates_and_no_names_of_users_choice() -> None:
    words = command(0, 86_400)
    assert {"TZ=UTC", "SLURM_TIME_FORMAT=%s", "--duplicates", "--allocations"} <= set(words)
    assert "--endtime=1970-01-02T00:00:00" in words
    assert not any("JobName" in word or "Comment" in word for word in words)


def test_json_tells_the_same_in_old_and_new_forms() -> None:
    old = {"job_id": 7, "user": "ann", "account": "physics", "partition": "gpu",
           "nodes": "gpu[001-002]", "state": {"current": "COMPLETED"},
           "time": {"start": 1000, "end": 8200, "eligible": 900, "elapsed": 7200},
           "tres": {"allocated": [{"type": "gres", "name": "gpu", "id": 1001, "count": 16},
                                  {"type": "gres", "name": "gpu:h100", "id": 1002, "count": 16},
                                  {"type": "cpu", "name": "", "id": 1, "count": 64}]}}  # fmt: skip
    new = {**old, "job_id": 8, "state": {"current": ["NODE_FAIL"]},
           "time": {"start": {"set": True, "infinite": False, "number": 1000}, "end": 8200,
                    "submission": 900, "elapsed": 7200}}  # fmt: skip
    jobs, problems = read_document(json.dumps({"meta": {}, "errors": [], "jobs": [old, new]}))
    assert problems == []
    assert [(j.id, j.begin, j.end, j.gpus, j.eligible) for j in jobs] == [
        ("7", 1000, 8200, 16, 900), ("8", 1000, 8200, 16, 900)]  # fmt: skip
    assert jobs[1].state == "NODE_FAIL"
    assert jobs[0].nodes == ("gpu001", "gpu002")
    broken = json.dumps({"meta": {}, "errors": [{"description": "no db"}], "jobs": [{}]})
    assert len(read_document(broken)[1]) == 2


def test_events_are_down_drained_or_planned() -> None:
    text = (
        "Cluster|NodeName|TimeStart|TimeEnd|State|Reason\n"
        "c|gpu[001-002]|2026-03-01T10:00:00|2026-03-01T11:00:00|DOWN*|xid:79 off | the bus\n"
        "c|gpu003|2026-03-01T10:00:00|Unknown|IDLE+DRAIN|MAINT: driver\n"
        "c|gpu004|2026-03-01T10:00:00|Unknown|DRAIN|Kill task failed\n"
        "c||2026-03-01T10:00:00|Unknown||Cluster Registered TRES\n"
    )
    outages, problems = read_events(text, UTC, ("maint",))
    assert problems == []
    assert [(o.node, o.kind, o.fault) for o in outages] == [
        ("gpu001", "down", "xid:79"), ("gpu002", "down", "xid:79"),
        ("gpu003", "planned", "MAINT: driver"), ("gpu004", "drained", "Kill task failed"),
    ]  # fmt: skip
    assert outages[3].end is None
    _, (problem,) = read_events(text.splitlines()[0] + "\nc|gpu1|x|y|DOWN|z\n", UTC, ())
    assert problem.line == 2


def test_the_reader_of_any_output_tells_the_runs_of_one_job_apart_too() -> None:
    table = (
        "JobID|State|Start|End|NodeList\n"
        "101|NODE_FAIL|2026-03-01T08:00:00|2026-03-01T09:00:00|gpu1\n"
        "101|COMPLETED|2026-03-01T09:02:00|2026-03-01T10:00:00|gpu1\n"
    )
    listed = (
        '{"jobs": [{"job_id": 101, "state": {"current": ["NODE_FAIL"]}, "restart_cnt": 0,'
        ' "time": {"start": 1772352000, "end": 1772355600}},'
        ' {"job_id": 101, "state": {"current": ["RUNNING"]}, "restart_cnt": 1,'
        ' "time": {"start": 1772355720, "end": 0}}], "meta": {"Slurm": {"release": "24.05"}}}'
    )
    record = (
        "JobId=101 JobName=train\n   JobState=RUNNING Restarts=2\n"
        "   StartTime=2026-03-01T09:02:00 EndTime=Unknown\n"
    )
    told = [slurm.read(text) for text in (table, listed, record)]
    assert not any(each.problems for each in told)
    runs = [[(job.id, job.begin, job.end, job.restarts) for job in each.facts.jobs]
            for each in told]  # fmt: skip
    assert runs[0] == [
        ("101", "2026-03-01T08:00:00", "2026-03-01T09:00:00", None),
        ("101", "2026-03-01T09:02:00", "2026-03-01T10:00:00", None),
    ]
    assert runs[1] == [("101", "1772352000", "1772355600", 0), ("101", "1772355720", None, 1)]
    assert runs[2] == [("101", "2026-03-01T09:02:00", None, 2)]

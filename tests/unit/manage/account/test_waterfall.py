"""Hours from owned to effective: nothing is lost between steps, and nothing counts twice."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.account.days import midnights
from millwright.manage.account.held import parted
from millwright.manage.account.report import Terms, account, waits
from millwright.model.account import Account
from millwright.model.accounting import NOTHING, Accounting
from millwright.model.telemetry import Telemetry
from millwright.model.usage import Job, Outage, Period, Seat, Trouble, Usage

HOUR, DAY = 3600, 86_400
NODES = ("gpu001", "gpu002", "gpu003")
SEATS = tuple(Seat(name, 8, "prod") for name in NODES)
TERMS = Terms("site", 0, DAY, UTC, "UTC")


def samples(*rows: tuple[int, str, str, str, float]) -> Telemetry:
    """Return telemetry of moments, nodes, devices, metrics and values."""
    told = Telemetry()
    codes: dict[tuple[str, str, str], int] = {}
    for moment, node, device, metric, value in rows:
        key = (node, device, metric)
        told.of_series.append(codes.setdefault(key, len(codes)))
        told.of_labels.append(0)
        told.moment.append(moment)
        told.value.append(value)
    told.series, told.labels = list(codes), [()]
    return told


def job(
    name: str, begin: int | None, end: int | None, gpus: int, *nodes: str, **more: object
) -> Job:
    """Return a run."""
    state = str(more.pop("state", "COMPLETED"))
    return Job(name, "ann", "physics", "gpu", state, begin=begin, end=end, gpus=gpus,
               nodes=nodes, **more)  # type: ignore[arg-type] # fmt: skip


def told(*jobs: Job, **more: object) -> Account:
    """Return the account of a day of three nodes of eight GPUs."""
    telemetry = more.pop("telemetry", Telemetry())
    terms = more.pop("terms", TERMS)
    assumptions = more.pop("assumptions", NOTHING)
    usage = Usage(SEATS, jobs, **more)  # type: ignore[arg-type]
    return account(usage, telemetry, assumptions, terms)  # type: ignore[arg-type]


def hours(document: Account, step: str) -> float | None:
    """Return what is left at a step."""
    return next(each.hours for each in document.waterfall.steps if each.name == step)


def lost(document: Account, name: str) -> float:
    """Return what was lost to something."""
    steps = document.waterfall.steps
    return sum(x.hours for step in steps for x in step.losses if x.name == name)


def check_sum(document: Account) -> None:
    """Check that parts and rest are the whole, exactly, at every step."""
    fall = document.waterfall
    parts = [x.gpu_seconds for step in fall.steps for x in step.losses]
    assert all(part >= 0 for part in parts)
    assert sum(parts) + fall.left_gpu_seconds == fall.owned_gpu_seconds


MOMENTS = st.integers(-DAY, 2 * DAY)
JOBS = st.builds(
    lambda name, begin, length, gpus, nodes, runs: job(
        str(name), begin, None if runs else begin + length, gpus, *nodes,
        state="RUNNING" if runs else "COMPLETED", elapsed_s=length,
    ),
    st.integers(1, 5), MOMENTS, st.integers(0, DAY), st.integers(0, 40),
    st.lists(st.sampled_from((*NODES, "stranger")), min_size=1, max_size=3, unique=True),
    st.booleans(),
)  # fmt: skip
OUTAGES = st.builds(
    lambda node, begin, length, kind: Outage(node, begin, begin + length if length else None, kind),
    st.sampled_from(NODES), MOMENTS, st.integers(0, DAY),
    st.sampled_from(("down", "drained", "planned")),
)  # fmt: skip
SAMPLES = st.tuples(
    st.integers(0, DAY // 600).map(lambda n: n * 600), st.sampled_from(NODES),
    st.sampled_from([f"gpu{n}" for n in range(9)]),
    st.sampled_from(("gpu_graphics_active", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "gpu_sm_clock",
                     "gpu_sm_active", "gpu_utilization", "gpu_power_draw")),
    st.one_of(st.floats(0, 1), st.just(float("nan")), st.floats(0, 2000)),
)  # fmt: skip


@given(
    st.lists(JOBS, max_size=8), st.lists(OUTAGES, max_size=4), st.lists(SAMPLES, max_size=40),
    st.booleans(),
)  # fmt: skip
def test_parts_sum_to_what_is_owned_whatever_happened(
    jobs: list[Job], outages: list[Outage], rows: list[tuple[int, str, str, str, float]],
    watched: bool,
) -> None:  # fmt: skip
    document = told(*jobs, outages=tuple(outages), telemetry=samples(*rows), watched=watched)
    check_sum(document)
    assert document.waterfall.owned_gpu_seconds == 24 * DAY
    days = document.daily
    assert abs(sum(sum(day[1:]) for day in days) - 24 * 24) < 1e-6
    down = lost(document, "unplanned outages")
    assert abs(sum(fault.hours for fault in document.faults) - down) < 1e-6


@given(st.lists(JOBS, min_size=1, max_size=6))
def test_the_same_rows_again_change_nothing(jobs: list[Job]) -> None:
    once, twice = told(*jobs), told(*jobs, *jobs)
    assert once.waterfall.steps == twice.waterfall.steps
    assert once.users == twice.users


@given(st.integers(1, 64), st.lists(st.one_of(st.none(), st.integers(1, 16)), min_size=1,
                                    max_size=6))  # fmt: skip
def test_shares_of_nodes_sum_to_what_the_job_had(gpus: int, rooms: list[int | None]) -> None:
    shares, _ = parted(gpus, rooms)
    assert sum(shares) == gpus
    assert min(shares) >= 0


def test_overlapping_jobs_fill_a_node_once() -> None:
    document = told(job("1", 0, 10 * HOUR, 8, "gpu001"), job("2", 0, 10 * HOUR, 8, "gpu001"))
    assert hours(document, "allocated") == 80
    assert document.waterfall.overbooked_hours == 80
    assert any("booked beyond" in note for note in document.notes)


def test_what_reaches_over_the_edges_counts_within_them_alone() -> None:
    document = told(job("1", -5 * HOUR, 2 * HOUR, 8, "gpu001"),
                    job("2", 22 * HOUR, 30 * HOUR, 4, "gpu002"))  # fmt: skip
    assert hours(document, "allocated") == 16 + 8


def test_each_run_of_a_job_that_was_queued_again_counts_for_itself() -> None:
    document = told(
        job("7", 0, 2 * HOUR, 8, "gpu001", state="NODE_FAIL"),
        job("7", 3 * HOUR, 5 * HOUR, 8, "gpu002"),
        watched=True,
    )
    assert hours(document, "allocated") == 32
    assert document.reliability.interrupted_runs == 1
    assert document.reliability.interrupted_hours == 16


def test_a_running_job_ends_where_accounting_was_asked_and_the_rest_is_unknown() -> None:
    document = told(job("1", 0, None, 8, "gpu001", state="RUNNING", elapsed_s=6 * HOUR),
                    watched=True)  # fmt: skip
    assert document.known_until == "1970-01-01T06:00:00Z"
    assert hours(document, "allocated") == 48
    assert lost(document, "unknown whether up") == 24 * 18


def test_a_node_of_which_nobody_tells_is_neither_up_nor_down() -> None:
    document = told(job("1", 0, 6 * HOUR, 8, "gpu001"))
    assert hours(document, "up") == 48
    assert lost(document, "unknown whether up") == 24 * 24 - 48
    (tier,) = document.availability
    assert tier.at_least_percent is not None
    assert tier.at_least_percent < 9
    assert tier.at_most_percent == 100
    assert any("which nodes were up" in each.what for each in document.missing)


def test_what_nobody_watched_is_unknown_and_never_idle() -> None:
    document = told(job("1", 0, 6 * HOUR, 8, "gpu001"), watched=True)
    assert hours(document, "active") is None
    assert lost(document, "unknown what it did") == 48
    assert lost(document, "held, doing nothing") == 0
    assert document.idle_allocated_hours is None


def test_a_drained_node_gives_what_still_runs_and_a_dead_one_nothing() -> None:
    run = job("1", 0, 6 * HOUR, 4, "gpu001")
    drained = told(run, outages=(Outage("gpu001", 0, 6 * HOUR, "drained"),), watched=True)
    assert (hours(drained, "allocated"), lost(drained, "unplanned outages")) == (24, 24)
    dead = told(run, outages=(Outage("gpu001", 0, 6 * HOUR, "down"),), watched=True)
    assert (hours(dead, "allocated"), lost(dead, "unplanned outages")) == (0, 48)
    planned = told(outages=(Outage("gpu001", 0, 6 * HOUR, "planned"),), watched=True)
    assert lost(planned, "planned maintenance") == 48
    assert planned.availability[0].at_most_percent == 100


def test_an_incident_names_the_fault_before_the_schedulers_word() -> None:
    out = Outage("gpu001", 0, 4 * HOUR, "down", "Not responding")
    known = Trouble("I1", "gpu001", "xid:79", 0, 60, 4 * HOUR)
    assert [x.fault for x in told(outages=(out,), watched=True).faults] == ["Not responding"]
    document = told(outages=(out,), troubles=(known,), watched=True)
    assert [(x.fault, x.hours) for x in document.faults] == [("xid:79", 32)]


def signals(node: str, gpus: int, until: int, **values: float) -> list[tuple[int, str, str, str,
                                                                             float]]:  # fmt: skip
    """Return samples a minute of so many GPUs."""
    return [
        (minute * 60, node, f"gpu{gpu}", metric, value)
        for gpu in range(gpus)
        for minute in range(until // 60)
        for metric, value in values.items()
    ]


def test_effective_is_tensor_activity_times_clock_over_the_highest() -> None:
    rows = signals("gpu001", 8, 6 * HOUR, gpu_graphics_active=0.9, gpu_tensor_active=0.5,
                   gpu_sm_clock=1500)  # fmt: skip
    given_clock = Accounting.model_validate({"schema": "millwright.accounting/1",
                                             "bounds": {"max_sm_clock_mhz": 2000}})  # fmt: skip
    document = told(job("1", 0, 6 * HOUR, 8, "gpu001"), telemetry=samples(*rows), watched=True,
                    assumptions=given_clock)  # fmt: skip
    assert hours(document, "active") == 48
    assert hours(document, "effective") == 48 * 0.5 * 0.75
    assert lost(document, "outside the tensor pipes") == 24
    assert lost(document, "below the highest clock") == 6
    assert document.waterfall.ofu == 0.375
    assert document.users[0].effective_hours == 18


def test_gpus_that_are_held_and_do_nothing_for_long_are_held_in_vain() -> None:
    quiet = signals("gpu001", 8, 2 * HOUR, gpu_sm_active=0.01, gpu_graphics_active=0.0)
    run = job("1", 0, 2 * HOUR, 8, "gpu001")
    document = told(run, telemetry=samples(*quiet), watched=True)
    assert document.idle_allocated_hours == 16
    assert document.offenders[0].of == "1 of ann"
    short = told(job("1", 0, 20 * 60, 8, "gpu001"), telemetry=samples(*quiet), watched=True)
    assert short.idle_allocated_hours == 0


def test_busy_in_name_and_idle_in_power_is_stalled() -> None:
    rows = signals("gpu001", 8, 2 * HOUR, gpu_utilization=100, gpu_power_draw=110)
    rows += signals("gpu002", 8, 2 * HOUR, gpu_utilization=0, gpu_power_draw=70)
    document = told(job("1", 0, 2 * HOUR, 8, "gpu001"), telemetry=samples(*rows), watched=True)
    assert document.stalled_hours == 16
    nobody_idle = told(job("1", 0, 2 * HOUR, 8, "gpu001"), watched=True,
                       telemetry=samples(*rows[: len(rows) // 2]))  # fmt: skip
    assert nobody_idle.stalled_hours is None


def test_on_a_shared_node_nobody_is_told_to_have_idled() -> None:
    rows = signals("gpu001", 4, HOUR, gpu_graphics_active=0.9)
    rows += signals("gpu001", 8, HOUR, gpu_sm_active=0.0)[4 * 60 :]
    rows += [(m * 60, "gpu001", f"gpu{g}", "gpu_graphics_active", 0.0)
             for g in range(4, 8) for m in range(60)]  # fmt: skip
    document = told(job("1", 0, HOUR, 4, "gpu001"), job("2", 0, HOUR, 4, "gpu001"),
                    telemetry=samples(*rows), watched=True)  # fmt: skip
    assert hours(document, "active") == 4
    assert lost(document, "held, doing nothing") == 4
    assert [holder.active_hours for holder in document.users] == [None]


def test_free_hours_are_told_apart_by_whether_a_job_waited() -> None:
    document = told(job("1", 4 * HOUR, 6 * HOUR, 8, "gpu001", eligible=2 * HOUR), watched=True)
    assert lost(document, "free though jobs waited") == 24 * 2
    assert waits([job("1", None, None, 8, state="PENDING", eligible=20 * HOUR)],
                 Period(0, DAY, DAY)) == [(20 * HOUR, DAY)]  # fmt: skip


def test_a_node_is_owned_from_its_first_day_to_its_last() -> None:
    usage = Usage((Seat("gpu001", 8, "", 6 * HOUR, 18 * HOUR),), (), watched=True)
    document = account(usage, Telemetry(), NOTHING, TERMS)
    assert document.waterfall.owned_gpu_seconds == 8 * 12 * HOUR


def test_a_day_has_as_many_hours_as_its_clock_says() -> None:
    zone = ZoneInfo("Europe/Zurich")
    first = int(datetime(2026, 10, 24, tzinfo=zone).timestamp())
    last = int(datetime(2026, 10, 27, tzinfo=zone).timestamp())
    cuts = [first, *midnights(first, last, zone), last]
    assert [b - a for a, b in zip(cuts, cuts[1:], strict=False)] == [DAY, 25 * HOUR, DAY]


def test_work_done_again_is_told_only_with_a_distance_of_checkpoints() -> None:
    failed = job("1", 0, 10 * HOUR, 8, "gpu001", state="NODE_FAIL")
    rows = signals("gpu001", 8, 10 * HOUR, gpu_graphics_active=1, gpu_tensor_active=1,
                   gpu_sm_clock=1000)  # fmt: skip
    bare = told(failed, telemetry=samples(*rows), watched=True)
    assert [step.name for step in bare.waterfall.steps][-1] == "effective"
    hourly = Accounting(checkpoint_minutes=60)
    document = told(failed, telemetry=samples(*rows), watched=True, assumptions=hourly)
    assert lost(document, "done again") == 4
    check_sum(document)


def test_pseudonyms_name_nobody_and_no_run() -> None:
    quiet = signals("gpu001", 8, 2 * HOUR, gpu_sm_active=0.01, gpu_graphics_active=0.0)
    terms = Terms("site", 0, DAY, UTC, "UTC", pseudonyms=True)
    document = told(job("4711", 0, 2 * HOUR, 8, "gpu001"), telemetry=samples(*quiet),
                    watched=True, terms=terms)  # fmt: skip
    text = document.model_dump_json()
    assert document.users[0].of == "user-01"
    assert "ann" not in text.replace("planned", "").replace("announced", "")
    assert "4711" not in text


def test_names_that_do_not_meet_are_told() -> None:
    rows = signals("gpu001.site.local", 8, HOUR, gpu_graphics_active=0.9)
    document = told(job("1", 0, HOUR, 8, "gpu001"), telemetry=samples(*rows), watched=True)
    assert lost(document, "unknown what it did") == 8
    assert any("such as gpu001.site.local" in note for note in document.notes)
    held_elsewhere = told(job("1", 0, HOUR, 8, "other"), watched=True)
    assert held_elsewhere.waterfall.strangers == (("other", 8),)
    assert any("nobody owns here" in note for note in held_elsewhere.notes)


def test_where_nobody_watched_nothing_is_said_of_failures() -> None:
    run = job("1", 0, 6 * HOUR, 8, "gpu001")
    assert told(run).reliability.mtbf.low is None
    assert (told(run, watched=True).reliability.mtbf.low or 0) > 20

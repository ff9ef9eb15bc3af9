"""Images: studies that are read as they come, and volumes that a model learns from.

A study takes its transfer from the archive, unpacking, the wait for a GPU and its time on it. GPUs
are added until both percentiles hold at the busiest hour: that of all, and that of urgent studies,
which go first.
"""

from __future__ import annotations

from dataclasses import dataclass

from millwright.design.sizing.llm import replicas_for
from millwright.design.sizing.queueing import first_class_wait_s, second_class_wait_s
from millwright.design.sizing.sheet import NOT_SAID, Sheet
from millwright.design.sizing.training import DAY_S, gpus_for_work
from millwright.errors import Infeasible
from millwright.model.sizing import Bound, Number, WorkloadSize
from millwright.units import MIB

TOO_SLOW = "MW-D-083"
QUANTILE = 0.95
MOST_SERVERS = 4_096


@dataclass(frozen=True, slots=True)
class Reading:
    """How studies come and what each takes; `apart_s` is transfer and all that needs no GPU."""

    rate_per_s: float
    service_s: float
    apart_s: float
    stat_share: float

    def turnaround_s(self, gpus: int) -> float:
        """Return what 95 of 100 studies take at most."""
        wait = second_class_wait_s(gpus, self.rate_per_s, self.service_s, self.stat_share, QUANTILE)
        return self.apart_s + wait + self.service_s

    def stat_turnaround_s(self, gpus: int) -> float:
        """Return what 95 of 100 urgent studies take at most."""
        wait = first_class_wait_s(gpus, self.rate_per_s, self.service_s, self.stat_share, QUANTILE)
        return self.apart_s + wait + self.service_s


def peak_rate_per_s(per_day: float, peak_factor: float) -> float:
    """Return what comes in a second of the busiest hour: `peak_factor` times the day's mean."""
    return per_day / DAY_S * peak_factor


def gpus_in_time(reading: Reading, p95_s: float | None, stat_p95_s: float | None) -> int:
    """Return the fewest GPUs on which both percentiles hold, or 0 where no number would do."""
    if any(goal is not None and reading.apart_s + reading.service_s > goal
           for goal in (p95_s, stat_p95_s)):  # fmt: skip
        return 0
    for gpus in range(int(reading.rate_per_s * reading.service_s) + 1, MOST_SERVERS):
        late = p95_s is not None and reading.turnaround_s(gpus) > p95_s
        stat_late = stat_p95_s is not None and reading.stat_turnaround_s(gpus) > stat_p95_s
        if not late and not stat_late:
            return gpus
    return 0


def size_reading(sheet: Sheet, least: int) -> WorkloadSize:
    """Return the size of studies that are read as they come, on one GPU each.

    Raises Infeasible where transfer and reading alone take longer than they may.
    """
    reading = _reading(sheet)
    goals = _goals(sheet)
    needed = gpus_in_time(reading, *goals)
    if not needed:
        raise _late(sheet, reading, min(goal for goal in goals if goal is not None))
    spare = round(sheet.assume("spare-replicas"))
    gpus = replicas_for(needed, 1, spare, least)
    _tell_reading(sheet, reading, (needed, gpus, least))
    binds = _binds(reading, needed)
    return WorkloadSize(
        workload=sheet.workload.name,
        kind=sheet.workload.kind,
        gpu=sheet.ground.gpu.name,
        gpus=gpus,
        replicas=gpus,
        spread=gpus > needed,
        binds=binds,
        because=f"{reading.rate_per_s * 3600:,.0f} studies an hour at the peak, "
        f"{reading.service_s:.1f} s each: with {needed} of {gpus} up, 95 of 100 are back after "
        f"{reading.turnaround_s(needed):.0f} s, urgent ones after "
        f"{reading.stat_turnaround_s(needed):.0f} s",
        confidence=sheet.numbers["gpus"].confidence,
        numbers=dict(sheet.numbers),
    )


def _late(sheet: Sheet, reading: Reading, goal_s: float) -> Infeasible:
    """Return the refusal: one study alone is late, or there are more of them than GPUs."""
    if reading.apart_s + reading.service_s > goal_s:
        told = (
            f"a study takes {reading.apart_s:.1f} s to come and go and {reading.service_s:.1f} s "
            f"on a GPU: no number of GPUs brings that below {goal_s:g} s"
        )
    else:
        told = (
            f"{reading.rate_per_s * 3600:,.0f} studies an hour at the peak, "
            f"{reading.service_s:.1f} s each, keep more than {MOST_SERVERS - 1:,} GPUs busy, and "
            "no more are tried for one workload"
        )
    return Infeasible(
        told,
        rule=TOO_SLOW,
        where=sheet.where("turnaround"),
        hint="a faster way from the archive, a faster model, or longer targets; figures that "
        "were measured take the place of estimates",
    )


def _binds(reading: Reading, needed: int) -> Bound:
    if needed == 1:
        return "redundancy"
    stable = int(reading.rate_per_s * reading.service_s) + 1
    return "queue" if needed > stable else "compute"


def _goals(sheet: Sheet) -> tuple[float | None, float | None]:
    said = sheet.workload.turnaround
    if said is None or (said.p95_s is None and said.stat_p95_s is None):
        raise Infeasible(
            "no turnaround is said, and studies are sized by it",
            rule=NOT_SAID,
            where=sheet.where("turnaround"),
            hint="say `turnaround: {p95_s: ..., stat_p95_s: ...}`",
        )
    for key in ("p95_s", "stat_p95_s"):
        found = getattr(said, key)
        if found is not None:
            sheet.put(key, Number(value=found, unit="s", source="factory.yaml", confidence="spec"))
    return said.p95_s, said.stat_p95_s


def _reading(sheet: Sheet) -> Reading:
    daily = sheet.said("studies_per_day", "1/d")
    peak = sheet.given("peak_factor", "", 3.0, "the busiest hour against the mean")
    size = sheet.said("study_mib", "MiB")
    rate = sheet.reckon(
        "studies_per_s", peak_rate_per_s(daily, peak) * sheet.load, "1/s",
        f"studies_per_day / 86400 x peak_factor{sheet.growth}", "studies_per_day", "peak_factor",
        *sheet.growing,
    )  # fmt: skip
    service = sheet.measured("study-gpu-s")
    if service is None:
        service = sheet.reckon(
            "study_gpu_s", size / sheet.assume("imaging-mib-per-gpu-s"), "s",
            "study_mib / imaging_mib_per_gpu_s", "study_mib", "imaging_mib_per_gpu_s",
            note="the same on every GPU, until it is measured",
        )  # fmt: skip
    transfer = sheet.reckon(
        "transfer_s", size / sheet.assume("archive-mib-per-s"), "s",
        "study_mib / archive_mib_per_s", "study_mib", "archive_mib_per_s",
    )  # fmt: skip
    sheet.reckon(
        "archive_load_mib_per_s", rate * size, "MiB/s", "studies_per_s x study_mib",
        "studies_per_s", "study_mib",
    )  # fmt: skip
    return Reading(
        rate, service, transfer + sheet.assume("imaging-fixed-s"), sheet.assume("stat-share")
    )


def _tell_reading(sheet: Sheet, reading: Reading, found: tuple[int, int, int]) -> None:
    needed, gpus, least = found
    inputs = ("studies_per_s", "study_gpu_s", "transfer_s", "imaging_fixed_s", "stat_share")
    goals = tuple(key for key in ("p95_s", "stat_p95_s") if key in sheet.numbers)
    sheet.reckon(
        "gpus_needed", needed, "", "the fewest GPUs on which the percentiles hold (M/M/c, urgent "
        "studies first)", *inputs, *goals,
    )  # fmt: skip
    sheet.reckon(
        "turnaround_p95_s", reading.turnaround_s(needed), "s",
        "transfer_s + imaging_fixed_s + wait at the 95th percentile + study_gpu_s", *inputs,
        "gpus_needed",
    )  # fmt: skip
    sheet.reckon(
        "turnaround_stat_p95_s", reading.stat_turnaround_s(needed), "s",
        "transfer_s + imaging_fixed_s + wait of urgent ones at the 95th percentile + study_gpu_s",
        *inputs, "gpus_needed",
    )  # fmt: skip
    sheet.reckon(
        "gpus", gpus, "", f"gpus_needed + spare_replicas, and at least {least}", "gpus_needed",
        "spare_replicas",
    )  # fmt: skip


def size_volumes(sheet: Sheet) -> WorkloadSize:
    """Return the size of a training on volumes: what is read in all, against the deadline."""
    volumes, size = sheet.said("volumes"), sheet.said("volume_mib", "MiB")
    epochs, days = sheet.said("epochs"), sheet.said("deadline_days", "d")
    read = sheet.reckon(
        "read_gb", volumes * size * MIB / 1e9 * epochs * sheet.load, "GB",
        f"volumes x volume_mib x 2^20 x epochs{sheet.growth}", "volumes", "volume_mib", "epochs",
        *sheet.growing,
    )  # fmt: skip
    rate = sheet.scaled("imaging-training-gbytes-per-gpu-s")
    key = next(n for n in reversed(sheet.numbers) if n.endswith("training_gbytes_per_gpu_s"))
    good = sheet.assume("goodput")
    gpus = gpus_for_work(read, days * DAY_S * good, rate)
    sheet.reckon(
        "gpus", gpus, "", f"read_gb / ({key} x deadline_days x 86400 x goodput), rounded up",
        "read_gb", key, "deadline_days", "goodput",
    )  # fmt: skip
    inflow = sheet.reckon(
        "read_gbytes_per_s", gpus * rate, "GB/s", f"gpus x {key}", "gpus", key,
        note="what storage or a cache on the node must give while it trains",
    )  # fmt: skip
    return WorkloadSize(
        workload=sheet.workload.name,
        kind=sheet.workload.kind,
        gpu=sheet.ground.gpu.name,
        gpus=gpus,
        gpus_per_replica=gpus,
        binds="compute",
        because=f"{read / 1000:,.0f} TB are looked through in {days:g} days, at {rate:.2f} GB/s a "
        f"GPU; storage must give {inflow:.1f} GB/s",
        confidence=sheet.numbers["gpus"].confidence,
        numbers=dict(sheet.numbers),
    )

"""Training from nothing: arithmetic against the deadline, states against memory.

FLOP = 6 x active parameters x tokens; a known shape adds what tokens do with each other, which is
three times that of reading a prompt.
"""

from __future__ import annotations

import math

from millwright.design.sizing.llmfacts import sheet_peak
from millwright.design.sizing.models import named_shape, put_shape
from millwright.design.sizing.shapes import active_parameters, parameters
from millwright.design.sizing.sheet import Sheet, gpus_told
from millwright.errors import Infeasible
from millwright.model.sizing import Bound, WorkloadSize

DAY_S = 86_400
TOO_SLOW = "MW-D-083"
MOST_GPUS = 1 << 24
MEASURED_AT_GPUS = 8_192
"""The size at which the share of throughput was published; the loss counts from there."""


def training_flops(active_parameters: float, tokens: float) -> float:
    """Return the arithmetic of a training: 2 forward and 4 backward for each weight and token.

    405e9 weights and 15.6e12 tokens give 3.79e25, where Meta published 3.8e25.
    """
    return 6.0 * active_parameters * tokens


def gpus_for_work(work_flops: float, seconds: float, flops_per_gpu_s: float) -> int:
    """Return how many GPUs do the work in time; nothing of the speed is lost to scale here."""
    return max(1, math.ceil(work_flops / (seconds * flops_per_gpu_s) - 1e-9))


def scale_share(gpus: int, loss_per_doubling: float) -> float:
    """Return what is left of a GPU's speed among so many: 1 up to the size it was measured at."""
    doublings = max(0.0, math.log2(gpus / MEASURED_AT_GPUS))
    return float((1 - loss_per_doubling) ** doublings)


def gpus_at_scale(
    work_flops: float, seconds: float, flops_per_gpu_s: float, loss_per_doubling: float
) -> int:
    """Return the fewest GPUs that do the work in time while scale takes its share.

    n x share(n) rises with n as long as a doubling loses less than half: a search finds the fewest.
    Raises Infeasible where more than `MOST_GPUS` would be needed.
    """

    def in_time(count: int) -> bool:
        speed = count * scale_share(count, loss_per_doubling) * flops_per_gpu_s
        return speed * seconds >= work_flops

    low = gpus_for_work(work_flops, seconds, flops_per_gpu_s)
    if low <= MEASURED_AT_GPUS:
        return low
    high = low
    while not in_time(high) and high <= MOST_GPUS:
        low, high = high + 1, high * 2
    if high > MOST_GPUS:
        raise Infeasible(
            f"more than {MOST_GPUS:,} GPUs would be needed to be in time",
            rule=TOO_SLOW,
            where="deadline_days",
            hint="more time, fewer tokens or a smaller model",
        )
    while low < high:
        middle = (low + high) // 2
        if in_time(middle):
            high = middle
        else:
            low = middle + 1
    return high


def gpus_for_states(state_bytes: float, free_bytes_per_gpu: float) -> int:
    """Return how many GPUs hold weights, gradients and optimiser, parted over all of them."""
    return max(1, math.ceil(state_bytes / free_bytes_per_gpu - 1e-9))


def size_training(sheet: Sheet) -> WorkloadSize:
    """Return the size of a training from nothing, by `parameters_b` or by a model's shape."""
    total_b, active_b = weights_of(sheet)
    tokens_b = sheet.said("tokens_b", "10^9")
    work = sheet.reckon(
        "work_eflop", training_flops(active_b * 1e9, tokens_b * 1e9) * sheet.load / 1e18, "EFLOP",
        f"6 x active_parameters_b x tokens_b{sheet.growth}", "active_parameters_b", "tokens_b",
        *sheet.growing,
        note="what tokens do with each other is left out: 8 % for Llama 3.1 405B at 8,192 tokens",
    )  # fmt: skip
    sparse = active_b < total_b
    by_work = gpus_by_deadline(sheet, work * 1e18, _share(sheet, sparse))
    state_gb = sheet.reckon(
        "state_gb", total_b * sheet.assume("state-bytes-per-parameter"), "GB",
        "parameters_b x state_bytes_per_parameter", "parameters_b", "state_bytes_per_parameter",
    )  # fmt: skip
    by_memory = gpus_by_memory(sheet, state_gb)
    sheet.reckon(
        "checkpoint_gb", total_b * sheet.assume("checkpoint-bytes-per-parameter"), "GB",
        "parameters_b x checkpoint_bytes_per_parameter", "parameters_b",
        "checkpoint_bytes_per_parameter",
    )  # fmt: skip
    return settled(sheet, by_work, by_memory)


def settled(sheet: Sheet, by_work: int, by_memory: int) -> WorkloadSize:
    """Return the size that satisfies both bounds, with the time that it then takes."""
    gpus = max(by_work, by_memory)
    sheet.reckon(
        "gpus", gpus, "", "the larger of gpus_by_work and gpus_by_memory",
        "gpus_by_work", "gpus_by_memory",
    )  # fmt: skip
    deadline = sheet.numbers["deadline_days"].value
    taken = sheet.numbers["gpu_days"].value / gpus
    loss = sheet.numbers["scale_loss_per_doubling"].value
    days = sheet.reckon(
        "days", taken / scale_share(gpus, loss), "d",
        f"gpu_days / gpus; slower beyond {MEASURED_AT_GPUS:,} GPUs", "gpu_days", "gpus",
        "scale_loss_per_doubling",
    )  # fmt: skip
    binds: Bound = "memory" if by_memory > by_work else "compute"
    why = {
        "memory": f"{gpus_told(by_work)} would be in time, and {by_memory:,} hold the states",
        "compute": f"in time with {gpus_told(by_work)}, and {by_memory:,} would hold the states",
    }[binds]
    return WorkloadSize(
        workload=sheet.workload.name,
        kind=sheet.workload.kind,
        gpu=sheet.ground.gpu.name,
        gpus=gpus,
        gpus_per_replica=gpus,
        binds=binds,
        because=f"{why}; it takes {days:.1f} of {deadline:g} days",
        confidence=sheet.numbers["gpus"].confidence,
        numbers=dict(sheet.numbers),
    )


def weights_of(sheet: Sheet) -> tuple[float, float]:
    """Return billions of weights, in all and at work on a token, kept on the sheet: as said, or
    by the shape of the model that is named."""
    total = sheet.said_or_none("parameters_b", "10^9")
    active = sheet.said_or_none("active_parameters_b", "10^9")
    if total is None and sheet.workload.model is not None:
        shape = named_shape(sheet)
        put_shape(sheet, shape)
        layers = ("model_layers", "model_hidden", "model_feed_forward", "model_vocabulary")
        total = sheet.reckon(
            "parameters_b", parameters(shape) / 1e9, "10^9", "weights of the shape", *layers
        )
        active = active or active_parameters(shape) / 1e9
    elif total is None:
        total = sheet.said("parameters_b", "10^9")
    if "active_parameters_b" not in sheet.numbers:
        sheet.reckon(
            "active_parameters_b", active or total, "10^9",
            "the weights that work on one token", "parameters_b",
        )  # fmt: skip
    return total, active or total


def _share(sheet: Sheet, sparse: bool) -> str:
    if sparse:
        return "mfu-experts"
    return "mfu-fp8" if sheet.workload.precision in ("fp8", "int8", "fp4", "int4") else "mfu-dense"


def gpus_by_deadline(sheet: Sheet, work_flops: float, share_name: str) -> int:
    """Return the GPUs that do the work within `deadline_days`, all of it kept on the sheet."""
    peak = sheet_peak(sheet, sheet.workload.precision or "bf16")
    share = sheet.assume(share_name)
    days = sheet.said("deadline_days", "d")
    good = sheet.assume("goodput")
    loss = sheet.assume("scale-loss-per-doubling")
    speed = peak * 1e12 * share * good
    key = share_name.replace("-", "_")
    sheet.reckon(
        "gpu_days", work_flops / speed / DAY_S, "GPU d",
        f"work_eflop / (peak_tflops x {key} x goodput)", "work_eflop", "peak_tflops", key,
        "goodput",
    )  # fmt: skip
    try:
        found = gpus_at_scale(work_flops, days * DAY_S, speed, loss)
    except Infeasible as refusal:
        raise Infeasible(
            refusal.message, rule=refusal.rule, where=sheet.where("deadline_days"),
            hint=refusal.hint,
        ) from None  # fmt: skip
    return int(
        sheet.reckon(
            "gpus_by_work",
            found,
            "",
            f"gpu_days / deadline_days, rounded up; slower beyond {MEASURED_AT_GPUS:,} GPUs",
            "gpu_days",
            "deadline_days",
            "scale_loss_per_doubling",
        )  # fmt: skip
    )


def gpus_by_memory(sheet: Sheet, state_gb: float) -> int:
    """Return the GPUs that hold the states beside their activations, kept on the sheet."""
    memory_gb = sheet.of_gpu("memory_gb") or 0.0
    free = memory_gb * max(0.01, sheet.assume("memory-share") - sheet.assume("activation-share"))
    return int(
        sheet.reckon(
            "gpus_by_memory",
            gpus_for_states(state_gb, free),
            "",
            "state_gb / (memory x (memory_share - activation_share)), rounded up",
            "state_gb",
            "gpu_memory_gb",
            "memory_share",
            "activation_share",
        )  # fmt: skip
    )

"""Work by the day: genomes, vectors of documents, notebooks; and models that are fine-tuned."""

from __future__ import annotations

import math

from millwright.design.sizing.llmfacts import sheet_peak
from millwright.design.sizing.models import named_shape, put_shape
from millwright.design.sizing.shapes import attention_flops, working_parameters
from millwright.design.sizing.sheet import Sheet
from millwright.design.sizing.training import (
    DAY_S,
    gpus_by_deadline,
    gpus_by_memory,
    settled,
    weights_of,
)
from millwright.errors import Infeasible
from millwright.model.sizing import Bound, WorkloadSize

NOT_ON_THIS = "MW-D-086"
DAY_MIN = 1_440


def genomes_gpus(per_day: float, depth_share: float, gpu_minutes: float, load_share: float) -> int:
    """Return the GPUs that finish so many genomes a day; the work grows with the coverage.

    48 of 30x at 192 GPU minutes and 80 % of the day: 8 GPUs, one server.
    """
    return max(1, math.ceil(per_day * depth_share * gpu_minutes / (DAY_MIN * load_share) - 1e-9))


def size_genomes(sheet: Sheet) -> WorkloadSize:
    """Return the size of germline whole genomes. Raises Infeasible on GPUs that the pipeline that
    was measured does not run on."""
    gpu = sheet.ground.gpu
    own = sheet.workload.measured.get("genome-gpu-minutes")
    if gpu.vendor not in ("NVIDIA", "") and (own is None or own.gpu != gpu.name):
        raise Infeasible(
            f"the pipeline whose time is known needs CUDA, and {gpu.name} is made by {gpu.vendor}",
            rule=NOT_ON_THIS,
            where=sheet.where("gpus"),
            hint="another server for this workload, or `measured: {genome-gpu-minutes: {value: "
            f"..., source: ..., gpu: {gpu.name}}}}}`",
        )
    daily = sheet.said("genomes_per_day", "1/d") * sheet.load
    depth = sheet.given("coverage", "x", 30.0, "the usual coverage of a whole genome")
    minutes = sheet.assume("genome-gpu-minutes")
    share = sheet.assume("genomics-load-share")
    gpus = genomes_gpus(daily, depth / 30, minutes, share)
    sheet.reckon(
        "gpus", gpus, "",
        "genomes_per_day x coverage / 30 x genome_gpu_minutes / (1440 x genomics_load_share)"
        + sheet.growth, "genomes_per_day", "coverage", "genome_gpu_minutes",
        "genomics_load_share", *sheet.growing,
    )  # fmt: skip
    kept = sheet.reckon(
        "kept_gb_per_day", daily * depth / 30 * sheet.assume("genome-gb"), "GB/d",
        f"genomes_per_day x coverage / 30 x genome_gb{sheet.growth}", "genomes_per_day", "coverage",
        "genome_gb", *sheet.growing,
    )  # fmt: skip
    return _size(
        sheet, "compute",
        f"{daily:g} genomes of {depth:g}x a day at {minutes:g} GPU minutes each; "
        f"{kept / 1000:,.1f} TB a day are kept",
    )  # fmt: skip


def size_embedding(sheet: Sheet, least: int) -> WorkloadSize:
    """Return the size of making vectors: all documents by the deadline, and questions as they
    come, whichever needs more."""
    shape = named_shape(sheet)
    put_shape(sheet, shape)
    tokens = sheet.assume("document-tokens")
    flops = 2.0 * working_parameters(shape) * tokens + attention_flops(shape, tokens)
    sheet.reckon(
        "document_tflop", flops / 1e12, "TFLOP",
        "2 x weights beside the table of words x document_tokens + tokens with each other",
        "model_layers", "model_hidden", "model_feed_forward", "document_tokens",
    )  # fmt: skip
    peak = sheet_peak(sheet, sheet.workload.precision or "bf16")
    each = sheet.reckon(
        "documents_per_gpu_s", peak * 1e12 * sheet.assume("embedding-mfu") / flops, "1/s",
        "peak_tflops x embedding_mfu / document_tflop", "peak_tflops", "embedding_mfu",
        "document_tflop",
    )  # fmt: skip
    by_day, asked = _bulk(sheet, each), _questions(sheet, each)
    spare = round(sheet.assume("spare-replicas")) if asked else 0
    gpus = max(by_day, asked + spare, least, 1)
    inputs = tuple(n for n in ("gpus_by_deadline", "gpus_by_questions") if n in sheet.numbers)
    sheet.reckon(
        "gpus", gpus, "", "the larger of gpus_by_deadline and gpus_by_questions + spare_replicas",
        *inputs, *(("spare_replicas",) if asked else ()),
    )  # fmt: skip
    binds: Bound = "redundancy" if asked and asked + spare >= by_day and asked == 1 else "compute"
    return _size(
        sheet, binds, f"{each:,.0f} documents of {tokens:g} tokens a second on a GPU", gpus, spare
    )


def _bulk(sheet: Sheet, each_per_s: float) -> int:
    if sheet.workload.documents is None:
        return 0
    documents = sheet.said("documents") * sheet.load
    days = sheet.said("deadline_days", "d")
    found = max(1, math.ceil(documents / (each_per_s * days * DAY_S) - 1e-9))
    return int(
        sheet.reckon(
            "gpus_by_deadline",
            found,
            "",
            f"documents / (documents_per_gpu_s x deadline_days x 86400){sheet.growth}, rounded up",
            "documents",
            "documents_per_gpu_s",
            "deadline_days",
            *sheet.growing,
        )  # fmt: skip
    )


def _questions(sheet: Sheet, each_per_s: float) -> int:
    if sheet.workload.documents is not None and sheet.workload.peak_users is None:
        return 0
    rate = sheet.said("peak_users") * sheet.said("requests_per_user_hour", "1/h") / 3600
    share = sheet.assume("load-share")
    found = max(1, math.ceil(rate * sheet.load / (each_per_s * share) - 1e-9))
    return int(
        sheet.reckon(
            "gpus_by_questions",
            found,
            "",
            "peak_users x requests_per_user_hour / 3600 / (documents_per_gpu_s x load_share)"
            + sheet.growth,
            "peak_users",
            "requests_per_user_hour",
            "documents_per_gpu_s",
            "load_share",
            *sheet.growing,
        )  # fmt: skip
    )


def put_index(sheet: Sheet) -> None:
    """Write down how large the index of a workload's documents is, where it has any."""
    if sheet.workload.documents is None:
        return
    documents = sheet.said("documents")
    passages, each = sheet.assume("passages-per-document"), sheet.assume("vector-bytes")
    sheet.reckon(
        "index_gb", documents * sheet.load * passages * each / 1e9, "GB",
        f"documents x passages_per_document x vector_bytes{sheet.growth}", "documents",
        "passages_per_document", "vector_bytes", *sheet.growing,
        note="in memory of hosts; its vectors are made by a workload of kind embedding",
    )  # fmt: skip


def size_notebooks(sheet: Sheet) -> WorkloadSize:
    """Return the GPUs of people who work interactively, each with a share of one."""
    people = sheet.said("users") * sheet.load
    active, share = sheet.assume("notebook-active-share"), sheet.assume("notebook-gpu-share")
    gpus = max(1, math.ceil(people * active * share - 1e-9))
    sheet.reckon(
        "gpus", gpus, "",
        f"users x notebook_active_share x notebook_gpu_share{sheet.growth}, rounded up",
        "users", "notebook_active_share", "notebook_gpu_share", *sheet.growing,
    )  # fmt: skip
    return _size(sheet, "capacity", f"{people:g} people, {active:.0%} of them at the same time")


def size_fine_tuning(sheet: Sheet) -> WorkloadSize:
    """Return the size of a fine-tuning: all weights, adapters, or adapters on 4-bit weights."""
    method = sheet.workload.method or "full"
    total_b, active_b = weights_of(sheet)
    epochs = sheet.given("epochs", "", 1.0, "once through the data")
    tokens_b = sheet.said("tokens_b", "10^9")
    factor = 6.0 if method == "full" else sheet.assume("lora-flop-factor")
    key = "6" if method == "full" else "lora_flop_factor"
    work = factor * active_b * 1e9 * tokens_b * 1e9 * epochs * sheet.load
    sheet.reckon(
        "work_eflop", work / 1e18, "EFLOP",
        f"{key} x active_parameters_b x tokens_b x epochs{sheet.growth}",
        *(() if method == "full" else (key,)), "active_parameters_b", "tokens_b", "epochs",
        *sheet.growing,
    )  # fmt: skip
    by_work = gpus_by_deadline(sheet, work, "mfu-experts" if active_b < total_b else "mfu-dense")
    prefix = {"full": "state", "lora": "lora", "qlora": "qlora"}[method]
    state_gb = sheet.reckon(
        "state_gb", total_b * sheet.assume(f"{prefix}-bytes-per-parameter"), "GB",
        f"parameters_b x {prefix}_bytes_per_parameter", "parameters_b",
        f"{prefix}_bytes_per_parameter",
    )  # fmt: skip
    return settled(sheet, by_work, gpus_by_memory(sheet, state_gb))


def _size(
    sheet: Sheet, binds: Bound, because: str, replicas: int | None = None, spare: int = 0
) -> WorkloadSize:
    number = sheet.numbers["gpus"]
    gpus = int(number.value)
    return WorkloadSize(
        workload=sheet.workload.name,
        kind=sheet.workload.kind,
        gpu=sheet.ground.gpu.name,
        gpus=gpus,
        replicas=replicas or gpus,
        spread=spare > 0 and gpus > 1,
        binds=binds,
        because=because,
        confidence=number.confidence,
        numbers=dict(sheet.numbers),
    )

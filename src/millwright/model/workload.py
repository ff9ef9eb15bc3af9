"""What the factory is for: workloads, their data, and how they grow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from millwright.model.base import Frozen, Name, ShortText
from millwright.model.site import Jurisdiction
from millwright.model.sizing import Measured, past_whole

Positive = Annotated[float, Field(gt=0, le=1e15)]


class DataDuty(Frozen):
    """What kind of data a workload touches, on which legal basis, and where it may lie."""

    class_: Annotated[
        Literal["phi", "limited", "deidentified", "controlled-genomic", "public"],
        Field(alias="class"),
    ]
    basis: ShortText | None = None
    residency: tuple[Jurisdiction, ...] = ()
    retention_years: Annotated[float, Field(ge=0, le=200)] | None = None
    transit: ShortText | tuple[ShortText, ...] | None = None


class Turnaround(Frozen):
    """How long an answer may take."""

    p95_s: Positive | None = None
    stat_p95_s: Positive | None = None


Kind = Literal[
    "training",
    "fine-tuning",
    "llm-inference",
    "embedding",
    "rag",
    "imaging-inference",
    "imaging-training",
    "genomics-wgs",
    "notebooks",
]


class Workload(Frozen):
    """One kind of work. Which of the figures matter depends on `kind`; sizing says which
    it used.

    `zone` is where it is wished to run. `model` is a name of the catalogue, or the path of a
    model's own `config.json`. `measured` holds figures that take the place of assumptions, by
    their names.
    """

    name: Name
    kind: Kind
    tier: Name | None = None
    zone: Name | None = None
    data: DataDuty | None = None
    availability: Annotated[float, Field(gt=0, lt=1)] | None = None
    needs_wan: bool | None = None
    model: ShortText | None = None
    method: Literal["full", "lora", "qlora"] | None = None
    precision: Literal["fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4", "int4"] | None = None
    modality: (
        Literal["ct", "mr", "cr", "mammography", "tomosynthesis", "pathology", "ultrasound"] | None
    ) = None
    studies_per_day: Positive | None = None
    study_mib: Positive | None = None
    turnaround: Turnaround | None = None
    peak_factor: Annotated[float, Field(ge=1, le=1000)] | None = None
    peak_users: Positive | None = None
    users: Positive | None = None
    requests_per_user_hour: Positive | None = None
    prompt_tokens: Positive | None = None
    output_tokens: Positive | None = None
    ttft_s: Positive | None = None
    tpot_ms: Positive | None = None
    genomes_per_day: Positive | None = None
    coverage: Positive | None = None
    parameters_b: Positive | None = None
    active_parameters_b: Positive | None = None
    tokens_b: Positive | None = None
    volumes: Positive | None = None
    volume_mib: Positive | None = None
    documents: Positive | None = None
    epochs: Positive | None = None
    deadline_days: Positive | None = None
    measured: Annotated[dict[Name, Measured], Field(max_length=64)] = {}

    @field_validator("measured")
    @classmethod
    def _parts_of_a_whole(cls, measured: dict[str, Measured]) -> dict[str, Measured]:
        for name, found in measured.items():
            if told := past_whole(name, found.value):
                raise ValueError(told)
        return measured


Factor = Annotated[float, Field(gt=0, le=1000)]


def _rising(factor: float | tuple[float, float, float]) -> float | tuple[float, float, float]:
    if isinstance(factor, tuple) and list(factor) != sorted(factor):
        raise ValueError("low, likely and high, each no less than the one before it")
    return factor


class Growth(Frozen):
    """How much more is needed after how long: one factor, or low, likely and high."""

    after_months: Annotated[int, Field(ge=1, le=600)]
    factor: Annotated[Factor | tuple[Factor, Factor, Factor], AfterValidator(_rising)]
    workload: Name | None = None

"""The sheet of one workload: what was said, assumed and measured, and what was reckoned of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.errors import Infeasible
from millwright.model.catalog import Catalog, Gpu, Server
from millwright.model.languagemodel import ModelShape
from millwright.model.sizing import Assumption, Number
from millwright.model.sourced import Confidence, Sourced
from millwright.model.workload import Workload

SPEC = "factory.yaml"
NOT_SAID = "MW-D-080"
NO_FIGURE = "MW-D-081"


@dataclass(frozen=True, slots=True)
class Ground:
    """On what a workload is sized: a server, its GPU, and what is assumed.

    `domain` is how many GPUs one set of links joins: a server, or the whole rack that it is part
    of.
    """

    server: Server
    gpu: Gpu
    domain: int
    assumptions: Mapping[str, Assumption]
    models: Mapping[str, ModelShape]
    gpus: Mapping[str, Gpu]


def ground_of(catalog: Catalog, server: Server, models: Mapping[str, ModelShape]) -> Ground:
    """Return the ground of a server that has GPUs; `models` are those read beside the catalogue.

    Raises Infeasible where it has none.
    """
    count = server.gpu_count.value
    if not count or server.gpu is None:
        raise Infeasible(
            f"{server.name} has no GPUs", rule="MW-D-005", where="server",
            hint="name a server with GPUs",
        )  # fmt: skip
    rack = server.rack_scale
    domain = count * rack.nodes if rack else count
    known = {**catalog.models, **models}
    return Ground(
        server, catalog.gpus[server.gpu], domain, catalog.assumptions, known, catalog.gpus
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """Numbers of a workload by name, each with where it is from. `load` is growth."""

    workload: Workload
    ground: Ground
    load: float = 1.0
    numbers: dict[str, Number] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep the growth, where there is any, as the number that it is."""
        if self.load != 1:
            self.note("growth", self.load, "", "more of it than on day one", said=True)

    @property
    def growth(self) -> str:
        """Return what formulas of what grows end with."""
        return " x growth" if self.load != 1 else ""

    @property
    def growing(self) -> tuple[str, ...]:
        """Return the input that goes with it."""
        return ("growth",) if self.load != 1 else ()

    def where(self, key: str) -> str:
        """Return the place in the spec of one of the workload's keys."""
        return f"workloads.{self.workload.name}.{key}"

    def put(self, name: str, number: Number) -> float:
        """Keep a number, and return its value."""
        self.numbers[name] = number
        return number.value

    def said(self, key: str, unit: str = "") -> float:
        """Return what the spec says under a key. Raises Infeasible where it says nothing."""
        found = self.said_or_none(key, unit)
        if found is None:
            raise Infeasible(
                f"{key} is not said, and a workload of kind {self.workload.kind} is sized by it",
                rule=NOT_SAID,
                where=self.where(key),
                hint=f"say {key} in the workload",
            )
        return found

    def said_or_none(self, key: str, unit: str = "") -> float | None:
        """Return what the spec says under a key, or None."""
        found = getattr(self.workload, key)
        if found is None:
            return None
        return self.put(key, Number(value=float(found), unit=unit, source=SPEC, confidence="spec"))

    def given(self, key: str, unit: str, fallback: float, note: str) -> float:
        """Return what the spec says under a key, or the fallback, which is then an estimate."""
        found = self.said_or_none(key, unit)
        if found is not None:
            return found
        return self.put(
            key,
            Number(
                value=fallback, unit=unit, source="millwright-estimate", confidence="estimate",
                note=note,
            ),
        )  # fmt: skip

    def measured(self, name: str) -> float | None:
        """Return what the user measured in place of an assumption, or its value, if it has one."""
        own = self.workload.measured.get(name)
        if own is not None and own.gpu in (None, self.ground.gpu.name):
            known = self.ground.assumptions[name].value
            unit = known.unit if known else ""
            told = f"measured, in place of {name}"
            return self.put(
                _named(name),
                Number(
                    value=own.value, unit=unit, source=own.source, confidence="measured", note=told
                ),
            )
        assumption = self.ground.assumptions.get(name)
        if assumption is None or assumption.value is None:
            return None
        return self.put(_named(name), _number(assumption.value, assumption.title, assumption.note))

    def assume(self, name: str) -> float:
        """Return an assumption. Raises Infeasible where only a measurement would do, and there
        is none."""
        found = self.measured(name)
        if found is None:
            raise Infeasible(
                f"{name} is known of no source, and nobody measured it",
                rule=NO_FIGURE,
                where=self.where(f"measured.{name}"),
                hint=f"`measured: {{{name}: {{value: ..., source: ...}}}}` says it",
            )
        return found

    def scaled(self, name: str) -> float:
        """Return an assumption for this GPU: a measured one as it is, else by dense throughput
        beside the GPU that it holds for."""
        found = self.assume(name)
        key = _named(name)
        of = self.ground.assumptions[name].gpu
        if of in (None, self.ground.gpu.name) or self.numbers[key].confidence == "measured":
            return found
        own, other = self.of_gpu("dense_bf16_tflops"), self.ground.gpus[of].dense_bf16_tflops
        if own is None or other is None:
            raise self.lacking("dense_bf16_tflops")
        told = _number(other, self.ground.gpus[of].title, "")
        reference = self.put("reference_dense_bf16_tflops", told)
        return self.reckon(
            f"scaled_{key}", found * own / reference, self.numbers[key].unit,
            f"{key} x dense throughput / that of {of}", key, "gpu_dense_bf16_tflops",
            "reference_dense_bf16_tflops",
        )  # fmt: skip

    def of_gpu(self, key: str) -> float | None:
        """Return a figure of the GPU's data sheet, or None where the catalogue has none."""
        found: Sourced[float] | None = getattr(self.ground.gpu, key)
        if found is None:
            return None
        return self.put(f"gpu_{key}", _number(found, self.ground.gpu.title, ""))

    def note(self, name: str, value: float, unit: str, note: str, said: bool) -> float:
        """Keep a choice: as the spec says it, or ours where it says nothing."""
        source, confidence = (SPEC, "spec") if said else ("millwright-estimate", "estimate")
        return self.put(
            name,
            Number.model_validate(
                {"value": value, "unit": unit, "source": source, "confidence": confidence,
                 "note": note}
            ),
        )  # fmt: skip

    def put_domain(self) -> None:
        """Keep how many GPUs one set of links joins."""
        count = self.ground.server.gpu_count
        self.put(
            "gpu_domain",
            Number(
                value=self.ground.domain, source=count.source, confidence=count.confidence,
                note="GPUs that one set of links joins",
            ),
        )  # fmt: skip

    def lacking(self, key: str) -> Infeasible:
        """Return the refusal of a GPU whose data sheet says too little."""
        return Infeasible(
            f"the catalogue has no {key} of {self.ground.gpu.name}",
            rule=NO_FIGURE,
            where=self.where("gpus"),
            hint="add it in catalog/*.yaml",
        )

    def reckon(
        self, name: str, value: float, unit: str, formula: str, *inputs: str, note: str = ""
    ) -> float:
        """Keep what was reckoned: it is as sure as the least sure of its inputs."""
        return self.put(
            name,
            Number(
                value=value,
                unit=unit,
                formula=formula,
                inputs=inputs,
                source="reckoned",
                confidence=self.surest(*inputs),
                note=note,
            ),
        )

    def surest(self, *inputs: str) -> Confidence:
        """Return how sure a number is that is made of these."""
        unsure = any(self.numbers[name].confidence == "estimate" for name in inputs)
        return "estimate" if unsure else "derived"


def gpus_told(count: int) -> str:
    """Return so many GPUs in words: one of them is one GPU."""
    return f"{count:,} GPU{'' if count == 1 else 's'}"


def _named(assumption: str) -> str:
    return assumption.replace("-", "_")


def _number(sourced: Sourced[float], title: str, note: str) -> Number:
    told = "; ".join(part for part in (title, sourced.note or note) if part)
    return Number(
        value=float(sourced.value),
        unit=sourced.unit,
        source=sourced.source,
        confidence=sourced.confidence,
        note=told,
    )

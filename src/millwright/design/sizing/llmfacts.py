"""What decides how a model answers on a kind of GPU, gathered once for every size of replica."""

from __future__ import annotations

from dataclasses import dataclass, replace

from millwright.design.sizing.models import named_shape
from millwright.design.sizing.replica import Replica, exchange_s
from millwright.design.sizing.shapes import (
    BYTES_PER_PARAMETER,
    active_parameters,
    attention_flops,
    expert_parameters,
    kv_bytes,
    kv_bytes_per_token,
    parameters,
    shared_parameters,
)
from millwright.design.sizing.sheet import Sheet
from millwright.model.languagemodel import ModelShape


@dataclass(frozen=True, slots=True)
class LlmFacts:
    """Figures of model, requests and GPU in plain units: bytes, seconds, FLOP."""

    shape: ModelShape
    bytes_per_parameter: float
    kv_value_bytes: float
    prompt_tokens: float
    output_tokens: float
    memory_bytes: float
    memory_share: float
    activation_bytes: float
    bandwidth_bytes_per_s: float
    prefill_flops_per_s: float
    decode_flops_per_s: float
    link_bytes_per_s: float
    collective_s: float
    load_share: float
    prompt_tokens_per_gpu_s: float | None
    output_tokens_per_gpu_s: float | None

    @property
    def context_tokens(self) -> float:
        """Return how many tokens a request holds at its end."""
        return self.prompt_tokens + self.output_tokens

    @property
    def weights_bytes(self) -> float:
        """Return the bytes of all weights."""
        return parameters(self.shape) * self.bytes_per_parameter

    def cache_bytes(self, gpus: int, tokens: float) -> float:
        """Return what a context takes on all GPUs of a replica together.

        Where there are more GPUs than heads of keys and values, each head lies on several. Latent
        caches have no heads: their requests are parted over the GPUs.
        """
        copies = 1.0 if self.shape.latent else max(1.0, gpus / self.shape.kv_heads)
        return kv_bytes(self.shape, tokens, self.kv_value_bytes) * copies

    def room_bytes(self, gpus: int) -> float:
        """Return what may be filled on so many GPUs."""
        return gpus * (self.memory_bytes * self.memory_share - self.activation_bytes)

    def prompt_flops(self) -> float:
        """Return the arithmetic of one prompt: 2 for each active weight and token, and what tokens
        do with each other."""
        weights = 2.0 * active_parameters(self.shape) * self.prompt_tokens
        return weights + attention_flops(self.shape, self.prompt_tokens)

    def replica(self, gpus: int) -> Replica:
        """Return the replica on so many GPUs."""
        free = self.room_bytes(gpus) - self.weights_bytes
        room = int(free // self.cache_bytes(gpus, self.context_tokens)) if free > 0 else 0
        mean = self.cache_bytes(gpus, self.prompt_tokens + self.output_tokens / 2)
        bare = Replica(
            shape=self.shape,
            gpus=gpus,
            shared_bytes=shared_parameters(self.shape) * self.bytes_per_parameter,
            expert_bytes=expert_parameters(self.shape) * self.bytes_per_parameter,
            cache_bytes_per_request=mean,
            room=room,
            bandwidth_bytes_per_s=gpus * self.bandwidth_bytes_per_s,
            flops_per_s=gpus * self.decode_flops_per_s,
            flops_per_token=2.0 * active_parameters(self.shape),
            exchange_bytes_per_s=self.link_bytes_per_s,
            exchange_fixed_s=2 * self.shape.layers * self.collective_s,
            prefill_s=0.0,
            output_tokens=self.output_tokens,
        )
        return _with_prefill(bare, self._prefill_s(bare))

    def _prefill_s(self, bare: Replica) -> float:
        if self.prompt_tokens_per_gpu_s is not None:
            return self.prompt_tokens / (bare.gpus * self.prompt_tokens_per_gpu_s)
        reading = self.prompt_flops() / (bare.gpus * self.prefill_flops_per_s)
        return reading + exchange_s(bare, self.prompt_tokens)

    def tell(self, sheet: Sheet, replica: Replica) -> None:
        """Write down weights, cache, room and prompt of the replica that was chosen."""
        billions = parameters(self.shape) / 1e9
        sheet.reckon(
            "parameters_b", billions, "10^9", "weights of the shape",
            "model_layers", "model_hidden", "model_feed_forward", "model_vocabulary",
        )  # fmt: skip
        sheet.reckon(
            "active_parameters_b", active_parameters(self.shape) / 1e9, "10^9",
            "weights that work on one token", "model_layers", "model_hidden",
            "model_feed_forward", "model_vocabulary",
        )  # fmt: skip
        sheet.reckon(
            "weights_gb", self.weights_bytes / 1e9, "GB", "parameters_b x bytes_per_parameter",
            "parameters_b", "bytes_per_parameter",
        )  # fmt: skip
        sheet.reckon(
            "kv_bytes_per_token", kv_bytes_per_token(self.shape, self.kv_value_bytes), "B",
            "layers x (rank + positions) x bytes" if self.shape.latent else
            "2 x layers without a window x heads of keys and values x size of a head x bytes",
            "model_layers", "model_kv_heads", "model_head_dim", "kv_bytes",
        )  # fmt: skip
        sheet.reckon(
            "cache_gb_per_request", self.cache_bytes(replica.gpus, self.context_tokens) / 1e9,
            "GB", "kv_bytes_per_token x (prompt_tokens + output_tokens), windows at their width",
            "kv_bytes_per_token", "prompt_tokens", "output_tokens",
        )  # fmt: skip
        sheet.reckon(
            "gpus_per_replica", replica.gpus, "", "powers of two within one set of links",
            "gpu_domain", "weights_gb",
        )  # fmt: skip
        sheet.reckon(
            "room", replica.room, "",
            "(gpus_per_replica x (memory x memory_share - activation_gb) - weights_gb) / "
            "cache_gb_per_request", "gpus_per_replica", "gpu_memory_gb", "memory_share",
            "activation_gb", "weights_gb", "cache_gb_per_request",
        )  # fmt: skip
        self._tell_prompt(sheet, replica)

    def _tell_prompt(self, sheet: Sheet, replica: Replica) -> None:
        sheet.reckon(
            "prompt_tflop", self.prompt_flops() / 1e12, "TFLOP",
            "2 x active_parameters_b x prompt_tokens + tokens with each other",
            "active_parameters_b", "prompt_tokens", "model_layers",
        )  # fmt: skip
        measured = self.prompt_tokens_per_gpu_s is not None
        sheet.reckon(
            "prefill_s", replica.prefill_s, "s",
            "prompt_tokens / (GPUs x prompt_tokens_per_gpu_s)" if measured else
            "prompt_tflop / (GPUs x dense throughput x prefill_mfu) + exchange between GPUs",
            *(("prompt_tokens_per_gpu_s", "prompt_tokens") if measured else
              ("prompt_tflop", "peak_tflops", "prefill_mfu", "collective_us", "link_share")),
            "gpus_per_replica",
        )  # fmt: skip


def _with_prefill(bare: Replica, prefill_s: float) -> Replica:
    return replace(bare, prefill_s=prefill_s)


def facts_of(sheet: Sheet) -> LlmFacts:
    """Return the facts of a workload on its GPU, each of them written down."""
    precision = sheet.workload.precision or "bf16"
    peak_flops_per_s = sheet_peak(sheet, precision) * 1e12
    memory_gb = sheet.of_gpu("memory_gb") or 0.0
    bandwidth = sheet.of_gpu("memory_bandwidth_tbytes_per_s") or 0.0
    sheet.put_domain()
    return LlmFacts(
        shape=named_shape(sheet),
        bytes_per_parameter=sheet_bytes(sheet, precision),
        kv_value_bytes=sheet.assume("kv-bytes"),
        prompt_tokens=sheet.said("prompt_tokens"),
        output_tokens=sheet.said("output_tokens"),
        memory_bytes=memory_gb * 1e9,
        memory_share=sheet.assume("memory-share"),
        activation_bytes=sheet.assume("activation-gb") * 1e9,
        bandwidth_bytes_per_s=bandwidth * 1e12 * sheet.assume("decode-bandwidth-share"),
        prefill_flops_per_s=peak_flops_per_s * sheet.assume("prefill-mfu"),
        decode_flops_per_s=peak_flops_per_s * sheet.assume("decode-mfu"),
        link_bytes_per_s=_link_bytes_per_s(sheet),
        collective_s=sheet.assume("collective-us") * 1e-6,
        load_share=sheet.assume("load-share"),
        prompt_tokens_per_gpu_s=sheet.measured("prompt-tokens-per-gpu-s"),
        output_tokens_per_gpu_s=sheet.measured("output-tokens-per-gpu-s"),
    )


def _link_bytes_per_s(sheet: Sheet) -> float:
    """Return what a GPU sends to others: half of its two-way figure, or the slot's."""
    both_ways = sheet.of_gpu("scale_up_gbytes_per_s")
    one_way = both_ways / 2 if both_ways else sheet.assume("pcie-gbytes-per-s")
    return one_way * 1e9 * sheet.assume("link-share")


def sheet_bytes(sheet: Sheet, precision: str) -> float:
    """Return the bytes of a weight in a precision, written down."""
    said = sheet.workload.precision is not None
    return sheet.note(
        "bytes_per_parameter", BYTES_PER_PARAMETER[precision], "B",
        f"{precision}, as the spec says" if said else "bf16, since the spec says none", said,
    )  # fmt: skip


def sheet_peak(sheet: Sheet, precision: str) -> float:
    """Return the dense throughput in TFLOP/s that a precision can use on the GPU.

    Where the catalogue has no figure for so few bits, that of the next wider ones stands: weights
    are then kept small and computed wider. fp32 and tf32 are reckoned at a half of 16 bit.
    """
    order = ("dense_fp4_tflops", "dense_fp8_tflops", "dense_bf16_tflops")
    begin = {"fp4": 0, "int4": 0, "fp8": 1, "int8": 1}.get(precision, 2)
    for key in order[begin:]:
        found = sheet.of_gpu(key)
        if found is not None:
            share = 0.5 if precision in ("fp32", "tf32") else 1.0
            return sheet.reckon(
                "peak_tflops", found * share, "TFLOP/s",
                f"dense throughput that {precision} can use", f"gpu_{key}",
            )  # fmt: skip
    raise sheet.lacking("dense_bf16_tflops")

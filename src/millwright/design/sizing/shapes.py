"""What follows from a model's shape alone: parameters, bytes of its cache, arithmetic of a prompt.

Norms are counted, biases are not. Anchors in 16 bit: Llama 3.1 405B keeps 516,096 bytes a token,
DeepSeek V3 70,272, Qwen3 235B 192,512.
"""

from __future__ import annotations

from millwright.model.languagemodel import ModelShape

BYTES_PER_PARAMETER = {
    "fp32": 4.0,
    "tf32": 4.0,
    "bf16": 2.0,
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "fp4": 0.5625,
    "int4": 0.5625,
}
"""Four bits carry a scale of one byte for every sixteen values: 4.5 bits."""


def _attention(shape: ModelShape) -> int:
    """Return the weights of one layer's attention."""
    latent = shape.latent
    if latent is None:
        queries = shape.hidden * shape.heads * shape.head_dim
        return 2 * queries + 2 * shape.hidden * shape.kv_heads * shape.head_dim
    query_width = shape.heads * (latent.nope_dim + latent.rope_dim)
    if latent.query_rank:
        queries = latent.query_rank * (shape.hidden + query_width)
    else:
        queries = shape.hidden * query_width
    down = shape.hidden * (latent.rank + latent.rope_dim)
    up = latent.rank * shape.heads * (latent.nope_dim + latent.value_dim)
    return queries + down + up + shape.heads * latent.value_dim * shape.hidden


def _feed_forward(shape: ModelShape, width: int) -> int:
    return (3 if shape.gated else 2) * shape.hidden * width


def expert_parameters(shape: ModelShape) -> int:
    """Return the weights of all routed experts of all layers; 0 for a dense model."""
    experts = shape.experts
    if experts is None:
        return 0
    layers = shape.layers - experts.dense_layers
    return layers * experts.count * _feed_forward(shape, experts.width)


def shared_parameters(shape: ModelShape) -> int:
    """Return the weights that every token meets: all of a dense model, the rest of a mixture."""
    experts = shape.experts
    dense = shape.layers if experts is None else experts.dense_layers
    total = shape.layers * (_attention(shape) + 2 * shape.hidden)
    total += dense * _feed_forward(shape, shape.feed_forward)
    if experts is not None:
        shared = experts.shared * _feed_forward(shape, experts.width)
        router = shape.hidden * experts.count
        total += (shape.layers - dense) * (shared + router)
    embeddings = shape.vocabulary * shape.hidden
    return total + shape.hidden + (embeddings if shape.tied else 2 * embeddings)


def parameters(shape: ModelShape) -> int:
    """Return the weights of the model. Llama 3.1 8B: 8,030,261,248, as published."""
    return shared_parameters(shape) + expert_parameters(shape)


def active_parameters(shape: ModelShape) -> int:
    """Return the weights that work on one token; all of them for a dense model."""
    experts = shape.experts
    if experts is None:
        return parameters(shape)
    return shared_parameters(shape) + expert_parameters(shape) * experts.active // experts.count


def working_parameters(shape: ModelShape) -> int:
    """Return the active weights without the table of words, which is only looked up."""
    return active_parameters(shape) - shape.vocabulary * shape.hidden


def kv_values_per_layer(shape: ModelShape) -> int:
    """Return how many values one layer keeps of one token: keys and values of its heads, or the
    one latent vector with its positions."""
    if shape.latent is not None:
        return shape.latent.rank + shape.latent.rope_dim
    return 2 * shape.kv_heads * shape.head_dim


def kv_bytes_per_token(shape: ModelShape, value_bytes: float) -> float:
    """Return the bytes by which the cache grows with a token beyond all windows.

    A model all of whose layers have a window grows up to it, and then no more.
    """
    return (shape.layers - shape.window_layers) * kv_values_per_layer(shape) * value_bytes


def kv_bytes(shape: ModelShape, context_tokens: float, value_bytes: float) -> float:
    """Return the bytes of a context: layers with a window keep its last tokens alone."""
    seen = min(context_tokens, shape.window) if shape.window else context_tokens
    grown = kv_bytes_per_token(shape, value_bytes) * context_tokens
    return grown + shape.window_layers * kv_values_per_layer(shape) * value_bytes * seen


def attention_flops(shape: ModelShape, prompt_tokens: float) -> float:
    """Return the arithmetic of a prompt's tokens with each other, beside that of the weights.

    Two products of 2 FLOP for each pair of which a token sees, causally, half; layers with a
    window see no further than that.
    """
    width = shape.heads * shape.head_dim
    pairs = prompt_tokens * prompt_tokens / 2
    if shape.encoder:
        pairs *= 2
    near = min(prompt_tokens, shape.window) if shape.window else prompt_tokens
    windowed = prompt_tokens * near - near * near / 2
    full_layers = shape.layers - shape.window_layers
    return 4.0 * width * (full_layers * pairs + shape.window_layers * windowed)


def touched_share(shape: ModelShape, tokens: float) -> float:
    """Return the share of the experts that a batch of so many tokens reads at least once.

    Tokens choose independently: 1 - (1 - active / count) ^ tokens. 0 for a dense model.
    """
    if shape.experts is None:
        return 0.0
    missed = 1 - shape.experts.active / shape.experts.count
    return float(1 - missed**tokens)

"""The shape of a transformer as its publisher says it: layers, heads, experts, windows."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from millwright.model.base import Frozen
from millwright.model.sourced import Entry

Width = Annotated[int, Field(ge=1, le=10_000_000)]
Layers = Annotated[int, Field(ge=1, le=10_000)]


class Latent(Frozen):
    """Multi-head latent attention: keys and values are kept as one short vector a token.

    `rank` and `rope_dim` are what the cache holds; the rest says how large its weights are.
    `query_rank` is 0 where queries are not compressed.
    """

    rank: Width
    rope_dim: Width
    nope_dim: Width
    value_dim: Width
    query_rank: NonNegativeInt = 0


class Experts(Frozen):
    """A mixture of experts: `active` of `count` work on a token, and `shared` ones on every token.

    The first `dense_layers` have a plain feed-forward part of the model's own width.
    """

    count: Annotated[int, Field(ge=1, le=100_000)]
    active: PositiveInt
    width: Width
    shared: NonNegativeInt = 0
    dense_layers: NonNegativeInt = 0

    @model_validator(mode="after")
    def _some_of_all(self) -> Self:
        if self.active > self.count:
            raise ValueError(f"active ({self.active}) is more than count ({self.count})")
        return self


class ModelShape(Entry):
    """A language model by the numbers that size it.

    `feed_forward` is the width of the gated part (three matrices; two where `gated` is false).
    `window_layers` of the `layers` see the last `window` tokens alone. `encoder` marks a model
    that makes vectors and generates nothing.
    """

    layers: Layers
    hidden: Width
    heads: Width
    kv_heads: Width
    head_dim: Width
    feed_forward: Width
    vocabulary: Width
    tied: bool = False
    gated: bool = True
    encoder: bool = False
    window: PositiveInt | None = None
    window_layers: NonNegativeInt = 0
    latent: Latent | None = None
    experts: Experts | None = None

    @model_validator(mode="after")
    def _layers_add_up(self) -> Self:
        if self.window_layers > self.layers:
            raise ValueError("window_layers are some of the layers")
        if bool(self.window_layers) != bool(self.window):
            raise ValueError("`window` and `window_layers` belong together")
        if self.experts is not None and self.experts.dense_layers > self.layers:
            raise ValueError("dense_layers are some of the layers")
        return self

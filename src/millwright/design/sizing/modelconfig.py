"""The `config.json` that a model is published with, as a shape: keys of several families."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from millwright.model.languagemodel import ModelShape

ENCODERS = ("bert", "roberta", "xlm-roberta", "nomic_bert", "modernbert")
EVERY_LAYER_LOOKS_NEAR = ("mistral", "starcoder2")
FULL_LAYER_EVERY = {"gemma2": 2, "gemma3": 6, "gemma3_text": 6}


class NoShape(ValueError):
    """A configuration that does not say a shape: which key is lacking or wrong."""


def shape_of_config(name: str, raw: Any, source: str) -> ModelShape:
    """Return the shape that a configuration says. `source` is where the file lies.

    Raises NoShape. A configuration of several parts is read at its text part. Where a family is
    known to leave the pattern of its windows unsaid, the family's own is taken.
    """
    if not isinstance(raw, Mapping):
        raise NoShape("it is no mapping of keys and values")
    inner = raw.get("text_config")
    config: Mapping[str, Any] = {**raw, **inner} if isinstance(inner, Mapping) else raw
    said = {
        "name": name,
        "title": "by its own configuration",
        "source": source,
        "confidence": "spec",
        **_widths(config),
        **_windows(config),
    }
    latent, experts = _latent(config), _experts(config)
    try:
        return ModelShape.model_validate({**said, "latent": latent, "experts": experts})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NoShape(f"{where}: {first['msg']}") from None


def _whole(config: Mapping[str, Any], *keys: str, fallback: int | None = None) -> int:
    for key in keys:
        found = config.get(key)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        if found is not None:
            raise NoShape(f"{key} is no whole number")
    if fallback is None:
        raise NoShape(f"{keys[0]} is not said")
    return fallback


def _widths(config: Mapping[str, Any]) -> dict[str, Any]:
    hidden = _whole(config, "hidden_size")
    heads = _whole(config, "num_attention_heads")
    encoder = config.get("model_type") in ENCODERS
    if heads < 1:
        raise NoShape("num_attention_heads is below 1")
    return {
        "layers": _whole(config, "num_hidden_layers"),
        "hidden": hidden,
        "heads": heads,
        "kv_heads": _whole(config, "num_key_value_heads", fallback=heads),
        "head_dim": _whole(config, "head_dim", fallback=hidden // heads),
        "feed_forward": _whole(config, "intermediate_size", "moe_intermediate_size"),
        "vocabulary": _whole(config, "vocab_size"),
        "tied": bool(config.get("tie_word_embeddings", encoder)),
        "gated": not encoder,
        "encoder": encoder,
    }


def _windows(config: Mapping[str, Any]) -> dict[str, Any]:
    window = config.get("sliding_window")
    if window is None or config.get("use_sliding_window") is False:
        return {}
    layers = _whole(config, "num_hidden_layers")
    types = config.get("layer_types")
    family = str(config.get("model_type"))
    if isinstance(types, list):
        near = sum(kind == "sliding_attention" for kind in types)
    elif family in EVERY_LAYER_LOOKS_NEAR:
        near = layers
    else:
        every = _whole(config, "sliding_window_pattern", fallback=FULL_LAYER_EVERY.get(family, 0))
        if every < 1:
            raise NoShape(f"sliding_window is said, and not which layers of {family!r} have it")
        near = layers - layers // every
    return {"window": _whole(config, "sliding_window"), "window_layers": near} if near else {}


def _latent(config: Mapping[str, Any]) -> dict[str, int] | None:
    if not config.get("kv_lora_rank"):
        return None
    return {
        "rank": _whole(config, "kv_lora_rank"),
        "rope_dim": _whole(config, "qk_rope_head_dim"),
        "nope_dim": _whole(config, "qk_nope_head_dim"),
        "value_dim": _whole(config, "v_head_dim"),
        "query_rank": _whole(config, "q_lora_rank", fallback=0),
    }


def _experts(config: Mapping[str, Any]) -> dict[str, int] | None:
    names = ("n_routed_experts", "num_experts", "num_local_experts")
    count = _whole(config, *names, fallback=0)
    if count < 1:
        return None
    return {
        "count": count,
        "active": _whole(config, "num_experts_per_tok", "experts_per_token"),
        "width": _whole(config, "moe_intermediate_size", "intermediate_size"),
        "shared": _whole(config, "n_shared_experts", fallback=0),
        "dense_layers": _whole(config, "first_k_dense_replace", fallback=0),
    }

"""Models by their shapes: published totals, and laws of the cache."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.catalogs import load
from millwright.design.sizing.modelconfig import NoShape, shape_of_config
from millwright.design.sizing.shapes import (
    active_parameters,
    kv_bytes,
    kv_bytes_per_token,
    parameters,
    touched_share,
)

MODELS = load(None).catalog.models


@pytest.mark.parametrize(
    ("name", "published"),
    [("llama-3.1-8b", 8_030_261_248), ("llama-3.1-70b", 70_553_706_496)],
)
def test_weights_equal_the_published_total_to_the_last_one(name: str, published: int) -> None:
    assert parameters(MODELS[name]) == published


@pytest.mark.parametrize(
    ("name", "total_b", "active_b"),
    [
        ("llama-3.1-405b", 405.9, 405.9),
        ("mistral-7b", 7.24, 7.24),
        ("mixtral-8x7b", 46.7, 12.9),
        ("qwen3-235b-a22b", 235, 22),
        ("qwen3-30b-a3b", 30.5, 3.3),
        ("deepseek-v3", 671, 37),
        ("gpt-oss-120b", 116.8, 5.7),
        ("gpt-oss-20b", 20.9, 4.2),
        ("gemma-3-27b", 27.0, 27.0),
        ("bge-large", 0.335, 0.335),
        ("bge-m3", 0.568, 0.568),
    ],
)
def test_weights_come_within_two_percent_of_what_publishers_say(
    name: str, total_b: float, active_b: float
) -> None:
    # gpt-oss is said to have 5.1 and 3.6 active: its publisher leaves the embeddings out
    assert parameters(MODELS[name]) / 1e9 == pytest.approx(total_b, rel=0.02)
    assert active_parameters(MODELS[name]) / 1e9 == pytest.approx(active_b, rel=0.02)


@pytest.mark.parametrize(
    ("name", "bytes_per_token"),
    [
        ("llama-3.1-405b", 516_096),
        ("deepseek-v3", 70_272),
        ("qwen3-235b-a22b", 192_512),
        ("llama-3.1-70b", 327_680),
    ],
)
def test_the_cache_of_a_token_equals_its_anchor_in_16_bit(name: str, bytes_per_token: int) -> None:
    assert kv_bytes_per_token(MODELS[name], 2) == bytes_per_token


def test_a_window_keeps_its_last_tokens_alone() -> None:
    mistral = MODELS["mistral-7b"]
    assert kv_bytes_per_token(mistral, 2) == 0
    assert kv_bytes(mistral, 4_096, 2) == kv_bytes(mistral, 100_000, 2) == 4_096 * 131_072
    gemma = MODELS["gemma-3-27b"]
    near = 52 * 1_024 + 10 * 32_768
    assert kv_bytes(gemma, 32_768, 2) == near * 2 * 16 * 128 * 2


@given(st.sampled_from(sorted(MODELS)), st.floats(1, 1e6), st.floats(0, 1e6))
def test_a_longer_context_never_takes_less(name: str, tokens: float, more: float) -> None:
    shape = MODELS[name]
    assert kv_bytes(shape, tokens + more, 2) >= kv_bytes(shape, tokens, 2) > 0


@given(st.sampled_from(sorted(MODELS)), st.integers(1, 4_096))
def test_no_batch_reads_more_experts_than_there_are(name: str, tokens: int) -> None:
    share = touched_share(MODELS[name], tokens)
    assert 0 <= share <= touched_share(MODELS[name], tokens + 1) <= 1


def test_a_configuration_gives_the_shape_of_the_catalogue() -> None:
    said = {
        "model_type": "deepseek_v3", "hidden_size": 7168, "intermediate_size": 18432,
        "moe_intermediate_size": 2048, "num_hidden_layers": 61, "num_attention_heads": 128,
        "num_key_value_heads": 128, "head_dim": 192, "vocab_size": 129280, "q_lora_rank": 1536,
        "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
        "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8,
        "first_k_dense_replace": 3,
    }  # fmt: skip
    shape = shape_of_config("mine", said, "config.json")
    assert parameters(shape) == parameters(MODELS["deepseek-v3"])
    assert kv_bytes_per_token(shape, 2) == 70_272
    assert (shape.source, shape.confidence) == ("config.json", "spec")


def test_windows_are_read_by_layer_by_pattern_and_by_family() -> None:
    said = {
        "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 12,
        "num_attention_heads": 4, "vocab_size": 256, "sliding_window": 16,
    }  # fmt: skip
    kinds = ["sliding_attention", "full_attention"] * 6
    by_layer = shape_of_config("a", {**said, "layer_types": kinds}, "x")
    by_pattern = shape_of_config("a", {**said, "sliding_window_pattern": 6}, "x")
    by_family = shape_of_config("a", {**said, "model_type": "mistral"}, "x")
    unused = shape_of_config("a", {**said, "use_sliding_window": False}, "x")
    told = [each.window_layers for each in (by_layer, by_pattern, by_family, unused)]
    assert told == [6, 10, 12, 0]
    inside = shape_of_config("a", {"model_type": "gemma3", "text_config": said}, "x")
    assert inside.window_layers == 10
    with pytest.raises(NoShape, match="which layers"):
        shape_of_config("a", said, "x")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ([], "no mapping"),
        ({}, "hidden_size is not said"),
        ({"hidden_size": "wide"}, "hidden_size is no whole number"),
        ({"hidden_size": True}, "hidden_size is no whole number"),
        ({"hidden_size": 8, "num_attention_heads": 0}, "below 1"),
        (
            {
                "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": -1,
                "intermediate_size": 8, "vocab_size": 8,
            },
            "layers",
        ),
    ],
)  # fmt: skip
def test_a_configuration_without_a_shape_says_what_it_lacks(raw: object, told: str) -> None:
    with pytest.raises(NoShape, match=told):
        shape_of_config("a", raw, "x")

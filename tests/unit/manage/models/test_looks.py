"""What a look says of today: what is old is not known, and no model hides another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from millwright.manage.models.looks import gate_items, of_today
from millwright.model.modelwatch import ModelLook, WatchDocument

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def look(answer: str, model: str = "ct-net", **more: Any) -> ModelLook:
    return ModelLook.model_validate(
        {"model": model, "version": "2.1", "workload": "ct", "answer": answer, **more}
    )


def document(*models: ModelLook, at: str = "2026-03-10T11:00:00Z") -> WatchDocument:
    return WatchDocument(
        at=at, factory="f", simulated=False, feeds=(), judged={}, models=tuple(models)
    )


@pytest.mark.parametrize(
    ("answer", "window", "told"),
    [
        ("ok", "2026-03-10T00:00:00Z", "ok"),
        ("ok", "2026-03-08T00:00:00Z", "ok"),
        ("ok", "2026-03-06T00:00:00Z", "unknown"),
        ("missed", "2026-03-01T00:00:00Z", "missed"),
        ("unknown", "", "unknown"),
    ],
)
def test_a_model_that_stopped_to_answer_is_not_well(answer: str, window: str, told: str) -> None:
    found = of_today(look(answer, window=window), 24, NOW)
    assert found.answer == told
    if told != answer:
        assert found.why == "no answers since 2026-03-07T00:00:00Z"


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        ("2026-03-10T11:00:00Z", "ready"),
        ("2026-02-10T11:00:00Z", "ready"),
        ("2026-02-07T11:00:00Z", "unknown"),
        ("2026-03-10T11:00:00", "unknown"),
        ("soon", "unknown"),
    ],
)
def test_a_gate_is_not_answered_by_a_look_of_long_ago(at: str, answer: str) -> None:
    assert gate_items(document(look("ok"), at=at), NOW)["ct"].answer == answer


@pytest.mark.parametrize("order", [("missed", "ok"), ("ok", "missed"), ("missed", "unknown")])
def test_no_model_of_a_workload_hides_another_one(order: tuple[str, str]) -> None:
    models = [look(answer, name) for answer, name in zip(order, ("a-net", "b-net"), strict=True)]
    assert gate_items(document(*models), NOW)["ct"].answer == "missing"

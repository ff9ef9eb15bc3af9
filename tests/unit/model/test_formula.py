"""Formulas mean what a reader takes them for, and a spreadsheet is told the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.model.formula import NoFormula, evaluate, names_in, spelled

NUMBERS = st.integers(1, 999)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 x 4", 14),
        ("( 2 + 3 ) x 4", 20),
        ("20 / 2 / 5", 2),
        ("9 - 3 - 2", 4),
        ("2 x 3 ^ 2", 18),
        ("1 - ( 1 + 1 ) ^ ( 0 - 1 )", 0.5),
        ("a-b x c_d - 1", 41),
    ],
)
def test_a_formula_has_the_usual_precedence(text: str, value: float) -> None:
    assert evaluate(text, {"a-b": 6, "c_d": 7}) == value


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_formula_reckons_as_python_does(a: int, b: int, c: int) -> None:
    assert evaluate("a + b x c / a - b", {"a": a, "b": b, "c": c}) == a + b * c / a - b


@pytest.mark.parametrize("text", ["", "1 +", "( 1", "1 2", "x 1", "=1", "1 ; 2", "1 + )", 'A1&"x"'])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(NoFormula):
        evaluate(text, {})


def test_a_name_without_a_value_is_not_taken_for_nothing() -> None:
    with pytest.raises(KeyError):
        evaluate("1 + unknown", {})


def test_a_spreadsheet_is_told_the_same_formula() -> None:
    text = "( hardware + storage-first ) x support-share"
    cells = {"hardware": "C8", "storage-first": "C11", "support-share": "Assumptions!$C$9"}
    assert names_in(text) == tuple(cells)
    assert spelled(text, cells) == "=(C8+C11)*Assumptions!$C$9"

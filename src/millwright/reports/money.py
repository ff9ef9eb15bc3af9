"""Money in words and in cells: rounded to what an estimate can say."""

from __future__ import annotations


def money(value: float, currency: str) -> str:
    """Return an amount for running text: millions with two figures behind the point."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.2f} million {currency}"
    if abs(value) >= 1e4:
        return f"{round(value, -2):,.0f} {currency}"
    return f"{value:,.2f} {currency}"


def short_money(value: float) -> str:
    """Return an amount for a picture: 2.91 M, 314 k."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.2f} M"
    return f"{value / 1e3:,.0f} k" if abs(value) >= 1e3 else f"{value:,.0f}"


def whole(value: float | None) -> int | None:
    """Return an amount for a column: whole units of the currency."""
    return None if value is None else round(value)

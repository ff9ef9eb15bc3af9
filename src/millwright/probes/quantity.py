"""Numbers with units as GPU tools print them: a number in another unit is no answer."""

from __future__ import annotations

from millwright.probes.reading import number, said

_SAYS_NOTHING = frozenset(
    {
        "err!",
        "none",
        "gpu is lost",
        "[gpu is lost]",
        "[unknown error]",
        "insufficient permissions",
        "[insufficient permissions]",
        "requested functionality has been deprecated",
        "[requested functionality has been deprecated]",
        "not found",
        "<<<not_supported>>>",
    }
)
_BLANK_FROM = 2**63 - 64
"""From here on DCGM's 64-bit values mean: not known, not found, not supported, not permitted."""
_LARGEST_EXACT = 2**53


def words(text: str | None) -> str | None:
    """Return what a cell says; None where it says that nothing is known."""
    told = said(text)
    return None if told is None or told.lower() in _SAYS_NOTHING else told


def quantity(text: str | None, unit: str, *, bare: bool = True) -> float | None:
    """Return a number given in `unit` (letter case apart), or without one where `bare`."""
    parts = (text or "").split()
    if len(parts) == 2 and parts[1].lower() != unit.lower():
        return None
    if len(parts) == 1 and not bare:
        return None
    value = number(text)
    return None if value is None or abs(value) >= _BLANK_FROM else value


def counter(text: str | None) -> int | None:
    """Return a whole number that counts something: no sign, no unit, exact."""
    told = (text or "").strip()
    if not (told.isascii() and told.isdigit()) or len(told) > 20:
        return None
    value = int(told)
    return value if value < _LARGEST_EXACT else None


def truth(text: str | None) -> bool | None:
    """Return whether a cell says yes; None where it says neither."""
    told = (text or "").strip().lower()
    if told in ("yes", "true", "active", "enabled", "1"):
        return True
    return False if told in ("no", "false", "not active", "disabled", "0") else None

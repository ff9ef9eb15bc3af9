"""QR symbols, by the library that knows them."""

from __future__ import annotations


def symbol(text: str) -> tuple[str, ...]:
    """Return the QR symbol of a text, one text a row, 1 for dark.

    Error correction M restores about 15 % of the symbol, enough for a label that bends. The mask is
    fixed: choosing the best of eight takes three times as long, and any is legal.
    """
    import segno

    code = segno.make(text, error="m", micro=False, boost_error=False, mask=2)
    return tuple("".join("1" if dot & 1 else "0" for dot in row) for row in code.matrix)

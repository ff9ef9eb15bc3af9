"""Versions of packages, compared as Debian does, and found among those that are offered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cmp_to_key
from itertools import zip_longest

_PIECE = re.compile(r"(\D*)(\d*)")


def compared(one: str, other: str) -> int:
    """Return -1, 0 or 1, by the rules of Debian's policy (5.6.12): epoch, upstream, revision."""
    first, second = _parts(one), _parts(other)
    if first[0] != second[0]:
        return 1 if first[0] > second[0] else -1
    return _piecewise(first[1], second[1]) or _piecewise(first[2], second[2])


def at_least(version: str, floor: str) -> bool:
    """Return whether a version is not below a floor."""
    return compared(version, floor) >= 0


def upstream(version: str) -> str:
    """Return a version without epoch and packager's part: 4.4.1 of 1:4.4.1-1."""
    return _parts(version)[1]


def leading(version: str) -> str:
    """Return the first number of a version, behind its epoch: 580 of 580.95.05."""
    found = re.match(r"\d+", upstream(version))
    return found[0] if found else ""


def newest(offered: Iterable[str], wanted: str) -> str | None:
    """Return the newest offered version that is the wanted one; None where there is none.

    What is wanted may leave out the epoch and the packager's part, or end in `*`.
    """
    fitting = [each for each in offered if _is(each, wanted)]
    return max(fitting, key=cmp_to_key(compared), default=None)


def _is(version: str, wanted: str) -> bool:
    bare = version.partition(":")[2] or version
    if wanted.endswith("*"):
        return version.startswith(wanted[:-1]) or bare.startswith(wanted[:-1])
    if wanted in (version, bare):
        return True
    return bare.startswith(wanted) and bare[len(wanted)] in "-+~"


def _parts(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.partition(":")
    if not (colon and epoch.isdecimal()):
        epoch, rest = "0", version
    bare, _, revision = rest.rpartition("-")
    return int(epoch), bare or rest, revision if bare else "0"


def _rank(letter: str) -> int:
    """Return a letter's place: ~ before the end of a text, letters before all other signs."""
    if letter == "~":
        return -1
    if not letter:
        return 0
    return ord(letter) if letter.isalpha() else ord(letter) + 256


def _piecewise(one: str, other: str) -> int:
    for (text, number), (text2, number2) in zip_longest(
        _PIECE.findall(one), _PIECE.findall(other), fillvalue=("", "")
    ):
        for letter, letter2 in zip_longest(text, text2, fillvalue=""):
            if _rank(letter) != _rank(letter2):
                return 1 if _rank(letter) > _rank(letter2) else -1
        if int(number or 0) != int(number2 or 0):
            return 1 if int(number or 0) > int(number2 or 0) else -1
    return 0

"""What a note wants of a value: raise only, lower only, the first that is there, an own best."""

from __future__ import annotations

import math
import re

from millwright.model.tuned import Value

_LIMIT = re.compile(r"([<>]=)?(unlimited|[0-9]{1,18})")
_DECIMAL = re.compile(r"^(\d+)\.0+$")


def canonical(text: str) -> str:
    """Return a value as it is compared: the kernel parts several numbers by tabs and notes by
    blanks, and tools say 700.00 for 700."""
    return " ".join(_DECIMAL.sub(r"\1", word) for word in text.split())


def concrete(want: str, found: Value) -> str | None:
    """Return what a note means on one instance: a value, or a bound that stays one.

    None where the instance does not say what it would have to: no best of its own, none of several
    choices.
    """
    if want == "ideal":
        return found.ideal or None
    if want == "within":
        if not found.ideal:
            return None
        return found.value if _within(found.value, found.ideal) else found.ideal
    if "|" in want:
        choices = want.split("|")
        if found.value in choices:
            return found.value
        return next((word for word in choices if not found.among or word in found.among), None)
    if found.among and want not in found.among:
        return None
    return want


def sayable(kind: str, word: str) -> bool:
    """Return whether a word is a value of its kind: files that say it have a grammar."""
    if kind == "limit":
        return _LIMIT.fullmatch(word) is not None
    return kind != "module" or " " not in word


def folded_in(want: str, value: str) -> str:
    """Return a value with a note's word laid over it: a bound moves only what is beyond it.

    Where the value, or the bound, is no list of numbers, the bound stands by itself.
    """
    if want[:2] not in (">=", "<="):
        return want
    bound, now = want[2:].split(), value.split()
    if not _numbers(want[2:], value):
        return " ".join(bound)
    pick = max if want[:2] == ">=" else min
    kept = [pick((old, new), key=_number) for old, new in zip(now, bound, strict=True)]
    return value if kept == now else " ".join(kept)


def complies(want: str, found: Value) -> bool | None:
    """Return whether one instance is as wanted; None where that cannot be said."""
    meant = concrete(want, found)
    if meant is None:
        return None
    if meant[:2] in (">=", "<=") and not _numbers(meant[2:], found.value):
        return None
    return canonical(folded_in(meant, found.value)) == canonical(found.value)


def _numbers(*texts: str) -> bool:
    words = [text.split() for text in texts]
    alike = len({len(each) for each in words}) == 1
    return alike and all(not math.isnan(_number(word)) for each in words for word in each)


def _number(word: str) -> float:
    """Return a number; what has no end is the largest, and what is none is none."""
    if word in ("unlimited", "infinity"):
        return math.inf
    try:
        return float(word)
    except ValueError:
        return math.nan


def _within(part: str, whole: str) -> bool:
    cores, all_cores = _cores(part), _cores(whole)
    return bool(cores) and cores <= all_cores


def _cores(text: str) -> set[int]:
    """Return the processors of a list such as `0-3,8`; nothing where it is none."""
    found: set[int] = set()
    for word in text.split(","):
        first, _, last = word.partition("-")
        if not (first.isdigit() and (last or first).isdigit()):
            return set()
        found |= set(range(int(first), min(int(last or first), int(first) + 8192) + 1))
    return found

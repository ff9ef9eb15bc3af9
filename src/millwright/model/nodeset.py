"""Node sets as operators write them: `gpu[001-127],head1`. A wrapper of ClusterShell's.

The grammar and the size are checked before anything is expanded: no group of the local machine is
read (`@all`), and `x[1-10000000]` costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet, NodeSetException

from millwright.errors import MillwrightError

MOST_NODES = 65_536
_WORD = r"[a-z0-9-]+"
_RANGE = r"\[[0-9]+(?:-[0-9]+)?(?:,[0-9]+(?:-[0-9]+)?)*\]"
_TERM = re.compile(rf"^[a-z](?:{_WORD}|{_RANGE})*$")
_BRACKET = re.compile(r"\[([0-9,-]+)\]")


class WrongNodeSet(MillwrightError):
    """A node set that cannot be read, is too large, or names nodes that nobody knows."""


def expanded(text: str) -> tuple[str, ...]:
    """Return the node names of a set, in its order.

    Raises WrongNodeSet where the text is no node set, or names more nodes than are ever designed.
    """
    terms = _terms(text)
    for term in terms:
        if not _TERM.match(term):
            raise WrongNodeSet(f"{text!r} is no node set", hint="write it like gpu[001-127],head1")
    if sum(_size(term) for term in terms) > MOST_NODES:
        raise WrongNodeSet(f"{text!r} names more than {MOST_NODES} nodes")
    try:
        return tuple(str(node) for node in NodeSet(text, resolver=RESOLVER_NOGROUP))
    except NodeSetException as error:
        raise WrongNodeSet(f"{text!r} is no node set: {error}") from None


def folded(names: Iterable[str]) -> str:
    """Return the shortest node set of these names: `gpu[001-127]`."""
    return str(NodeSet.fromlist(list(names), resolver=RESOLVER_NOGROUP))


def chosen(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the nodes of a set. Raises WrongNodeSet, naming them, where some are not known."""
    names, all_known = expanded(text), set(known)
    strangers = [name for name in names if name not in all_known]
    if strangers:
        raise WrongNodeSet(
            f"unknown nodes: {folded(strangers)}",
            hint=f"known are {folded(all_known)}" if all_known else "no node is known here",
        )
    return names


def _terms(text: str) -> list[str]:
    terms, depth = [""], 0
    for character in text:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            terms.append("")
        else:
            terms[-1] += character
    return terms


def _size(term: str) -> int:
    size = 1
    for bracket in _BRACKET.findall(term):
        size *= sum(_span(part) for part in bracket.split(","))
    return size


def _span(part: str) -> int:
    first, _, last = part.partition("-")
    if last and int(last) < int(first):
        raise WrongNodeSet(f"{part} counts backwards", hint=f"write {last}-{first}")
    return int(last) - int(first) + 1 if last else 1

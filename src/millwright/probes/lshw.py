"""`lshw`: a machine as a tree of parts, in text and in -json (an object, a list, many in a row)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.json_node import Node, document
from millwright.probes.pairs import Pairs, pair_of, size_bytes
from millwright.probes.quantity import truth, words
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "lshw"
_PART = re.compile(r"(?P<indent> *)\*-(?P<id>[\w:.-]{1,60})(?P<note>(?: [A-Z]+)*)$")
_BITS = re.compile(r"(?P<bits>\d{1,4}) bits$")
_FAILURE = re.compile(r"lshw:|WARNING:|.*command not found")
_SETTING = re.compile(r"(?P<key>[a-z]+)=")
_LOOSE = re.compile(r"\}(?P<gap>\s*,?\s*)(?=\{)")


@dataclass(frozen=True, slots=True)
class Part:
    """A part under its path of ids (`core/memory/bank:0`). Its size is of its own unit.

    `size_bytes` is told for memory and disks; text rounds it, which `size_rounded` says.
    """

    path: str
    id: str
    kind: str | None
    description: str | None
    product: str | None
    vendor: str | None
    serial: str | None
    version: str | None
    slot: str | None
    bus: str | None
    logical_names: tuple[str, ...]
    size: float | None
    size_unit: str | None
    size_bytes: int | None
    size_rounded: bool
    width_bits: int | None
    driver: str | None
    firmware: str | None
    link: bool | None
    claimed: bool | None


@dataclass(frozen=True, slots=True)
class Hardware:
    """All parts, those that hold others first."""

    parts: tuple[Part, ...]

    def of_kind(self, kind: str) -> tuple[Part, ...]:
        """Return parts of a class (`memory`, `network`, `display`); text does not tell classes."""
        return tuple(part for part in self.parts if part.kind == kind)

    def described(self, description: str) -> tuple[Part, ...]:
        """Return parts of a description, letter case apart."""
        wanted = description.lower()
        return tuple(part for part in self.parts if (part.description or "").lower() == wanted)


def command() -> list[str]:
    """Return what to ask a node, as root."""
    return ["lshw", "-json", "-quiet"]


def read(text: str) -> Reading[Hardware]:
    """Return every part; what is told outside of one is a problem."""
    told = text.removeprefix("\ufeff").lstrip()
    if told.startswith(("{", "[")) or "\n{" in told or "\n[" in told:
        tree, problems = _document(text)
        tops = tree.entries or ((tree,) if tree.at("id").value is not None else ())
        parts = [part for top in tops for part in _machine(top)]
    else:
        parts, problems = _lines(text)
    if not parts and not problems:
        problems.append(Problem("no part is told"))
    return Reading(TOOL, Hardware(tuple(parts)), (), tuple(problems), is_simulated(text))


def _document(text: str) -> tuple[Node, list[Problem]]:
    """Return the document; of several classes older versions print objects without a list."""
    tree, problems = document(text, expected=_is_tree)
    loose = "[" + _LOOSE.sub("},", text.removeprefix("\ufeff").strip().rstrip(",")) + "]"
    if problems and text.lstrip().startswith("{") and _LOOSE.search(text):
        try:
            json.loads(loose)
        except (ValueError, RecursionError):
            return tree, problems
        return document(loose, expected=_is_tree)
    return tree, problems


def _is_tree(node: Node) -> bool:
    tops = node.entries or (node,)
    return all(top.at("id").value is not None for top in tops)


def _machine(top: Node) -> Iterator[Part]:
    """Yield a top's parts; the machine is called like its host, which is no part of paths."""
    name = top.at("id").said or "?"
    if top.at("class").said in (None, "system"):
        yield _part(top, name, name)
        for child in top.at("children").entries:
            yield from _parts(child, "")
    else:
        yield from _parts(top, "")


def _parts(node: Node, above: str) -> Iterator[Part]:
    name = node.at("id").said or "?"
    path = f"{above}/{name}".lstrip("/")
    yield _part(node, path, name)
    for child in node.at("children").entries:
        yield from _parts(child, path)


def _part(node: Node, path: str, name: str) -> Part:
    unit, size = node.at("units").said, node.at("size").number
    names = node.at("logicalname")
    settings = node.at("configuration")
    whole = node.at("size").whole
    return Part(
        path=path,
        id=name,
        kind=node.at("class").said,
        description=node.at("description").said,
        product=node.at("product").said,
        vendor=node.at("vendor").said,
        serial=node.at("serial").said,
        version=node.at("version").said,
        slot=node.at("slot").said,
        bus=node.at("businfo").said,
        logical_names=tuple(each for one in names.entries or (names,) if (each := one.said)),
        size=size,
        size_unit=unit,
        size_bytes=whole if unit == "bytes" else None,
        size_rounded=False,
        width_bits=node.at("width").whole,
        driver=settings.at("driver").said,
        firmware=settings.at("firmware").said,
        link=settings.at("link").flag,
        claimed=node.at("claimed").flag,
    )


@dataclass(slots=True)
class _Draft:
    """A part while its lines go by."""

    indent: int
    path: str
    id: str
    note: str
    pairs: Pairs
    names: list[str]


def _lines(text: str) -> tuple[list[Part], list[Problem]]:
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    problems = lines.problems + told.problems
    problems += [found for draft in lines.drafts for found in draft.pairs.problems]
    return [_from_text(draft) for draft in lines.drafts], problems


class _Lines:
    """Sorts lines under the part that they follow; the first has no star but a host's name."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.problems: list[Problem] = []
        self._above: list[_Draft] = []

    def take(self, line: Line) -> None:
        """Read one whole line."""
        at, text = line
        if not text.strip():
            return
        if found := _PART.match(text):
            self._open(len(found["indent"]) + 1, found["id"], found["note"].strip())
        elif _FAILURE.match(text):
            self.problems.append(Problem(shown(text), at))
        elif self.drafts and text[0] == " ":
            self._field(line)
        elif not self.drafts and re.fullmatch(r"[\w.-]{1,80}", text):
            self._open(0, text, "")
        else:
            self.problems.append(not_understood(line))

    def _open(self, indent: int, name: str, note: str) -> None:
        while self._above and self._above[-1].indent >= indent:
            self._above.pop()
        above = self._above[-1].path if self._above and self._above[-1].indent else ""
        path = f"{above}/{name}".lstrip("/")
        draft = _Draft(indent, path, name, note, Pairs(), [])
        self.drafts.append(draft)
        self._above.append(draft)

    def _field(self, line: Line) -> None:
        pair = pair_of(line)
        if pair is None:
            self.problems.append(not_understood(line))
        elif pair.key == "logical name":
            self.drafts[-1].names.append(pair.value)
        else:
            self.drafts[-1].pairs.put(pair)


def _from_text(draft: _Draft) -> Part:
    get = draft.pairs.get
    settings = _settings(get("configuration") or "")
    bits = _BITS.match(get("width") or "")
    size = size_bytes(get("size"))
    return Part(
        path=draft.path,
        id=draft.id,
        kind=None,
        description=get("description"),
        product=get("product"),
        vendor=get("vendor"),
        serial=get("serial"),
        version=get("version"),
        slot=get("slot"),
        bus=get("bus info"),
        logical_names=tuple(draft.names),
        size=size,
        size_unit=None if size is None else "bytes",
        size_bytes=size,
        size_rounded=size is not None,
        width_bits=int(bits["bits"]) if bits else None,
        driver=words(settings.get("driver")),
        firmware=words(settings.get("firmware")),
        link=truth(settings.get("link")),
        claimed=False if "UNCLAIMED" in draft.note else None,
    )


def _settings(told: str) -> dict[str, str]:
    """Return the settings of a line: a value goes on up to the next word with an equals sign."""
    starts = list(_SETTING.finditer(told))
    ends = [found.start() for found in starts[1:]] + [len(told)]
    return {
        found["key"]: told[found.end() : end].strip()
        for found, end in zip(starts, ends, strict=False)
    }

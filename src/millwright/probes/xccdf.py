"""Results of XCCDF 1.1 and 1.2 as OpenSCAP writes them: bare, or inside of an ARF report.

Read as a stream: a data stream is tens of megabytes. A document with a DOCTYPE is refused, in
whichever encoding it stands and however late.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

MOST_RULES = 20_000


class NoResults(ValueError):
    """A file that holds no results of XCCDF; the message says why."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule came to, in the scanner's own word: pass, fail, notapplicable and so on."""

    rule: str
    result: str
    severity: str = ""


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule of a benchmark: its title, and what it refers to, by the site that it refers to."""

    id: str
    title: str
    refs: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Results:
    """One test of one host, with the rules that the file describes."""

    target: str = ""
    at: str = ""
    profile: str = ""
    benchmark: str = ""
    results: list[RuleResult] = field(default_factory=list)
    rules: dict[str, RuleText] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    tests: int = 0


def read(raw: bytes) -> Results:
    """Return results and rules of a file; a benchmark alone has rules and no results.

    Raises NoResults where it is no XML, has a DOCTYPE, or holds neither.
    """
    found = Results()
    try:
        _refuse_doctype(raw)
        for tag, element in _elements(raw):
            _take(found, tag, element)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise NoResults(f"it is no XML: line {line}, column {column}") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, NoResults):
            raise
        raise NoResults("it is written in an encoding that is not read here") from None
    if not found.results and not found.rules:
        raise NoResults("it holds neither results nor rules of XCCDF")
    return found


def _refuse_doctype(raw: bytes) -> None:
    """Raise NoResults for a DOCTYPE: only what stands before the first element can be one."""
    parser = expat.ParserCreate()
    begun = False

    def doctype(*_: object) -> None:
        raise NoResults("it has a DOCTYPE, which no such file needs")

    def begin(*_: object) -> None:
        nonlocal begun
        begun = True

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = begin
    for at in range(0, len(raw), _STEP):
        if begun:
            return
        try:
            parser.Parse(raw[at : at + _STEP])
        except expat.ExpatError:
            # What is no XML is told by who reads the whole, with its place.
            return


_STEP = 4_096


def _elements(raw: bytes) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield elements as they end, those of rules and results alone keep what is inside them."""
    inside = 0
    for event, element in ElementTree.iterparse(io.BytesIO(raw), events=("start", "end")):
        tag = element.tag.rpartition("}")[2]
        inside += (tag in _WHOLE) * (1 if event == "start" else -1)
        if event == "start":
            if tag in ("Benchmark", "Group"):
                yield f"<{tag}", element
            continue
        yield tag, element
        if not inside:
            element.clear()


_WHOLE = ("Rule", "rule-result", "TestResult")


def _take(found: Results, tag: str, element: ElementTree.Element) -> None:
    if max(len(found.rules), len(found.results)) > MOST_RULES:
        raise NoResults(f"it has more than {MOST_RULES} rules or results: none may be left out")
    if tag == "Rule":
        text = _rule(element)
        found.rules[text.id] = text
    elif tag == "rule-result":
        result = element.find("{*}result")
        word = (result.text or "").strip() if result is not None else ""
        severity = element.get("severity", "")
        found.results.append(RuleResult(element.get("idref", ""), word, severity))
        element.clear()
    elif tag == "TestResult":
        _test(found, element)
    elif tag == "<Benchmark":
        found.benchmark = found.benchmark or element.get("id", "")
    elif tag == "<Group":
        found.groups.append(element.get("id", ""))


def _test(found: Results, element: ElementTree.Element) -> None:
    if found.tests and found.results:
        raise NoResults("it holds more than one test: give each host's results alone")
    found.tests += 1
    found.at = element.get("end-time") or element.get("start-time") or ""
    for name in ("target", "profile", "benchmark"):
        inner = element.find(f"{{*}}{name}")
        if inner is not None:
            text = (inner.text or "").strip() or inner.get("idref") or inner.get("id") or ""
            setattr(found, name, text or getattr(found, name))


def _rule(element: ElementTree.Element) -> RuleText:
    title = element.find("{*}title")
    refs = [
        (each.get("href", ""), (each.text or "").strip())
        for each in element.findall("{*}reference")
    ]
    text = " ".join("".join(title.itertext()).split()) if title is not None else ""
    return RuleText(element.get("id", ""), text[:200], tuple(refs))

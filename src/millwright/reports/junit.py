"""A verdict in the words of CI systems: one suite a node, one case a metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from millwright.reports.judgement import Found, Judgement, Node
from millwright.reports.picture import legal


def junit(name: str, judged: Judgement, measured: Mapping[str, set[str]]) -> str:
    """Return JUnit XML. FAIL is a failure, UNKNOWN an error, a waived finding is skipped with its
    reason; WARN passes and says so. `measured` holds the metrics of each node."""
    suites = [_suite(node, sorted(measured.get(node.name, ()))) for node in judged.nodes]
    counts = [sum(suite[1][index] for suite in suites) for index in range(4)]
    said = (
        ("verdict", judged.verdict),
        ("completeness", f"{judged.completeness:.6f}"),
        ("simulated", str(judged.simulated).lower()),
    )
    properties = "".join(f"<property name={_q(k)} value={_q(v)}/>" for k, v in said)
    whole = f'<testsuite name="verdict" tests="0"><properties>{properties}</properties></testsuite>'
    head = f"<testsuites name={_q(name)}{_counts(counts)}>"
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', head, whole, *(s[0] for s in suites),
         "</testsuites>", ""]
    )  # fmt: skip


def _counts(counts: list[int]) -> str:
    names = ("tests", "failures", "errors", "skipped")
    return "".join(f' {name}="{count}"' for name, count in zip(names, counts, strict=True))


def _suite(node: Node, metrics: list[str]) -> tuple[str, list[int]]:
    found: dict[str, list[Found]] = {metric: [] for metric in metrics}
    for finding in node.findings:
        found.setdefault(finding.metric, []).append(finding)
    if not found:
        found = {"node": []}
    cases = [list(_case(node.name, metric, findings)) for metric, findings in found.items()]
    kinds = [case[0] for case in cases]
    if node.verdict == "UNKNOWN" and not {"error", "failure"} & set(kinds):
        cases.append(["error", _wrapped(node.name, "completeness", _tag("error", "UNKNOWN"))])
        kinds.append("error")
    counts = [len(kinds), kinds.count("failure"), kinds.count("error"), kinds.count("skipped")]
    head = f"<testsuite name={_q(node.name)}{_counts(counts)}>"
    return head + "".join(case[1] for case in cases) + "</testsuite>", counts


def _case(node: str, metric: str, findings: list[Found]) -> Iterator[str]:
    """Yield what kind of result it is, and its XML."""
    open_ones = [finding for finding in findings if not finding.waived]
    told = "\n".join(_told(finding) for finding in findings)
    for word, element in (("FAIL", "failure"), ("UNKNOWN", "error")):
        if any(finding.verdict == word for finding in open_ones):
            yield element
            yield _wrapped(node, metric, _tag(element, told))
            return
    if findings and not open_ones:
        yield "skipped"
        yield _wrapped(node, metric, _tag("skipped", told))
        return
    yield "passed"
    said = f"<system-out>{_e(told)}</system-out>" if told else ""
    yield _wrapped(node, metric, said)


def _told(found: Found) -> str:
    value = "" if found.value is None else f" {found.value:g} {found.unit}"
    waiver = f" (waived: {found.waiver})" if found.waived else ""
    return (
        f"{found.verdict} {found.kind} {found.device or found.node}{value}: {found.reason}{waiver}"
    )


def _wrapped(node: str, metric: str, inner: str) -> str:
    head = f"<testcase classname={_q(node)} name={_q(metric)}"
    return f"{head}>{inner}</testcase>" if inner else f"{head}/>"


def _tag(element: str, told: str) -> str:
    first = told.partition("\n")[0]
    return f"<{element} message={_q(first)}>{_e(told)}</{element}>"


def _e(text: str) -> str:
    return escape(legal(text))


def _q(text: str) -> str:
    return quoteattr(legal(text))

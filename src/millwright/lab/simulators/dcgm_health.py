"""`dcgmi health`: what the background watches would have noticed about each GPU."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from .dcgm_json import write_json
from .device import LOST_XID, Gpu, Node

_WIDTH = 49


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing a watch noticed; `failing` is more than a warning."""

    system: str
    failing: bool
    text: str


def health(node: Node, argv: list[str]) -> int:
    """Set watches (`-s`), fetch them (`-f`) or report (`-c`, with `-j` as JSON)."""
    if "-c" in argv or "--check" in argv:
        found = {gpu.index: incidents for gpu in node.gpus if (incidents := watch(node, gpu))}
        if "-j" in argv or "--json" in argv:
            write_json({"body": _body(found), "header": ["Health Monitor Report"]})
        else:
            sys.stdout.write(_table(found))
        return 0
    if "-s" in argv or "--set" in argv:
        sys.stdout.write("Health monitor systems set successfully.\n")
        return 0
    if "-f" in argv or "--fetch" in argv:
        sys.stdout.write("Health monitor systems report\nAll: On\n")
        return 0
    sys.stderr.write("PARSE ERROR: One of -f, -s or -c must be specified.\n")
    return 1


def watch(node: Node, gpu: Gpu) -> list[Incident]:
    """Return what is wrong with the GPU as the manager's watches see it."""
    found = []
    ecc = node.ecc(gpu)
    if node.lost(gpu):
        text = f"Detected XID {LOST_XID}: GPU {gpu.index} has fallen off the bus."
        found.append(Incident("Driver", True, text))
    if ecc.failed:
        text = f"GPU {gpu.index} had uncorrectable memory errors and row remapping failed."
        found.append(Incident("Memory", True, text))
    elif ecc.pending:
        text = f"GPU {gpu.index} had memory errors and row remappings are pending."
        found.append(Incident("Memory", True, text))
    if ecc.uncorrected:
        text = f"Detected {ecc.uncorrected} volatile double-bit ECC error(s) in GPU {gpu.index}."
        found.append(Incident("Memory", True, text))
    if node.throttled(gpu):
        text = f"Detected clocks held back for thermal reasons in GPU {gpu.index}."
        found.append(Incident("Thermal", False, text))
    return found


def _overall(found: dict[int, list[Incident]]) -> str:
    every = [incident for incidents in found.values() for incident in incidents]
    return _judge(every)


def _judge(incidents: list[Incident]) -> str:
    if not incidents:
        return "Healthy"
    return "Failure" if any(incident.failing for incident in incidents) else "Warning"


def _body(found: dict[int, list[Incident]]) -> dict[str, object]:
    body: dict[str, object] = {"Overall Health": {"value": _overall(found)}}
    if found:
        body["GPU"] = {"children": {str(index): _gpu(rows) for index, rows in found.items()}}
    return body


def _gpu(incidents: list[Incident]) -> dict[str, object]:
    systems: dict[str, object] = {}
    for name in dict.fromkeys(incident.system for incident in incidents):
        rows = [incident for incident in incidents if incident.system == name]
        texts = {str(number): {"value": row.text} for number, row in enumerate(rows)}
        systems[f"{name} system"] = {"value": _judge(rows), "children": texts}
    return {"value": _judge(incidents), "children": {"Errors": {"children": systems}}}


def _table(found: dict[int, list[Incident]]) -> str:
    line = f"+{'-' * 27}+{'-' * 58}+\n"
    rows = [("Overall Health", _overall(found))]
    rows += [("GPU", "")] if found else []
    for index, incidents in found.items():
        rows += [(f"-> {index}", _judge(incidents)), ("   -> Errors", "")]
        for name in dict.fromkeys(incident.system for incident in incidents):
            told = [incident for incident in incidents if incident.system == name]
            rows.append((f"      -> {name} system", _judge(told)))
            rows += [("", part) for incident in told for part in folded(incident.text)]
    body = "".join(f"| {name:<26}| {value:<57}|\n" for name, value in rows)
    return f"{line}| {'Health Monitor Report':<85}|\n{line.replace('-', '=')}{body}{line}"


def folded(text: str, width: int = _WIDTH) -> list[str]:
    """Return the text as lines no wider than the column, broken between words."""
    lines, rest = [], text
    while len(rest) > width:
        cut = rest.rfind(" ", 0, width)
        lines.append(rest[:cut])
        rest = rest[cut + 1 :]
    return [*lines, rest]

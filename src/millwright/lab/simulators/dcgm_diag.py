"""`dcgmi diag`: runs the tests of a level and reports as DCGM 4 does, or as DCGM 3 did."""

from __future__ import annotations

import sys

from .dcgm_health import folded
from .dcgm_json import write_json
from .dcgm_tests import FAIL, PASS, Result, Test, tests_of
from .device import Gpu, Node

_ISOLATE = 226
"""The exit status of a diagnostic that found a reason to take a GPU out of service (-30)."""
_SOFTWARE_NAMES = (
    "Denylist",
    "NVML Library",
    "CUDA Main Library",
    "Permissions and OS Blocks",
    "Persistence Mode",
    "Environment Variables",
    "Page Retirement/Row Remap",
    "Graphics Processes",
    "Inforom",
)
_LEVELS = {"1": 1, "short": 1, "2": 2, "medium": 2, "3": 3, "long": 3, "4": 4, "xlong": 4}
Results = list[tuple[Test, list[tuple[Gpu, Result]]]]


def diag(node: Node, argv: list[str]) -> int:
    """Run `-r LEVEL`, on the GPUs of `-i` where given; JSON with `-j`."""
    level = _LEVELS.get(_value(argv, "-r", "--run"))
    if level is None:
        sys.stderr.write("Error: requested test or level is invalid.\n")
        return 1
    wanted = [part for part in _value(argv, "-i", "--entity-id").split(",") if part]
    gpus = [gpu for gpu in node.answering() if not wanted or str(gpu.index) in wanted]
    results = [(test, [(gpu, test.judge(node, gpu)) for gpu in gpus]) for test in tests_of(level)]
    older = str(node.profile["software"].get("dcgm_major", 4)) == "3"
    if "-j" in argv or "--json" in argv:
        write_json(_version_3(results) if older else _version_4(node, gpus, results))
    else:
        sys.stdout.write(_table(node, gpus, results))
    failed = any(result.status == FAIL for _, rows in results for _, result in rows)
    return _ISOLATE if failed else 0


def _version_4(node: Node, gpus: list[Gpu], results: Results) -> dict[str, object]:
    categories = [
        {
            "category": name,
            "tests": [_test_4(test, rows) for test, rows in results if test.category == name],
        }
        for name in dict.fromkeys(test.category for test, _ in results)
    ]
    entities = [
        {
            "device_id": node.text("pci", "device_id"),
            "entity_id": gpu.index,
            "serial_num": gpu.serial,
        }
        for gpu in gpus
    ]
    return {
        "DCGM Diagnostic": {"test_categories": categories},
        "entity_groups": [{"entities": entities, "entity_group": "GPU", "entity_group_id": 1}],
        "metadata": {
            "Driver Version Detected": node.version("driver"),
            "version": node.version("dcgm"),
        },
    }


def _test_4(test: Test, rows: list[tuple[Gpu, Result]]) -> dict[str, object]:
    results = []
    for gpu, result in rows:
        entry: dict[str, object] = {
            "entity_group": "GPU",
            "entity_group_id": 1,
            "entity_id": gpu.index,
            "status": result.status,
        }
        if result.info:
            entry["info"] = [result.info]
        if result.finding:
            entry["warnings"] = [
                {
                    "error_category": result.finding.category,
                    "error_id": result.finding.error_id,
                    "error_severity": result.finding.severity,
                    "warning": result.finding.text,
                }
            ]
        results.append(entry)
    return {"name": test.name, "results": results, "test_summary": {"status": _worst(rows)}}


def _version_3(results: Results) -> dict[str, object]:
    software = next(rows for test, rows in results if test.name == "software")
    deployment = [
        {"name": name, "results": _software_3(name, software)} for name in _SOFTWARE_NAMES
    ]
    categories: list[dict[str, object]] = [{"category": "Deployment", "tests": deployment}]
    named = [(test, rows) for test, rows in results if test.older_name]
    for category in ("Integration", "Hardware", "Stress"):
        tests = [
            {"name": test.older_name, "results": [_result_3(*row) for row in rows]}
            for test, rows in named
            if test.category == category
        ]
        if tests:
            categories.append({"category": category, "tests": tests})
    return {"DCGM GPU Diagnostic": {"test_categories": categories}}


def _software_3(name: str, rows: list[tuple[Gpu, Result]]) -> list[dict[str, str]]:
    about = {"Page Retirement/Row Remap": (80, 85), "Persistence Mode": (29,)}.get(name, ())
    bad = [
        (gpu, result) for gpu, result in rows if result.finding and result.finding.error_id in about
    ]
    return [_result_3(*row) for row in bad] or [{"status": PASS}]


def _result_3(gpu: Gpu, result: Result) -> dict[str, str]:
    entry = {"gpu_ids": str(gpu.index), "status": result.status}
    if result.info:
        entry["info"] = result.info
    if result.finding:
        entry["warnings"] = result.finding.text
    return entry


def _table(node: Node, gpus: list[Gpu], results: Results) -> str:
    line = f"+{'-' * 27}+{'-' * 48}+\n"
    text = f"Successfully ran diagnostic for group.\n{line}"
    text += f"| {'Diagnostic':<26}| {'Result':<47}|\n{line.replace('-', '=')}"
    ids = ", ".join([node.text("pci", "device_id")] * len(gpus))
    text += _heading("Metadata")
    for name, value in (
        ("DCGM Version", node.version("dcgm")),
        ("Driver Version Detected", node.version("driver")),
        ("GPU Device IDs Detected", ids),
    ):
        text += f"| {name:<26}| {value:<47.47}|\n"
    for category in dict.fromkeys(test.category for test, _ in results):
        text += _heading(category)
        for test, rows in results:
            if test.category == category:
                text += _rows(test, rows)
    return text + line


def _rows(test: Test, rows: list[tuple[Gpu, Result]]) -> str:
    text = f"| {test.name:<26}| {_worst(rows):<47}|\n"
    for gpu, result in rows:
        text += f"| {'':<26}| {f'GPU{gpu.index}: {result.status}':<47}|\n"
        if result.finding:
            names = [f"Warning: GPU{gpu.index}", ""]
            for number, part in enumerate(folded(result.finding.text, 46)):
                text += f"| {names[min(number, 1)]:<26}| {part:<47}|\n"
    return text


def _heading(category: str) -> str:
    named = f"|-----  {category}  "
    return f"{named:-<28}+{'-' * 48}|\n"


def _worst(rows: list[tuple[Gpu, Result]]) -> str:
    return FAIL if any(result.status == FAIL for _, result in rows) else PASS


def _value(argv: list[str], *names: str) -> str:
    for name in names:
        if name in argv[:-1]:
            return argv[argv.index(name) + 1]
    return ""

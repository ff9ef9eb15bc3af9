"""What burn-in tests are run with: programs of the distribution, and of the GPUs' vendor."""

from __future__ import annotations

import json
from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, on_compute

PROGRAMS = ("stress-ng", "fio", "iperf3")
OF_VENDOR = {
    "nvidia": {
        "nvbandwidth": "nvbandwidth",
        "nccl-tests": "all_reduce_perf",
        "gpu-burn": "gpu_burn",
    },
    "amd": {"rccl-tests": "all_reduce_perf"},
}
"""The vendors' packages, and the program of each that tests are run with."""

ASKED = """\
import json, shutil, sys
file = "/var/lib/millwright/not-testable/test-tools.json"
with open(file, encoding="utf-8") as word:
    refused = list(json.load(word)["refused"])
absent = [name for name in sys.argv[1:] if shutil.which(name) is None]
sys.stdout.write(json.dumps({"refused": refused, "absent": absent}) + "\\n")
"""
"""Constant: which programs are not there, and which packages no source has."""


def _tools(host: str, inputs: Inputs) -> Sequence[Check]:
    packages = OF_VENDOR.get(inputs.nodes[host].vendor, {})

    def judge(text: str) -> Verdict:
        try:
            told = json.loads(text)
            refused, absent = sorted(told["refused"]), set(told["absent"])
        except (ValueError, KeyError, TypeError):
            return Verdict("failed", f"nobody knows what is there: {text[:120]!r}")
        named = {package.split(" = ")[0] for package in refused}
        excused = {program for package, program in packages.items() if package in named}
        if absent - excused:
            return Verdict("failed", f"not there: {', '.join(sorted(absent - excused))}")
        missing = f"no package of {', '.join(sorted(named))} in this host's sources"
        return Verdict("not testable", missing) if excused & absent else PROVEN

    return (Check(("python3", "-Ic", ASKED, *PROGRAMS, *packages.values()), judge),)


TEST_TOOLS = Role(
    "test-tools",
    "image",
    on_compute,
    "programs that burn-in tests are run with",
    ("node.vendor", "factory.system"),
    _tools,
)

"""The node that compares itself with its design, and leaves service where it differs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, on_compute
from millwright.deploy.sections.slurm import PROGRAMS


def _health(host: str, inputs: Inputs) -> Sequence[Check]:
    expected = inputs.nodes[host].health
    wanted = {name for name, value in dict(expected or ()).items() if value is not None}

    def judge(text: str) -> Verdict:
        try:
            told = {c["name"]: (c["standing"], c["told"]) for c in json.loads(text)["checks"]}
        except (ValueError, KeyError, TypeError):
            return Verdict("failed", f"the health program told nothing of use: {text[:120]}")
        silent = sorted(wanted - told.keys())
        if silent:
            return Verdict("failed", f"nothing was told of {', '.join(silent)}")
        wrong = [f"{name}: {what}" for name, (standing, what) in told.items() if standing == "FAIL"]
        if wrong:
            return Verdict("failed", "; ".join(wrong))
        unseen = sorted(name for name, (standing, _) in told.items() if standing != "ok")
        return Verdict("not testable", f"not shown here: {', '.join(unseen)}") if unseen else PROVEN

    return (Check((f"{PROGRAMS}/node-health", "--json"), judge, command_s=120.0),)


HEALTH_CHECK = Role(
    "health-check",
    "cluster",
    on_compute,
    "what a node compares with its design, at intervals and around jobs",
    ("factory.simulated", "node.name", "node.health"),
    _health,
)

"""Who comes to a compute node: whoever has a job there, and whoever looks after it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, on_compute
from millwright.deploy.sections.slurm import PROGRAMS

STRANGER = "nobody"
"""A user of every host who has no jobs."""
LET_IN, REFUSED = 0, 6
"""What PAM answers: success, and permission denied."""


def _access(host: str, inputs: Inputs) -> Sequence[Check]:
    wanted = {STRANGER: REFUSED, "root": LET_IN, inputs.nodes[host].deployer.user: LET_IN}

    def judge(text: str) -> Verdict:
        try:
            told = {str(name): int(said) for name, said in json.loads(text).items()}
        except (ValueError, TypeError, AttributeError):
            return Verdict("failed", f"PAM told nothing of use: {text[:120]}")
        wrong = [
            f"{name} is {'kept out' if said == LET_IN else 'let in'} (PAM says {told.get(name)})"
            for name, said in wanted.items()
            if told.get(name) != said
        ]
        if wrong:
            return Verdict("failed", "; ".join(wrong))
        if inputs.factory.simulated:
            unseen = (
                "that who has a job comes in, and becomes part of it; who is kept out is proven"
            )
            return Verdict("not testable", unseen)
        return PROVEN

    return (Check((f"{PROGRAMS}/node-access", "ask", *wanted), judge),)


NODE_ACCESS = Role(
    "node-access",
    "cluster",
    on_compute,
    "sessions on compute nodes belong to jobs",
    ("factory.simulated", "node.deployer"),
    _access,
)

"""Containers on nodes: the runtime of users, and how it is given GPUs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, excused, versions
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, on_compute

WORD = "cat /var/lib/millwright/not-testable/container-runtime.json"
NAMED = re.compile(r"(?m)^\s*(?:- )?name: \"?([^\"\s]+)\"?\s*$")
LISTED = re.compile(r"(?m)^nvidia\.com/gpu=(\S+)$")


def _containers(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]

    def slurms(text: str) -> Verdict:
        missing = sorted(excused(text))
        told = f"no package of {', '.join(missing)} in this host's sources"
        return Verdict("not testable", told) if missing else PROVEN

    def runs(text: str) -> Verdict:
        return PROVEN if text.strip() == "crun" else Verdict("failed", f"podman runs {text[:80]!r}")

    checks = [
        Check(("podman", "info", "--format", "{{.Host.OCIRuntime.Name}}"), runs),
        Check(("sh", "-c", WORD), slurms),
    ]
    if node.packages.containers:
        checks += [
            versions(node.packages.containers),
            Check(("cat", "/run/cdi/nvidia.yaml"), lambda text: judge(node.gpus, NAMED, text)),
            Check(("nvidia-ctk", "cdi", "list"), lambda text: judge(node.gpus, LISTED, text)),
        ]
    return tuple(checks)


def judge(gpus: int, pattern: re.Pattern[str], text: str) -> Verdict:
    """Return whether exactly the designed GPUs, and all of them at once, can be asked for."""
    names = set(pattern.findall(text))
    numbered = {name for name in names if name.isdigit()}
    if numbered == {str(at) for at in range(gpus)} and "all" in names:
        return PROVEN
    told = f"containers can have {len(numbered)} GPUs by number, and the design has {gpus}"
    return Verdict("failed", told if "all" in names else f"{told}; `all` is not there")


CONTAINER_RUNTIME = Role(
    "container-runtime",
    "image",
    on_compute,
    "podman, and GPUs for containers",
    ("node.packages.containers", "node.packages.driver", "factory.system"),
    _containers,
)

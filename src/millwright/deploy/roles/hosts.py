"""Roles of any host: its names, its limits, its kernel."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, equals, excused
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere


def _names(host: str, inputs: Inputs) -> Sequence[Check]:
    factory = inputs.factory
    head = next(h.address for h in factory.hosts if h.name == factory.head)

    def resolves(text: str) -> Verdict:
        found = text.split()[0] if text.split() else "nothing"
        return PROVEN if found == head else Verdict("failed", f"{factory.head} is {found}")

    return (
        Check(("hostname",), equals(host, "the hostname")),
        Check(("getent", "ahostsv4", factory.head), resolves),
    )


def _limits(host: str, inputs: Inputs) -> Sequence[Check]:
    del host, inputs
    words = ("systemctl", "show", "--value", "--property=DefaultLimitMEMLOCK")

    def refused(text: str) -> Verdict:
        keys = sorted(excused(text))
        told = f"this host cannot raise {', '.join(keys)}"
        return Verdict("not testable", told) if keys else PROVEN

    asked = ("sh", "-c", "cat /var/lib/millwright/not-testable/limits.json 2>/dev/null || true")
    return (Check(words, equals("infinity", "locked memory of services")), Check(asked, refused))


def _kernel(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    wanted = {p.key: p.value for p in inputs.factory.parameters.sysctl}
    words = ("sh", "-c", KERNEL, "sh", *wanted)

    def judge(text: str) -> Verdict:
        lines, _, told = text.partition("\n--\n")
        excuses = excused(told)
        wrong: list[str] = []
        untestable: list[str] = []
        for (key, value), found in zip(wanted.items(), lines.split("\n"), strict=False):
            if found.split() == value.split():
                continue
            (untestable if key in excuses else wrong).append(f"{key} is {found or 'not there'}")
        if wrong or lines.count("\n") + 1 < len(wanted):
            return Verdict("failed", "; ".join(wrong) or "not every parameter was told")
        return Verdict("not testable", "; ".join(untestable)) if untestable else PROVEN

    return (Check(words, judge),)


KERNEL = """\
for key; do sysctl -n "$key" 2>/dev/null || echo; done
echo --
cat /var/lib/millwright/not-testable/kernel-parameters.json 2>/dev/null || true
"""
"""Constant shell text: each parameter on a line, then what the role found that it cannot set."""


NAMES = Role(
    "names",
    "boot",
    everywhere,
    "hostname and names of all hosts",
    ("factory.hosts", "node.name"),
    _names,
)
LIMITS = Role(
    "limits",
    "image",
    everywhere,
    "limits of memory and files",
    ("factory.parameters.limits",),
    _limits,
)
KERNEL_PARAMETERS = Role(
    "kernel-parameters",
    "image",
    everywhere,
    "kernel parameters from the one table",
    ("factory.parameters.sysctl",),
    _kernel,
)

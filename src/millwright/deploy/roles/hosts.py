"""Roles of any host: its names, its limits, its kernel."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict, equals, excused
from millwright.deploy.inputs import HostAddress, Inputs
from millwright.deploy.role import Role, everywhere


def _names(host: str, inputs: Inputs) -> Sequence[Check]:
    asked = [
        inputs.factory.hosts[n : n + NAMED] for n in range(0, len(inputs.factory.hosts), NAMED)
    ]
    return (
        Check(("hostname",), equals(host, "the hostname")),
        *(Check(_resolving(each), resolved(each), command_s=60.0) for each in asked),
    )


def _resolving(hosts: Sequence[HostAddress]) -> tuple[str, ...]:
    names = (word for host in hosts for word in (host.name, host.address))
    return ("python3", "-Ic", RESOLVED, *names)


def resolved(hosts: Sequence[HostAddress]) -> Judge:
    """Return the judge of names: each is its designed address and no other of that family, and
    back."""

    def judge(text: str) -> Verdict:
        lines = text.splitlines()
        if len(lines) != len(hosts):
            return Verdict("failed", f"{len(lines)} of {len(hosts)} names were told")
        wrong = [w for host, line in zip(hosts, lines, strict=True) if (w := _wrong(host, line))]
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return Verdict("failed", "; ".join(wrong[:3]) + more) if wrong else PROVEN

    return judge


def _wrong(host: HostAddress, line: str) -> str:
    back, *found = line.split()
    family = ip_address(host.address).version
    alike = [each for each in found if ip_address(each).version == family]
    if alike != [host.address]:
        return f"{host.name} is {', '.join(alike) or 'nothing'}, and the design says {host.address}"
    if back != host.name:
        return f"{host.address} is {'nobody' if back == '-' else back}, and not {host.name}"
    return ""


NAMED = 2000
"""As many names as one question holds: what SSH carries in one command has an end."""

RESOLVED = """\
import socket, sys
words = sys.argv[1:]
for name, address in zip(words[::2], words[1::2]):
    try:
        told = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        found = sorted({each[4][0].partition("%")[0] for each in told})
    except OSError:
        found = []
    try:
        back = socket.getnameinfo((address, 0), socket.NI_NAMEREQD)[0]
    except OSError:
        back = "-"
    sys.stdout.write(" ".join([back, *found]) + "\\n")
"""
"""Constant: for each name and address, who the address is, and which addresses the name has."""


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
    wanted = {p.key: p.value for p in inputs.nodes[host].parameters.sysctl}
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
    ("node.parameters.sysctl",),
    _kernel,
)

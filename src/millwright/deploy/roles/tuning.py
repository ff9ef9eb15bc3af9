"""Roles that make hosts fast: processors, buses and modules, and the kernel's command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, excused
from millwright.deploy.inputs import Inputs, NodeInputs
from millwright.deploy.role import Role, on_compute
from millwright.deploy.sections.parameters import NodeParameters
from millwright.probes import lspci

NOT_TESTABLE = "cat /var/lib/millwright/not-testable/$0.json 2>/dev/null || true"
"""Shell text, whose `$0` is the role: what it found that this host cannot show."""

SYSFS = f"""\
for key; do
  for file in /sys/$key; do cat "$file" 2>/dev/null || echo; done | sort -u | tr '\\n' '|'
  echo
done
echo --
{NOT_TESTABLE}
"""
"""Constant shell text: all values of each file below /sys on a line, `|` between them."""

FILES = "cat /etc/default/grub.d/90-millwright.cfg /etc/modprobe.d/millwright.conf"
CHOSEN = re.compile(r"\[([^]]+)\]")
FUNCTION = re.compile(r"(?m)^(?=[0-9a-f:]{5,}\.[0-7] )")
REQUEST = re.compile(r"MaxReadReq (\d+) bytes")
ADAPTERS = re.compile(r"^(\S+) (?:Infiniband|Ethernet) controller[^\n]*(?:Mellanox|Broadcom)")


def _cpu(host: str, inputs: Inputs) -> Sequence[Check]:
    settings = inputs.nodes[host].parameters
    wanted = {each.key: each.value for each in settings.sysfs}
    checks = [
        Check(("sh", "-c", SYSFS, "cpu-numa", *wanted), lambda text: judge_sysfs(wanted, text)),
        Check(("sh", "-c", FILES), lambda text: judge_files(settings, text)),
    ]
    if settings.pcie:
        told = {each.key: each.value for each in settings.pcie}
        checks.append(Check(("lspci", "-vvv"), lambda text: judge_bus(told, text)))
    return (*checks, *(_off(each.key) for each in settings.service if each.value == "off"))


def _off(service: str) -> Check:
    def judge(text: str) -> Verdict:
        running = text.strip() == "active"
        return (
            Verdict("failed", f"{service} runs, and the design has it off") if running else PROVEN
        )

    return Check(("sh", "-c", 'systemctl is-active "$0" || true', service), judge)


def judge_sysfs(wanted: Mapping[str, str], text: str) -> Verdict:
    """Return whether files of /sys say what they must, all that a `*` stands for."""
    lines, _, told = text.partition("\n--\n")
    excuses = excused(told)
    wrong: list[str] = []
    untestable: list[str] = []
    found = lines.split("\n")
    for at, (key, value) in enumerate(wanted.items()):
        values = [_chosen(each) for each in (found[at] if at < len(found) else "").split("|")]
        values = sorted({each for each in values if each})
        if values == [value]:
            continue
        words = f"{key} is {' and '.join(values) or 'not there'}"
        (untestable if key in excuses else wrong).append(words)
    if wrong:
        return Verdict("failed", "; ".join(wrong))
    return Verdict("not testable", "; ".join(untestable)) if untestable else PROVEN


def _chosen(value: str) -> str:
    found = CHOSEN.search(value)
    return found[1] if found else value.strip()


def judge_files(settings: NodeParameters, text: str) -> Verdict:
    """Return whether boot loader and modules are told what the design says, and nothing else."""
    words = " ".join(f"{each.key}={each.value}" for each in settings.cmdline)
    expected = {f'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {words}"'}
    for each in settings.module:
        module, _, option = each.key.partition(".")
        expected.add(f"options {module} {option}={each.value}")
    lines = {line.strip() for line in text.splitlines()}
    found = {line for line in lines if line.startswith(("GRUB_", "options "))}
    odd = sorted((expected - found) | (found - expected))
    return Verdict("failed", f"not as designed: {odd[0][:120]}") if odd else PROVEN


def judge_bus(wanted: Mapping[str, str], text: str) -> Verdict:
    """Return whether access control is off, and adapters may ask for as much as designed."""
    reading = lspci.read(text)
    if not reading.facts.devices:
        return Verdict("failed", "lspci tells no device")
    wrong: list[str] = []
    if wanted.get("acs") == "off":
        wrong += [
            f"{device.slot} has access control on ({' '.join(device.access_control)})"
            for device in reading.facts.devices
            if device.access_control
        ]
    size = wanted.get("max-read-request")
    for function in FUNCTION.split(text) if size else ():
        head, told = ADAPTERS.match(function), REQUEST.search(function)
        if head and told and told[1] != size:
            wrong.append(f"{head[1]} asks for {told[1]} bytes at once, and the design says {size}")
    return Verdict("failed", "; ".join(wrong[:8])) if wrong else PROVEN


CMDLINE = f"cat /proc/cmdline; echo --; {NOT_TESTABLE}"


def _cmdline(host: str, inputs: Inputs) -> Sequence[Check]:
    wanted = [f"{each.key}={each.value}" for each in inputs.nodes[host].parameters.cmdline]
    words = ("sh", "-c", CMDLINE, "kernel-cmdline")
    return (Check(words, lambda text: judge_cmdline(wanted, text)),)


def judge_cmdline(wanted: Sequence[str], text: str) -> Verdict:
    """Return whether the kernel was started with all words."""
    line, _, told = text.partition("\n--\n")
    missing = [word for word in wanted if word not in line.split()]
    if not missing:
        return PROVEN
    if {word.partition("=")[0] for word in missing} <= excused(told):
        return Verdict("not testable", f"a container's kernel has no {' '.join(missing)}")
    return Verdict("failed", f"after a reboot: {' '.join(missing)}")


def _told_at_boot(node: NodeInputs, inputs: Inputs) -> bool:
    del inputs
    return bool(node.parameters.cmdline)


CPU_NUMA = Role(
    "cpu-numa",
    "image",
    on_compute,
    "processors, buses and modules from the one table",
    (
        "factory.system",
        "node.parameters.cmdline",
        "node.parameters.module",
        "node.parameters.sysfs",
        "node.parameters.pcie",
        "node.parameters.service",
    ),
    _cpu,
)
KERNEL_CMDLINE = Role(
    "kernel-cmdline",
    "boot",
    _told_at_boot,
    "the words that the kernel was started with",
    ("node.parameters.cmdline",),
    _cmdline,
)

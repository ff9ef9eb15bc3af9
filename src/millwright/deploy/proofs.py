"""What proves a role on a host: what the host is asked, and what the design says it must answer.

A role is done when its proof equals the design, not when its play is green. What a host cannot
show is `not testable` there, and never proven.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from millwright.deploy.inputs import Inputs
from millwright.model.standing import Standing
from millwright.ports import Answer
from millwright.probes import nvidia_smi_list


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a proof came out, and what was found in words."""

    standing: Standing
    detail: str


Judge = Callable[[str], Verdict]


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a host; `judge` is given what it said where the command was content.

    `patience_s` is how long a daemon may take until its answer is the right one.
    """

    argv: tuple[str, ...]
    judge: Judge
    patience_s: float = 0.0


PROVEN = Verdict("proven", "")


def checks_of(role: str, host: str, inputs: Inputs) -> Sequence[Check]:
    """Return the questions that prove a role on a host."""
    return _CHECKS[role](host, inputs)


def judged(check: Check, answer: Answer) -> Verdict:
    """Return the verdict of one answer: a command that failed proves nothing well."""
    if answer.ended != "exit":
        return Verdict("unknown", f"{answer.ended}: {answer.reason}")
    if answer.exit_status != 0:
        said = (answer.stderr or answer.stdout).decode("utf-8", "backslashreplace").strip()
        words = " ".join(check.argv[:3])
        return Verdict("failed", f"{words} ended with {answer.exit_status}: {said[:200]}")
    return check.judge(answer.stdout.decode("utf-8", "backslashreplace"))


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of all: one that fails fails them, one that is unknown leaves them so."""
    order: Sequence[Standing] = ("failed", "unknown", "not testable", "proven")
    return min(verdicts, key=lambda verdict: order.index(verdict.standing))


def _equals(wanted: str, what: str) -> Judge:
    def judge(text: str) -> Verdict:
        found = text.strip()
        if found == wanted:
            return PROVEN
        return Verdict("failed", f"{what} is {found[:120]!r}, and the design says {wanted!r}")

    return judge


def _names(host: str, inputs: Inputs) -> Sequence[Check]:
    factory = inputs.factory
    head = next(h.address for h in factory.hosts if h.name == factory.head)

    def resolves(text: str) -> Verdict:
        found = text.split()[0] if text.split() else "nothing"
        return PROVEN if found == head else Verdict("failed", f"{factory.head} is {found}")

    return (
        Check(("hostname",), _equals(host, "the hostname")),
        Check(("getent", "ahostsv4", factory.head), resolves),
    )


def _limits(host: str, inputs: Inputs) -> Sequence[Check]:
    del host, inputs
    words = ("systemctl", "show", "--value", "--property=DefaultLimitMEMLOCK")

    def refused(text: str) -> Verdict:
        keys = sorted(_excused(text))
        told = f"this host cannot raise {', '.join(keys)}"
        return Verdict("not testable", told) if keys else PROVEN

    asked = ("sh", "-c", "cat /var/lib/millwright/not-testable/limits.json 2>/dev/null || true")
    return (Check(words, _equals("infinity", "locked memory of services")), Check(asked, refused))


def _kernel(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    wanted = {p.key: p.value for p in inputs.factory.parameters.sysctl}
    words = ("sh", "-c", KERNEL, "sh", *wanted)

    def judge(text: str) -> Verdict:
        lines, _, excused = text.partition("\n--\n")
        excuses = _excused(excused)
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


def _excused(text: str) -> frozenset[str]:
    """Return the parameters that the role found a container's kernel to refuse."""
    try:
        refused = json.loads(text)["refused"]
        return frozenset(str(key) for key in refused)
    except (ValueError, KeyError, TypeError):
        return frozenset()


def _driver(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]

    def judge(text: str) -> Verdict:
        reading = nvidia_smi_list.read(text)
        found = len(reading.facts.gpus)
        models = {gpu.name for gpu in reading.facts.gpus}
        alike = all(node.gpu_type.lower() in name.lower() for name in models)
        if found == node.gpus and alike and not reading.problems:
            return PROVEN
        told = f"{found} GPUs ({', '.join(sorted(models)) or 'none'})"
        return Verdict("failed", f"{told}, and the design has {node.gpus} x {node.gpu_type}")

    services = tuple(
        Check(("systemctl", "is-active", service), _equals("active", service))
        for service in node.services.driver
    )
    return (Check(("nvidia-smi", "-L"), judge), *services)


def _dcgm(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]

    def judge(text: str) -> Verdict:
        head = text.split("\n", 1)[0].strip()
        wanted = f"{node.gpus} GPUs found."
        return PROVEN if head == wanted else Verdict("failed", f"DCGM says: {head[:120]}")

    return (Check(("dcgmi", "discovery", "-l"), judge),)


def _munge(host: str, inputs: Inputs) -> Sequence[Check]:
    del host, inputs
    return (
        Check(("systemctl", "is-active", "munge"), _equals("active", "munge")),
        Check(("sh", "-c", "munge -n | unmunge >/dev/null"), lambda _: PROVEN),
    )


def _database(host: str, inputs: Inputs) -> Sequence[Check]:
    del host, inputs

    def listens(text: str) -> Verdict:
        return PROVEN if text.strip() else Verdict("failed", "nobody listens at port 6819")

    active = Check(("systemctl", "is-active", "slurmdbd"), _equals("active", "slurmdbd"), 20.0)
    return (active, Check(("ss", "-Hltn", "sport", "=", ":6819"), listens, 20.0))


def _controller(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    name = inputs.factory.slurm.cluster

    def answers(text: str) -> Verdict:
        return PROVEN if text.strip().endswith(" UP") else Verdict("failed", text.strip()[:200])

    def accounted(text: str) -> Verdict:
        known = text.split()
        told = f"accounting knows {', '.join(known) or 'no cluster'}, and not {name}"
        return PROVEN if name in known else Verdict("failed", told)

    words = ("sacctmgr", "--noheader", "--parsable2", "show", "cluster", "format=cluster")
    return (Check(("scontrol", "ping"), answers, 20.0), Check(words, accounted, 20.0))


def _node(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]
    gres = f"gpu:{node.gpu_type}:{node.gpus}"

    def judge(text: str) -> Verdict:
        told = dict(word.split("=", 1) for word in text.split() if "=" in word)
        state = told.get("State", "nothing")
        if node.gpus and not told.get("Gres", "").startswith(gres):
            return Verdict("failed", f"Gres is {told.get('Gres')}, and the design says {gres}")
        if state.split("+")[0].rstrip("*") not in ("IDLE", "ALLOCATED", "MIXED", "COMPLETING"):
            return Verdict("failed", f"Slurm says {state}: {told.get('Reason', 'no reason')}")
        if "*" in state:
            return Verdict("failed", f"Slurm says {state}: it does not answer")
        return PROVEN

    return (Check(("scontrol", "show", "node", host, "--oneliner"), judge, 30.0),)


_CHECKS: dict[str, Callable[[str, Inputs], Sequence[Check]]] = {
    "names": _names,
    "limits": _limits,
    "kernel-parameters": _kernel,
    "gpu-driver": _driver,
    "dcgm": _dcgm,
    "munge": _munge,
    "slurm-database": _database,
    "slurm-controller": _controller,
    "slurm-node": _node,
}

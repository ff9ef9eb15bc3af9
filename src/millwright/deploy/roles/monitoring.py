"""Roles of watching: what hosts tell, who asks them, and whom an alert reaches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.deploy.checks import PROVEN, Check, Verdict, active, versions
from millwright.deploy.inputs import Inputs, NodeInputs
from millwright.deploy.role import Role, everywhere, on_head, with_gpus
from millwright.model.alerting import MAINTENANCE

LAID_BESIDE = (MAINTENANCE, "tier:", "tier-")
"""Rules that a person lays beside those of the design: `millwright-*.yml` of `manage rules`."""
SCRAPED_S = 90.0
"""How long a first scrape may take: an interval, and a daemon that is still starting."""

OPEN = """\
import json, sys, urllib.request as web
opener = web.build_opener(web.ProxyHandler({}))
def read(path):
    with opener.open(sys.argv[1] + path, timeout=20) as answer:
        return answer.read().decode("utf-8", "replace")
"""
ASK = (
    OPEN
    + """\
sys.stdout.write(read(sys.argv[2]))
"""
)
"""Constant: prints what a web address answers at a path, past any proxy."""

SEEN = (
    OPEN
    + """\
def data(path):
    return json.loads(read("/api/v1/" + path))["data"]
targets = [
    [t["labels"].get("job"), t["labels"].get("host"), t["health"], t["lastError"][:200]]
    for t in data("targets?state=active")["activeTargets"]
]
rules = [
    [r["name"], r["health"], r.get("lastError", "")[:200]]
    for g in data("rules")["groups"] for r in g["rules"]
]
managers = len(data("alertmanagers")["activeAlertmanagers"])
sys.stdout.write(json.dumps({"targets": targets, "rules": rules, "managers": managers}))
"""
)
"""Constant: prints whom Prometheus asks and by which rules it judges, in few words."""

COUNT = (
    OPEN
    + """\
lines = read("/metrics").splitlines()
sys.stdout.write(str(sum(line.startswith(sys.argv[2] + "{") for line in lines)))
"""
)
"""Constant: prints how many series of one name an exporter tells."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What Prometheus told: health and last error by job and host, rules, and alertmanagers."""

    targets: Mapping[tuple[str, str], tuple[str, str]]
    rules: Sequence[tuple[str, str, str]]
    managers: int


def read_seen(text: str) -> Seen | None:
    """Return what Prometheus told, or None where it told something else."""
    try:
        told = json.loads(text)
        targets = {(job, host): (health, error) for job, host, health, error in told["targets"]}
        return Seen(targets, [(n, h, e) for n, h, e in told["rules"]], int(told["managers"]))
    except (ValueError, KeyError, TypeError):
        return None


def _asked(inputs: Inputs, port: int, script: str, *words: str) -> tuple[str, ...]:
    address = f"http://{inputs.factory.monitoring.address}:{port}"
    return ("python3", "-Ic", script, address, *words)


def designed_targets(inputs: Inputs) -> set[tuple[str, str]]:
    """Return job and host of everything that is asked."""
    return {(job.name, host) for job in inputs.factory.monitoring.jobs for host in job.targets}


def judge_targets(inputs: Inputs, text: str) -> Verdict:
    """Judge Prometheus: it asks whom the design has and nobody else, by the rules of the design.

    Whether a host answers it is proven for that host: one that is dead costs itself alone.
    """
    seen = read_seen(text)
    if seen is None:
        return Verdict("failed", f"Prometheus says {text.strip()[:120]!r}")
    found, wanted = set(seen.targets), designed_targets(inputs)
    told = [f"{job} of {host} is not asked" for job, host in sorted(wanted - found)]
    told += [f"{job} of {host} is not designed" for job, host in sorted(found - wanted)]
    groups = inputs.factory.monitoring.groups
    designed = sum(len(group.recordings) + len(group.alerts) for group in groups)
    loaded = [name for name, _, _ in seen.rules if not name.startswith(LAID_BESIDE)]
    if len(loaded) != designed:
        told.append(f"{len(loaded)} rules are loaded, and the design has {designed}")
    told += [f"{name}: {error}" for name, health, error in seen.rules if health == "err"]
    if not seen.managers:
        told.append("it knows no alertmanager")
    own = sorted(t for t in wanted & found if t[0] in ("prometheus", "alertmanager"))
    told += [f"{t[0]} is {seen.targets[t][0]}" for t in own if seen.targets[t][0] != "up"]
    return Verdict("failed", "; ".join(told)[:400]) if told else PROVEN


def _prometheus(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    asked = _asked(inputs, 9090, SEEN)
    return (
        active("prometheus", 20.0),
        Check(asked, lambda text: judge_targets(inputs, text), SCRAPED_S),
    )


def _alertmanager(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    wanted = inputs.factory.monitoring.receiver

    def judge(text: str) -> Verdict:
        try:
            names = [entry["name"] for entry in json.loads(text)]
        except (ValueError, KeyError, TypeError):
            return Verdict("failed", f"alertmanager says {text.strip()[:120]!r}")
        if names != [wanted.name]:
            return Verdict("failed", f"alerts go to {names}, and the design says {wanted.name}")
        if wanted.kind == "nobody":
            told = "alerts are kept and reach nobody: services.tickets names no receiver"
            return Verdict("proven", told)
        return PROVEN

    return (Check(_asked(inputs, 9093, ASK, "/api/v2/receivers"), judge, 20.0),)


def _up(job: str, host: str, inputs: Inputs) -> Check:
    """Return the question to the head node whether it sees a host's exporter."""

    def judge(text: str) -> Verdict:
        seen = read_seen(text)
        health, error = (seen.targets if seen else {}).get((job, host), ("not asked", ""))
        return PROVEN if health == "up" else Verdict("failed", f"{job} is {health}: {error}")

    return Check(_asked(inputs, 9090, SEEN), judge, SCRAPED_S, inputs.factory.head)


def _told(node: NodeInputs, port: int, series: str) -> tuple[str, ...]:
    return ("python3", "-Ic", COUNT, f"http://{node.address}:{port}", series)


def _node(host: str, inputs: Inputs) -> Sequence[Check]:
    def judge(text: str) -> Verdict:
        told = text.strip()
        return PROVEN if told.isdigit() and int(told) else Verdict("failed", "no unit is told of")

    asked = _told(inputs.nodes[host], 9100, "node_systemd_unit_state")
    return (Check(asked, judge, 20.0), _up("node-exporter", host, inputs))


def _gpus(host: str, inputs: Inputs) -> Sequence[Check]:
    node = inputs.nodes[host]
    if not node.watched.gpu_exporter:
        told = f"the catalogue has no exporter for GPUs of {node.vendor}"
        return (Check(("true",), lambda _: Verdict("not testable", told)),)

    def judge(text: str) -> Verdict:
        if text.strip() == str(node.gpus):
            return PROVEN
        return Verdict("failed", f"it tells of {text.strip()} GPUs, and the design has {node.gpus}")

    counted = Check(_told(node, 9400, "DCGM_FI_DEV_GPU_TEMP"), judge, 60.0)
    return (versions(node.watched.gpu_exporter), counted, _up("gpu-exporter", host, inputs))


def _slurm(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    asked = ("cat", "/var/lib/prometheus/node-exporter/millwright-slurm.prom")
    wanted = len([node for node in inputs.nodes.values() if node.kind == "compute"])

    def judge(text: str) -> Verdict:
        lines = [line for line in text.splitlines() if line.startswith("millwright_slurm_nodes{")]
        found = sum(int(float(line.rsplit(" ", 1)[1])) for line in lines)
        told = f"it tells of {found} nodes, and the design has {wanted}"
        return PROVEN if found == wanted else Verdict("failed", told)

    return (active("millwright-slurm-metrics.timer"), Check(asked, judge, 90.0))


ALERTMANAGER = Role(
    "alertmanager",
    "cluster",
    on_head,
    "whom alerts reach",
    (
        "factory.monitoring.address",
        "factory.monitoring.receiver",
        "factory.monitoring.repeat_alerts_s",
    ),
    _alertmanager,
    ("alertmanager",),
)
PROMETHEUS = Role(
    "prometheus",
    "cluster",
    on_head,
    "metrics, and the rules that call a person",
    ("factory.monitoring", "factory.name", "factory.simulated"),
    _prometheus,
    ("prometheus",),
)
SLURM_METRICS = Role(
    "slurm-metrics",
    "cluster",
    on_head,
    "figures of the scheduler, read every minute",
    (),
    _slurm,
)
NODE_EXPORTER = Role(
    "node-exporter",
    "cluster",
    everywhere,
    "figures of hosts, seen by the head node",
    ("node.address", "node.gpus", "node.watched.rdma_devices", "node.watched.units"),
    _node,
)
GPU_EXPORTER = Role(
    "gpu-exporter",
    "cluster",
    with_gpus,
    "figures of GPUs, seen by the head node",
    (
        "node.address",
        "node.vendor",
        "node.watched.gpu_exporter",
        "node.watched.gpu_exporter_services",
        "factory.simulated",
    ),
    _gpus,
)

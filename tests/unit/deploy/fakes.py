"""Hands that touch nothing: hosts that answer as the design says, unless a test breaks them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from millwright.deploy.hands import Hands
from millwright.deploy.inputs import Inputs, inputs_of
from millwright.deploy.role import Secret
from millwright.deploy.roles import gpus, slurm
from millwright.deploy.roles import hosts as of_hosts
from millwright.design.solve import solve
from millwright.model.catalog import Catalog, HostShape
from millwright.model.drain import Drain
from millwright.model.sourced import Sourced
from millwright.model.standing import Done
from millwright.ports import Answer, Limits, Play, Played, PlayEnded, Question
from tests.conftest import factory

ROLES = (
    of_hosts.NAMES,
    of_hosts.LIMITS,
    of_hosts.KERNEL_PARAMETERS,
    gpus.GPU_DRIVER,
    gpus.DCGM,
    slurm.MUNGE,
    slurm.SLURM_DATABASE,
    slurm.SLURM_CONTROLLER,
    slurm.SLURM_NODE,
)
"""The roles that these hosts can answer for; the engine is the same for all others."""

TEXTS = {role.name: "files" for role in ROLES}
SHAPE = HostShape(sockets=1, cores_per_socket=2, threads_per_core=1, memory_mib=20000)


def shaped(catalog: Catalog) -> Catalog:
    """Return the catalogue with a machine's shape for the lab's servers."""
    servers = {
        name: server.model_copy(
            update={"host": Sourced(value=SHAPE, source="test", confidence="measured")}
        )
        for name, server in catalog.servers.items()
        if name.startswith("lab-")
    }
    return catalog.model_copy(update={"servers": {**catalog.servers, **servers}})


def lab_inputs(catalog: Catalog, nodes: int) -> Inputs:
    """Return what roles read of a lab of so many nodes."""
    known = shaped(catalog)
    spec = factory(blueprint="lab", compute=[{"name": "gpu", "nodes": nodes}])
    return inputs_of(solve(spec, known).cluster, known, spec)


@dataclass
class Book:
    """A ledger in memory."""

    kept: dict[tuple[str, str], Done] = field(default_factory=dict)

    def put(self, *done: Done) -> None:
        self.kept |= {(each.host, each.role): each for each in done}

    def rows(self) -> Mapping[tuple[str, str], Done]:
        return self.kept


@dataclass
class DrainBook:
    """Drains in memory."""

    kept: list[Drain] = field(default_factory=list)

    def put(self, drain: Drain) -> None:
        self.kept.append(drain)

    def open(self) -> Mapping[str, Drain]:
        last = {drain.host: drain for drain in self.kept}
        return {host: drain for host, drain in last.items() if not drain.ended}


@dataclass
class Scheduler:
    """Slurm on the head node: states and reasons, and for how long jobs still run."""

    head: str
    jobs: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    told: list[tuple[str, ...]] = field(default_factory=list)
    silent: bool = False
    strange: set[str] = field(default_factory=set)

    def pass_time(self, seconds: float) -> None:
        self.jobs = {h: left - seconds for h, left in self.jobs.items() if left > seconds}

    def state(self, node: str) -> str:
        if node in self.strange:
            return "unknown*"
        if node in self.reasons:
            return "draining" if node in self.jobs else "drained"
        return "allocated" if node in self.jobs else "idle"

    def answer(self, node: str, argv: tuple[str, ...]) -> Answer | None:
        if argv[:2] == ("scontrol", "update"):
            self._update(dict(word.split("=", 1) for word in argv[2:]))
            self.told.append(argv)
            return Answer(node, argv, "exit", 0, 0.0)
        if argv[0] == "sh" and "slurmstepd" in argv[2]:
            return Answer(node, argv, "exit", int(node in self.jobs), 0.0)
        if argv[0] != "sh" or "sinfo" not in argv[2]:
            return None
        if self.silent:
            return Answer(node, argv, "exit", 1, 0.0, b"", b"Unable to contact slurm controller")
        known = [name for name in argv[4].split(",") if name in self.nodes]
        lines = [f"{n}|{self.state(n)}|{self.reasons.get(n, 'none')}\n" for n in known]
        return Answer(node, argv, "exit", 0, 0.0, "".join(lines).encode())

    def _update(self, words: dict[str, str]) -> None:
        for name in words["NodeName"].split(","):
            if words["State"] == "UNDRAIN":
                self.reasons.pop(name, None)
            else:
                self.reasons[name] = words["Reason"]


@dataclass
class Hosts:
    """Plays and answers; `ends` says how a play ends on a host, `silent` who does not answer."""

    inputs: Inputs
    ends: dict[tuple[str, str], PlayEnded] = field(default_factory=dict)
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    played: list[tuple[str, str]] = field(default_factory=list)
    laid: list[tuple[str, str]] = field(default_factory=list)
    slow: dict[str, int] = field(default_factory=dict)
    waited: float = 0.0
    starts: list[tuple[Play, ...]] = field(default_factory=list)
    interrupts: set[tuple[str, str]] = field(default_factory=set)
    slurm: Scheduler | None = None
    impatient_after_s: float = float("inf")

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played | None]:
        del limits
        out: set[str] = set()
        self.starts.append(tuple(plays))
        for play in plays:
            role = play.playbook.removesuffix(".yml")
            if (role, "") in self.interrupts:
                raise KeyboardInterrupt
            for node in play.nodes:
                if node in out:
                    continue
                self.played.append((role, node))
                ended = self.ends.get((role, node), "ok")
                out |= {node} if ended != "ok" else set()
                yield Played(node, ended, 1.0, reason="as told", playbook=play.playbook)

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        del limits, given
        for node in nodes:
            if node in self.silent:
                yield Answer(node, tuple(argv), "lost", None, 0.0, reason="no route")
            else:
                if self.slurm is not None and (answer := self.slurm.answer(node, tuple(argv))):
                    yield answer
                    continue
                said = self.wrong.get((node, argv[0]), self._said(node, argv))
                yield Answer(node, tuple(argv), "exit", 0, 0.0, said.encode())

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        for question in questions:
            yield from self.run([question.node], question.argv, Limits(question.command_s))

    def _said(self, node: str, argv: Sequence[str]) -> str:
        own, made = self.inputs.nodes[node], self.inputs.factory
        uuid = "2ec421d6-4a91-2faa-1222-9d28af258ee8"
        said = {
            "hostname": node,
            "sh": "".join(f"{p.value}\n" for p in made.parameters.sysctl) + "--\n",
            "nvidia-smi": "".join(
                f"GPU {n}: NVIDIA H100 (UUID: GPU-{uuid})\n" for n in range(own.gpus)
            ),
            "dpkg-query": "".join(
                f"{p.name} {p.version.replace('*', '-1')}\n"
                for p in (*own.packages.driver, *own.packages.dcgm)
            ),
            "dcgmi": f"{own.gpus} GPUs found.\n",
            "ss": "LISTEN 0 128\n",
            "sacctmgr": f"{made.slurm.cluster}\n",
            "systemctl": "infinity" if "MEMLOCK" in argv[-1] else "active",
        }
        if argv[0] == "python3":
            names = {host.address: host.name for host in made.hosts}
            pairs = zip(argv[4::2], argv[3::2], strict=False)
            return "".join(f"{names[address]} {address}\n" for address, _ in pairs)
        if argv[0] == "true" or (argv[0] == "sh" and "limits.json" in argv[2]):
            return ""
        if argv[0] == "sh" and "sinfo" in argv[2]:
            return ""
        if argv[0].endswith("/jobs-proof"):
            seen = {"job": "7", "memlock": "unlimited", "accounted": "COMPLETED"}
            return json.dumps(
                {n.name: {**seen, "devices": [*range(n.gpus)]} for n in self.inputs.nodes.values()}
            )
        if argv == ("scontrol", "show", "topology"):
            return "".join(
                f"SwitchName={s.name} Level=0 LinkSpeed=1 Nodes={s.nodes} Switches={s.switches}\n"
                for s in made.slurm.topology.switches
            )
        if argv[:2] == ("scontrol", "ping"):
            return "Slurmctld(primary) at head-1 is UP\n"
        if argv[0] == "scontrol":
            state = "UNKNOWN*" if self._is_slow(node) else "IDLE"
            return f"NodeName={node} Gres=gpu:{own.gpu_type}:{own.gpus} State={state}"
        return said[argv[0]]

    def _is_slow(self, node: str) -> bool:
        self.slow[node] = self.slow.get(node, 0) - 1
        return self.slow[node] >= 0

    def lay(self, secret: Secret, hosts: Sequence[str]) -> Mapping[str, str]:
        self.laid += [(secret.name, host) for host in hosts]
        return {host: "no route" for host in hosts if host in self.silent}

    def pause(self, seconds: float) -> None:
        self.waited += seconds
        if self.waited > self.impatient_after_s:
            raise KeyboardInterrupt
        if self.slurm is not None:
            self.slurm.pass_time(seconds)


def _keep(answer: Answer) -> None:
    assert answer.argv


def hands(hosts: Hosts, book: Book, drains: DrainBook | None = None, run: str = "r") -> Hands:
    """Return hands over these hosts and this ledger."""
    return Hands(
        playbooks=hosts,
        shell=hosts,
        asker=hosts,
        ledger=book,
        drains=drains or DrainBook(),
        lay=hosts.lay,
        keep=_keep,
        keep_played=lambda played, playbook: None,
        now=lambda: "2026-01-05T10:00:00Z",
        wait=hosts.pause,
        run=run,
    )

"""From a folder to the plan of its lab: spec, shape of this machine, design, way to nodes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import yaml

from millwright import __version__
from millwright.adapters.artefacts import (
    NoDesign,
    Written,
    read_cables,
    read_cluster,
    read_lock,
    write_design,
)
from millwright.adapters.catalogs import LoadedCatalog, load
from millwright.adapters.firstspec import FirstSpec, begin
from millwright.adapters.specfile import ReadFactory, read_factory
from millwright.adapters.workspace import Workspace, writing
from millwright.design.ibsim import NotInfiniband, network
from millwright.design.solve import solve
from millwright.errors import MillwrightError
from millwright.lab.home import Home
from millwright.lab.plan import LabPlan, Os, lab_id, plan_lab, refuse_another
from millwright.model.catalog import HostShape
from millwright.model.cluster import Cluster
from millwright.model.lock import Lock
from millwright.model.sourced import Sourced

Told = Callable[[str], None]
SHAPE_FILE = "lab-host.yaml"


@dataclass(frozen=True, slots=True)
class Wished:
    """What was said on the command line; nothing means: as the lab is, or the spec has it."""

    nodes: int | None = None
    os: str | None = None
    bare: bool | None = None
    gateways: int | None = None

    def like(self, there: LabPlan | None) -> Wished:
        """Return the wish with what was not said taken from a lab that is up."""
        if there is None:
            return self
        return Wished(
            self.nodes,
            self.os or there.os,
            there.bare if self.bare is None else self.bare,
            len(there.gateways) if self.gateways is None else self.gateways,
        )


@dataclass(frozen=True, slots=True)
class Ready:
    """A lab that can be brought up: its plan, and its fabric as the simulator's network file."""

    plan: LabPlan
    network: tuple[str, ...]


def ready(workspace: Workspace, wished: Wished, told: Told) -> Ready:
    """Return the lab of a workspace; write what is missing of spec, design and reach.

    Raises MillwrightError where spec and wish contradict each other, InputError where the spec is
    wrong.
    """
    if wished.os is not None:
        _known_os(wished.os)
    if not workspace.factory_file.exists():
        _begin(workspace, wished.nodes or 4, told)
    read_factory(workspace.factory_file, load(workspace.catalog_dir).catalog)
    _know_this_machine(workspace)
    loaded = load(workspace.catalog_dir)
    read = read_factory(workspace.factory_file, loaded.catalog)
    there = Home(lab_id(workspace.root)).plan()
    wished = wished.like(there)
    os_name = _known_os(wished.os or _os_of(read))
    cluster = _designed(workspace, loaded, read, told)
    _refuse_other_size(cluster, wished.nodes)
    plan = plan_lab(cluster, loaded.catalog, workspace.root, os_name, wished.gateways or 0)
    plan = plan.model_copy(update={"bare": bool(wished.bare)})
    refuse_another(there, plan)
    _say_how_to_reach(workspace, plan, told)
    return Ready(plan, _network(workspace, cluster, loaded))


def _network(workspace: Workspace, cluster: Cluster, loaded: LoadedCatalog) -> tuple[str, ...]:
    """Return the fabric's network file; nothing where it is no InfiniBand."""
    cables, _ = read_cables(workspace, read_lock(workspace))
    try:
        return tuple(network(cluster, cables, loaded.catalog))
    except NotInfiniband:
        return ()


def _begin(workspace: Workspace, nodes: int, told: Told) -> None:
    title = "A small simulated cluster on one machine"
    _, wanted = begin(workspace, FirstSpec("lab", "lab", title, "nodes", nodes))
    told(f"written: {workspace.factory_file}")
    if wanted:
        told(f"{workspace.root / '.gitignore'} is kept as it is; it should hold: {wanted}")


def machine_shape() -> HostShape:
    """Return this machine's processors and memory as a host of the lab will count them.

    A host sees every processor as one socket's core; a little memory is left to the machine.
    """
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return HostShape(
        sockets=1,
        cores_per_socket=os.cpu_count() or 1,
        threads_per_core=1,
        memory_mib=pages * size // 2**20 * 95 // 100,
    )


def _know_this_machine(workspace: Workspace) -> None:
    """Write the lab's servers into the workspace's catalogue with the shape of this machine."""
    shape = Sourced(value=machine_shape(), source="millwright-lab", confidence="measured")
    servers = [
        server.model_copy(update={"host": shape})
        for server in load(None).catalog.servers.values()
        if server.name.startswith("lab-")
    ]
    listed = [server.model_dump(mode="json", exclude_defaults=True) for server in servers]
    document = {"schema": "millwright.catalog/1", "servers": listed}
    text = "# Written by `millwright lab up`: the lab's nodes have this machine's processors.\n"
    text += yaml.safe_dump(document, sort_keys=False)
    path = workspace.root / "catalog" / SHAPE_FILE
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        workspace.replace_files({path: writing(text.encode())})


def _designed(
    workspace: Workspace, loaded: LoadedCatalog, read: ReadFactory, told: Told
) -> Cluster:
    """Return the design of today's inputs, solved and written where there is none."""
    now = Lock(tool_version=__version__, spec_sha256=read.digest, catalog_sha256=loaded.digest)
    try:
        lock = read_lock(workspace)
        if not lock.changed_since(now):
            return read_cluster(workspace, lock)
    except NoDesign:
        pass
    design = solve(read.factory, loaded.catalog)
    write_design(workspace, Written(design.cluster, design.cables, design.bom, {}, now))
    told(f"written: {workspace.design_dir}")
    return design.cluster


def _refuse_other_size(cluster: Cluster, nodes: int | None) -> None:
    if nodes is not None and nodes != cluster.nodes:
        raise MillwrightError(
            f"factory.yaml asks for {cluster.nodes} nodes, and --nodes for {nodes}",
            hint="change `compute` in factory.yaml, or choose another folder with -C",
        )


def _os_of(read: ReadFactory) -> str:
    software = read.factory.software
    return (software.os if software else None) or "debian-12"


def _known_os(name: str) -> Os:
    for known in get_args(Os):
        if known == name:
            return known  # type: ignore[no-any-return]
    raise MillwrightError(
        f"a lab cannot run {name}", hint=f"--os takes {' or '.join(get_args(Os))}"
    )


REACH_HEAD = "# Written by `millwright lab up`; yours as soon as this line is gone.\n"


def _say_how_to_reach(workspace: Workspace, plan: LabPlan, told: Told) -> None:
    """Write `reach.yaml`, unless the user has one of their own."""
    path = workspace.root / "reach.yaml"
    if path.exists() and not path.read_text(encoding="utf-8").startswith(REACH_HEAD):
        told(f"{path} is kept as it is; the lab's key is .millwright/lab/id_ed25519")
        return
    document: dict[str, object] = {
        "schema": "millwright.reach/1",
        "user": "root",
        "key": ".millwright/lab/id_ed25519",
        "agent": False,
        "simulated": True,
    }
    document |= _through_gateways(plan)
    workspace.replace_files(
        {path: writing((REACH_HEAD + yaml.safe_dump(document, sort_keys=False)).encode())}
    )


def _through_gateways(plan: LabPlan) -> dict[str, object]:
    """Return what `reach.yaml` says where nodes stand behind gateways: jumps, and a tree."""
    if not plan.gateways:
        return {}
    inner = [host for host in plan.hosts if host.role != "gateway"]
    jumps = {
        host.name: {"jump": plan.gateways[number % len(plan.gateways)].name}
        for number, host in enumerate(inner)
    }
    return {
        "tree": {
            "gateways": [gateway.name for gateway in plan.gateways],
            "user_ca": ".millwright/lab/user_ca",
            "sources": [f"{gateway.inband}/32" for gateway in plan.gateways],
        },
        "hosts": {**{g.name: {"address": g.edge} for g in plan.gateways}, **jumps},
    }

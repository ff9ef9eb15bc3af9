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
from millwright.lab.credentials import USER
from millwright.lab.home import Home
from millwright.lab.neighbours import check_networks
from millwright.lab.plan import LabPlan, Os, lab_id, plan_lab, refuse_another
from millwright.lab.wishes import Wished, completed, keep
from millwright.model.catalog import HostShape
from millwright.model.cluster import Cluster
from millwright.model.lock import Lock
from millwright.model.sourced import Sourced

Told = Callable[[str], None]
SHAPE_FILE = "lab-host.yaml"


@dataclass(frozen=True, slots=True)
class Ready:
    """A lab that can be brought up: its plan, and its fabric as the simulator's network file."""

    plan: LabPlan
    network: tuple[str, ...]


def ready(workspace: Workspace, wished: Wished, told: Told) -> Ready:
    """Return the lab of a workspace; write what is missing of spec, design and reach.

    Raises MillwrightError where spec, wish and machine contradict each other, InputError where the
    spec is wrong. A workspace with a spec is written to only after that.
    """
    if wished.os is not None:
        _known_os(wished.os)
    if not workspace.factory_file.exists():
        _begin(workspace, wished.nodes or 4, told)
    there = Home(lab_id(workspace.root)).plan()
    wished = completed(workspace, wished, there, told)
    plan = _planned(workspace, wished)
    refuse_another(there, plan)
    check_networks(plan)
    _know_this_machine(workspace)
    loaded, read = _inputs(workspace)
    cluster = _designed(workspace, loaded, read, told)
    if there is None:
        keep(workspace, wished)
    _say_how_to_reach(workspace, plan, told)
    return Ready(plan, _network(workspace, cluster, loaded))


def _inputs(workspace: Workspace) -> tuple[LoadedCatalog, ReadFactory]:
    loaded = load(workspace.catalog_dir)
    return loaded, read_factory(workspace.factory_file, loaded.catalog)


def _planned(workspace: Workspace, wished: Wished) -> LabPlan:
    """Return the plan of what the spec says, and write nothing.

    The shape of this machine, not known to the catalogue at the first time, changes nothing in it.
    """
    loaded, read = _inputs(workspace)
    cluster = _as_written(workspace, _lock(loaded, read)) or (
        solve(read.factory, loaded.catalog).cluster
    )
    _refuse_other_size(cluster, wished.nodes)
    os_name = _known_os(wished.os or _os_of(read))
    plan = plan_lab(cluster, loaded.catalog, workspace.root, os_name, wished.gateways or 0)
    return plan.model_copy(update={"bare": bool(wished.bare)})


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


def _lock(loaded: LoadedCatalog, read: ReadFactory) -> Lock:
    """Return the digests of today's inputs."""
    return Lock(tool_version=__version__, spec_sha256=read.digest, catalog_sha256=loaded.digest)


def _as_written(workspace: Workspace, now: Lock) -> Cluster | None:
    """Return the design of these inputs, if it was written."""
    try:
        lock = read_lock(workspace)
        return None if lock.changed_since(now) else read_cluster(workspace, lock)
    except NoDesign:
        return None


def _designed(
    workspace: Workspace, loaded: LoadedCatalog, read: ReadFactory, told: Told
) -> Cluster:
    """Return the design of today's inputs, solved and written where there is none."""
    now = _lock(loaded, read)
    if (cluster := _as_written(workspace, now)) is not None:
        return cluster
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
        "bmc": {
            "user": USER,
            "password_file": ".millwright/lab/bmc.password",
            "certificate": ".millwright/lab/bmc.crt",
        },
    }
    document |= _through_gateways(plan)
    workspace.replace_files(
        {path: writing((REACH_HEAD + yaml.safe_dump(document, sort_keys=False)).encode())}
    )


def trust_own(workspace: Workspace, plan: LabPlan) -> None:
    """Pin the host keys that the lab itself has made for its hosts: nobody else vouches for them,
    and none has to be looked at."""
    from millwright.adapters.hostkeys import HostKey, pin
    from millwright.lab.seed import folder, identity

    keys = []
    for host in plan.hosts:
        public = identity(folder(plan), host.name).host_key_public
        entry = " ".join([host.reached_at, *public.split()[:2]])
        keys.append(HostKey(host.name, host.reached_at, "new", entry))
    pin(workspace, keys)


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

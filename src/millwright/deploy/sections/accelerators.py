"""What a host with GPUs needs of their vendor: packages in pinned versions, and their services."""

from __future__ import annotations

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog, Server
from millwright.model.platform import Stack


class Package(Frozen):
    """A package and the version that it is pinned to."""

    name: str
    version: str


class NodePackages(Frozen):
    """Vendor packages of a host, by role."""

    driver: tuple[Package, ...] = ()
    dcgm: tuple[Package, ...] = ()


class NodeServices(Frozen):
    """Vendor services of a host, by role."""

    driver: tuple[str, ...] = ()
    dcgm: tuple[str, ...] = ()


class Accelerators(Frozen):
    """The GPUs of one host, and the software that they stand on."""

    gpus: int = 0
    gpu_type: str = ""
    vendor: str = ""
    packages: NodePackages = NodePackages()
    services: NodeServices = NodeServices()


def accelerators(server: Server, host: str, catalog: Catalog) -> Accelerators:
    """Return what the GPUs of a server need; `host` is who is named where nothing is known.

    Raises Undeployable where no platform of the catalogue carries them.
    """
    if server.gpu is None:
        return Accelerators()
    platform = next((p for p in catalog.platforms.values() if server.gpu in p.gpus), None)
    if platform is None:
        raise Undeployable(
            f"no platform of the catalogue carries the GPU {server.gpu} of {host}",
            hint="add one under `platforms` in catalog/*.yaml",
        )
    driver = catalog.stacks[platform.driver]
    management = catalog.stacks[platform.management] if platform.management else None
    return Accelerators(
        gpus=server.gpu_count.value,
        gpu_type=gres_type(server.gpu),
        vendor=platform.vendor,
        packages=NodePackages(driver=_pinned(driver), dcgm=_pinned(management)),
        services=NodeServices(
            driver=driver.services, dcgm=management.services if management else ()
        ),
    )


def gres_type(gpu: str) -> str:
    """Return by which name Slurm knows a GPU: the family at the start of its catalogue name."""
    return gpu.partition("-")[0]


def _pinned(stack: Stack | None) -> tuple[Package, ...]:
    if stack is None:
        return ()
    return tuple(Package(name=name, version=stack.version.value) for name in stack.packages)

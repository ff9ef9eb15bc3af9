"""What a host with GPUs needs of their vendor: packages in pinned versions, and their services."""

from __future__ import annotations

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog, Server
from millwright.model.platform import Platform, System


class Package(Frozen):
    """A package and the version that it is pinned to."""

    name: str
    version: str


class NodePackages(Frozen):
    """Vendor packages of a host, by role."""

    driver: tuple[Package, ...] = ()
    dcgm: tuple[Package, ...] = ()
    containers: tuple[Package, ...] = ()


class NodeServices(Frozen):
    """Vendor services of a host, by role."""

    driver: tuple[str, ...] = ()
    dcgm: tuple[str, ...] = ()


class Accelerators(Frozen):
    """The GPUs of one host, and the software that they stand on."""

    gpus: int = 0
    gpu_type: str = ""
    gpu_devices: tuple[str, ...] = ()
    vendor: str = ""
    platform: str = ""
    packages: NodePackages = NodePackages()
    services: NodeServices = NodeServices()


def accelerators(server: Server, host: str, catalog: Catalog, system: System) -> Accelerators:
    """Return what the GPUs of a server need; `host` is who is named where nothing is known.

    Raises Undeployable where no platform of the catalogue carries them.
    """
    platform = platform_of(server, host, catalog)
    if platform is None or server.gpu is None:
        return Accelerators()
    driver = (platform.driver, *platform.beside)
    management = (platform.management,) if platform.management else ()
    containers = (platform.containers,) if platform.containers else ()
    return Accelerators(
        gpus=server.gpu_count.value,
        gpu_type=gres_type(server.gpu),
        gpu_devices=device_files(platform.vendor, server.gpu_count.value),
        vendor=platform.vendor,
        platform=platform.name,
        packages=NodePackages(
            driver=_pinned(driver, catalog, system),
            dcgm=_pinned(management, catalog, system),
            containers=_pinned(containers, catalog, system),
        ),
        services=NodeServices(
            driver=_services(driver, catalog), dcgm=_services(management, catalog)
        ),
    )


def platform_of(server: Server, host: str, catalog: Catalog) -> Platform | None:
    """Return the platform of a server: the one that names it, else the one that names its GPU.

    Raises Undeployable where it has GPUs and neither is there.
    """
    if server.gpu is None:
        return None
    platforms = catalog.platforms.values()
    for platform in platforms:
        if server.name in platform.servers:
            return platform
    for platform in platforms:
        if server.gpu in platform.gpus and not platform.servers:
            return platform
    raise Undeployable(
        f"no platform of the catalogue carries the GPU {server.gpu} of {host}",
        hint="add one under `platforms` in catalog/*.yaml",
    )


def gres_type(gpu: str) -> str:
    """Return by which name Slurm knows a GPU: the family at the start of its catalogue name."""
    return gpu.partition("-")[0]


FIRST_RENDER_NODE = 128
"""Linux counts the render nodes of graphics devices from here."""


def device_files(vendor: str, gpus: int) -> tuple[str, ...]:
    """Return the device file of each GPU: what a job is given, or kept from."""
    stem, first = _numbered(vendor)
    return tuple(f"{stem}{at}" for at in range(first, first + gpus))


def device_set(vendor: str, gpus: int) -> str:
    """Return the same in one word, as gres.conf wants it: `/dev/nvidia[0-7]`."""
    stem, first = _numbered(vendor)
    return f"{stem}{first}" if gpus == 1 else f"{stem}[{first}-{first + gpus - 1}]"


def _numbered(vendor: str) -> tuple[str, int]:
    return ("/dev/dri/renderD", FIRST_RENDER_NODE) if vendor == "amd" else ("/dev/nvidia", 0)


def _pinned(stacks: tuple[str, ...], catalog: Catalog, system: System) -> tuple[Package, ...]:
    return tuple(
        Package(name=name, version=catalog.stacks[stack].version.value)
        for stack in stacks
        for name in catalog.stacks[stack].packages_on(system)
    )


def _services(stacks: tuple[str, ...], catalog: Catalog) -> tuple[str, ...]:
    return tuple(service for stack in stacks for service in catalog.stacks[stack].services)

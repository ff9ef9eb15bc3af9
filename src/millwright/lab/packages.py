"""The vendors' packages that the lab makes for its own repository, under the vendors' names.

Every version ends in `+simulated1`. A package brings launchers for its tools, a file that says
which version is installed (the tools read it), and systemd units for its daemons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from millwright.lab.simulators.dispatch import COLLECTIVES
from millwright.lab.simulators.exporter import default_counters

BASE = "millwright-lab-base"
SUFFIX = "+simulated1"
DRIVERS = ("580.95.05", "580.105.08")
"""Two of the same branch, so that an upgrade can be rehearsed: the first is what a node begins
with."""
HOME = "/usr/lib/millwright-lab"
"""Where a node keeps the copied package `simulators`."""
VERSIONS = "/usr/share/millwright-lab/versions"

Vendor = Literal["nvidia", "amd", "any"]


@dataclass(frozen=True, slots=True)
class File:
    """A plain file of a package, owned by root."""

    path: str
    content: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd service that a package brings and that starts with the node once enabled."""

    name: str
    description: str
    command: str

    @property
    def content(self) -> str:
        """The unit as systemd reads it."""
        return (
            f"[Unit]\nDescription={self.description} (simulated)\nAfter=network.target\n\n"
            f"[Service]\nType=simple\nExecStart={self.command}\nRestart=no\n\n"
            "[Install]\nWantedBy=multi-user.target\n"
        )


@dataclass(frozen=True, slots=True)
class Package:
    """One version of one package. `vendor` is whose accelerators a node must have to want it.

    Launchers of `tools` go to `directory`; /usr/local/bin where Debian's own command of that name
    stays installed beside it.
    """

    name: str
    version: str
    vendor: Vendor
    description: str
    depends: tuple[str, ...] = (BASE,)
    tools: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    files: tuple[File, ...] = ()
    directory: str = "/usr/bin"


def packages_for(vendor: str) -> tuple[Package, ...]:
    """Return every version of every package that a node with `vendor`'s accelerators may want."""
    return tuple(package for package in PACKAGES if package.vendor in (vendor, "any"))


def installed_version(component: str, version: str) -> File:
    """Return the file by which the tools know that `version` of `component` is installed."""
    return File(f"{VERSIONS}/{component}", f"{version}\n")


def launcher(package: Package, tool: str) -> File:
    """Return the command by which a node's shell finds `tool`; -P keeps the caller's folder out."""
    return File(
        f"{package.directory}/{tool}",
        f'#!/bin/sh\nPYTHONPATH={HOME} exec /usr/bin/python3 -P -m simulators {tool} "$@"\n',
        0o755,
    )


def _driver(version: str) -> tuple[Package, ...]:
    """The driver itself: its packages hold each other at one version, as the vendor's do."""
    full = f"{version}-1{SUFFIX}"
    kernel = Package(
        name="nvidia-kernel-open-dkms",
        version=full,
        vendor="nvidia",
        description="NVIDIA driver, open kernel modules",
        files=(installed_version("driver", version),),
    )
    command = Package(
        name="nvidia-driver-cuda",
        version=full,
        vendor="nvidia",
        description="NVIDIA driver for compute: libraries and nvidia-smi",
        depends=(BASE, f"{kernel.name} (= {full})", f"nvidia-persistenced (= {full})"),
        tools=("nvidia-smi",),
    )
    meta = _meta("nvidia-open", full, "NVIDIA driver with open kernel modules", command.name)
    return (kernel, command, meta)


def _daemons(version: str) -> tuple[Package, ...]:
    """What runs beside the driver.

    The fabric manager is not tied to the driver's version: that the two must match is what it
    refuses to start over.
    """
    full = f"{version}-1{SUFFIX}"
    persistenced = Package(
        name="nvidia-persistenced",
        version=full,
        vendor="nvidia",
        description="NVIDIA persistence daemon",
        tools=("nvidia-persistenced",),
        units=(_PERSISTENCED,),
    )
    manager = Package(
        name="nvidia-fabricmanager",
        version=full,
        vendor="nvidia",
        description="NVIDIA fabric manager for NVSwitch systems",
        tools=("nv-fabricmanager",),
        units=(_FABRIC_MANAGER,),
        files=(
            installed_version("fabricmanager", version),
            File(_FABRIC_SETTINGS, "LOG_LEVEL=4\nDAEMONIZE=0\n"),
        ),
    )
    imex = Package(
        name="nvidia-imex",
        version=full,
        vendor="nvidia",
        description="NVIDIA import/export service for multi-node NVLink",
        tools=("nvidia-imex-ctl",),
    )
    telemetry = Package("libnvsdm", full, "nvidia", "NVIDIA library of NVLink switches' telemetry")
    return (persistenced, manager, imex, telemetry)


def _meta(name: str, version: str, description: str, tied: str) -> Package:
    return Package(
        name=name,
        version=version,
        vendor="nvidia",
        description=description,
        depends=(f"{tied} (= {version})",),
    )


_FABRIC_SETTINGS = "/usr/share/nvidia/nvswitch/fabricmanager.cfg"
_PERSISTENCED = Unit(
    "nvidia-persistenced.service",
    "NVIDIA Persistence Daemon",
    "/usr/bin/nvidia-persistenced --no-persistence-mode",
)
_FABRIC_MANAGER = Unit(
    "nvidia-fabricmanager.service",
    "NVIDIA fabric manager service",
    f"/usr/bin/nv-fabricmanager -c {_FABRIC_SETTINGS}",
)
_DCGM = "4.4.1"
_ROCM = "70002"
_NVIDIA = (
    Package(
        name="datacenter-gpu-manager-4-core",
        version=f"1:{_DCGM}-1{SUFFIX}",
        vendor="nvidia",
        description="NVIDIA data center GPU manager: host engine and dcgmi",
        tools=("dcgmi", "nv-hostengine"),
        units=(Unit("nvidia-dcgm.service", "NVIDIA DCGM service", "/usr/bin/nv-hostengine -n"),),
        files=(installed_version("dcgm", _DCGM),),
    ),
    _meta(
        "datacenter-gpu-manager-4-cuda13",
        f"1:{_DCGM}-1{SUFFIX}",
        "NVIDIA data center GPU manager: diagnostics for CUDA 13",
        "datacenter-gpu-manager-4-core",
    ),
    Package(
        name="datacenter-gpu-manager-exporter",
        version=f"4.6.0-1{SUFFIX}",
        vendor="nvidia",
        description="Prometheus exporter of GPU metrics, on port 9400",
        tools=("dcgm-exporter",),
        units=(
            Unit(
                "nvidia-dcgm-exporter.service",
                "NVIDIA DCGM-exporter service",
                "/usr/bin/dcgm-exporter -f /etc/dcgm-exporter/default-counters.csv",
            ),
        ),
        files=(File("/etc/dcgm-exporter/default-counters.csv", default_counters()),),
    ),
    Package(
        name="nvidia-container-toolkit",
        version=f"1.18.0-1{SUFFIX}",
        vendor="nvidia",
        description="NVIDIA container toolkit",
        tools=("nvidia-ctk", "nvidia-container-cli"),
        files=(installed_version("container_toolkit", "1.18.0"),),
    ),
    Package("nvlsm", f"2025.06.11-1{SUFFIX}", "nvidia", "NVLink subnet manager of HGX Blackwell"),
    Package(
        name="nvbandwidth",
        version=f"0.8-1{SUFFIX}",
        vendor="nvidia",
        description="Bandwidth of copies between host and GPUs",
        tools=("nvbandwidth",),
    ),
    Package(
        name="nccl-tests",
        version=f"2.17.6-1{SUFFIX}",
        vendor="nvidia",
        description="Performance and correctness of NCCL's collectives",
        tools=COLLECTIVES,
    ),
    Package(
        name="gpu-burn",
        version=f"1.1-1{SUFFIX}",
        vendor="nvidia",
        description="Stress test that multiplies matrices on every GPU",
        tools=("gpu_burn",),
    ),
)
_AMD = (
    Package(
        name="amdgpu-dkms",
        version=f"1:6.14.14.{_ROCM}-1{SUFFIX}",
        vendor="amd",
        description="AMD accelerator driver",
        files=(installed_version("driver", "6.14.14"),),
    ),
    Package(
        name="rocm-smi-lib",
        version=f"7.8.0.{_ROCM}-1{SUFFIX}",
        vendor="amd",
        description="AMD system management, older tool",
        tools=("rocm-smi",),
    ),
    Package(
        name="amd-smi-lib",
        version=f"26.0.2.{_ROCM}-1{SUFFIX}",
        vendor="amd",
        description="AMD system management",
        tools=("amd-smi",),
    ),
    Package("rocm", f"7.0.2.{_ROCM}-1{SUFFIX}", "amd", "AMD ROCm, run time", (BASE, "amd-smi-lib")),
    Package(
        name="rccl-tests",
        version=f"2.17.6-1{SUFFIX}",
        vendor="amd",
        description="Performance and correctness of RCCL's collectives",
        tools=COLLECTIVES,
    ),
)
_ANY = (
    Package(
        name=BASE,
        version=f"1{SUFFIX}",
        vendor="any",
        description="Simulated devices of a lab node, and the commands that show them",
        depends=("python3 (>= 3.11)",),
        tools=("dmesg", "ib_write_bw", "ibstat", "ibstatus", "lspci"),
        directory="/usr/local/bin",
    ),
    Package(
        name="ofed-scripts",
        version=f"25.07.OFED.25.07.0.9.7-1{SUFFIX}",
        vendor="any",
        description="Version of the fabric's drivers",
        tools=("ofed_info",),
        files=(installed_version("ofed", "OFED-internal-25.07-0.9.7"),),
    ),
    Package(
        name="doca-ofed",
        version=f"3.1.0-091000{SUFFIX}",
        vendor="any",
        description="Drivers and tools of the fabric's adapters",
        depends=(BASE, "ofed-scripts"),
    ),
)
PACKAGES: tuple[Package, ...] = (
    *_ANY,
    *(package for version in DRIVERS for package in (*_driver(version), *_daemons(version))),
    *_NVIDIA,
    *_AMD,
)

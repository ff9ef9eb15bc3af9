"""The vendor's daemons and small tools: versions, and processes that stay until they are ended."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from .device import load_node
from .driver import loaded

_MISMATCH = 1


def persistenced(argv: list[str]) -> int:
    """nvidia-persistenced keeps the driver loaded: here, nothing but a process."""
    return _daemon("nvidia-persistenced", "driver", argv)


def hostengine(argv: list[str]) -> int:
    """nv-hostengine serves DCGM; `dcgmi` here asks the node itself."""
    node = load_node()
    if "--version" in argv or "-v" in argv:
        sys.stdout.write(f"Version : {node.version('dcgm')}\nBuild type : Release\n")
        return 0
    return _stay("Started host engine")


def fabricmanager(argv: list[str]) -> int:
    """nv-fabricmanager joins the NVSwitches; it refuses a driver of another version."""
    node = load_node()
    own = node.version("fabricmanager")
    if "--version" in argv or "-v" in argv:
        sys.stdout.write(f"Fabric Manager version is : {own}\n")
        return 0
    driver = loaded(node)
    if own != driver:
        sys.stderr.write(
            f"fabric manager NVIDIA GPU driver interface version {own} don't match with driver "
            f"version {driver}. Please update with matching NVIDIA driver package.\n"
        )
        return _MISMATCH
    return _stay(
        "Successfully configured all the available NVSwitches to route GPU NVLink traffic."
    )


def imex(argv: list[str]) -> int:
    """nvidia-imex-ctl: no domain spans these nodes, and it says so."""
    node = load_node()
    if "-v" in argv or "--version" in argv:
        sys.stdout.write(f"IMEX version is: {node.version('driver')}\n")
        return 0
    sys.stdout.write("NOT_CONFIGURED\n")
    return 0


def ofed_info(argv: list[str]) -> int:
    """The version of the fabric's drivers, with -s alone."""
    node = load_node()
    version = node.version("ofed")
    sys.stdout.write(
        f"{version.removeprefix('OFED-internal-')}\n" if "-n" in argv else f"{version}:\n"
    )
    return 0


def _daemon(name: str, component: str, argv: list[str]) -> int:
    node = load_node()
    if "--version" in argv or "-v" in argv:
        sys.stdout.write(f"{name}:  version {node.version(component)}\n")
        return 0
    return _stay(f"{name} started")


def _stay(words: str) -> int:
    """Say that the service runs and wait until somebody ends it."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
    while True:
        signal.pause()

"""Which driver runs: the one loaded at boot, however new the one on disk may be."""

from __future__ import annotations

import os

from .device import LOADED, Node, path_of

_MESSAGE = """Failed to initialize NVML: Driver/library version mismatch
NVML library version: {library}
"""


def loaded(node: Node, component: str = "driver") -> str:
    """Return the version in the kernel; the first who asks after a boot loads what is on disk."""
    path = path_of(f"{LOADED}/{component}")
    try:
        with open(path, encoding="utf-8") as source:
            return source.read().strip()
    except OSError:
        pass
    version = node.version(component)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as target:
            target.write(version)
    except OSError:
        pass
    return version


def mismatch(node: Node) -> str | None:
    """Return the library's complaint where the driver was upgraded and not reloaded since."""
    library = node.version("driver")
    if loaded(node) == library:
        return None
    return _MESSAGE.format(library=library.rpartition(".")[0])

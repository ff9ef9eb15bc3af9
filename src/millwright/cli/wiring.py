"""Joins the wings for a command: reads what it needs from the workspace, when it needs it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from millwright.cli.door import Door

if TYPE_CHECKING:
    from millwright.adapters.catalogs import LoadedCatalog
    from millwright.adapters.ground import Ground
    from millwright.adapters.routes import Known
    from millwright.adapters.specfile import ReadFactory
    from millwright.adapters.workspace import Workspace
    from millwright.model.lock import Lock


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a design depends on."""

    workspace: Workspace
    loaded: LoadedCatalog
    read: ReadFactory

    def lock(self) -> Lock:
        """Return the digests of these inputs."""
        from millwright import __version__
        from millwright.model.lock import Lock

        return Lock(
            tool_version=__version__,
            spec_sha256=self.read.digest,
            catalog_sha256=self.loaded.digest,
        )

    def part_numbers(self) -> dict[str, str]:
        """Return the part number of every cable that has one; `{length}` stands for its length."""
        cables = self.loaded.catalog.cables.values()
        numbers = {cable.name: cable.ordered_as or cable.part_number for cable in cables}
        return {name: number for name, number in numbers.items() if number}


def workspace_of(door: Door) -> Workspace:
    """Return the workspace that `-C` names."""
    from millwright.adapters.workspace import Workspace

    return Workspace(door.root)


def ground_of(door: Door, known: Known) -> Ground:
    """Return what reaching the workspace's nodes stands on."""
    from millwright.adapters.ground import Ground
    from millwright.adapters.hostkeys import known_hosts

    return Ground(known.reach, known.routes, known_hosts(workspace_of(door)), door.root)


def catalog_of(door: Door) -> LoadedCatalog:
    """Return the catalogue in force in the workspace."""
    from millwright.adapters.catalogs import load

    begun = time.perf_counter()
    loaded = load(workspace_of(door).catalog_dir)
    own = f", with {', '.join(loaded.files)}" if loaded.files else ""
    door.ui.detail(f"read the catalogue in {time.perf_counter() - begun:.3f} s{own}")
    return loaded


def inputs_of(door: Door) -> Inputs:
    """Return spec and catalogue of the workspace. Raises InputError with every problem."""
    from millwright.adapters.specfile import read_factory

    loaded = catalog_of(door)
    workspace = workspace_of(door)
    read = read_factory(workspace.factory_file, loaded.catalog)
    door.ui.detail(f"read {workspace.factory_file}")
    return Inputs(workspace, loaded, read)

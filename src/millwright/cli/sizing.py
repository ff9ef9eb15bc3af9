"""Joins what sizing needs: the server that a spec or a person names, and models' own files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import Inputs
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.design.sizing.sheet import Ground
    from millwright.model.languagemodel import ModelShape
    from millwright.model.spec import Factory


@dataclass(frozen=True, slots=True)
class Sized:
    """A spec with workloads, and the ground on which they are sized."""

    inputs: Inputs
    ground: Ground
    loads: Mapping[str, float]

    @property
    def factory(self) -> Factory:
        """The spec."""
        return self.inputs.read.factory


def models_of(inputs: Inputs) -> dict[str, ModelShape]:
    """Return the models whose own configuration a workload names, as they are named there.

    Raises InputError, with the place in the spec, where one cannot be read or says no shape.
    """
    from millwright.adapters.jsonfiles import read_json
    from millwright.adapters.specfile import wrong_at
    from millwright.design.sizing.modelconfig import NoShape, shape_of_config

    found: dict[str, ModelShape] = {}
    for index, workload in enumerate(inputs.read.factory.workloads):
        named = workload.model
        if named is None or not named.endswith(".json"):
            continue
        path = inputs.workspace.root / named
        try:
            found[named] = shape_of_config(workload.name, read_json(path), named)
        except (NoShape, MillwrightError) as error:
            told = (f"{named}: {error}", "the path of a model's config.json", "")
            place = ("workloads", index, "model")
            raise wrong_at(inputs.workspace.factory_file, place, told) from None
    return found


def server_named(door: Door, inputs: Inputs, wished: str | None) -> str:
    """Return the server to size on: the wished one, that of the spec's first pool, else the best
    of those that fit; where none does, that on which most workloads have a size, which is said.

    Raises MillwrightError where the wished one is not known.
    """
    from millwright.adapters.explain import similar
    from millwright.cli.hardware import wish_of
    from millwright.design.sizing.candidates import candidates

    factory, catalog = inputs.read.factory, inputs.loaded.catalog
    pool = next((each.server for each in factory.compute if each.server), None)
    blueprint = catalog.blueprints[factory.blueprint].server if factory.blueprint else None
    name = wished or pool or blueprint
    if name is None:
        found = candidates(wish_of(inputs), "kw")
        if not found[0].refused:
            return found[0].server
        best = max(found, key=lambda each: len(each.size.workloads) if each.size else 0)
        door.ui.say(
            f"no server does all workloads within the site (`design candidates`): on {best.server}"
        )
        return best.server
    if name not in catalog.servers:
        hint = similar(name, sorted(catalog.servers))
        raise MillwrightError(
            f"there is no server {name!r}",
            hint=hint or "`millwright catalog list servers` shows what there is",
        )
    return name


def sized_of(door: Door, inputs: Inputs, wished: str | None, after: int = 0) -> Sized:
    """Return spec and ground. Raises MillwrightError where the spec has no workloads."""
    from millwright.design.sizing.growing import loads_after
    from millwright.design.sizing.sheet import ground_of

    if not inputs.read.factory.workloads:
        raise MillwrightError(
            f"{inputs.workspace.factory_file} describes no workloads",
            hint="say what it is for under `workloads:`",
        )
    name = server_named(door, inputs, wished)
    door.ui.detail(f"sized on {name}")
    catalog, loads = inputs.loaded.catalog, loads_after(inputs.read.factory, after)
    return Sized(inputs, ground_of(catalog, catalog.servers[name], models_of(inputs)), loads)

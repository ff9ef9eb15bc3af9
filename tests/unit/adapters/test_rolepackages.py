"""What roles install is read from the playbooks themselves, for each of them."""

from __future__ import annotations

from typing import Any

import pytest

from millwright.adapters.playproject import made_of
from millwright.adapters.resources import folder
from millwright.adapters.rolepackages import packages_of
from millwright.deploy.plan import hosts_of
from millwright.deploy.roles import ROLES
from millwright.model.catalog import Catalog
from tests.unit.deploy.fakes import lab_inputs


def given(catalog: Catalog, host: str) -> dict[str, Any]:
    inputs = lab_inputs(catalog, 2)
    factory, node = inputs.factory, inputs.nodes[host]
    return {"factory": factory.model_dump(mode="json"), "node": node.model_dump(mode="json")}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_role_says_its_packages_before_it_runs(role: Any, catalog: Catalog) -> None:
    for host in hosts_of(role, lab_inputs(catalog, 2)):
        needs = packages_of(role.name, given(catalog, host))
        if "packages" in made_of(role.name):
            assert needs.words or needs.either, f"{role.name} hides its packages"
        for word in (*needs.words, *needs.either):
            assert " " not in word
            assert "{" not in word


def test_words_pins_and_packages_of_roles_within_roles_are_found(catalog: Catalog) -> None:
    assert packages_of("slurm-node", given(catalog, "gpu1")).words == ("slurmd", "slurm-client")
    assert "chrony" in packages_of("time", given(catalog, "gpu1")).words
    pinned = packages_of("gpu-driver", given(catalog, "gpu1")).words
    assert "nvidia-driver-cuda=580.95.05*" in pinned


def test_no_role_installs_past_the_role_that_does() -> None:
    for tasks in (folder("playbooks") / "roles").glob("*/tasks/*.yml"):
        if tasks.parts[-3] != "packages":
            assert "builtin.apt:" not in tasks.read_text(encoding="utf-8"), tasks

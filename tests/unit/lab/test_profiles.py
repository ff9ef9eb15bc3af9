"""What a simulated node is made of."""

from __future__ import annotations

import json

import pytest

from millwright.lab.profiles import MODELS, figures, profile_for

MODEL = pytest.mark.parametrize("model", MODELS)


@MODEL
def test_every_group_of_figures_names_its_source(model: str) -> None:
    groups = {name: group for name, group in figures(model).items() if isinstance(group, dict)}
    assert groups
    assert all(group["source"] for group in groups.values())


@MODEL
def test_a_node_is_the_same_each_time_it_is_built_and_says_it_is_simulated(model: str) -> None:
    first = profile_for("node001", model)
    assert first == json.loads(json.dumps(profile_for("node001", model)))
    assert first["simulated"] is True
    assert len(first["gpus"]) == len(first["hcas"]) == 8


def test_no_two_devices_of_a_cluster_share_an_identity() -> None:
    nodes = [profile_for(f"node{number:03}", "h100") for number in range(40)]
    for key in ("uuid", "serial"):
        seen = [gpu[key] for node in nodes for gpu in node["gpus"]]
        assert len(set(seen)) == len(seen)
    guids = [hca["guid"] for node in nodes for hca in node["hcas"]]
    assert len(set(guids)) == len(guids)


def test_a_designed_fabric_says_which_adapter_has_which_guid() -> None:
    designed = [{"name": f"mlx5_{port}", "guid": f"0x00000000000{port:05x}"} for port in range(8)]
    hcas = profile_for("node001", "h100", designed)["hcas"]
    assert [hca["guid"] for hca in hcas] == [f"{port:016x}" for port in range(8)]


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(KeyError, match="h1000"):
        profile_for("node001", "h1000")

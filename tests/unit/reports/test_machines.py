"""What machines come to: those of the site are not ours to carry."""

from __future__ import annotations

from millwright.adapters.catalogs import load
from millwright.design.solve import solve
from millwright.reports.machines import Burden, burden, models_grid
from tests.conftest import factory

CATALOG = load(None).catalog


def test_a_network_of_the_site_is_neither_counted_nor_missed() -> None:
    spec = factory(blueprint="era-2-8-9-800", compute=[{"name": "gpu", "nodes": 2}])
    devices = solve(spec, CATALOG).cluster.devices
    assert any(device.external for device in devices)
    load_ = burden(CATALOG, devices)
    assert (load_.power_unknown, load_.weight_unknown) == (0, 0)
    assert "unknown" not in load_.power + load_.weight
    named = {row[0] for row in models_grid(CATALOG, devices).rows}
    assert named == {device.model for device in devices if not device.external}


def test_one_device_is_one_device() -> None:
    assert Burden(1000, 1, 0, 0).power == "1.0 kW and 1 device of unknown draw"
    assert Burden(1000, 2, 0, 0).power == "1.0 kW and 2 devices of unknown draw"

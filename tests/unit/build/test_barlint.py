"""The lint of bars: what cannot fail, what nothing can meet, what the design rules out."""

from __future__ import annotations

from typing import Any

import pytest

from millwright.build.barlint import limits_of, lint, pcie_gbps, slot_limit, usable
from millwright.model.bar import Bar
from millwright.model.catalog import Catalog


def bar(**keys: Any) -> Bar:
    """Return a bar on an adapter, with some keys of its own."""
    plain = {"name": "b", "metric": "ib_write_bw", "rule": "at_least", "value": 360}
    plain |= {"unit": "Gb/s", "skus": ["dgx-h100"], "source": "s", "confidence": "measured"}
    return Bar.model_validate({**plain, **keys})


def test_no_bar_of_the_catalogue_is_refused(catalog: Catalog) -> None:
    found = lint(catalog.bars.values(), limits_of(catalog))
    assert [finding.message for finding in found if finding.severity == "error"] == []


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ({"value": 0}, "MW-B-104"),
        ({"rule": "within", "value": 380, "tolerance_percent": 60}, "MW-B-104"),
        ({"rule": "at_most"}, "MW-B-103"),
        ({"unit": "GB/s"}, "MW-B-102"),
        ({"value": 410, "wire": 400}, "MW-B-106"),
        ({"metric": "hbm_bandwidth", "unit": "GB/s", "value": 2.3}, "MW-B-104"),
        ({"metric": "hbm_bandwidth", "unit": "GB/s", "value": 3500}, "MW-B-106"),
        ({"value": 401}, "MW-B-106"),
    ],
)
def test_a_bar_that_judges_nothing_is_refused(
    catalog: Catalog, keys: dict[str, Any], rule: str
) -> None:
    wrong = bar(**keys)
    found = lint((wrong,), limits_of(catalog))
    assert {(each.rule, each.severity) for each in found} == {(rule, "error")}
    assert usable((wrong,), found) == ()


def test_an_adapter_of_400_gbps_behind_a_narrow_slot_cannot_meet_its_bar() -> None:
    assert pcie_gbps(5, 16) / 8 == pytest.approx(63, abs=0.1)
    narrow = slot_limit("DGX-H100", 5, 4)
    (finding,) = lint((bar(),), (narrow,))
    assert finding.rule == "MW-B-106"
    assert "Gen5 x4" in finding.message
    assert lint((bar(),), (slot_limit("dgx-h100", 5, 16),)) == ()
    assert lint((bar(),), (slot_limit("other", 5, 4),)) == ()


def test_the_slot_behind_a_port_of_the_sites_own_server_counts(catalog: Catalog) -> None:
    server = catalog.servers["dgx-h100"]
    ports = tuple(
        port.model_copy(update={"pcie_generation": 5, "pcie_lanes": 4}) for port in server.ports
    )
    narrow = server.model_copy(update={"ports": ports})
    own = catalog.model_copy(update={"servers": {"dgx-h100": narrow}})
    assert {each.rule for each in lint((bar(),), limits_of(own))} == {"MW-B-106"}

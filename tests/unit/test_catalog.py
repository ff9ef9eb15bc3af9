"""The built-in catalogue: names that users hold on to, and figures that agree."""

from __future__ import annotations

import pytest

from millwright.adapters.catalogs import references
from millwright.model.catalog import Catalog, Server

BLUEPRINTS = [
    "dgx-superpod-h100",
    "dgx-superpod-h200",
    "dgx-superpod-b200",
    "dgx-superpod-b300-spectrum",
    "dgx-superpod-b300-xdr",
    "dgx-superpod-gb200",
    "dgx-superpod-gb300",
    "dgx-superpod-a100",
    "dgx-basepod-b200",
    "era-2-4-3-200",
    "era-2-8-5-200",
    "era-2-8-9-400",
    "era-2-8-9-800",
    "mi300x-400g",
    "mi355x-400g",
    "pcie-inference-l40s",
    "lab",
]
SERVERS = [
    "dgx-h100",
    "dgx-h200",
    "dgx-b200",
    "dgx-b300",
    "gb200-nvl72",
    "gb300-nvl72",
    "mi300x-8",
    "mi325x-8",
    "mi355x-8",
    "hgx-h100",
    "hgx-h200",
    "hgx-b200",
    "pcie-l40s-8",
    "pcie-rtxpro6000-8",
]
SWITCHES = [
    "qm8790",
    "qm9700",
    "qm9790",
    "q3400-ra",
    "sn5600",
    "sn5610",
    "sn4700",
    "sn4600c",
    "sn2201",
]


def test_every_promised_name_is_there(catalog: Catalog) -> None:
    assert set(BLUEPRINTS) <= set(catalog.blueprints)
    assert set(SERVERS) <= set(catalog.servers)
    assert set(SWITCHES) <= set(catalog.switches)


def test_the_h100_port_map_is_that_of_the_users_guide(catalog: Catalog) -> None:
    ports = {port.name: port for port in catalog.servers["dgx-h100"].ports}
    assert (ports["OSFP1/1"].hca, ports["OSFP1/1"].gpu, ports["OSFP1/1"].rail) == ("mlx5_11", 7, 8)
    assert (ports["OSFP4/2"].hca, ports["OSFP4/2"].gpu, ports["OSFP4/2"].rail) == ("mlx5_0", 0, 1)
    others = {port.hca for port in ports.values() if port.fabric in ("storage", "inband")}
    assert others == {"mlx5_1", "mlx5_2", "mlx5_7", "mlx5_8"}


def test_every_rail_of_a_server_is_served_once(catalog: Catalog) -> None:
    for server in catalog.servers.values():
        ports = server.ports_of("compute")
        assert sorted(port.rail or 0 for port in ports) == list(range(1, len(ports) + 1))
        hcas = [port.hca for port in ports]
        assert len(set(hcas)) == len(hcas)


def test_dense_throughput_is_never_above_sparse(catalog: Catalog) -> None:
    for gpu in catalog.gpus.values():
        for dense, sparse in (
            (gpu.dense_fp8_tflops, gpu.sparse_fp8_tflops),
            (gpu.dense_fp4_tflops, gpu.sparse_fp4_tflops),
        ):
            assert dense is None or sparse is None or dense.value <= sparse.value


def test_typical_power_is_never_above_maximum(catalog: Catalog) -> None:
    servers, switches = catalog.servers.values(), catalog.switches.values()
    watts = [(machine.power_typical_w, machine.power_max_w) for machine in servers]
    watts += [(switch.power_typical_w, switch.power_max_w) for switch in switches]
    for typical, most in watts:
        assert typical is None or most is None or typical.value <= most.value


def test_what_is_from_memory_is_never_called_a_fact(catalog: Catalog) -> None:
    sections = (catalog.servers, catalog.switches, catalog.gpus, catalog.blueprints, catalog.cables)
    for section in sections:
        for entry in section.values():
            for value in (entry, *(getattr(entry, key) for key in type(entry).model_fields)):
                source = catalog.sources.get(getattr(value, "source", None) or "")
                if source is not None and source.evidence == "memory":
                    assert value.confidence == "estimate", (entry.name, value)


def test_conflicting_sources_keep_both_values(catalog: Catalog) -> None:
    airflow = catalog.servers["dgx-b200"].airflow_cfm
    assert airflow is not None
    assert (airflow.value, airflow.also[0].value) == (2145, 1550)


def test_every_published_row_has_a_known_source_and_an_id_of_its_own(catalog: Catalog) -> None:
    rows = references()
    assert {row.source for row in rows} <= set(catalog.sources)
    assert len({row.id for row in rows}) == len(rows)


def test_a_server_with_a_gap_in_its_rails_is_refused() -> None:
    port = {"fabric": "compute", "speed_gbps": 400, "connector": "osfp"}
    raw = {
        "name": "odd",
        "gpu_count": 2,
        "height_u": 1,
        "ports": [{**port, "cage": "A", "rail": 1}, {**port, "cage": "B", "rail": 3}],
    }
    with pytest.raises(ValueError, match="without gaps"):
        Server.model_validate(raw)


def test_finned_tops_go_into_air_cooled_switches_and_flat_ones_into_servers(
    catalog: Catalog,
) -> None:
    for switch in catalog.switches.values():
        if switch.connector.startswith("osfp"):
            assert switch.connector == ("osfp-finned" if switch.cooling == "air" else "osfp-flat")
    for server in catalog.servers.values():
        assert "osfp-finned" not in {port.connector for port in server.ports}

"""What a site holds: items of several tools as one, against a scan, and firmware in a matrix."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from millwright.build.assets import assets_of, scanned_against
from millwright.build.firmware import matrix_of
from millwright.cli.inventory import ask
from millwright.model.asset import Assets, FirmwareTarget, Item
from millwright.ports import Answer, Limits
from millwright.probes import (
    dmidecode,
    fabric_manager,
    ibstat,
    ip_link,
    lsblk,
    nvidia_smi_xml,
    redfish,
)
from millwright.probes.reading import Reading
from millwright.reports.assets import asset_lines, assets_document, matrix_document
from tests.unit.probes.hosts import outputs

GPU = """<nvidia_smi_log><driver_version>{driver}</driver_version><attached_gpus>1</attached_gpus>
<gpu id="00000000:53:00.0"><product_name>NVIDIA H100 80GB HBM3</product_name>
<serial>{serial}</serial><uuid>GPU-{serial}</uuid><vbios_version>{vbios}</vbios_version></gpu>
</nvidia_smi_log>
"""
IBSTAT = """CA 'mlx5_0'
\tCA type: MT4129
\tNumber of ports: 1
\tFirmware version: 28.41.1000
\tNode GUID: 0x{guid}
\tPort 1:
\t\tState: Active
\t\tPhysical state: LinkUp
\t\tRate: 400
\t\tLink layer: InfiniBand
"""
LINKS = json.dumps(
    [
        {"ifname": "lo", "link_type": "loopback", "address": "00:00:00:00:00:00"},
        {
            "ifname": "eth0",
            "link_type": "ether",
            "address": "02:00:00:00:00:01",
            "permaddr": "3c:ec:ef:00:00:01",
        },
        {
            "ifname": "bond0",
            "link_type": "ether",
            "address": "02:00:00:00:00:01",
            "linkinfo": {"info_kind": "bond"},
        },
    ]
)


def node(serial: str, *, driver: str = "580.1", vbios: str = "96.1") -> dict[str, Reading[Any]]:
    """Return what the tools of one node say."""
    table = outputs.DMIDECODE.replace("NW8G0042", f"NW-{serial}").replace("80AD1234", f"M{serial}")
    table = table.replace("MB778", f"B{serial}").replace("CH11", f"C{serial}")
    table = table.replace("CN179722", f"P{serial}")
    return {
        "dmidecode": dmidecode.read(table),
        "nvidia-smi-xml": nvidia_smi_xml.read(
            GPU.format(driver=driver, serial=serial, vbios=vbios)
        ),
        "nv-fabricmanager": fabric_manager.read("Fabric Manager version is : 580.1\n"),
        "ibstat": ibstat.read(IBSTAT.format(guid=f"e09d7303{serial:0>8}")),
    }


def site() -> Assets:
    """Return two nodes."""
    return assets_of({"gpu001": node("1001"), "gpu002": node("1002")})


def item(assets: Assets, name: str, kind: str) -> Item:
    """Return the first item of a kind on a node."""
    return next(each for each in assets.items if (each.node, each.kind) == (name, kind))


def test_items_have_serials_addresses_and_firmware_of_the_tools_that_know_them() -> None:
    assets = site()
    assert (assets.findings, assets.problems) == ((), ())
    gpu = item(assets, "gpu001", "gpu")
    assert (gpu.place, gpu.serial, gpu.firmware) == ("GPU 0", "1001", "96.1")
    assert item(assets, "gpu002", "system").serial == "NW-1002"
    assert item(assets, "gpu001", "adapter").address == "0xe09d730300001001"
    memory = [each for each in assets.items if each.kind == "memory" and each.node == "gpu001"]
    assert [each.serial for each in memory] == ["M1001"]


def test_a_ports_own_address_is_the_one_that_was_burnt_in_and_bonds_have_none() -> None:
    assets = assets_of({"gpu001": {"ip-link": ip_link.read(LINKS)}})
    assert [(each.place, each.address) for each in assets.items] == [("eth0", "3c:ec:ef:00:00:01")]


def test_two_tools_that_tell_one_item_differently_are_in_conflict() -> None:
    document = {
        "@odata.id": "/redfish/v1/Systems/1",
        "@odata.type": "#ComputerSystem.v1_0_0.ComputerSystem",
        "Model": "NW-8G",
        "SerialNumber": "OTHER",
        "BiosVersion": "2.1.7",
    }
    tools = {**node("1001"), "redfish": redfish.read(json.dumps(document))}
    assets = assets_of({"gpu001": tools})
    (finding,) = assets.findings
    assert (finding.kind, finding.item, finding.expected, finding.read) == (
        "conflict",
        "system",
        "NW-1001",
        "OTHER",
    )
    assert item(assets, "gpu001", "bios").sources == ("dmidecode", "redfish")


def test_the_same_disk_under_two_names_is_one_disk() -> None:
    drive = {
        "@odata.id": "/redfish/v1/Drives/0",
        "@odata.type": "#Drive.v1_0_0.Drive",
        "Name": "Bay 0",
        "SerialNumber": "s6es001",
        "Model": "MZ7L3960",
    }
    tools: dict[str, Reading[Any]] = {
        "lsblk": lsblk.read(outputs.LSBLK_PAIRS),
        "redfish": redfish.read(json.dumps(drive)),
    }
    disks = [each for each in assets_of({"n": tools}).items if each.kind == "disk"]
    assert [(each.place, each.sources) for each in disks] == [("sda", ("lsblk", "redfish"))]


def test_a_serial_that_two_nodes_have_is_a_duplicate() -> None:
    assets = assets_of({"gpu001": node("1001"), "gpu002": node("1001")})
    kinds = {(each.kind, each.item) for each in assets.findings}
    assert ("duplicate", "gpu GPU 0") in kinds
    assert all(kind == "duplicate" for kind, _ in kinds)


def test_a_scan_that_agrees_says_nothing_however_it_is_written() -> None:
    rows = [
        {"node": "GPU001", "kind": "system", "serial": "nw-1001"},
        {
            "node": "gpu001",
            "kind": "adapter",
            "place": "mlx5_0",
            "address": "E0:9D:73:03:00:00:10:01",
        },
        {"node": "gpu002", "kind": "gpu", "serial": "1002", "firmware": ""},
    ]
    assert scanned_against(site(), rows) == ()


def test_a_scan_that_differs_is_a_mismatch_moved_or_absent() -> None:
    rows = [
        {"node": "gpu001", "kind": "system", "serial": "NW-9"},
        {"node": "gpu001", "kind": "gpu", "serial": "1002"},
        {"node": "gpu003", "kind": "system", "serial": "NW-1003"},
        {"node": "gpu001", "kind": "cpu", "serial": "X"},
    ]
    found = scanned_against(site(), rows)
    assert [(each.kind, each.node, each.read) for each in found] == [
        ("mismatch", "gpu001", "NW-1001"),
        ("moved", "gpu001", "1001"),
        ("absent", "gpu003", None),
        ("absent", "gpu001", None),
    ]
    assert "gpu002" in found[1].note


def targets(*told: tuple[str, str | None, str]) -> list[FirmwareTarget]:
    return [
        FirmwareTarget(component=component, model=model, version=version, source="release notes")
        for component, model, version in told
    ]


def test_consistency_and_currency_are_two_questions() -> None:
    both = assets_of({"gpu001": node("1001"), "gpu002": node("1002", vbios="95.9")})
    matrix = matrix_of(both, targets(("gpu", None, "96.1")))
    gpu = next(row for row in matrix.rows if row.component == "gpu")
    assert (gpu.consistent, gpu.current) == (False, False)
    assert {each.version: each.standing for each in gpu.versions} == {
        "96.1": "target",
        "95.9": "older",
    }
    assert {(each.kind, each.nodes) for each in matrix.findings} == {
        ("inconsistent", ("gpu002",)),
        ("not-target", ("gpu002",)),
    }
    old = matrix_of(site(), targets(("gpu", "NVIDIA H100 80GB HBM3", "97.0")))
    row = next(row for row in old.rows if row.component == "gpu")
    assert (row.consistent, row.current) == (True, False)
    bios = next(row for row in old.rows if row.component == "bios")
    assert (bios.consistent, bios.current) == (True, None)


def test_a_fabric_manager_of_another_version_than_its_driver_is_found() -> None:
    assets = assets_of({"gpu001": node("1001"), "gpu002": node("1002", driver="580.2")})
    kinds = [each for each in matrix_of(assets, ()).findings if each.kind == "driver-mismatch"]
    assert [each.nodes for each in kinds] == [("gpu002",)]


def test_a_target_that_nothing_was_read_of_is_unknown_and_not_met() -> None:
    matrix = matrix_of(site(), targets(("bmc", None, "1.2")))
    assert [each.kind for each in matrix.findings] == ["unknown"]


def test_documents_are_json_and_lines_say_the_sum() -> None:
    assets = site()
    document = json.loads(json.dumps(assets_document(assets)))
    assert (document["schema"], sorted(document["nodes"])) == (
        "millwright.assets/1",
        ["gpu001", "gpu002"],
    )
    assert list(asset_lines(assets))[-1].startswith("2 nodes: ")
    matrix = json.loads(json.dumps(matrix_document(matrix_of(assets, ()))))
    assert {row["component"] for row in matrix["rows"]} >= {"gpu", "bios", "driver"}


class _Shell:
    """Answers as two nodes would of which one is gone."""

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        said = {"dmidecode": outputs.DMIDECODE, "ip": LINKS, "lsblk": outputs.LSBLK_PAIRS}
        said["ipmitool"] = outputs.LAN if "lan" in argv else "Firmware Revision     : 1.74\n"
        for name in nodes:
            if name == "gpu002":
                yield Answer(name, tuple(argv), "lost", None, 1.0, reason="no route")
            elif argv[0] in said:
                yield Answer(name, tuple(argv), "exit", 0, 0.1, said[argv[0]].encode())
            else:
                yield Answer(name, tuple(argv), "exit", 127, 0.1, stderr=b"not found")


def test_nodes_are_asked_and_who_is_gone_is_said_once() -> None:
    kept: list[Answer] = []
    assets = ask(_Shell(), ["gpu001", "gpu002"], kept.append)
    assert {each.kind for each in assets.items} >= {"system", "nic", "disk", "memory"}
    assert assets.problems == ("gpu002 did not answer: no route",)
    controller = item(assets, "gpu001", "bmc")
    assert (controller.address, controller.firmware) == ("3c:ec:ef:00:00:11", "1.74")
    assert sum(answer.node == "gpu002" for answer in kept) == 1

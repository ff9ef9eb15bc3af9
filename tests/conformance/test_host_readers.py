"""Outputs of real hosts, controllers and disks, read to the values that `SOURCES.md` lists."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.toolfile import read_output
from millwright.probes import registry
from millwright.probes.dmidecode_facts import Machine
from millwright.probes.ethtool_facts import Module
from millwright.probes.expected_hw import Expected
from millwright.probes.ipmitool import Controller
from millwright.probes.lshw import Hardware
from millwright.probes.reading import Reading
from millwright.probes.smartctl_facts import Drive, Drives
from millwright.reports.readings import reading_document

FOLDERS = (
    "dmidecode",
    "ethtool",
    "expected-hw",
    "ipmitool",
    "lldpctl",
    "lsblk",
    "lscpu",
    "lshw",
    "lstopo",
    "mdadm",
    "nvme",
    "smartctl",
    "sysfs-infiniband",
)
BROKEN = {
    "dell-xe9680-head.txt",  # ends within a line
    "sdr-v1-b.txt",
    "sdr-v2-elist-b.txt",
    "set-learn-missing-smartdata.tar",
}


def read(samples: Path, path: str) -> Reading[Any]:
    """Return the reading of a sample by the tool of its folder, as the command line does it."""
    tool = registry.named(path.partition("/")[0])
    assert tool is not None
    return tool.read(read_output(samples / path))


def values(reading: Reading[Any], metric: str) -> dict[str, float]:
    """Return what was measured of a metric, by device."""
    return {each.device: each.value for each in reading.measurements if each.metric == metric}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_sample_is_read_and_only_broken_ones_have_problems(
    samples: Path, folder: str
) -> None:
    paths = sorted((samples / folder).iterdir())
    assert paths
    for path in paths:
        reading = read(samples, f"{folder}/{path.name}")
        assert (reading.tool, reading.simulated) == (folder, False)
        assert bool(reading.problems) == (path.name in BROKEN), (path.name, reading.problems)
        assert json.loads(json.dumps(reading_document(reading)))["tool"] == folder


def test_the_head_of_a_firmware_table(samples: Path) -> None:
    facts: Machine = read(samples, "dmidecode/dell-xe9680-head.txt").facts
    assert (facts.smbios, len(facts.records)) == ("3.3.0", 3)
    assert facts.system is not None
    assert (facts.system.manufacturer, facts.system.product, facts.system.serial) == (
        "Dell Inc.",
        "PowerEdge XE9680",
        "HSR8X04",
    )
    assert facts.system.version is None
    assert (facts.bios, facts.memory) == (None, ())


def module(samples: Path, name: str) -> Module:
    (port,) = read(samples, f"ethtool/{name}").facts.ports
    assert port.module is not None
    found: Module = port.module
    return found


def test_modules_of_copper_and_of_light(samples: Path) -> None:
    copper = module(samples, "module-info.txt")
    assert (copper.identifier, copper.connector) == ("0x03 (SFP)", "0x21 (Copper pigtail)")
    assert (copper.vendor, copper.length_m, copper.lanes) == ("UbiquitiNetworks", 2, ())
    assert (copper.serial, copper.temperature_c) == (None, None)
    light = module(samples, "module-info-convert-units.txt")
    assert (light.temperature_c, light.voltage_v, light.length_m) == (34.99, 3.2995, 10000)
    (lane,) = light.lanes
    assert (lane.sent_dbm, lane.received_dbm, lane.bias_ma) == (-0.87, -40.0, 51.494)
    assert light.raised == ("laser rx power low alarm", "laser rx power low warning")


def test_a_manifest_of_a_machine(samples: Path) -> None:
    facts: Expected = read(samples, "expected-hw/dgx-a100.json").facts
    assert (len(facts.pci), len(facts.ports), len(facts.disks)) == (36, 3, 10)
    assert facts.ib_rate == "200 Gb/sec (4X HDR)"
    assert facts.ib_firmware == ("20.31.2354",)
    assert Counter(each.kind for each in facts.pci)["gpu"] == 8


@pytest.mark.parametrize(
    ("name", "names", "mtu", "speeds"),
    [
        ("good", 3, {9192}, [200000, 200000, 400000]),
        ("mtu-bad", 3, {1500}, [200000, 200000, 400000]),
        ("degraded-intf", 3, {9192}, [100000, 100000, 200000]),
    ],
)
def test_records_of_ethernet_ports(
    samples: Path, name: str, names: int, mtu: set[int], speeds: list[int]
) -> None:
    facts: Expected = read(samples, f"expected-hw/eth-learn-{name}.json").facts
    assert len(facts.interfaces) == names
    assert {each.mtu for each in facts.interfaces} == mtu
    assert sorted(each.speed_mbps or 0 for each in facts.interfaces) == sorted(speeds)
    assert all(each.up for each in facts.interfaces)
    assert len(facts.neighbours) == 2


def test_records_of_adapters_that_are_stuck_or_slow(samples: Path) -> None:
    good: Expected = read(samples, "expected-hw/learn-good.json").facts
    assert (len(good.seen), all(port.active for each in good.seen for port in each.ports)) == (
        8,
        True,
    )
    stuck: Expected = read(samples, "expected-hw/learn-stuck-ib-intf.json").facts
    assert Counter(each.ports[0].state for each in stuck.seen) == {"ACTIVE": 6, "INIT": 2}
    slow: Expected = read(samples, "expected-hw/learn-ib-intf-bad-rate.json").facts
    assert {each.ports[0].rate_gbps for each in slow.seen} == {100.0}
    down: Expected = read(samples, "expected-hw/learn-ib-intf-operstate-down.json").facts
    assert "DOWN" in {each.state for each in down.interfaces}


def test_sensors_of_two_forms(samples: Path) -> None:
    old = read(samples, "ipmitool/sdr-v1-a.txt")
    facts: Controller = old.facts
    assert len(facts.sensors) == 133
    assert values(old, "bmc_temperature") == {"Ambient Temp": 20}
    assert values(old, "bmc_power") == {"Avg Power": 210}
    new = read(samples, "ipmitool/sdr-v2-elist-a.txt")
    assert len(new.facts.sensors) == 7
    assert values(new, "bmc_fan_speed") == {"Fan1": 5040}
    assert values(new, "bmc_temperature") == {"Inlet Temp": 25}
    assert values(new, "bmc_current") == {"Current 1": 7.20}
    broken = read(samples, "ipmitool/sdr-v1-b.txt")
    assert (len(broken.facts.sensors), len(broken.problems)) == (9, 3)
    broken = read(samples, "ipmitool/sdr-v2-elist-b.txt")
    assert (len(broken.facts.sensors), len(broken.problems)) == (7, 2)


def test_power_and_addresses_of_a_controller(samples: Path) -> None:
    reading = read(samples, "ipmitool/dcmi-power-reading.txt")
    power = reading.facts.power
    assert (power.now_w, power.minimum_w, power.maximum_w, power.average_w, power.state) == (
        167,
        124,
        422,
        156,
        "activated",
    )
    assert values(reading, "bmc_power") == {"dcmi": 167}
    addresses = read(samples, "ipmitool/lan6-print-dynamic.txt").facts.addresses
    assert [(each.index, each.source) for each in addresses][0] == (0, "DHCPv6")
    assert [each.address is None for each in addresses] == [False, True, True]


def test_neighbours_of_a_switch(samples: Path) -> None:
    facts = read(samples, "lldpctl/single-loc-mgmt-ip.json").facts
    assert [(each.interface, each.chassis, each.port_id) for each in facts.neighbours] == [
        ("eth0", "switch218ad08", "ge-0/0/17"),
        ("Ethernet0", "switch13", "Ethernet1"),
    ]
    assert facts.neighbours[1].management == ("10.3.147.196",)


@pytest.mark.parametrize(
    ("name", "tops"),
    [
        ("ironic-template", 13),
        ("lsblk-1", 14),
        ("lsblk-2", 7),
        ("lsblk-3", 16),
        ("lsblk-4", 26),
        ("lsblk-5", 8),
    ],
)
def test_block_devices(samples: Path, name: str, tops: int) -> None:
    facts = read(samples, f"lsblk/{name}.json").facts
    assert sum(each.parent is None for each in facts.devices) == tops


def test_processors_of_a_virtual_machine(samples: Path) -> None:
    facts = read(samples, "lscpu/lscpu.txt").facts
    assert (facts.model, facts.cpus, facts.numa_nodes) == ("AMD EPYC 7282 16-Core Processor", 8, 1)
    assert (facts.hypervisor, facts.mhz) == ("KVM", 2794.748)


def test_trees_of_hardware(samples: Path) -> None:
    first: Hardware = read(samples, "lshw/json-v1.json").facts
    (memory,) = first.described("System Memory")
    assert (first.parts[0].id, memory.size_bytes) == ("fuzzypickles", 4294967296)
    banks = [each for each in first.parts if each.path.startswith("core/memory/bank:")]
    assert len(banks) == 4
    second: Hardware = read(samples, "lshw/json-v2.json").facts
    assert second.parts[0].id == "bumblebee"
    for memory in second.described("System Memory"):
        held = [each for each in second.parts if each.path.startswith(f"{memory.path}/bank:")]
        assert len(held) == 4
    arm: Hardware = read(samples, "lshw/json-arm64.json").facts
    assert [each.size_bytes for each in arm.described("System memory")] == [4143972352]


def test_a_topology(samples: Path) -> None:
    facts = read(samples, "lstopo/nvidia-dgx2.xml").facts
    assert (facts.product, facts.packages, facts.cores, facts.cpus) == ("NVIDIA DGX-2H", 2, 4, 4)
    assert (len(facts.pci), len(facts.memory)) == (28, 2)
    gpus = facts.named("nvml")
    assert [each.name for each in gpus] == [f"nvml{at}" for at in range(16)]
    assert Counter(each.package for each in gpus) == {0: 8, 1: 8}
    assert all(each.slot for each in gpus)


def test_arrays(samples: Path) -> None:
    (good,) = read(samples, "mdadm/detail.txt").facts.arrays
    assert (good.level, len(good.members), good.states) == ("raid1", 2, ("clean",))
    assert (good.failed_devices, good.degraded, good.size_bytes) == (0, False, 1048512 * 1024)
    (bad,) = read(samples, "mdadm/detail-broken-raid0.txt").facts.arrays
    assert (bad.level, bad.states, len(bad.members)) == ("raid0", ("inactive",), 1)
    assert bad.degraded


def test_controllers_of_disks(samples: Path) -> None:
    (able,) = read(samples, "nvme/id-ctrl-crypto.json").facts.controllers
    assert (able.model, able.serial, able.firmware) == (
        "WDC PC SN730 SDBQNTY-256G-1001",
        "1951B3444502",
        "11170101",
    )
    assert (able.format_attributes, able.optional_admin_commands) == (4, 23)
    (unable,) = read(samples, "nvme/id-ctrl-format-unsupported.json").facts.controllers
    assert (unable.format_attributes, unable.optional_admin_commands) == (0, 0)


def drives(samples: Path, name: str) -> tuple[Drive, ...]:
    facts: Drives = read(samples, f"smartctl/{name}").facts
    return facts.drives


def test_health_of_disks(samples: Path) -> None:
    (sata,) = drives(samples, "megaraid-full.json")
    assert (sata.passed, sata.temperature_c, sata.power_on_hours) == (True, 25, 44316)
    assert (sata.raw(5), sata.link_gbps, len(sata.attributes)) == (0, 6.0, 24)
    (nvme,) = drives(samples, "nvme-full.json")
    log = nvme.nvme
    assert log is not None
    assert (nvme.passed, log.critical_warning, log.temperature_c) == (True, 0, 48)
    assert (log.percentage_used, log.media_errors, log.power_on_hours) == (4, 0, 8733)
    assert (log.error_log_entries, log.available_spare_percent) == (4871, 100)
    scanned = drives(samples, "scan.json")
    assert [each.device for each in scanned] == ["/dev/sda", "/dev/nvme0", "/dev/nvme1"]


def test_sets_of_disks_show_which_one_ails(samples: Path) -> None:
    good = drives(samples, "set-cache-good.tar")
    assert (len(good), all(each.passed for each in good)) == (12, True)
    assert {each.nvme.media_errors for each in good if each.nvme} == {0}
    bad = {each.device: each for each in drives(samples, "set-cache-slot2-bad-smartdata.tar")}
    log = bad["/dev/nvme3"].nvme
    assert log is not None
    assert (log.data_units_read, log.power_on_hours, log.unsafe_shutdowns) == (0, 6331, 0)
    worn = [
        each.device
        for each in drives(samples, "set-learn-bad-nvme9.tar")
        if each.nvme and each.nvme.spare_is_low
    ]
    assert worn == ["/dev/nvme9"]
    silent = [
        each.device
        for each in drives(samples, "set-learn-missing-smartdata.tar")
        if not each.health_told
    ]
    assert silent == ["/dev/nvme7"]


def test_adapters_as_the_kernel_tells_them(samples: Path) -> None:
    reading = read(samples, "sysfs-infiniband/h100-9hca.tar")
    adapters = reading.facts.adapters
    ports = [port for each in adapters for port in each.ports]
    assert (len(adapters), all(port.active for port in ports)) == (9, True)
    assert Counter((port.link_layer, port.rate_gbps) for port in ports) == {
        ("InfiniBand", 400.0): 8,
        ("Ethernet", 200.0): 1,
    }
    assert {name: times for name, times in values(reading, "ib_link_downed").items() if times} == {
        "mlx5_1": 255
    }
    assert adapters[0].firmware == "28.41.1000"

"""What hosts, controllers and disks print is read for what it says, in each form of each tool."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millwright.probes import (
    dmidecode,
    ethtool,
    expected_hw,
    ipmi_sel,
    ipmitool,
    lldpctl,
    lsblk,
    lscpu,
    lshw,
    lstopo,
    mdadm,
    node_exporter,
    nvme,
    smartctl,
    sysfs_infiniband,
)
from millwright.probes.pairs import grouped, size_bytes
from millwright.probes.reading import Reading

from . import outputs


def values(reading: Reading[Any]) -> dict[tuple[str, str], float]:
    """Return what was measured, by metric and device."""
    return {(each.metric, each.device): each.value for each in reading.measurements}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64 GB", 64 << 30),
        ("512 KiB", 512 << 10),
        ("5.3 MiB", round(5.3 * (1 << 20))),
        ("893.8G", round(893.8 * (1 << 30))),
        ("0B", 0),
        ("1234", 1234),
        ("64 Gb", None),
        ("-1G", None),
        ("1.2.3G", None),
        ("", None),
    ],
)
def test_sizes_count_by_1024(text: str, size: int | None) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("1\u202f234", 1234),
        ("12", 12),
        ("1,23", None),
        ("1.5", None),
        ("12a", None),
        ("", None),
    ],
)
def test_digits_in_groups_are_one_number_and_fractions_none(text: str, number: int | None) -> None:
    assert grouped(text) == number


def test_a_firmware_table_lists_parts_and_slots_that_are_empty() -> None:
    reading = dmidecode.read(outputs.DMIDECODE)
    facts = reading.facts
    assert facts.bios
    assert (facts.smbios, facts.bios.version, facts.bios.revision) == ("3.5.0", "2.1.7", "5.29")
    assert facts.system
    assert (facts.system.serial, facts.system.version, facts.system.sku) == ("NW8G0042", None, None)
    assert [each.serial for each in (*facts.boards, *facts.chassis)] == ["MB778", "CH11"]
    (cpu,) = facts.processors
    assert (cpu.cores, cpu.threads, cpu.max_mhz, cpu.populated) == (56, 112, 4000, True)
    assert [each.size_bytes for each in facts.memory] == [64 << 30, 0]
    assert facts.memory[1].speed_mt_s is None
    assert facts.memory_bytes == 64 << 30
    assert facts.memory_arrays[0].capacity_bytes == 4 << 40
    (supply,) = facts.supplies
    assert (supply.name, supply.serial, supply.max_w, supply.plugged) == (
        "PWR SPLY,2800W",
        "CN179722",
        2800,
        True,
    )
    assert values(reading) == {
        ("memory_speed", "A1"): 4400,
        ("memory_installed", ""): 65536,
        ("memory_modules", ""): 1,
    }


def test_a_module_that_does_not_say_its_bank_is_a_problem() -> None:
    reading = dmidecode.read(outputs.DMIDECODE.replace("\tBank Locator: Bank 0\n", ""))
    assert [problem.message for problem in reading.problems] == [
        "a memory device does not say its bank"
    ]


@pytest.mark.parametrize(
    "lost",
    ["\tNumber Of Devices: 2\n", "\tSize: 64 GB\n", "Handle 0x1101, DMI type 17, 92 bytes\n"]
    + ["Handle 0xFEFF, DMI type 127, 4 bytes\nEnd Of Table\n"],
)
def test_memory_of_which_something_is_not_told_is_not_summed_up(lost: str) -> None:
    assert lost in outputs.DMIDECODE
    told = values(dmidecode.read(outputs.DMIDECODE.replace(lost, "")))
    assert not {"memory_installed", "memory_modules"} & {metric for metric, _ in told}


def test_a_firmware_table_without_handles_is_the_same_machine() -> None:
    lines = outputs.DMIDECODE.split("\n")
    quiet = "\n".join(line for line in lines if not line.startswith(("Handle", "#", "SMBIOS")))
    quiet = quiet.replace("Getting SMBIOS data from sysfs.\n", "").replace("End Of Table", "")
    facts = dmidecode.read(quiet).facts
    whole = dmidecode.read(outputs.DMIDECODE).facts
    assert (facts.memory, facts.system, facts.supplies) == (
        whole.memory,
        whole.system,
        whole.supplies,
    )


@pytest.mark.parametrize(
    "text", ["/dev/mem: Permission denied\n", "# No SMBIOS nor DMI entry point found, sorry.\n"]
)
def test_a_firmware_table_that_may_not_be_read_is_a_problem(text: str) -> None:
    assert dmidecode.read(text).problems


def test_fields_of_a_record_whose_heading_is_lost_are_nobodys() -> None:
    lost = outputs.DMIDECODE.replace("Handle 0x1101, DMI type 17, 92 bytes\n", "")
    reading = dmidecode.read(lost)
    assert len(reading.facts.memory) == 1
    assert reading.problems


def test_nic_ports_tell_settings_driver_counters_and_features() -> None:
    text = outputs.ETHTOOL_SETTINGS + outputs.ETHTOOL_DRIVER + outputs.ETHTOOL_COUNTERS
    reading = ethtool.read(text + outputs.ETHTOOL_FEATURES)
    (port,) = reading.facts.ports
    assert reading.problems == ()
    assert port.name == "eth0"
    assert port.settings
    assert (port.settings.speed_mbps, port.settings.lanes, port.settings.link) == (200000, 4, True)
    assert port.driver
    assert port.driver.firmware == "28.41.1000 (MT_0000000838)"
    assert {each.name: (each.on, each.fixed) for each in port.features}["tx-checksum-ipv4"] == (
        False,
        True,
    )
    assert values(reading) == {
        ("nic_port_rate", "eth0"): 200,
        ("nic_out_of_buffer", "eth0"): 12,
        ("nic_symbol_errors", "eth0"): 3,
        ("nic_receive_errors", "eth0"): 4,
        ("nic_carrier_lost", "eth0"): 2,
    }


def test_a_port_without_a_link_has_no_rate() -> None:
    text = "Settings for eth1:\n\tSpeed: Unknown!\n\tDuplex: Unknown! (255)\n\tLink detected: no\n"
    reading = ethtool.read(text)
    settings = reading.facts.ports[0].settings
    assert settings
    assert (settings.speed_mbps, settings.duplex, settings.link) == (None, None, False)
    assert (reading.measurements, reading.problems) == ((), ())


def test_modules_tell_light_by_lane_and_what_no_lane_receives() -> None:
    reading = ethtool.read(outputs.ETHTOOL_QSFP)
    module = reading.facts.ports[0].module
    assert module
    assert [(lane.number, lane.received_dbm, lane.bias_ma) for lane in module.lanes] == [
        (1, -0.10, 6.75),
        (2, -40.0, 6.81),
    ]
    assert (module.length_m, module.serial, module.temperature_c) == (100, "X00123", 41.2)
    assert module.raised == ("laser rx power low alarm (channel 2)",)


def test_ethtool_in_json_and_its_failures() -> None:
    features = [{"ifname": "eth0", "tx-gso": {"active": True, "fixed": False, "requested": True}}]
    (port,) = ethtool.read(json.dumps(features)).facts.ports
    assert [(each.name, each.on) for each in port.features] == [("tx-gso", True)]
    module = [{"identifier": 17, "identifier_description": "QSFP28", "vendor_pn": "NW-SR4"}]
    told = ethtool.read(json.dumps(module)).facts.ports[0].module
    assert told
    assert (told.identifier, told.part_number) == ("QSFP28", "NW-SR4")
    assert ethtool.read("netlink error: No such device\n").problems
    assert ethtool.read("Cannot get module EEPROM information: Operation not supported\n").problems


def test_sensors_that_share_a_name_are_told_apart_by_what_they_belong_to() -> None:
    reading = ipmitool.read(outputs.SDR_ELIST)
    told = [(m.device, m.value, m.params) for m in reading.measurements if m.device == "Temp"]
    assert told == [("Temp", 41, (("entity", "3.1"),)), ("Temp", 43, (("entity", "3.2"),))]
    assert {each.name: each.status for each in reading.facts.sensors}["Voltage 1"] == "cr"


def test_sensors_with_thresholds_are_read_too() -> None:
    reading = ipmitool.read(outputs.SENSOR)
    assert values(reading) == {("bmc_temperature", "CPU1 Temp"): 40, ("bmc_voltage", "12V"): 12.123}
    assert [each.value for each in reading.facts.sensors] == [40, None, 12.123, None]


def test_power_that_is_not_measured_is_no_measurement() -> None:
    off = outputs.DCMI.replace("activated", "deactivated")
    assert values(ipmitool.read(outputs.DCMI)) == {("bmc_power", "dcmi"): 167}
    assert values(ipmitool.read(off)) == {}


def test_a_controllers_network_and_failures() -> None:
    facts = ipmitool.read(outputs.LAN).facts
    assert (facts.mac, facts.setting("IP Address")) == ("3c:ec:ef:00:00:11", "10.1.0.17")
    failed = ipmitool.read("Could not open device at /dev/ipmi0: No such file or directory\n")
    assert failed.problems
    assert failed.facts.sensors == ()


def test_event_logs_of_two_programs() -> None:
    events = ipmi_sel.read(outputs.SEL).facts.events
    assert [each.number for each in events] == [1, 2, 10, 11, 12]
    assert (events[1].kind, events[1].event, events[1].asserted) == (
        "Memory",
        "Correctable ECC",
        True,
    )
    assert [each.asserted for each in events[2:4]] == [True, False]
    assert (events[4].at, events[4].sensor) == (None, "Temperature Inlet")
    other = ipmi_sel.read(outputs.FREEIPMI).facts.events
    assert [(each.sensor, each.kind, each.at) for each in other] == [
        ("SEL", "Event Logging", "Apr-12-2024 09:15:02"),
        ("PSU2", "Power Supply", "Apr-13-2024 22:01:44"),
    ]
    empty = ipmi_sel.read("SEL has no entries\n")
    assert (empty.facts.empty, empty.problems) == (True, ())
    assert ipmitool.read(outputs.SEL).facts.events == events


@pytest.mark.parametrize(
    "text", [outputs.LLDP_JSON, outputs.LLDP_JSON0, outputs.LLDP_KEYS, outputs.LLDP_PLAIN]
)
def test_every_form_of_lldpctl_says_the_same(text: str) -> None:
    assert lldpctl.read(text).facts.neighbours == (
        lldpctl.Neighbour(
            interface="eth0",
            via="LLDP",
            age="0 day, 00:01:02",
            chassis="leaf01",
            chassis_id_kind="mac",
            chassis_id="b8:59:9f:00:00:01",
            chassis_description="NOS 5.9",
            management=("10.0.0.1", "fe80::1"),
            port_id_kind="ifname",
            port_id="swp1",
            port_description="gpu001 eth0",
        ),
    )


def test_ports_may_hear_several_and_switches_may_have_no_name() -> None:
    entry = {"via": "LLDP", "chassis": {"id": {"type": "mac", "value": "b8:59:9f:00:00:09"}}}
    document = {"lldp": {"interface": [{"eth0": [entry, {**entry, "via": "CDPv2"}]}]}}
    neighbours = lldpctl.read(json.dumps(document)).facts.neighbours
    assert [(each.via, each.chassis, each.chassis_id) for each in neighbours] == [
        ("LLDP", None, "b8:59:9f:00:00:09"),
        ("CDPv2", None, "b8:59:9f:00:00:09"),
    ]
    assert lldpctl.read('{"lldp": {}}').problems == ()


def test_block_devices_of_a_tree_have_parents_and_every_mount() -> None:
    facts = lsblk.read(outputs.LSBLK_PLAIN).facts
    assert [(each.name, each.parent) for each in facts.devices] == [
        ("sda", None),
        ("sda1", "sda"),
        ("sda2", "sda"),
        ("vg0-root", "sda2"),
        ("nvme0n1", None),
    ]
    assert facts.devices[3].mount_points == ("/", "/home")
    assert (facts.devices[0].size_rounded, [each.name for each in facts.disks]) == (
        True,
        ["sda", "nvme0n1"],
    )


def test_block_devices_in_pairs_tell_exact_sizes() -> None:
    disk, part = lsblk.read(outputs.LSBLK_PAIRS).facts.devices
    assert (disk.size_bytes, disk.size_rounded, disk.model) == (959656755200, False, "MZ7L3960")
    assert (part.parent, part.mount_points, part.in_use) == ("sda", ("/boot/efi",), True)


def test_sizes_in_words_of_old_versions_are_numbers() -> None:
    listed = {"blockdevices": [{"name": "sda", "size": "1765517033472", "rota": "1", "ro": "0"}]}
    (disk,) = lsblk.read(json.dumps(listed)).facts.devices
    assert (disk.size_bytes, disk.rotational, disk.read_only) == (1765517033472, True, False)


def test_processors_in_text_and_in_nested_json_are_the_same() -> None:
    facts = lscpu.read(outputs.LSCPU).facts
    assert (facts.cpus, facts.sockets, facts.numa_nodes, facts.max_mhz) == (224, 2, 2, 3800)
    assert [(each.name, each.instances) for each in facts.caches] == [
        ("l1d", 112),
        ("l2", 112),
        ("l3", 2),
    ]
    assert facts.nodes[1].cpus == "56-111,168-223"
    fields = [
        {"field": "Architecture:", "data": "x86_64", "children": []},
        {
            "field": "CPU(s):",
            "data": "224",
            "children": [{"field": "On-line CPU(s) list:", "data": "0-223"}],
        },
    ]
    told = lscpu.read(json.dumps({"lscpu": fields})).facts
    assert (told.architecture, told.cpus, told.online) == ("x86_64", 224, "0-223")


def test_processors_of_two_models_have_no_one_model() -> None:
    text = "Architecture: aarch64\nCPU(s): 8\nModel name: Little-1\nModel name: Big-2\n"
    reading = lscpu.read(text)
    assert reading.facts.model is None
    assert reading.problems


def test_a_tree_of_hardware_in_text_has_paths_and_rounded_sizes() -> None:
    facts = lshw.read(outputs.LSHW).facts
    assert [each.path for each in facts.parts] == [
        "node17",
        "core",
        "core/memory",
        "core/memory/bank:0",
        "core/network",
    ]
    memory, network = facts.parts[2], facts.parts[4]
    assert (memory.size_bytes, memory.size_rounded) == (2 << 40, True)
    assert (network.driver, network.firmware, network.link) == (
        "mlx5_core",
        "28.41.1000 (MT_0000000838)",
        False,
    )


def test_objects_of_lshw_without_a_list_around_them_are_read() -> None:
    loose = '{"id": "disk:0", "class": "disk"},\n{"id": "disk:1", "class": "disk"}\n'
    reading = lshw.read(loose)
    assert [each.id for each in reading.facts.of_kind("disk")] == ["disk:0", "disk:1"]
    assert reading.problems == ()


def test_a_topology_says_which_device_hangs_where() -> None:
    facts = lstopo.read(outputs.LSTOPO).facts
    assert [(each.name, each.kinds, each.slot, each.package) for each in facts.devices] == [
        ("mlx5_0", ("openfabrics",), "0000:18:00.0", 0),
        ("ibp24s0", ("network",), "0000:18:00.0", 0),
    ]
    assert (facts.product, facts.memory[0].memory_bytes) == ("NW-8G", 1081101176832)


def test_a_topology_that_declares_entities_is_refused() -> None:
    bomb = outputs.LSTOPO.replace(
        '<!DOCTYPE topology SYSTEM "hwloc2.dtd">', '<!DOCTYPE topology [<!ENTITY a "b">]>'
    )
    reading = lstopo.read(bomb)
    assert "refused" in reading.problems[0].message
    assert reading.facts.devices == ()


def test_an_array_that_lacks_a_member_is_degraded() -> None:
    reading = mdadm.read(outputs.MDADM)
    (array,) = reading.facts.arrays
    assert (array.degraded, array.rebuilt_percent) == (True, 35)
    assert [each.device for each in array.members if each.faulty] == [None, "/dev/sdb2"]
    assert values(reading) == {("raid_failed_devices", "/dev/md0"): 1}


def test_text_and_json_of_nvme_say_the_same() -> None:
    text, document = nvme.read(outputs.NVME_SMART), nvme.read(outputs.NVME_SMART_JSON)
    assert text.facts.logs[0].health == document.facts.logs[0].health
    health = text.facts.logs[0].health
    assert (health.critical_warning, health.temperature_c, health.sensors_c) == (4, 34, (34, 40))
    assert values(text)["disk_media_errors", "nvme0"] == 2


def test_degrees_of_a_fahrenheit_locale_are_taken_from_the_kelvins() -> None:
    text = outputs.NVME_SMART.replace("34 \u00b0C (307 K)", "93 \u00b0F (307 K)")
    assert nvme.read(text).facts.logs[0].health.temperature_c == 34


def test_controllers_and_lists_of_nvme() -> None:
    (controller,) = nvme.read(outputs.NVME_CONTROLLER).facts.controllers
    assert (controller.serial, controller.firmware, controller.total_bytes) == (
        "S64GNE0R000001",
        "GDC5902Q",
        3840755982336,
    )
    assert (controller.vendor_id, controller.warning_temperature_c) == (0x144D, 70)
    listed = nvme.read(outputs.NVME_LIST).facts.namespaces
    assert [(each.device, each.serial, each.firmware) for each in listed] == [
        ("/dev/nvme0n1", "S64GNE0R000001", "GDC5902Q"),
        ("/dev/nvme1n1", "S64GNE0R000002", "GDC5902Q"),
    ]
    old = {"Devices": [{"DevicePath": "/dev/nvme0n1", "SerialNumber": "S1", "PhysicalSize": 7}]}
    new = {
        "Devices": [
            {
                "Subsystems": [
                    {
                        "Controllers": [
                            {
                                "SerialNumber": "S1",
                                "Namespaces": [{"NameSpace": "nvme0n1", "PhysicalSize": 7}],
                            }
                        ],
                        "Namespaces": [],
                    }
                ]
            }
        ]
    }
    assert nvme.read(json.dumps(old)).facts == nvme.read(json.dumps(new)).facts


def test_disks_of_three_kinds_tell_their_health() -> None:
    sata = smartctl.read(outputs.SMART_SATA)
    (disk,) = sata.facts.drives
    assert (disk.protocol, disk.passed, disk.power_on_hours) == ("ATA", True, 44316)
    assert (disk.link_gbps, disk.link_max_gbps) == (3.0, 6.0)
    assert (disk.wwn, disk.failed) == ("0x5000c500a496983d", ("Airflow_Temperature_Cel",))
    assert values(sata) == {
        ("disk_temperature", ""): 25,
        ("disk_reallocated", ""): 8,
        ("disk_pending", ""): 1,
        ("disk_media_errors", ""): 2,
    }
    (sas,) = smartctl.read(outputs.SMART_SAS).facts.drives
    assert (sas.protocol, sas.passed, sas.power_on_hours) == ("SCSI", False, 55120)
    assert sas.grown_defects == 3
    assert [(each.during, each.errors) for each in sas.uncorrected] == [("read", 1), ("write", 0)]
    (nvme_disk,) = smartctl.read(outputs.SMART_NVME).facts.drives
    assert nvme_disk.nvme
    assert (nvme_disk.passed, nvme_disk.nvme.spare_is_low) == (True, True)
    assert nvme_disk.nvme.error_log_entries == 4871


def test_disks_in_a_row_are_several_and_one_that_is_silent_is_a_problem() -> None:
    both = smartctl.read(outputs.SMART_SATA + outputs.SMART_NVME)
    assert [each.protocol for each in both.facts.drives] == ["ATA", "NVMe"]
    assert both.problems == ()
    silent = outputs.SMART_NVME.partition("=== START OF SMART")[0]
    assert "does not tell its health" in smartctl.read(silent).problems[0].message
    assert smartctl.read("Smartctl open device: /dev/sdz failed: No such device\n").problems


def test_a_sas_disk_in_json_says_what_it_could_not_correct() -> None:
    told = {
        "smartctl": {"version": [7, 3], "exit_status": 0},
        "device": {"name": "/dev/sdb", "type": "scsi", "protocol": "SCSI"},
        "scsi_vendor": "NORTHWND",
        "scsi_product": "H106060SDSUN600G",
        "smart_status": {"passed": True},
        "scsi_grown_defect_list": 3,
        "scsi_error_counter_log": {
            "read": {"total_uncorrected_errors": 1},
            "write": {"total_uncorrected_errors": 2},
        },
    }
    (disk,) = smartctl.read(json.dumps(told)).facts.drives
    assert (disk.model, disk.grown_defects) == ("NORTHWND H106060SDSUN600G", 3)
    assert [(each.during, each.errors) for each in disk.uncorrected] == [("read", 1), ("write", 2)]


def test_adapters_of_the_kernel_in_lines_and_in_an_object_are_the_same() -> None:
    lines = sysfs_infiniband.read(outputs.SYSFS)
    told = dict(line.split(":", 1) for line in outputs.SYSFS.splitlines())
    assert sysfs_infiniband.read(json.dumps(told)).facts == lines.facts
    (adapter,) = lines.facts.adapters
    assert (adapter.description, adapter.ports[0].lid) == ("gpu001 HCA-1", 26)
    assert values(lines) == {
        ("ib_port_rate", "mlx5_0"): 400,
        ("ib_link_downed", "mlx5_0"): 3,
        ("ib_transmit_wait", "mlx5_0"): 2489603687,
    }


def test_a_rate_that_its_lanes_do_not_carry_is_a_problem_and_no_rate() -> None:
    wrong = outputs.SYSFS.replace("400 Gb/sec (4X NDR)", "800 Gb/sec (4X NDR)")
    reading = sysfs_infiniband.read(wrong)
    assert reading.problems
    assert ("ib_port_rate", "mlx5_0") not in values(reading)


def test_a_host_exports_what_its_kernel_counts() -> None:
    reading = node_exporter.read(outputs.NODE_EXPORTER)
    assert (reading.facts.host, reading.facts.kernel) == ("gpu001", "6.8.0-45-generic")
    found = values(reading)
    assert found["ib_port_rate", "mlx5_0"] == pytest.approx(400)
    assert found["nic_port_rate", "eth0"] == pytest.approx(100)
    assert ("nic_port_rate", "eth1") not in found
    assert found["raid_failed_devices", "md0"] == 1
    assert found["host_temperature", "platform_coretemp_0/temp1"] == 41
    failed = outputs.NODE_EXPORTER.replace('collector="cpu"} 1', 'collector="cpu"} 0')
    assert node_exporter.read(failed).facts.unread == ("cpu",)
    assert node_exporter.read("up 1\n").problems


def test_what_a_node_should_have_is_read_from_its_manifest() -> None:
    facts = expected_hw.read(outputs.EXPECTED).facts
    assert (facts.pci[0].speed_gt_s, facts.pci[0].width) == (16, 16)
    assert (facts.ports[0].speed_mbps, facts.adapters[0].description) == (400000, "HCA-1")
    assert facts.disks[0].size_bytes == 1920000000000


def test_block_devices_of_chosen_columns_are_read_by_where_the_columns_lie() -> None:
    disk, boot, _, nvme_disk = lsblk.read(outputs.LSBLK_COLUMNS).facts.devices
    assert (disk.type, disk.model, disk.serial) == ("disk", "MZ7L3960 HCJR", "S6ES001")
    assert (boot.parent, boot.model, boot.mount_points) == ("sda", None, ("/boot/efi",))
    assert (nvme_disk.model, nvme_disk.rotational) == ("SAMSUNG MZQL23T8HCLS", False)
    assert nvme_disk.size_bytes == round(3.5 * (1 << 40))


def test_columns_that_run_into_each_other_are_not_read() -> None:
    text = "NAME SIZE MODEL\nsda  1G   A\nsdb  10000000GXX\n"
    devices = lsblk.read(text).facts.devices
    assert [(each.name, each.size_bytes, each.model) for each in devices] == [
        ("sda", None, None),
        ("sdb", None, None),
    ]


def test_a_topology_in_text_says_the_same_of_places() -> None:
    facts = lstopo.read(outputs.LSTOPO_TEXT).facts
    assert (facts.packages, facts.cores, facts.cpus) == (2, 2, 3)
    assert [(each.name, each.kinds, each.slot, each.package) for each in facts.devices] == [
        ("ibp24s0", ("network",), "18:00.0", 0),
        ("mlx5_0", ("openfabrics",), "18:00.0", 0),
        ("nvml0", ("gpu",), "1b:00.0", 0),
    ]
    lost = outputs.LSTOPO_TEXT.replace("        PU L#0 (P#0)\n", "")
    assert "2 of 3 PU" in lstopo.read(lost).problems[0].message


def test_counters_of_queues_have_the_queue_in_their_name() -> None:
    text = "NIC statistics:\n     [0]: rx_packets: 12\n     [1]: rx_packets: 13\n"
    (port,) = ethtool.read(text).facts.ports
    assert [(each.name, each.value) for each in port.counters] == [
        ("[0]: rx_packets", 12),
        ("[1]: rx_packets", 13),
    ]


def test_a_controllers_description_may_hold_lists() -> None:
    text = (
        "Device ID                 : 32\nFirmware Revision         : 1.74\n"
        "Additional Device Support :\n    Sensor Device\n    SEL Device\n"
    )
    reading = ipmitool.read(text)
    assert (reading.problems, reading.facts.setting("Firmware Revision")) == ((), "1.74")


def test_records_that_are_not_read_may_have_several_titles() -> None:
    text = (
        "Handle 0x0001, DMI type 10, 10 bytes\nOn Board Device 1 Information\n\tType: Video\n"
        "On Board Device 2 Information\n\tType: Ethernet\n\n"
    )
    assert dmidecode.read(text).problems == ()

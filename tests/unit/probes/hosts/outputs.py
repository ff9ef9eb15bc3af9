"""Outputs written by hand after the formats' own manuals: one of each form of each tool."""

from __future__ import annotations

DMIDECODE = """\
# dmidecode 3.3
Getting SMBIOS data from sysfs.
SMBIOS 3.5.0 present.
Table at 0x7B5E0000.

Handle 0x0000, DMI type 0, 26 bytes
BIOS Information
\tVendor: Northwind
\tVersion: 2.1.7
\tRelease Date: 03/14/2024
\tCharacteristics:
\t\tPCI is supported
\t\tBIOS is upgradeable
\tBIOS Revision: 5.29

Handle 0x0001, DMI type 1, 27 bytes
System Information
\tManufacturer: Northwind
\tProduct Name: NW-8G
\tVersion: Not Specified
\tSerial Number: NW8G0042
\tUUID: 4c4c4544-0053-5210-8038-c8c04f583034
\tSKU Number: To be filled by O.E.M.

Handle 0x0002, DMI type 2, 15 bytes
Base Board Information
\tManufacturer: Northwind
\tProduct Name: NW-8G-MB
\tSerial Number: MB778

Handle 0x0003, DMI type 3, 22 bytes
Chassis Information
\tManufacturer: Northwind
\tType: Rack Mount Chassis
\tSerial Number: CH11

Handle 0x0400, DMI type 4, 48 bytes
Processor Information
\tSocket Designation: CPU1
\tManufacturer: Intel(R) Corporation
\tVersion: Intel(R) Xeon(R) Platinum 8480C
\tMax Speed: 4000 MHz
\tCurrent Speed: 2000 MHz
\tStatus: Populated, Enabled
\tCore Count: 56
\tCore Enabled: 56
\tThread Count: 112

Handle 0x1000, DMI type 16, 23 bytes
Physical Memory Array
\tLocation: System Board Or Motherboard
\tError Correction Type: Multi-bit ECC
\tMaximum Capacity: 4 TB
\tNumber Of Devices: 2

Handle 0x1100, DMI type 17, 92 bytes
Memory Device
\tArray Handle: 0x1000
\tTotal Width: 80 bits
\tData Width: 64 bits
\tSize: 64 GB
\tLocator: A1
\tBank Locator: Bank 0
\tType: DDR5
\tSpeed: 4800 MT/s
\tManufacturer: Hynix
\tSerial Number: 80AD1234
\tPart Number: HMCG94AGBRA179N
\tRank: 2
\tConfigured Memory Speed: 4400 MT/s

Handle 0x1101, DMI type 17, 92 bytes
Memory Device
\tArray Handle: 0x1000
\tSize: No Module Installed
\tLocator: A2
\tBank Locator: Bank 1
\tType: Unknown
\tSpeed: Unknown

Handle 0x2700, DMI type 39, 22 bytes
System Power Supply
\tLocation: PSU1
\tName: PWR SPLY,2800W
\tManufacturer: DELTA
\tSerial Number: CN179722
\tModel Part Number: 0YN8P8A00
\tMax Power Capacity: 2800 W
\tStatus: Present, OK
\tPlugged: Yes

Handle 0xFEFF, DMI type 127, 4 bytes
End Of Table

"""
ETHTOOL_SETTINGS = """\
Settings for eth0:
\tSupported ports: [ FIBRE ]
\tSupported link modes:   100000baseCR4/Full
\t                        200000baseCR4/Full
\tSpeed: 200000Mb/s
\tLanes: 4
\tDuplex: Full
\tAuto-negotiation: on
\tPort: Direct Attach Copper
\tLink detected: yes
"""
ETHTOOL_DRIVER = """\
driver: mlx5_core
version: 24.04-0.6.6
firmware-version: 28.41.1000 (MT_0000000838)
expansion-rom-version:
bus-info: 0000:1a:00.0
supports-statistics: yes
"""
ETHTOOL_COUNTERS = """\
NIC statistics:
     rx_packets: 1234567
     rx_out_of_buffer: 12
     rx_symbol_err_phy: 3
     rx_crc_errors_phy: 4
     link_down_events_phy: 2
"""
ETHTOOL_FEATURES = """\
Features for eth0:
rx-checksumming: on
tx-checksumming: on
\ttx-checksum-ipv4: off [fixed]
generic-receive-offload: off [requested on]
"""
ETHTOOL_QSFP = """\
\tIdentifier                                : 0x11 (QSFP28)
\tConnector                                 : 0x0c (MPO Parallel Optic)
\tLength (SMF,km)                           : 0km
\tLength (OM4 50um)                         : 100m
\tVendor name                               : Northwind
\tVendor PN                                 : NW-SR4
\tVendor SN                                 : X00123
\tModule temperature                        : 41.20 degrees C / 106.16 degrees F
\tModule voltage                            : 3.2720 V
\tLaser tx bias current (Channel 1)         : 6.750 mA
\tLaser tx bias current (Channel 2)         : 6.810 mA
\tTransmit avg optical power (Channel 1)    : 1.0965 mW / 0.40 dBm
\tTransmit avg optical power (Channel 2)    : 1.0914 mW / 0.38 dBm
\tRcvr signal avg optical power(Channel 1)  : 0.9772 mW / -0.10 dBm
\tRcvr signal avg optical power(Channel 2)  : 0.0001 mW / -40.00 dBm
\tLaser rx power low alarm   (Channel 2)    : On
"""
SDR_ELIST = """\
Inlet Temp       | 04h | ok  |  7.1 | 25 degrees C
Temp             | 01h | ok  |  3.1 | 41 degrees C
Temp             | 02h | ok  |  3.2 | 43 degrees C
Fan1             | 30h | ok  |  7.1 | 5040 RPM
SEL              | 72h | ns  |  7.1 | No Reading
Voltage 1        | 6Ch | cr  | 10.1 | 196 Volts
"""
SENSOR = """\
CPU1 Temp        | 40.000     | degrees C  | ok    | 0.000     | 0.000     | 0.000     | 95.000    | 98.000    | 100.000
FAN1             | na         |            | na    | na        | 500.000   | 700.000   | 25300.000 | 25400.000 | 25500.000
12V              | 12.123     | Volts      | ok    | 10.173    | 10.299    | 10.740    | 12.945    | 13.260    | 13.386
PS1 Status       | 0x1        | discrete   | 0x0100| na        | na        | na        | na        | na        | na
"""  # noqa: E501
DCMI = """\
    Instantaneous power reading:                   167 Watts
    Minimum during sampling period:                124 Watts
    Maximum during sampling period:                422 Watts
    Average power reading over sample period:      156 Watts
    IPMI timestamp:                           Mon Aug  1 21:22:51 2016
    Sampling period:                          00699043 Seconds.
    Power reading state is:                   activated
"""
LAN = """\
Set in Progress         : Set Complete
Auth Type Support       : MD5
Auth Type Enable        : Callback : MD5
                        : User     : MD5
IP Address Source       : Static Address
IP Address              : 10.1.0.17
Subnet Mask             : 255.255.255.0
MAC Address             : 3c:ec:ef:00:00:11
802.1q VLAN ID          : Disabled
"""
SEL = """\
   1 | 04/12/2024 | 09:15:02 | Event Logging Disabled SEL | Log area reset/cleared | Asserted
   2 | 04/13/2024 | 22:01:44 | Memory #0x87 | Correctable ECC | Asserted
   a | 04/13/2024 | 22:02:00 UTC | Power Supply PSU2 | Power Supply AC lost | Asserted
   b | 04/13/2024 | 22:04:00 UTC | Power Supply PSU2 | Power Supply AC lost | Deasserted
   c |  Pre-Init  |0000000012| Temperature Inlet | Upper Critical going high | Asserted
"""
FREEIPMI = """\
ID  | Date        | Time     | Name             | Type             | Event
1   | Apr-12-2024 | 09:15:02 | SEL              | Event Logging    | Log Area Reset/Cleared
2   | Apr-13-2024 | 22:01:44 | PSU2             | Power Supply     | Power Supply input lost (AC/DC)
"""
LLDP_JSON = """\
{
  "lldp": {
    "interface": {
      "eth0": {
        "via": "LLDP",
        "rid": "1",
        "age": "0 day, 00:01:02",
        "chassis": {
          "leaf01": {
            "id": {"type": "mac", "value": "b8:59:9f:00:00:01"},
            "descr": "NOS 5.9",
            "mgmt-ip": ["10.0.0.1", "fe80::1"]
          }
        },
        "port": {"id": {"type": "ifname", "value": "swp1"}, "descr": "gpu001 eth0", "ttl": "120"}
      }
    }
  }
}
"""
LLDP_JSON0 = """\
{"lldp": [{"interface": [{"name": "eth0", "via": "LLDP", "rid": "1", "age": "0 day, 00:01:02",
 "chassis": [{"id": [{"type": "mac", "value": "b8:59:9f:00:00:01"}], "name": [{"value": "leaf01"}],
 "descr": [{"value": "NOS 5.9"}], "mgmt-ip": [{"value": "10.0.0.1"}, {"value": "fe80::1"}]}],
 "port": [{"id": [{"type": "ifname", "value": "swp1"}], "descr": [{"value": "gpu001 eth0"}],
 "ttl": [{"value": "120"}]}]}]}]}
"""
LLDP_KEYS = """\
lldp.eth0.via=LLDP
lldp.eth0.rid=1
lldp.eth0.age=0 day, 00:01:02
lldp.eth0.chassis.mac=b8:59:9f:00:00:01
lldp.eth0.chassis.name=leaf01
lldp.eth0.chassis.descr=NOS 5.9
lldp.eth0.chassis.mgmt-ip=10.0.0.1
lldp.eth0.chassis.mgmt-ip=fe80::1
lldp.eth0.port.ifname=swp1
lldp.eth0.port.descr=gpu001 eth0
lldp.eth0.port.ttl=120
"""
LLDP_PLAIN = """\
-------------------------------------------------------------------------------
LLDP neighbors:
-------------------------------------------------------------------------------
Interface:    eth0, via: LLDP, RID: 1, Time: 0 day, 00:01:02
  Chassis:
    ChassisID:    mac b8:59:9f:00:00:01
    SysName:      leaf01
    SysDescr:     NOS 5.9
    MgmtIP:       10.0.0.1
    MgmtIP:       fe80::1
    Capability:   Bridge, on
  Port:
    PortID:       ifname swp1
    PortDescr:    gpu001 eth0
    TTL:          120
-------------------------------------------------------------------------------
"""
LSBLK_PLAIN = """\
NAME                      MAJ:MIN RM   SIZE RO TYPE MOUNTPOINTS
sda                         8:0    0 893.8G  0 disk
├─sda1                      8:1    0   512M  0 part /boot/efi
└─sda2                      8:2    0 893.3G  0 part
  └─vg0-root (dm-0)       254:0    0   100G  0 lvm  /
                                                    /home
nvme0n1                   259:0    0   3.5T  0 disk
"""
LSBLK_COLUMNS = """\
NAME        TYPE   SIZE ROTA MODEL                    SERIAL         MOUNTPOINT
sda         disk 893.8G    0 MZ7L3960 HCJR            S6ES001
├─sda1      part   512M    0                                         /boot/efi
└─sda2      part 893.3G    0                                         /
nvme0n1     disk   3.5T    0 SAMSUNG MZQL23T8HCLS     S64GNE0R000001
"""
LSBLK_PAIRS = """\
NAME="sda" MAJ:MIN="8:0" RM="0" SIZE="959656755200" RO="0" TYPE="disk" MOUNTPOINT="" ROTA="0" MODEL="MZ7L3960" SERIAL="S6ES001"
NAME="sda1" MAJ:MIN="8:1" RM="0" SIZE="536870912" RO="0" TYPE="part" MOUNTPOINT="/boot/efi" ROTA="0" PKNAME="sda" MODEL="" SERIAL=""
"""  # noqa: E501
LSCPU = """\
Architecture:            x86_64
  CPU op-mode(s):        32-bit, 64-bit
CPU(s):                  224
  On-line CPU(s) list:   0-223
Vendor ID:               GenuineIntel
  Model name:            Intel(R) Xeon(R) Platinum 8480C
    CPU family:          6
    Thread(s) per core:  2
    Core(s) per socket:  56
    Socket(s):           2
    CPU max MHz:         3800.0000
    CPU min MHz:         800.0000
    Flags:               fpu vme avx512f
Caches (sum of all):
  L1d:                   5.3 MiB (112 instances)
  L2:                    224 MiB (112 instances)
  L3:                    210 MiB (2 instances)
NUMA:
  NUMA node(s):          2
  NUMA node0 CPU(s):     0-55,112-167
  NUMA node1 CPU(s):     56-111,168-223
Vulnerabilities:
  Spectre v2:            Mitigation; Enhanced / Automatic IBRS
"""
LSHW = """\
node17
    description: Rack Mount Chassis
    product: NW-8G (SKU)
    vendor: Northwind
    serial: NW8G0042
    width: 64 bits
  *-core
       description: Motherboard
       serial: MB778
     *-memory
          description: System Memory
          size: 2TiB
        *-bank:0
             description: DIMM DDR5 4800 MHz
             serial: 80AD1234
             size: 64GiB
     *-network DISABLED
          description: Ethernet interface
          logical name: eth0
          serial: 3c:ec:ef:00:00:01
          configuration: driver=mlx5_core firmware=28.41.1000 (MT_0000000838) link=no
"""
MDADM = """\
/dev/md0:
           Version : 1.2
        Raid Level : raid1
        Array Size : 937560384 (894.13 GiB 960.06 GB)
      Raid Devices : 2
     Total Devices : 2
             State : clean, degraded, recovering
    Active Devices : 1
   Working Devices : 1
    Failed Devices : 1
     Spare Devices : 0

    Rebuild Status : 35% complete

              UUID : 83143055:2781ddf5:2c8f44c7:9b45d92e

    Number   Major   Minor   RaidDevice State
       0       8        2        0      active sync   /dev/sda2
       -       0        0        1      removed

       1       8       18        -      faulty   /dev/sdb2
"""
NVME_SMART = """\
Smart Log for NVME device:nvme0 namespace-id:ffffffff
critical_warning                        : 0x4
temperature                             : 34 \u00b0C (307 K)
available_spare                         : 100%
available_spare_threshold               : 10%
percentage_used                         : 3%
endurance group critical warning summary: 0
Data Units Read                         : 12448420 (6.37 TB)
Data Units Written                      : 16584005 (8.49 TB)
host_read_commands                      : 1106256291
host_write_commands                     : 61982961
controller_busy_time                    : 744
power_cycles                            : 322
power_on_hours                          : 1,075
unsafe_shutdowns                        : 14
media_errors                            : 2
num_err_log_entries                     : 7
Warning Temperature Time                : 0
Critical Composite Temperature Time     : 0
Temperature Sensor 1                    : 34 \u00b0C (307 K)
Temperature Sensor 2                    : 40 \u00b0C (313 K)
"""
NVME_SMART_JSON = """\
{
  "critical_warning": 4, "temperature": 307, "avail_spare": 100, "spare_thresh": 10,
  "percent_used": 3, "endurance_grp_critical_warning_summary": 0,
  "data_units_read": 12448420, "data_units_written": 16584005,
  "host_read_commands": 1106256291, "host_write_commands": 61982961,
  "controller_busy_time": 744, "power_cycles": 322, "power_on_hours": 1075,
  "unsafe_shutdowns": 14, "media_errors": 2, "num_err_log_entries": 7,
  "warning_temp_time": 0, "critical_comp_time": 0,
  "temperature_sensor_1": 307, "temperature_sensor_2": 313
}
"""
NVME_CONTROLLER = """\
NVME Identify Controller:
vid       : 0x144d
sn        : S64GNE0R000001
mn        : SAMSUNG MZQL23T8HCLS-00A07
fr        : GDC5902Q
wctemp    : 343
cctemp    : 358
tnvmcap   : 3840755982336
nn        : 32
oacs      : 0x5f
fna       : 0x4
subnqn    : nqn.1994-11.com.samsung:nvme:PM9A3
ps      0 : mp:25.00W operational enlat:100 exlat:100 rrt:0 rrl:0
            rwt:0 rwl:0 idle_power:4.00W active_power:14.00W
"""
NVME_LIST = """\
Node             SN                   Model                                    Namespace Usage                      Format           FW Rev
---------------- -------------------- ---------------------------------------- --------- -------------------------- ---------------- --------
/dev/nvme0n1     S64GNE0R000001       SAMSUNG MZQL23T8HCLS-00A07               1           3.84  TB /   3.84  TB    512   B +  0 B   GDC5902Q
/dev/nvme1n1     S64GNE0R000002       SAMSUNG MZQL23T8HCLS-00A07               1           3.84  TB /   3.84  TB    512   B +  0 B   GDC5902Q
"""  # noqa: E501
SMART_SATA = """\
smartctl 7.3 2022-02-28 r5338 [x86_64-linux-6.1.0-18-amd64] (local build)
Copyright (C) 2002-22, Bruce Allen, Christian Franke, www.smartmontools.org

=== START OF INFORMATION SECTION ===
Model Family:     Northwind Enterprise
Device Model:     NW6000NM0115
Serial Number:    ZAD20001
LU WWN Device Id: 5 000c50 0a496983d
Firmware Version: SN04
User Capacity:    6,001,175,126,016 bytes [6.00 TB]
Rotation Rate:    7200 rpm
SATA Version is:  SATA 3.1, 6.0 Gb/s (current: 3.0 Gb/s)
SMART support is: Available - device has SMART capability.
SMART support is: Enabled

=== START OF READ SMART DATA SECTION ===
SMART overall-health self-assessment test result: PASSED

SMART Attributes Data Structure revision number: 10
Vendor Specific SMART Attributes with Thresholds:
ID# ATTRIBUTE_NAME          FLAG     VALUE WORST THRESH TYPE      UPDATED  WHEN_FAILED RAW_VALUE
  1 Raw_Read_Error_Rate     0x000f   083   064   044    Pre-fail  Always       -       181426040
  5 Reallocated_Sector_Ct   0x0033   100   100   010    Pre-fail  Always       -       8
  9 Power_On_Hours          0x0032   050   050   000    Old_age   Always       -       44316h+12m
 12 Power_Cycle_Count       0x0032   100   100   020    Old_age   Always       -       62
190 Airflow_Temperature_Cel 0x0022   075   039   040    Old_age   Always   In_the_past 25
194 Temperature_Celsius     0x0022   025   049   000    Old_age   Always       -       25 (Min 14)
197 Current_Pending_Sector  0x0012   100   100   000    Old_age   Always       -       1
198 Offline_Uncorrectable   0x0010   100   100   000    Old_age   Offline      -       2

SMART Error Log Version: 1
No Errors Logged
"""
SMART_SAS = """\
smartctl 7.3 2022-02-28 r5338 [x86_64-linux-6.1.0-18-amd64] (local build)

=== START OF INFORMATION SECTION ===
Vendor:               NORTHWND
Product:              H106060SDSUN600G
Revision:             A4C0
User Capacity:        600,127,266,816 bytes [600 GB]
Rotation Rate:        10020 rpm
Logical Unit id:      0x5000cca03c587e1c
Serial number:        001650PKNPTD
Transport protocol:   SAS (SPL-4)

=== START OF READ SMART DATA SECTION ===
SMART Health Status: FIRMWARE IMPENDING FAILURE GENERAL HARD DRIVE FAILURE [asc=5d, ascq=62]

Current Drive Temperature:     28 C
Drive Trip Temperature:        85 C

Accumulated power on time, hours:minutes 55120:47
Elements in grown defect list: 3

Error counter log:
           Errors Corrected by           Total   Correction     Gigabytes    Total
               ECC          rereads/    errors   algorithm      processed    uncorrected
           fast | delayed   rewrites  corrected  invocations   [10^9 bytes]  errors
read:          0        0         0         0          0     123456.789           1
write:         0        0         0         0          0      65432.100           0
"""
SMART_NVME = """\
smartctl 7.4 2023-08-01 r5530 [x86_64-linux-6.8.1] (local build)

=== START OF INFORMATION SECTION ===
Model Number:                       NW Rocket 4.0 1TB
Serial Number:                      6D1107091C9583050001
Firmware Version:                   RKT401.3
Total NVM Capacity:                 1,000,204,886,016 [1.00 TB]

=== START OF SMART DATA SECTION ===
SMART overall-health self-assessment test result: PASSED

SMART/Health Information (NVMe Log 0x02)
Critical Warning:                   0x00
Temperature:                        48 Celsius
Available Spare:                    9%
Available Spare Threshold:          10%
Percentage Used:                    4%
Data Units Read:                    28,337,502 [14.5 TB]
Data Units Written:                 76,471,882 [39.1 TB]
Host Read Commands:                 294,243,226
Host Write Commands:                733,021,025
Controller Busy Time:               1,635
Power Cycles:                       1,815
Power On Hours:                     8,733
Unsafe Shutdowns:                   39
Media and Data Integrity Errors:    0
Error Information Log Entries:      4,871
Warning  Comp. Temperature Time:    0
Critical Comp. Temperature Time:    0
Temperature Sensor 1:               48 Celsius
"""
SYSFS = """\
/sys/class/infiniband/mlx5_0/fw_ver:28.41.1000
/sys/class/infiniband/mlx5_0/hca_type:MT4129
/sys/class/infiniband/mlx5_0/node_desc:gpu001 HCA-1
/sys/class/infiniband/mlx5_0/ports/1/state:4: ACTIVE
/sys/class/infiniband/mlx5_0/ports/1/phys_state:5: LinkUp
/sys/class/infiniband/mlx5_0/ports/1/rate:400 Gb/sec (4X NDR)
/sys/class/infiniband/mlx5_0/ports/1/link_layer:InfiniBand
/sys/class/infiniband/mlx5_0/ports/1/lid:0x1a
/sys/class/infiniband/mlx5_0/ports/1/counters/link_downed:3
/sys/class/infiniband/mlx5_0/ports/1/counters/port_xmit_wait:2489603687
/sys/class/infiniband/mlx5_0/ports/1/hw_counters/out_of_sequence:5
"""
LSTOPO = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc2.dtd">
<topology version="2.0">
  <object type="Machine" os_index="0" nodeset="0x00000003">
    <info name="DMIProductName" value="NW-8G"/>
    <info name="DMISysVendor" value="Northwind"/>
    <object type="Package" os_index="0" nodeset="0x00000001">
      <object type="NUMANode" os_index="0" nodeset="0x00000001" local_memory="1081101176832"/>
      <object type="Core" os_index="0"><object type="PU" os_index="0"/></object>
      <object type="Bridge" pci_busid="0000:17:01.0" pci_type="0604 [8086:352a] [0000:0000] 04 00">
        <object type="PCIDev" pci_busid="0000:18:00.0" pci_type="0207 [15b3:1021] [15b3:0041] 00 00" pci_link_speed="63.015385">
          <object type="OSDev" name="mlx5_0" osdev_type="3"/>
          <object type="OSDev" name="ibp24s0" osdev_type="2"/>
        </object>
      </object>
    </object>
  </object>
</topology>
"""  # noqa: E501
LSTOPO_TEXT = """\
Machine (1007GB total)
  Package L#0
    NUMANode L#0 (P#0 503GB)
    L3 L#0 (36MB)
      L2 L#0 (1280KB) + L1d L#0 (48KB) + L1i L#0 (32KB) + Core L#0
        PU L#0 (P#0)
        PU L#1 (P#2)
    HostBridge
      PCIBridge
        PCI 18:00.0 (InfiniBand)
          Net "ibp24s0"
          OpenFabrics "mlx5_0"
      PCIBridge
        PCI 1b:00.0 (3D)
          GPU(NVML) "nvml0"
  Package L#1
    NUMANode L#1 (P#1 504GB)
    L3 L#1 (36MB) + L2 L#1 (1280KB) + L1d L#1 (48KB) + L1i L#1 (32KB) + Core L#1 + PU L#2 (P#1)
"""
NODE_EXPORTER = """\
# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 3.5
node_memory_MemTotal_bytes 2.164228648960e+12
node_memory_MemAvailable_bytes 2.1e+12
node_edac_uncorrectable_errors_total{controller="0"} 1
node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"} 41
node_infiniband_link_downed_total{device="mlx5_0",port="1"} 3
node_infiniband_rate_bytes_per_second{device="mlx5_0",port="1"} 5e+10
node_network_speed_bytes{device="eth0"} 1.25e+10
node_network_speed_bytes{device="eth1"} -125000
node_md_disks{device="md0",state="failed"} 1
node_md_disks{device="md0",state="active"} 1
node_timex_offset_seconds -1.2e-05
node_scrape_collector_success{collector="cpu"} 1
node_uname_info{nodename="gpu001",release="6.8.0-45-generic"} 1
"""
EXPECTED = """\
{
  "pci": {"0000:07:00.0": {"type": "gpu", "dev": "/dev/nvidia0", "zone": "gpu", "slot": "GPU_0",
          "link_speed": ["16 GT/s", "16.0 GT/s PCIe"], "link_width": "16"}},
  "eth": {"front0": {"netdev": "front0", "phys": false, "flags": ["UP"], "speed": 400000,
          "mtu": 9192}},
  "ib": {"link_rate": "200 Gb/sec (4X HDR)", "firmware_version": ["20.31.2354"],
         "interfaces": {"ib0": {"mlx": "mlx5_0", "desc": "HCA-1"}}},
  "disks": {"M.2_1": {"blockdev": "nvme3", "size": 1920000000000}}
}
"""

OUTPUTS: dict[str, tuple[str, ...]] = {
    "dmidecode": (DMIDECODE,),
    "ethtool": (
        ETHTOOL_SETTINGS,
        ETHTOOL_DRIVER,
        ETHTOOL_COUNTERS,
        ETHTOOL_FEATURES,
        ETHTOOL_QSFP,
    ),
    "expected-hw": (EXPECTED,),
    "ipmi-sel": (SEL, FREEIPMI),
    "ipmitool": (SDR_ELIST, SENSOR, DCMI, LAN),
    "lldpctl": (LLDP_JSON, LLDP_JSON0, LLDP_KEYS, LLDP_PLAIN),
    "lsblk": (LSBLK_PLAIN, LSBLK_PAIRS, LSBLK_COLUMNS),
    "lscpu": (LSCPU,),
    "lshw": (LSHW,),
    "lstopo": (LSTOPO, LSTOPO_TEXT),
    "mdadm": (MDADM,),
    "node-exporter": (NODE_EXPORTER,),
    "nvme": (NVME_SMART, NVME_SMART_JSON, NVME_CONTROLLER, NVME_LIST),
    "smartctl": (SMART_SATA, SMART_SAS, SMART_NVME),
    "sysfs-infiniband": (SYSFS,),
}
"""What each tool prints, in each of its forms."""

"""Parameters of a node's devices, and every kind by its name: sent with what it builds on."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterator

from millwright.adapters.tuningkinds import (
    WORD,
    Found,
    Refused,
    cmdline,
    cstate,
    has,
    limit,
    module,
    mount,
    package,
    ran,
    read_file,
    said_by,
    service,
    sysctl,
    sysctl_path,
    sysfs,
    write_file,
)

RINGS = (("Pre-set maximums:", "ideal"), ("Current hardware settings:", "value"))
ADAPTER = re.compile(r"(Infiniband|Ethernet) controller.*(Mellanox|Broadcom)")
HELD = "clocks_event_reasons.applications_clocks_setting"
IDLE = "clocks_event_reasons.gpu_idle"
SMI = {
    "persistence": ("persistence_mode", ""),
    "power-cap": ("power.limit", "power.default_limit"),
    "ecc": ("ecc.mode.pending", ""),
    "mig": ("mig.mode.pending", ""),
    "clocks": (HELD, IDLE),
}
SMI_SETS = {
    "persistence": ("-pm", {"Enabled": "1", "Disabled": "0"}),
    "power-cap": ("-pl", {}),
    "ecc": ("-e", {"Enabled": "1", "Disabled": "0"}),
}


def adapters(root: str, key: str) -> list[str]:
    """Return Ethernet devices of the machine: `physical` are all, `rdma` those with RDMA."""
    found = []
    for path in sorted(glob.glob(root + "sys/class/net/*/device")):
        folder = os.path.dirname(path)
        rdma = os.path.isdir(path + "/infiniband")
        if (key == "physical" or rdma) and read_file(folder + "/type") == "1":
            found.append(os.path.basename(folder))
    return found


def ring(root: str, key: str) -> Iterator[Found]:
    """Yield the rings of adapters, and how large they may be."""
    for device in adapters(root, key):
        part, found = "", {"rx": {}, "tx": {}}  # type: tuple[str, dict[str, dict[str, str]]]
        for line in ran("ethtool", "-g", device).splitlines():
            part = dict(RINGS).get(line.strip(), part)
            name, _, number = line.lower().partition(":")
            if part and name in found:
                found[name][part] = number.strip()
        for way, told in found.items():
            if told.get("value", "").isdigit():
                yield {"instance": device + "/" + way, "ideal": "", **told}


def mtu(root: str, key: str) -> Iterator[Found]:
    """Yield the largest frames of adapters."""
    for device in adapters(root, key):
        yield {"instance": device, "value": read_file(root + "sys/class/net/" + device + "/mtu")}


def irq(root: str, key: str) -> Iterator[Found]:
    """Interrupts of adapters: their processors, and those of the memory that the adapter is at."""
    for device in adapters(root, key):
        folder = root + "sys/class/net/" + device + "/device/"
        node = int(read_file(folder + "numa_node"))
        ideal = ""
        if node >= 0:
            ideal = read_file(root + f"sys/devices/system/node/node{node}/cpulist")
        for name in sorted(os.listdir(folder + "msi_irqs"), key=int):
            path = "proc/irq/" + name + "/smp_affinity_list"
            if os.path.exists(root + path):
                yield {"instance": path, "value": read_file(root + path), "ideal": ideal}


def nvidia(root: str, key: str) -> Iterator[Found]:
    """Yield a setting of each GPU; one that it does not have, or does not tell, is left out.

    An idle GPU does not tell whether its clocks are held.
    """
    if not has("nvidia-smi"):
        return
    field, best = SMI[key]
    fields = "uuid," + field + ("," + best if best else "")
    words = ("nvidia-smi", "--query-gpu=" + fields, "--format=csv,noheader,nounits")
    for line in ran(*words).splitlines():
        uuid, value, *ideal = (word.strip() for word in line.split(","))
        if value.startswith("[") or (best == IDLE and ideal == ["Active"]):
            continue
        yield {"instance": uuid, "value": value, "ideal": ideal[0] if ideal else ""}


def roce(root: str, key: str) -> Iterator[Found]:
    """Yield how adapters treat marks of packets, and the mark that RDMA sends."""
    if key == "tc":
        for path in sorted(glob.glob(root + "sys/class/infiniband/*/tc/1/traffic_class")):
            yield {"instance": path[len(root) :], "value": read_file(path).rpartition("=")[2]}
        return
    for device in adapters(root, "rdma"):
        text = ran("mlnx_qos", "-i", device)
        if key == "trust":
            found = re.search(r"trust state: *(\w+)", text)
        else:
            found = re.search(r"(?m)^\s*enabled\s+([01][01\s]*)$", text)
        if found:
            yield {"instance": device, "value": ",".join(found[1].split())}


def pcie(root: str, key: str) -> Iterator[Found]:
    """Access control of bridges, and how much adapters may ask for at once."""
    if not has("lspci"):
        return
    slot = ""
    for line in ran("lspci", "-vvv").splitlines():
        if line[:1].strip():
            slot = line
        elif key == "acs" and "ACSCtl:" in line:
            yield {
                "instance": slot.split()[0],
                "value": "on" if "+" in line else "off",
                "fixed": True,
            }
        elif key == "max-read-request" and ADAPTER.search(slot):
            size = re.search(r"MaxReadReq (\d+) bytes", line)
            if size:
                yield {"instance": slot.split()[0], "value": size[1], "fixed": True}


READS: dict[str, Callable[[str, str], Iterator[Found]]] = {
    each.__name__: each
    for each in (
        sysctl, sysfs, cstate, ring, mtu, irq, nvidia, roce,
        module, limit, cmdline, package, service, mount, pcie,
    )
}  # fmt: skip


def instances(root: str, kind: str, key: str) -> list[Found]:
    """Return all instances of a parameter, with their values. Raises Refused."""
    if not WORD.match(key) or ".." in key:
        raise Refused("no key: " + repr(key))
    try:
        rows = list(READS[kind](root, key))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise Refused(f"{kind} {key}: {error}") from None
    return [
        {"kind": kind, "key": key, "ideal": "", "among": [], "fixed": False, **row} for row in rows
    ]


def value_of(root: str, place: tuple[str, str, str]) -> str:
    """Return one instance's value; one of many files is read alone. Raises Refused."""
    kind, key, instance = place
    if kind == "sysctl":
        return read_file(sysctl_path(root, key))
    if kind in ("sysfs", "cstate", "irq"):
        return said_by(kind, read_file(inside(root, instance)))
    for row in instances(root, kind, key):
        if row["instance"] == instance:
            return str(row["value"])
    raise Refused(" ".join(place).strip() + " is not there")


def set_value(root: str, place: tuple[str, str, str], value: str) -> None:
    """Set one instance. Raises Refused where that does not go."""
    kind, key, instance = place
    if kind == "sysctl":
        write_file(sysctl_path(root, key), value)
    elif kind in ("sysfs", "cstate", "irq"):
        write_file(inside(root, instance), value)
    elif kind == "mtu":
        write_file(inside(root, "sys/class/net/" + instance + "/mtu"), value)
    elif kind == "ring":
        device, _, way = instance.partition("/")
        ran("ethtool", "-G", device, way, value)
    elif kind == "nvidia":
        option, words = SMI_SETS[key]
        ran("nvidia-smi", "-i", instance, option, words.get(value, value))
    elif kind == "roce":
        ran("mlnx_qos", "-i", instance, "--" + key + "=" + value)
    elif kind not in ("module", "limit"):
        raise Refused(kind + " is only looked at")


def inside(root: str, instance: str) -> str:
    """Return the file of an instance. Raises Refused where it is none of the kernel's."""
    path = os.path.realpath(root + instance)
    if not path.startswith((os.path.realpath(root + "sys") + "/", root + "proc/irq/")):
        raise Refused(instance + " is no file of the kernel's")
    return path

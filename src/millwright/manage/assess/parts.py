"""What a node has in it, as its own tools list it: accelerators, adapters, ports, disks, mounts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from millwright.manage.assess.voice import Voice
from millwright.model.assessment import AdapterSeen, DiskSeen, GpuSeen, MountSeen, PortSeen
from millwright.probes.reading import number

_VOLATILE = frozenset({"tmpfs", "ramfs", "overlay"})
_NO_DRIVE = ("loop", "ram", "zram", "sr", "fd")
_LOOPBACK = "772"
"""The kernel's number for a loopback interface."""


def gpus_of(voice: Voice) -> tuple[GpuSeen, ...]:
    """Return the accelerators that a driver lists, or those that lspci sees where none does."""
    told = voice.facts("nvidia-smi-xml")
    if told is not None and told.gpus:
        return tuple(
            GpuSeen(
                index=gpu.index,
                model=gpu.name,
                serial=gpu.serial,
                uuid=gpu.uuid,
                bus=gpu.bus_id or "",
                vbios=gpu.vbios,
                memory_mib=gpu.memory_total_mib,
                lost=gpu.lost,
            )
            for gpu in told.gpus
        )
    return tuple(_amd(voice))


def _amd(voice: Voice) -> Iterator[GpuSeen]:
    told = voice.facts("amd-smi-static")
    for gpu in told.gpus if told is not None else ():
        yield GpuSeen(
            index=gpu.index,
            model=gpu.name,
            serial=gpu.serial,
            uuid=gpu.uuid,
            bus=gpu.bus_id or "",
            vbios=gpu.vbios,
            memory_mib=gpu.memory_total_mib,
        )


def adapters_of(voice: Voice) -> tuple[AdapterSeen, ...]:
    """Return the adapters of fabrics; one with several ports is up where all of them are."""
    told = voice.facts("ibstat")
    found = []
    for each in told.adapters if told is not None else ():
        ports = each.ports
        up = all(port.active for port in ports) if ports else None
        found.append(
            AdapterSeen(
                name=each.name,
                model=each.kind,
                firmware=each.firmware,
                layer=next((port.link_layer for port in ports if port.link_layer), None),
                up=up,
                rate_gbps=ports[0].rate_gbps if ports and up else None,
            )
        )
    return tuple(found)


def ports_of(voice: Voice) -> tuple[PortSeen, ...]:
    """Return the network interfaces but the loopback, with their addresses."""
    files = _by_face(voice.object("net"))
    told = voice.facts("ip-link")
    physical = set(voice.object("ethtool"))
    addresses = _addresses(voice)
    found = []
    for face in told.interfaces if told is not None else ():
        own = files.get(face.name, {})
        if own.get("type") == _LOOPBACK or "LOOPBACK" in face.flags:
            continue
        speed = number(own.get("speed"))
        found.append(
            PortSeen(
                name=face.name,
                address=face.own_address,
                mtu=face.mtu,
                speed_gbps=speed / 1000 if speed and speed > 0 else None,
                up=None if face.state in (None, "UNKNOWN") else face.state == "UP",
                physical=face.name in physical or "device/numa_node" in own,
                master=face.master,
                addresses=addresses.get(face.name, ()),
            )
        )
    return tuple(found)


def _by_face(files: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path, text in files.items():
        parts = path.split("/", 5)
        if len(parts) == 6 and isinstance(text, str):
            found.setdefault(parts[4], {})[parts[5]] = text
    return found


def _addresses(voice: Voice) -> dict[str, tuple[str, ...]]:
    try:
        told = json.loads(voice.text("ip-addr") or "[]")
    except (ValueError, RecursionError):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for face in told if isinstance(told, list) else ():
        if isinstance(face, dict) and isinstance(face.get("addr_info"), list):
            found[str(face.get("ifname"))] = tuple(
                f"{each['local']}/{each['prefixlen']}"
                for each in face["addr_info"]
                if isinstance(each, dict)
                and each.get("scope") == "global"
                and {"local", "prefixlen"} <= each.keys()
            )
    return found


def disks_of(voice: Voice) -> tuple[DiskSeen, ...]:
    """Return the drives: whole disks that are devices, with room on them."""
    told = voice.facts("lsblk")
    return tuple(
        DiskSeen(
            name=each.name,
            model=each.model,
            serial=each.serial,
            size_bytes=each.size_bytes,
            rotational=each.rotational,
        )
        for each in (told.devices if told is not None else ())
        if each.type == "disk" and each.size_bytes and not each.name.startswith(_NO_DRIVE)
    )


def mounts_of(voice: Voice) -> tuple[MountSeen, ...]:
    """Return the file systems; of those in memory only ones that are nearly full."""
    found = []
    for path, told in voice.object("mounts").items():
        if not isinstance(told, dict):
            continue
        used = used_percent(told)
        if told.get("kind") in _VOLATILE and path != "/" and (used is None or used < 90):
            continue
        found.append(
            MountSeen(
                path=path,
                source=str(told.get("source")),
                kind=str(told.get("kind")),
                used_percent=used,
                answers=told.get("answers") is True,
                options=tuple(map(str, told.get("options") or ())),
            )
        )
    return tuple(found)


def used_percent(told: Mapping[str, Any]) -> float | None:
    """Return how full a file system is for those who are not root; None where it has no size."""
    blocks, free = told.get("blocks"), told.get("blocks_free")
    if not isinstance(blocks, int) or not isinstance(free, int) or blocks <= 0:
        return None
    return round(100 * (1 - free / blocks), 1)

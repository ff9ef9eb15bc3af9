"""Signals of the fabrics at a host's own ports: states, rates, counters, and what RoCE needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from millwright.manage.health.signals import Seen, Source, source
from millwright.manage.health.view import Unheard, View, number, object_of, words_of
from millwright.probes.sysfs_adapters import SysfsAdapter

RATE_TOLERANCE = 0.02
"""What drivers round a link's rate by."""


def _ports(view: View) -> Iterator[Seen]:
    """Tell whether each adapter of the design carries its link; without a design, all that are."""
    adapters = {each.name: each for each in view.facts("ibstat").adapters}
    wanted = view.expected.adapters if view.expected and view.expected.adapters else None
    if not adapters:
        raise Unheard("ibstat: no adapter is told")
    for name in wanted or adapters:
        if name not in adapters:
            yield Seen("port_down", name, 1.0, "the adapter is not there")
            continue
        ports = adapters[name].ports
        if not ports or not all(port.told for port in ports):
            yield Seen("port_down", name, None, "its port does not say its state")
            continue
        down = [port for port in ports if not port.active]
        note = ", ".join(f"port {p.number} is {p.state}, {p.physical_state}" for p in down)
        yield Seen("port_down", name, float(len(down)), note)
        rate = ports[0].rate_gbps
        if wanted and not down and rate is not None and wanted[name]:
            share = rate / wanted[name]
            note = f"{rate:g} of {wanted[name]:g} Gb/s"
            yield Seen("port_rate_share", name, min(1.0, share + RATE_TOLERANCE), note)


COUNTERS = {
    "symbol_error": "port_symbol_errors",
    "link_error_recovery": "port_recoveries",
    "link_downed": "port_link_downed",
    "port_rcv_errors": "port_receive_errors",
    "local_link_integrity_errors": "port_integrity_errors",
    "excessive_buffer_overrun_errors": "port_overruns",
    "roce_slow_restart": "port_slow_restarts",
}


FULL = {
    "symbol_error": 65_535,
    "link_error_recovery": 255,
    "link_downed": 255,
    "local_link_integrity_errors": 15,
    "excessive_buffer_overrun_errors": 15,
}
"""Where classic counters of a port stand still (InfiniBand specification, PortCounters)."""


def _counters(view: View) -> Iterator[Seen]:
    """Tell counters; one that is full counts no more, and says nothing of now."""
    adapters: tuple[SysfsAdapter, ...] = view.facts("sysfs-infiniband").adapters
    for adapter in adapters:
        for port in adapter.ports:
            for counter in port.counters:
                signal = COUNTERS.get(counter.name)
                device = f"{adapter.name}/{port.number}"
                if signal and counter.value == FULL.get(counter.name):
                    why = f"it is full at {counter.value}: reset it with perfquery -R"
                    yield Seen(signal, device, None, why)
                elif signal:
                    yield Seen(signal, device, float(counter.value))


_FACE = re.compile(r"/sys/class/net/(?P<face>[^/]{1,15})/(?P<key>[a-z_/]+)$")


def faces_of(told: Mapping[str, object]) -> dict[str, dict[str, str]]:
    """Return what /sys tells of each network interface."""
    faces: dict[str, dict[str, str]] = {}
    for path, text in told.items():
        if found := _FACE.match(path):
            faces.setdefault(found["face"], {})[found["key"]] = words_of(text)
    return faces


def _net(view: View) -> Iterator[Seen]:
    faces = {face: told for face, told in faces_of(view.told("net")).items() if face != "lo"}
    if not faces:
        raise Unheard("net: no interface is told")
    for face, told in faces.items():
        fallen = number(told.get("carrier_down_count"))
        if fallen is not None:
            yield Seen("net_carrier_downs", face, fallen)
        errors = [
            number(told.get(f"statistics/{name}")) for name in ("rx_crc_errors", "rx_frame_errors")
        ]
        if all(each is not None for each in errors):
            yield Seen("net_crc_errors", face, sum(each or 0 for each in errors))


def _speeds(view: View) -> Iterator[Seen]:
    """Tell interfaces that carry traffic and lose packets on the card itself."""
    for face, told in view.told("ethtool").items():
        text = words_of(object_of(told).get("-S"))
        out = re.search(r"^\s*rx_out_of_buffer:\s*(\d{1,18})$", text, re.M)
        if out:
            yield Seen("net_out_of_buffer", face, number(out[1]))


def _roce(view: View) -> Iterator[Seen]:
    """Tell how many ways a host's lossless ports differ from each other: each mismatch is silent.

    Compared are trust, PFC and the DSCP map of mlnx_qos, ECN of both sides, and the traffic class
    beside NCCL's own.
    """
    told = view.told("roce")
    for key, signal in (("ecn/roce_", "roce_ecn"), ("/traffic_class", "roce_class")):
        values = {path: words_of(text) for path, text in told.items() if key in path}
        if values:
            kinds = sorted(set(values.values()))
            note = f"{len(values)} files say {', '.join(map(repr, kinds))}"
            yield Seen(f"{signal}_kinds", "", float(len(kinds)), note)
    classes = re.findall(
        r"^\s*NCCL_IB_TC\s*=\s*(\d{1,3})", words_of(told.get("/etc/nccl.conf")), re.M
    )
    found = {
        match
        for path, text in told.items()
        if path.endswith("/traffic_class")
        for match in re.findall(r"\d{1,3}", words_of(text))
    }
    if classes and found:
        note = f"NCCL marks {classes[-1]}, ports {', '.join(sorted(found))}"
        yield Seen("roce_nccl_apart", "", float(classes[-1] not in found), note)


def _qos(view: View) -> Iterator[Seen]:
    told = {
        face: _lossless(words_of(object_of(each).get("mlnx_qos")))
        for face, each in view.told("ethtool").items()
        if words_of(object_of(each).get("mlnx_qos"))
    }
    if told:
        kinds = set(told.values())
        trust = {trusted for trusted, _ in kinds}
        note = f"{len(told)} ports: trust {', '.join(sorted(trust))}"
        yield Seen("roce_qos_kinds", "", float(len(kinds)), note)


def _lossless(text: str) -> tuple[str, str]:
    """Return what a port trusts, and which priorities it pauses."""
    trust = re.search(r"Priority trust state: (\w+)", text)
    pause = re.search(r"PFC configuration:\s+priority[\d ]+\s+enabled\s+([\d ]+)", text)
    return (trust[1] if trust else "?", " ".join(pause[1].split()) if pause else "?")


def _cables(view: View) -> Iterator[Seen]:
    """Tell which cables of the subnet lead elsewhere than the design has them."""
    view.text("ibnetdiscover")
    if isinstance(view.cables, str):
        raise Unheard(f"the subnet was not compared: {view.cables}"[:200])
    for cable in view.cables:
        yield Seen("cable_misplaced", cable.port, 1.0, cable.text, node=cable.node)


SOURCES: Iterable[Source] = (
    source("ibstat", _ports, "port_down", "port_rate_share", of="infiniband"),
    source("sysfs-infiniband", _counters, *COUNTERS.values(), of="infiniband"),
    source("ibnetdiscover", _cables, "cable_misplaced", of="subnet"),
    source("net", _net, "net_carrier_downs", "net_crc_errors"),
    source("ethtool", _speeds, "net_out_of_buffer"),
    source("roce", _roce, "roce_ecn_kinds", "roce_class_kinds", "roce_nccl_apart", of="infiniband"),
    source("ethtool", _qos, "roce_qos_kinds", of="infiniband"),
)

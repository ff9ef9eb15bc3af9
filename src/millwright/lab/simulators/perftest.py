"""ib_write_bw: one adapter writes to another, with a real handshake between the two hosts.

Server and client meet over TCP at the port they are told, as the real one does; what they say of
their adapters there decides how fast they are. No byte of the test itself crosses a network.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

from .device import Hca, Node, load_node
from .mark import MARK
from .state import next_run

_LINE = "-" * 87
_WIRE_SHARE = 0.98
_NOISE = 0.004
_DEFAULT_PORT = 18515
_SLOW_LINK = 0.5
_TAKES = {"-d": "--ib-dev", "-p": "--port", "-s": "--size", "-D": "--duration", "-n": "--iters",
          "-q": "--qp", "-t": "--tx-depth", "-x": "--gid-index", "-m": "--mtu"}  # fmt: skip
_FLAGS = ("--report_gbits", "-F", "--CPU-freq", "-b", "-a", "-R")


@dataclass(frozen=True, slots=True)
class Options:
    """What a command line asks for; `server` is who is written to, where one is named."""

    device: str
    port: int
    size: int
    seconds: float
    gigabits: bool
    server: str


class Refused(Exception):
    """What the real program would end over, in its words."""


def ib_write_bw(argv: list[str]) -> int:
    """Serve one client, or be one."""
    node = load_node()
    try:
        options = _parse(argv)
        hca = _adapter(node, options.device)
        own = _word(node, hca)
        meet = _called if options.server else _served
        other = meet(options, own)
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    _report(node, (options, hca), own, other)
    return 0


def _parse(argv: list[str]) -> Options:
    found: dict[str, str] = {}
    server, left = "", list(argv)
    names = {long: short for short, long in _TAKES.items()}
    while left:
        word = left.pop(0)
        option, equals, value = word.partition("=")
        short = names.get(option, option)
        if short in _TAKES:
            if not equals and not left:
                raise Refused(f"ib_write_bw: option requires an argument -- '{short[1:]}'")
            found[short] = value if equals else left.pop(0)
        elif word in _FLAGS:
            found[word] = ""
        elif word.startswith("-") or server:
            raise Refused(f" Invalid Command line. Please check command rerun: {word}")
        else:
            server = word
    return Options(
        device=found.get("-d", ""),
        port=_number(found.get("-p", str(_DEFAULT_PORT))),
        size=_number(found.get("-s", "65536")),
        seconds=_number(found["-D"]) if "-D" in found else 0.2,
        gigabits="--report_gbits" in found,
        server=server,
    )


def _number(text: str) -> int:
    if not text.isdigit():
        raise Refused(f" Invalid Command line. Please check command rerun: {text}")
    return int(text)


def _adapter(node: Node, name: str) -> Hca:
    hca = next((each for each in node.hcas if name in ("", each.name)), None)
    if hca is None:
        raise Refused(f"IB device {name} not found\n Unable to find the Infiniband/RoCE device")
    if hca.down:
        raise Refused(" Port number 1 state is Down\n Couldn't set the link layer\n"
                      " Couldn't get context for the device")  # fmt: skip
    return hca


def _word(node: Node, hca: Hca) -> dict[str, Any]:
    """Return what an end says of itself."""
    fault = node.found_of("slow-link", hca.name)
    share = float(fault or _SLOW_LINK) if fault is not None else 1.0
    rate = node.number("hca", "rate_gbps") * share
    return {"host": node.name, "hca": hca.name, "lid": hca.lid, "rate_gbps": rate}


def _served(options: Options, own: dict[str, Any]) -> dict[str, Any]:
    stars = "*" * 36
    sys.stdout.write(f"\n{stars}\n* Waiting for client to connect... *\n{stars}\n")
    sys.stdout.flush()
    with socket.create_server(("", options.port)) as door:
        link, _ = door.accept()
        with link:
            return _met(link, own, options.seconds)


def _called(options: Options, own: dict[str, Any]) -> dict[str, Any]:
    try:
        with socket.create_connection((options.server, options.port), timeout=10) as link:
            return _met(link, own, options.seconds)
    except OSError:
        raise Refused(
            f" Couldn't connect to {options.server}:{options.port}\n"
            "Unable to open file descriptor for socket connection Unable to init the socket "
            "connection"
        ) from None


def _met(link: socket.socket, own: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Tell who one is, hear who the other is, and stay for as long as the test takes."""
    link.sendall(json.dumps(own).encode() + b"\n")
    with link.makefile("rb") as stream:
        raw = stream.readline(4096)
        time.sleep(seconds)
        link.sendall(b"over\n")
        stream.readline(16)
    try:
        heard: dict[str, Any] = json.loads(raw)
    except ValueError:
        raise Refused(" Failed to exchange data between server and clients") from None
    return heard


def _report(
    node: Node, asked: tuple[Options, Hca], own: dict[str, Any], other: dict[str, Any]
) -> None:
    options, hca = asked
    slower = min(float(own["rate_gbps"]), float(other["rate_gbps"]))
    between = sorted([f"{own['host']} {own['hca']}", f"{other['host']} {other['hca']}"])
    gbps = node.noisy(slower * _WIRE_SHARE, *between, next_run(), spread=_NOISE)
    messages = gbps * 1e9 / 8 / options.size
    shown, unit = (gbps, "Gb/sec") if options.gigabits else (gbps * 1e9 / 8 / 2**20, "MiB/sec")
    layer = "IB" if node.text("hca", "link_layer") == "InfiniBand" else "Ethernet"
    lines = [
        f"# {MARK}",
        *_HEADING.format(device=hca.name, layer=layer).splitlines(),
        f" local address: LID {own['lid']:#06x} QPN 0x0048 PSN 0x7d1c2a RKey 0x1fd8a0"
        " VAddr 0x007f0b2c000000",
        f" remote address: LID {int(other['lid']):#06x} QPN 0x0049 PSN 0x3bb01f"
        " RKey 0x1fd8a1 VAddr 0x007f31a4000000",
        _LINE,
        f" #bytes     #iterations    BW peak[{unit}]    BW average[{unit}]   MsgRate[Mpps]",
        f" {options.size:<10d} {int(messages * options.seconds):<14d} {0.0:<18.2f} {shown:<19.2f}"
        f" {messages / 1e6:.6f}",
        _LINE,
    ]
    sys.stdout.write("\n".join(lines) + "\n")


_HEADING = f"""\
{_LINE}
                    RDMA_Write BW Test
 Dual-port       : OFF\t\tDevice         : {{device}}
 Number of qps   : 1\t\tTransport type : IB
 Connection type : RC\t\tUsing SRQ      : OFF
 PCIe relax order: ON
 ibv_wr* API     : ON
 TX depth        : 128
 CQ Moderation   : 1
 Mtu             : 4096[B]
 Link type       : {{layer}}
 Max inline data : 0[B]
 rdma_cm QPs\t : OFF
 Data ex. method : Ethernet
{_LINE}
"""

"""Where data could go: mounts, backups, resolvers, routes, telemetry, against what is allowed.

Which data a mount or a log holds does not show; all of them are taken for the class that may go
the fewest ways.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Literal

from millwright.manage.assess.voice import Voice
from millwright.manage.comply.ground import Ground, Said
from millwright.manage.comply.places import host_of

Kind = Literal["mount", "backup", "resolver", "route", "telemetry", "proxy", "clock"]
NETWORKED = ("nfs", "nfs4", "cifs", "smb3", "ceph", "lustre", "beegfs", "glusterfs", "wekafs",
             "gpfs", "afs", "9p", "sshfs", "s3fs", "fuse.sshfs", "fuse.s3fs")  # fmt: skip
_NAMESERVER = re.compile(r"^\s*nameserver\s+(\S+)", re.M)
_DNS = re.compile(r"^\s*(?:DNS|FallbackDNS)\s*=\s*(.+)$", re.M)
_STUB = ("127.0.0.53", "127.0.0.54", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a node: what, through which thing of the host, to whom."""

    kind: Kind
    thing: str
    host: str
    scheme: str = ""


def mounts(voice: Voice) -> list[Way] | None:
    """Return network file systems that a node mounts; None where it did not tell."""
    if voice.text("mounts") is None:
        return None
    found = []
    for place, each in voice.object("mounts").items():
        kind = str(each.get("kind", ""))
        if _networked(kind):
            for host in _servers(str(each.get("source", ""))):
                found.append(Way("mount", place, host, kind))
    return found


def _networked(kind: str) -> bool:
    return kind in NETWORKED or kind.startswith("nfs")


def _servers(source: str) -> list[str]:
    """Return the hosts of a mount's source: `host:/path`, `//host/share`, `10.0.0.1@tcp:/fs`."""
    if source.startswith("//"):
        return [source[2:].split("/")[0].rpartition("@")[2]]
    before = re.split(r":/|:$", source)[0] if not source.startswith("/") else ""
    if not before:
        return [source or "an unnamed source"]
    parts = re.split(r",(?![^\[]*\])|:(?=\d+\.)", before)
    return [host_of(re.sub(r"@[a-z0-9]+$", "", part)) or part for part in parts if part]


def resolvers(voice: Voice) -> list[Way] | None:
    """Return who answers names for a node; a stub of the host itself stands for those behind it."""
    if voice.text("resolvers") is None:
        return None
    told = voice.object("resolvers")
    found: dict[str, str] = {}
    for path, text in told.items():
        servers = _NAMESERVER.findall(str(text))
        servers += [each for line in _DNS.findall(str(text)) for each in line.split()]
        for each in servers:
            host = each.split("#")[0].split("%")[0]
            if host not in _STUB:
                found.setdefault(host, path)
    return [Way("resolver", path, host) for host, path in found.items()]


def routes(voice: Voice) -> list[Way] | None:
    """Return gateways of a node, with the network that they lead to."""
    text = voice.text("ip-route")
    if text is None:
        return None
    try:
        told = json.loads(text or "[]")
    except ValueError:
        return None
    return [
        Way("route", str(each.get("dst", "?")), str(each["gateway"]))
        for each in told
        if isinstance(each, dict) and each.get("gateway")
    ]


def configured(voice: Voice, *kinds: str) -> list[Way] | None:
    """Return ways out that files of a node name."""
    if voice.text("flows") is None:
        return None
    found: list[Any] = voice.object("flows").get("found") or []
    return [
        Way(each["kind"], f"{each['file']}:{each['line']}", str(each["host"]),
            str(each.get("scheme", "")))
        for each in found
        if isinstance(each, dict) and each.get("kind") in kinds and each.get("host")
    ]  # fmt: skip


Ways = Callable[[Voice], "list[Way] | None"]
READ: dict[str, tuple[Ways, str, str]] = {
    "mounts": (mounts, "mounts", "mounts stay in zones that may hold the data"),
    "backups": (lambda voice: configured(voice, "backup"), "flows",
                "backups go to zones that may hold the data"),
    "resolvers": (resolvers, "resolvers", "names are asked of resolvers in allowed zones"),
    "routes": (routes, "ip-route", "gateways are in allowed zones"),
    "telemetry": (lambda voice: configured(voice, "telemetry", "proxy"), "flows",
                  "logs and measurements stay in allowed zones"),
}  # fmt: skip


def allowed(ground: Ground) -> frozenset[str]:
    """Return the zones that may hold all of the data here; those of the cluster itself always."""
    ways = [frozenset(zones) for name, zones in ground.scope.zones.items() if name != "public"]
    common = frozenset.intersection(*ways) if ways else frozenset()
    return common | {ground.places.home}


def outside(ground: Ground, ways: Sequence[Way]) -> Iterator[str]:
    """Yield each way that leaves what is allowed, in words."""
    may = allowed(ground)
    for way in ways:
        spot = ground.places.spot(way.host)
        if spot.zone is None:
            yield f"{way.kind} {way.thing} goes to {way.host}: {spot.how}"
        elif spot.zone not in may:
            reason = f"{spot.zone} may not hold this data"
            yield f"{way.kind} {way.thing} goes to {way.host} ({spot.how}): {reason}"


def guarded(ground: Ground, name: str, voice: Voice) -> Said:
    """Return whether ways of one kind out of a node end where they may."""
    read, question, _ = READ[name]
    ways = read(voice)
    if ways is None:
        return "unknown", f"{question}: {voice.why(question)}"
    wrong = list(dict.fromkeys(outside(ground, ways)))
    if wrong:
        return "fail", "; ".join(wrong[:6])
    if not ways:
        return ("unknown" if name == "resolvers" else "pass"), _none(name)
    ends = dict.fromkeys(f"{way.host} ({ground.places.spot(way.host).zone})" for way in ways)
    return "pass", ", ".join(list(ends)[:4])


def _none(name: str) -> str:
    return {
        "mounts": "no network file system is mounted",
        "backups": "no file names a backup elsewhere",
        "resolvers": "no resolver was seen",
        "routes": "no gateway",
        "telemetry": "no file that is known here names a receiver",
    }[name]


def files_encrypted(voice: Voice) -> Said:
    """Return whether network file systems encrypt what is sent; RDMA cannot by its protocol."""
    if voice.text("mounts") is None:
        return "unknown", f"mounts: {voice.why('mounts')}"
    told = voice.object("mounts")
    there = {place: each for place, each in told.items() if _networked(str(each.get("kind", "")))}
    if not there:
        return "not-applicable", "no network file system is mounted"
    tunnels = list(_tunnels(voice))
    wrong = [why for place, each in there.items() if (why := _bare(place, each, tunnels))]
    return ("fail", "; ".join(wrong[:4])) if wrong else ("pass", f"{len(there)} mounts")


def _bare(place: str, each: dict[str, Any], tunnels: Sequence[str]) -> str:
    options = [str(option) for option in each.get("options", ())]
    kind = str(each.get("kind", ""))
    if any(_inside(host, tunnels) for host in _servers(str(each.get("source", "")))):
        return ""
    if kind.startswith("nfs"):
        if "sec=krb5p" in options or any(o in options for o in ("xprtsec=tls", "xprtsec=mtls")):
            return ""
        if "proto=rdma" in options or "rdma" in options:
            return f"{place} comes over RDMA, which does not encrypt: a compensating measure"
        sec = next((option for option in options if option.startswith("sec=")), "sec=sys")
        return f"{place} comes with {sec}, in the clear"
    if kind in ("cifs", "smb3"):
        return "" if "seal" in options else f"{place} comes without seal, in the clear"
    return f"{place}: {kind} does not show that it encrypts"


def _tunnels(voice: Voice) -> Iterator[str]:
    """Yield networks that are reached through WireGuard, or that a policy of IPsec covers."""
    for line in (voice.text("wireguard") or "").splitlines():
        yield from (cell for cell in line.replace("\t", " ").split(" ") if "/" in cell)
    for line in (voice.text("ipsec") or "").splitlines():
        found = re.match(r"^src (\S+) dst (\S+)", line.strip())
        if found:
            yield found[2]


def _inside(host: str, networks: Sequence[str]) -> bool:
    try:
        address = ip_address(host)
        return any(address in ip_network(net, strict=False) for net in networks
                   if net.rpartition("/")[2] != "0")  # fmt: skip
    except ValueError:
        return False


def services_encrypted(voice: Voice) -> Said:
    """Return whether what a host sends to others by its own files goes over TLS."""
    ways = configured(voice, "telemetry", "proxy")
    if ways is None:
        return "unknown", f"flows: {voice.why('flows')}"
    clear = [way for way in ways if way.scheme in _CLEAR and way.kind == "telemetry"
             and way.host not in (*_STUB, "localhost")]  # fmt: skip
    if clear:
        told = "; ".join(f"{way.thing} sends to {way.host} by {way.scheme}" for way in clear[:4])
        return "fail", told
    return "pass", f"{len(ways)} receivers"


_CLEAR = ("http", "ldap", "syslog-tcp", "syslog-udp", "tcp", "udp", "ftp")

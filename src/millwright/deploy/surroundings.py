"""Before anything is deployed: what a host stands in. Names, sources, links, disks, strangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from millwright.deploy.inputs import Inputs
from millwright.deploy.question import Found, Rule, Told

LEAST_ROOT_MIB = 1024
LEAST_FILES = 100_000
LEAST_MTU = 1500
RATE_TOLERANCE = 0.02
"""What drivers round a link's rate by."""


def _names(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del host, now
    names = found["names"]
    if not names["resolves"]:
        fix = "put it into /etc/hosts: sudo and daemons wait for it"
        yield "failed", f"its own name {names['own']} does not resolve", fix
    if inputs.factory.packages.bundle:
        return
    for name, _, answer in found["sources"]:
        if answer == "no such name" and _goes_out(found, inputs):
            yield "failed", f"{name} does not resolve, and its packages come from there", "mend DNS"


def _goes_out(found: Found, inputs: Inputs) -> bool:
    """Return whether a host asks sources itself: others ask the head node, once that is one."""
    faces = found["faces"] or ()
    return any(inputs.factory.packages.server in face["addresses"] for face in faces)


def _sources(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del host, now
    if not found["uris"]:
        yield "failed", "apt has no source of packages", "name some in software.packages.sources"
    for name, through, answer in found["sources"]:
        if answer in ("open", "no such name") or inputs.factory.packages.bundle:
            continue
        if through:
            fix = "look after the cache on the head node, or services.proxy"
            yield "failed", f"the way to {name} is {answer}", fix
        elif _goes_out(found, inputs):
            fix = "open the way, say services.proxy, or bring a bundle: deploy bundle"
            yield "failed", f"{name} is {answer}, and packages come from there", fix


def _head(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del now
    if host != inputs.factory.head and found["head"] not in ("open", "refused"):
        what = f"it does not reach the head node at {inputs.factory.packages.server}"
        yield "failed", f"{what}: {found['head']}", "mend the in-band network"


def _address(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del now
    wanted = inputs.nodes[host].address
    if found["faces"] is None:
        yield "unknown", "it does not tell its addresses", "install iproute2"
        return
    face = next((face for face in found["faces"] if wanted in face["addresses"]), None)
    if face is None:
        fix = "give it that address, as design/network says"
        yield "failed", f"no interface of it has {wanted}, its in-band address by design", fix
    elif face["mtu"] < LEAST_MTU:
        fix = f"at least {LEAST_MTU}, the same on all hosts"
        yield "failed", f"the MTU of {face['name']} is {face['mtu']}", fix


def _links(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    """Links are counted by rate: what is slower than designed is one too few."""
    del now
    wanted = Counter(each.rate_gbps for each in inputs.nodes[host].fabric.adapters)
    if not wanted:
        return
    if found["simulated"] or found["container"]:
        yield "not testable", "its network adapters are simulated", ""
        return
    rates = [rate for _, _, rate, up in found["links"] if up]
    for gbps, count in sorted(wanted.items()):
        near = sum(abs(rate - gbps) <= RATE_TOLERANCE * gbps for rate in rates)
        if near < count:
            seen = Counter(f"{rate:g}" for rate in rates)
            told = ", ".join(f"{number} of {rate}" for rate, number in sorted(seen.items()))
            what = f"{near} links of {gbps:g} Gb/s are up, and the design has {count}"
            yield "failed", f"{what} (up: {told or 'none'})", "look for cables, modules and ports"


def _storage(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del host, inputs, now
    for place in found["read_only"]:
        fix = "look into dmesg for its disk, then mount it for writing"
        yield "failed", f"{place} is mounted read-only", fix
    if found["root_free_mib"] < LEAST_ROOT_MIB:
        what = f"/ has {found['root_free_mib']} MiB left"
        yield "failed", what, f"make room: {LEAST_ROOT_MIB} MiB"
    if 0 < found["files_free"] < LEAST_FILES:
        what = f"/var has room for {found['files_free']} more files"
        yield "failed", what, f"make room for {LEAST_FILES}"
    if found["container"]:
        yield "not testable", "its disks are its machine's", ""
        return
    if not found["disks"]:
        yield "unknown", "it does not tell its disks", ""
    for name, size_mib, read_only in found["disks"]:
        if read_only or not size_mib:
            what = "is read-only" if read_only else "has no size"
            yield "failed", f"disk {name} {what}", "replace it before it holds anything"


def _strangers(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del now
    if found["nouveau"] and inputs.nodes[host].gpus:
        fix = "blacklist nouveau, renew the initramfs, reboot"
        yield "failed", "nouveau drives its GPUs", fix
    if found["driver_by_hand"]:
        fix = "run nvidia-uninstall: packages and a .run file overwrite each other"
        yield "failed", "a driver was installed by hand from a .run file", fix
    if found["docker"]:
        fix = 'remove it, or say "iptables": false in /etc/docker/daemon.json'
        yield "failed", "docker writes packet rules of its own there", fix
    if found["upgrading"]:
        fix = "let it end; the role bootstrap turns it off"
        yield "failed", f"{', '.join(found['upgrading'])} upgrades packages right now", fix


SURROUNDINGS: Sequence[Rule] = (
    _names,
    _sources,
    _head,
    _address,
    _links,
    _storage,
    _strangers,
)

"""Roles of packages: a cache on the head node, and the one way that all others go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict, active
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere, on_head
from millwright.deploy.sections.sources import Archive

FETCHED = """\
import json, os, re, subprocess, sys, tempfile
def said(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout, done.stderr
_, listed, _ = said("apt-get", "update", "--print-uris")
uris = re.findall(r"^'([^']+)'", listed, re.M)
_, config, _ = said("apt-config", "dump", "Acquire")
ways = re.findall(r'^Acquire::(https?)::(Proxy(?:-Auto-Detect|::[^ ]*)?) "([^"]*)";', config, re.M)
outside = [uri for uri in uris if uri.split(":")[0] not in ("file", "copy")]
fetched, why = None, ""
if outside:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "release")
        rc, _, err = said("/usr/lib/apt/apt-helper", "download-file", outside[0], path)
        fetched = rc == 0 and os.path.getsize(path) > 0
        words = [line for line in err.splitlines() if line.startswith("E:")]
        why = "" if fetched else (words or [err.strip() or "no word"])[0]
json.dump({"uris": uris, "ways": ways, "fetched": fetched, "why": why}, sys.stdout)
"""
"""Constant: where apt would fetch indexes, by which way, and whether the first one really comes."""

CLIENTS = ("awk", "-F|", "!seen[$4]++ {print $4}", "/var/log/apt-cacher-ng/apt-cacher.log")
"""What the cache's own log knows of who came."""

DETECTOR = "/usr/local/sbin/millwright-apt-proxy"
FETCH_S = 90.0


def _mirror(host: str, inputs: Inputs) -> Sequence[Check]:
    del host
    address = inputs.factory.packages.server

    def listens(text: str) -> Verdict:
        found = {line.split()[3] for line in text.splitlines() if len(line.split()) > 3}
        wanted = f"{address}:3142"
        return PROVEN if wanted in found else Verdict("failed", f"nobody listens at {wanted}")

    socket = Check(("ss", "-Hltn", "sport", "=", ":3142"), listens, 20.0)
    return (active("apt-cacher-ng", 20.0), socket)


def _sources(host: str, inputs: Inputs) -> Sequence[Check]:
    words = ("python3", "-Ic", FETCHED)
    fetched = Check(words, comes(host, inputs), command_s=FETCH_S)
    if host == inputs.factory.head:
        return (fetched,)
    address = inputs.nodes[host].address
    return (fetched, Check(CLIENTS, came(address), asked=inputs.factory.head, turn=1))


def came(address: str) -> Judge:
    """Return the judge of the cache's log: a host is among those who came."""

    def judge(text: str) -> Verdict:
        if address in text.split():
            return PROVEN
        return Verdict("failed", "the head node's cache has never heard of it: it goes around")

    return judge


def comes(host: str, inputs: Inputs) -> Judge:
    """Return the judge of a host's sources: those of the design, by the designed way, and they
    come."""
    archives = inputs.nodes[host].archives

    def judge(text: str) -> Verdict:
        try:
            found = json.loads(text)
            wrong = [*_ways(found, host, inputs), *_uris(found, archives)]
        except (ValueError, KeyError, TypeError):
            return Verdict("failed", f"it answers {text.strip()[:80]!r}")
        if not found["uris"]:
            wrong.append("apt has no source of packages")
        if found["fetched"] is False:
            wrong.append(f"apt cannot fetch: {str(found['why'])[:200]}")
        return Verdict("failed", "; ".join(wrong)) if wrong else PROVEN

    return judge


def _ways(found: Mapping[str, Any], host: str, inputs: Inputs) -> Iterator[str]:
    made = inputs.factory.packages
    told = {(scheme, key): value for scheme, key, value in found["ways"]}
    around = told.pop(("http", f"Proxy::{made.server}"), "")
    if around != "DIRECT":
        yield f"apt asks {made.server} by a way around"
    if host == inputs.factory.head:
        key, value = "Proxy", made.proxy
    elif made.direct:
        key, value = "Proxy-Auto-Detect", DETECTOR
    else:
        key, value = "Proxy", made.cache
    wanted = {(scheme, key): value for scheme in ("http", "https") if value}
    for (scheme, name), way in sorted(told.items()):
        if wanted.get((scheme, name)) != way and way:
            yield f"Acquire::{scheme}::{name} is {way}: a way that the design does not know"
    for (scheme, name), way in wanted.items():
        if (scheme, name) not in told:
            yield f"Acquire::{scheme}::{name} is not said, and must be {way}"


def _uris(found: Mapping[str, Any], archives: Sequence[Archive]) -> Iterator[str]:
    known = tuple(f"{archive.uri.rstrip('/')}/" for archive in archives)
    for uri in found["uris"]:
        scheme = uri.partition(":")[0]
        if scheme not in ("http", "https", "file", "copy"):
            yield f"{uri} goes by {scheme}, and so past the head node"
        elif known and scheme not in ("file", "copy") and not uri.startswith(known):
            yield f"{uri} is no source of the design"


PACKAGE_MIRROR = Role(
    "package-mirror",
    "image",
    on_head,
    "one cache of packages for all hosts",
    ("factory.packages", "node.archives", "node.address"),
    _mirror,
    ("apt-cacher-ng",),
)
PACKAGE_SOURCES = Role(
    "package-sources",
    "image",
    everywhere,
    "where packages come from: through the head node",
    (
        "factory.packages.cache",
        "factory.packages.direct",
        "factory.packages.proxy",
        "factory.packages.no_proxy",
        "factory.packages.bundle",
        "node.archives",
    ),
    _sources,
)

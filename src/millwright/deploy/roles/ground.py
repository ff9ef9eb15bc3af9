"""Roles of the ground: what must be there before any other role."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere
from millwright.deploy.sections.ground import Deployer

ACCOUNTS = {"munge": 401, "slurm": 64030}
"""Who has the same number on every host; the role `bootstrap` gives the same ones."""

RULES = "/etc/sudoers.d/50-millwright-people"
"""What people may do as root, laid by the role `users`."""

GROUND = """\
import grp, json, os, pwd, re, subprocess, sys
def ids(name):
    try:
        return [pwd.getpwnam(name).pw_uid, grp.getgrnam(name).gr_gid]
    except KeyError:
        return None
def said(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout
free = []
folder = "/etc/sudoers.d"
names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
files = [folder + "/" + name for name in names if "." not in name and not name.endswith("~")]
for path in ["/etc/sudoers", *files]:
    try:
        text = open(path, errors="replace").read().replace("\\\\\\n", " ")
    except FileNotFoundError:
        continue
    for line in text.splitlines():
        found = re.match(r"\\s*([^#\\s]\\S*)\\s[^=]*=.*NOPASSWD:\\s*ALL\\b", line)
        if found and not found.group(1).startswith("Defaults"):
            free.append([path, found.group(1)])
periodic = said("apt-config", "dump", "APT::Periodic")
units = said("systemctl", "list-unit-files", "--no-legend", "--no-pager", "--state=enabled",
             "apt-daily.timer", "apt-daily-upgrade.timer", "unattended-upgrades.service")
json.dump({
    "accounts": {name: ids(name) for name in sys.argv[1:]},
    "root_without_password": free,
    "periodic": dict(re.findall(r'APT::Periodic::(\\S+) "([^"]*)";', periodic)),
    "upgraders": [line.split()[0] for line in units.splitlines() if line.strip()],
    "patching": os.path.exists("/etc/millwright/patching.json"),
    "first_boots": os.path.isdir("/etc/cloud")
        and os.path.exists("/var/lib/cloud/instance/boot-finished")
        and not os.path.exists("/etc/cloud/cloud-init.disabled"),
}, sys.stdout)
"""
"""Constant, and it only reads: numbers of users, root without a password, what upgrades by itself.
"""


def _bootstrap(host: str, inputs: Inputs) -> Sequence[Check]:
    words = ("python3", "-Ic", GROUND, *ACCOUNTS)
    free = frozenset(each.name for each in inputs.factory.access.accounts if each.free)
    return (Check(words, grounded(inputs.nodes[host].deployer, free)),)


def grounded(deployer: Deployer, free: frozenset[str] = frozenset()) -> Judge:
    """Return the judge of a host's ground; only who deploys may become root without a password,
    and only where reach.yaml names none, and the people of whom the design says so: `free`."""

    def judge(text: str) -> Verdict:
        try:
            found = json.loads(text)
            wrong = [*_numbers(found), *_free(found, deployer, free), *_upgrading(found)]
        except (ValueError, KeyError, TypeError, AttributeError):
            return Verdict("failed", f"it answers {text.strip()[:80]!r}")
        return Verdict("failed", "; ".join(wrong)) if wrong else PROVEN

    return judge


def _numbers(found: Mapping[str, Any]) -> Iterator[str]:
    for name, number in ACCOUNTS.items():
        ids = found["accounts"][name]
        if ids != [number, number]:
            told = "missing" if ids is None else f"{ids[0]}:{ids[1]}"
            yield f"user {name} is {told}, and must be {number}:{number} on every host"


def _free(found: Mapping[str, Any], deployer: Deployer, free: frozenset[str]) -> Iterator[str]:
    for path, who in found["root_without_password"]:
        deploys = who == deployer.user and who != "root" and not deployer.password
        if deploys or (who in free and path == RULES):
            continue
        yield f"{path} lets {who} become root without a password: take it out"


def _upgrading(found: Mapping[str, Any]) -> Iterator[str]:
    if found["upgraders"]:
        yield f"{', '.join(found['upgraders'])} upgrade behind one's back"
    for key in ("Enable", "Unattended-Upgrade"):
        if found["periodic"].get(key) != "0":
            yield f"APT::Periodic::{key} is {found['periodic'].get(key, 'not said')}, and must be 0"
    if not found["patching"]:
        yield "/etc/millwright/patching.json does not say by when patches are due"
    if found["first_boots"]:
        yield "cloud-init would configure it again at the next boot"


BOOTSTRAP = Role(
    "bootstrap",
    "image",
    everywhere,
    "Python, numbers of users, who becomes root, no upgrades by themselves",
    ("node.deployer", "factory.patching"),
    _bootstrap,
)

"""The trees that hosts boot from: a Debian base, and over it a layer with simulated packages.

Both are made once, outside of any workspace, under a name that digests what went into them; a call
that dies while making one leaves a folder that nobody mistakes for a whole one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from millwright.lab.home import CACHE
from millwright.lab.packages import DRIVERS, PACKAGES, packages_for
from millwright.lab.plan import SUITES, LabHost, LabPlan, Os
from millwright.lab.profiles import figures
from millwright.lab.repository import make, sources
from millwright.lab.tool import tool

Told = Callable[[str], None]

DEBIAN = (
    "ca-certificates",
    "dbus",
    "ethtool",
    "faketime",
    "gnupg",
    "ibsim-utils",
    "infiniband-diags",
    "iproute2",
    "iputils-ping",
    "kmod",
    "less",
    "nftables",
    "openssh-server",
    "opensm",
    "pciutils",
    "procps",
    "python3",
    "python3-apt",
    "python3-clustershell",
    "sudo",
    "systemd",
    "systemd-sysv",
)
"""What a bare host of the lab comes with: what a site's installer would lay down, the tools that
show faults, and what a gateway of a fan-out tree runs."""

RUNNER = "runner"
RUNNERS = ("ansible-core", "python3-ansible-runner")
"""What makes a gateway a runner node: Ansible of the distribution, with what takes shares of it."""

UNNEEDED = (
    "console-getty.service",
    "getty@tty1.service",
    "getty.target",
    "systemd-update-utmp.service",
    "systemd-update-utmp-runlevel.service",
    "systemd-firstboot.service",
    "systemd-pstore.service",
    "systemd-ask-password-wall.path",
    "systemd-ask-password-console.path",
    "ldconfig.service",
    "opensm.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "motd-news.timer",
)
"""Units that cost a booting host time and give it nothing."""

MENDED = f"""\
set -eu
systemctl --root="$1" enable systemd-networkd.service ssh.service >/dev/null 2>&1
systemctl --root="$1" mask {" ".join(UNNEEDED)} >/dev/null 2>&1
rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id "$1"/etc/hostname "$1"/etc/resolv.conf
touch "$1"/etc/machine-id
mkdir -p "$1"/etc/ssh/sshd_config.d "$1"/etc/millwright-lab
printf 'MaxStartups 200\\nMaxSessions 100\\nPerSourceMaxStartups none\\n' \\
  > "$1"/etc/ssh/sshd_config.d/10-lab.conf
chroot "$1" useradd --create-home --shell /bin/bash --groups sudo engineer
"""
"""What is done to the base once it is installed: constant text, run by mmdebstrap with the tree."""


def base(os_name: Os, told: Told) -> Path:
    """Return the base of an operating system, made by mmdebstrap where it is not there yet."""
    recipe = json.dumps([os_name, DEBIAN, UNNEEDED, MENDED])
    tree = CACHE / "images" / f"{os_name}-{_digest(recipe)}"
    if not tree.exists():
        told(f"making the image of {os_name}, once: this takes half a minute")
        _whole(tree, lambda fresh: _bootstrap(os_name, fresh))
    return tree


def _bootstrap(os_name: Os, tree: Path) -> None:
    scratch = ["sh", "-c", 'mount -t tmpfs lab-scratch /tmp && exec "$@"', "sh"]
    words = [*SANDBOX, *scratch, "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase"]
    words += [f"--include={','.join(DEBIAN)}", f"--customize-hook={MENDED}"]
    tool([*words, SUITES[os_name], str(tree)], timeout_s=1800)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


SANDBOX = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"),
    "--mount-proc",
)
"""What makes images has mounts and processes of its own, which end with the call that wants them,
however that ends."""


def _whole(tree: Path, make: Callable[[Path], None]) -> None:
    """Make a tree beside its place and move it there when it is whole; half ones are removed.

    Calls that want the same one wait for each other. Nobody but root looks in: what is for the
    hosts' own users only would be for the machine's.
    """
    tree.parent.mkdir(parents=True, exist_ok=True)
    tree.parent.chmod(0o700)
    with open(tree.parent / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if tree.exists():
            return
        for torn in tree.parent.glob(f".{tree.name}.*"):
            shutil.rmtree(torn)
        fresh = tree.with_name(f".{tree.name}.{os.getpid()}")
        try:
            make(fresh)
            os.replace(fresh, tree)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def layers(plan: LabPlan, told: Told) -> dict[str, tuple[Path, ...]]:
    """Return the trees below each host of a lab, the uppermost first.

    Bare hosts have the repository of simulated packages; the others have those installed that
    their accelerators want. Gateways have Ansible, bare or not.
    """
    under = (_repository(), base(plan.os, told))
    vendors = {host.name: _vendor(host) for host in plan.hosts}
    tops: dict[str, tuple[Path, ...]] = {"": ()}
    for vendor in set(vendors.values()) - {""}:
        if vendor == RUNNER:
            tops[vendor] = (_runner(under, told),)
        else:
            tops[vendor] = () if plan.bare else (_installed(vendor, under),)
    return {name: (*tops[vendor], *under) for name, vendor in vendors.items()}


def _vendor(host: LabHost) -> str:
    if host.role == "gateway":
        return RUNNER
    return str(figures(host.profile)["vendor"]) if host.profile else ""


def _repository() -> Path:
    parts = [repr(PACKAGES), *(source.read_text(encoding="utf-8") for source in sources())]
    tree = CACHE / "images" / f"repository-{_digest(''.join(parts))}"
    if not tree.exists():
        _whole(tree, make)
    return tree


def _installed(vendor: str, under: tuple[Path, ...]) -> Path:
    wanted = [p for p in packages_for(vendor) if not p.version.startswith(DRIVERS[1])]
    names = [f"{package.name}={package.version}" for package in wanted]
    units = [unit.name for package in wanted for unit in package.units]
    recipe = json.dumps([names, units, INSTALL, [tree.name for tree in under]])
    tree = CACHE / "images" / f"{vendor}-{_digest(recipe)}"
    if not tree.exists():
        _whole(tree, lambda fresh: _install(fresh, under, names, units))
    return tree


INSTALL = """\
set -eu
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
units=$5
root=$4
shift 5
local="-o Dir::Etc::sourcelist=sources.list.d/millwright-lab.list -o Dir::Etc::sourceparts=-"
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get -qq update $local
chroot "$root" apt-get -qq install --yes $local "$@" >/dev/null
[ -z "$units" ] || systemctl --root="$root" enable $units >/dev/null 2>&1
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
"""
"""Installs packages into a layer of its own, in a mount that only this script sees."""


FETCH = """\
set -eu
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
root=$4
shift 4
cp /etc/resolv.conf "$root"/etc/resolv.conf
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get -qq update
chroot "$root" apt-get -qq install --yes --no-install-recommends "$@" >/dev/null
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/etc/resolv.conf
rm -f "$root"/var/cache/apt/archives/*.deb
"""
"""Installs packages of the distribution into a layer of its own, as `INSTALL` does."""


def _runner(under: tuple[Path, ...], told: Told) -> Path:
    recipe = json.dumps([RUNNERS, FETCH, [tree.name for tree in under]])
    tree = CACHE / "images" / f"{RUNNER}-{_digest(recipe)}"
    if not tree.exists():
        told("installing Ansible for gateways, once: this takes half a minute")
        _whole(tree, lambda fresh: _over(fresh, under, FETCH, RUNNERS))
    return tree


def _install(fresh: Path, under: tuple[Path, ...], names: list[str], units: list[str]) -> None:
    _over(fresh, under, INSTALL, (" ".join(units), *names))


def _over(fresh: Path, under: tuple[Path, ...], script: str, words: Sequence[str]) -> None:
    """Run a script that fills a layer over others; the script is given the words."""
    work, root = fresh.with_name(f"{fresh.name}.work"), fresh.with_name(f"{fresh.name}.root")
    for folder in (fresh, work, root):
        folder.mkdir()
    try:
        sandbox = [*SANDBOX, "sh", "-c", script, "sh"]
        sandbox += [":".join(map(str, under)), str(fresh), str(work), str(root)]
        tool([*sandbox, *words], timeout_s=600)
    finally:
        shutil.rmtree(work)
        root.rmdir()

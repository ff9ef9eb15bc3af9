"""Nodes as they would be heard by compliance: one healthy one, and changes that a test makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from millwright.manage.assess.voice import Voice
from millwright.manage.comply.ground import Facts, Ground
from millwright.manage.comply.places import places_of
from millwright.manage.comply.scope import scope_of
from millwright.model.compliance import Books
from millwright.model.heard import Heard, Recording
from millwright.model.placement import Placement
from millwright.model.spec import Factory

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
AT = "2026-11-26T09:00:00Z"
KEY = "SHA256:AAAAalice"
SSHD = (
    "permitrootlogin prohibit-password\npasswordauthentication no\npermitemptypasswords no\n"
    "kbdinteractiveauthentication no\nhostbasedauthentication no\nloglevel VERBOSE\n"
)
UNITS = "Id=auditd.service\nActiveState=active\n\nId=rsyslog.service\nActiveState=active\n"
PEOPLE = {
    "people": {
        "root": {"uid": 0, "shell": "/bin/bash", "keys": []},
        "alice": {"uid": 20001, "shell": "/bin/bash", "keys": [["ssh-ed25519", KEY]]},
        "daemon": {"uid": 1, "shell": "/usr/sbin/nologin", "keys": []},
    },
    "groups": {"sudo": ["alice"]},
    "sudoers": {"/etc/sudoers": [["%sudo", False]]},
}
LSBLK = {
    "blockdevices": [
        {"name": "sda", "type": "disk", "size": 1000, "children": [
            {"name": "sda1", "type": "part", "size": 100, "fstype": "ext4", "mountpoint": "/boot"},
            {"name": "sda2", "type": "part", "size": 900, "children": [
                {"name": "root", "type": "crypt", "size": 900, "fstype": "ext4",
                 "mountpoint": "/"}]},
        ]}
    ]
}  # fmt: skip
HOUSE = {
    "now": 1795687200.0, "born": 1700000000.0, "oldest_log": 1775000000.0, "logs": 40,
    "tmout": {"/etc/profile.d/t.sh": ["readonly TMOUT=900"]},
    "integrity": {"/var/lib/aide/aide.db": [1795000000, 10],
                  "/var/log/aide/aide.log": [1795600000, 10]},
    "keys": {"/home/alice/.ssh/authorized_keys": [1790000000, 100]},
}  # fmt: skip
HEALTHY: dict[str, Any] = {
    "clock": {"now": 1795687200.0, "container": ""},
    "people": PEOPLE,
    "sshd": SSHD,
    "units": UNITS,
    "lsblk": LSBLK,
    "house": HOUSE,
    "mounts": {"/": {"source": "/dev/mapper/root", "kind": "ext4", "options": ["rw"]}},
    "resolvers": {"/etc/resolv.conf": "nameserver 10.0.0.2\n"},
    "ip-route": [{"dst": "default", "gateway": "10.20.0.1", "dev": "eth0"}],
    "flows": {"read": ["/etc/rsyslog.conf"], "found": []},
    "pending": {"lists_age_s": 3600.0, "security": [], "other": 0},
    "chronyc": "0A000003,10.0.0.3,3,1795687000.1,0.000020,-0.00001,0.0001,0,0,0,0,0,64.1,Normal\n",
    "audit-rules": "-w /etc/passwd -p wa -k identity\n",
    "sysctl": {"crypto.fips_enabled": "0"},
    "kernel": {"/sys/class/dmi/id/product_serial": "SN123"},
}  # fmt: skip


def node(**other: Any) -> dict[str, Heard]:
    """Return a healthy node with these answers instead; None takes one away."""
    told = {**HEALTHY, **{name.replace("_", "-"): answer for name, answer in other.items()}}
    return {
        name: Heard(name, "exit", 0, answer if isinstance(answer, str) else json.dumps(answer))
        for name, answer in told.items()
        if answer is not None
    }


def voice(**other: Any) -> Voice:
    """Return one node that was heard."""
    return Voice("gpu1", node(**other))


def recording(**nodes: Mapping[str, Heard]) -> Recording:
    """Return what these nodes said."""
    return Recording(AT, nodes)


def ground(factory: Factory, books: Books, heard: Recording | None = None, **more: Any) -> Ground:
    """Return a ground with what nodes said, and whatever else a test has."""
    told = heard or Recording("", {})
    voices = {name: Voice(name, own) for name, own in told.nodes.items()}
    placed: tuple[Placement, ...] = more.pop("placements", ())
    facts = Facts(voices, told.at, "a recording" if heard else "", told.silent, told.simulated)
    return Ground(
        now=NOW,
        factory=factory,
        scope=scope_of(factory, books, placed, more.get("hosts", ())),
        places=places_of(factory, ["10.20.0.0/16"], list(voices)),
        facts=facts,
        **more,
    )

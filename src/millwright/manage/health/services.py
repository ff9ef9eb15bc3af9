"""Signals of services: units that failed, that should run and do not, that keep starting again."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator

from millwright.manage.health.signals import Seen, Source, source
from millwright.manage.health.view import Unheard, View, number

WATCHED = (
    *("ssh.service", "sshd.service", "munge.service", "slurmd.service", "slurmctld.service"),
    *("slurmdbd.service", "nvidia-fabricmanager.service", "nvidia-persistenced.service"),
    *("nvidia-dcgm.service", "nvidia-dcgm-exporter.service", "nvidia-imex.service"),
    *("chrony.service", "chronyd.service", "openibd.service", "opensm*.service", "opensmd.service"),
    *("sssd.service", "nslcd.service", "mariadb.service", "prometheus*.service", "auditd.service"),
    *("gpuagent.service", "amd-metrics-exporter.service", "rsyslog.service", "nftables.service"),
)
"""What a factory stands on. One that is enabled should run; others may come and go."""
RUNNING = frozenset({"active", "reloading", "activating"})


def units_of(text: str) -> list[dict[str, str]]:
    """Return the units that `systemctl show` tells, each as its properties by name."""
    blocks = [block for block in text.replace("\r", "").split("\n\n") if block.strip()]
    return [
        {
            name: value
            for name, separator, value in (line.partition("=") for line in block.splitlines())
            if separator
        }
        for block in blocks
    ]


def _units(view: View) -> Iterator[Seen]:
    units = [unit for unit in units_of(view.text("units")) if unit.get("Id")]
    if not units:
        raise Unheard("units: no unit is told")
    for unit in units:
        name, active = unit["Id"], unit.get("ActiveState", "")
        note = f"{active} ({unit.get('SubState', '')}), {unit.get('Result', '')}"
        yield Seen("unit_failed", name, float(active == "failed"), note)
        if active == "failed" or not any(fnmatch.fnmatch(name, each) for each in WATCHED):
            continue
        if unit.get("UnitFileState", "").startswith("enabled"):
            yield Seen("unit_down", name, float(active not in RUNNING), note)
        restarts = number(unit.get("NRestarts"))
        if restarts is not None:
            yield Seen("unit_restarts", name, restarts)


def _versions(view: View) -> Iterator[Seen]:
    """The fabric manager has the driver's very version, or it starts nothing."""
    manager = view.facts("fabric-manager").version
    driver = view.facts("nvidia-smi-xml").driver
    if manager and driver:
        note = f"fabric manager {manager}, driver {driver}"
        yield Seen("fabric_manager_apart", "", float(manager != driver), note)


SOURCES: Iterable[Source] = (
    source("units", _units, "unit_failed", "unit_down", "unit_restarts"),
    source("fabric-manager", _versions, "fabric_manager_apart", of="nvidia"),
)

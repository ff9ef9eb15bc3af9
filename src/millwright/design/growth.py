"""What moves when a design replaces an older one: the list that a crew would work through.

Devices and cables that are only added move nothing; what stood and now stands, is named or is
plugged differently is a move, and every move is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from millwright.model.cluster import CableTable, Cluster, Device
from millwright.model.finding import Finding

KEPT = ("model", "rack", "u", "addresses")
End = tuple[str, str]


def moves(
    old: Cluster, old_cables: CableTable, new: Cluster, new_cables: CableTable
) -> tuple[Finding, ...]:
    """Return one finding for each kind of move, with the devices concerned; none for pure
    growth."""
    return (*_gone(old, new), *_changed(old, new), *_replugged(old, old_cables, new_cables))


def _finding(rule: str, where: str, message: str, hint: str = "") -> Finding:
    return Finding(rule=rule, severity="warn", where=where, message=message, hint=hint)


def _listed(names: list[str]) -> str:
    return ", ".join(names)


def _gone(old: Cluster, new: Cluster) -> Iterator[Finding]:
    names = {device.name for device in new.devices}
    gone = [device.name for device in old.devices if device.name not in names]
    if gone:
        message = f"{len(gone)} devices of the former design are gone: {_listed(gone)}"
        yield _finding("MW-D-050", "devices", message)


def _changed(old: Cluster, new: Cluster) -> Iterator[Finding]:
    before = {device.name: device for device in old.devices}
    for key in KEPT:
        changed = [
            _told(before[device.name], device, key)
            for device in new.devices
            if device.name in before and getattr(before[device.name], key) != getattr(device, key)
        ]
        if changed:
            message = f"{len(changed)} devices change their {_word(key)}: {_listed(changed)}"
            yield _finding("MW-D-051", f"devices.{key}", message)


def _word(key: str) -> str:
    return {"u": "rack unit", "addresses": "addresses"}.get(key, key)


def _told(before: Device, after: Device, key: str) -> str:
    if key == "addresses":
        return after.name
    return f"{after.name} {getattr(before, key)} -> {getattr(after, key)}"


def _links(cables: CableTable) -> dict[End, tuple[str, End]]:
    links: dict[End, tuple[str, End]] = {}
    columns = (
        cables.fabric,
        cables.a_device,
        cables.a_port,
        cables.b_device,
        cables.b_port,
    )
    for fabric, a_device, a_port, b_device, b_port in zip(*columns, strict=True):
        a, b = (a_device, a_port), (b_device, b_port)
        links[a], links[b] = (fabric, b), (fabric, a)
    return links


def _replugged(old: Cluster, old_cables: CableTable, new_cables: CableTable) -> Iterator[Finding]:
    before, after = _links(old_cables), _links(new_cables)
    changed: dict[str, list[str]] = defaultdict(list)
    for end, (fabric, peer) in before.items():
        now = after.get(end, (fabric, None))[1]
        if now != peer:
            target = "nothing" if now is None else " ".join(now)
            changed[fabric].append(f"{' '.join(end)}: {' '.join(peer)} -> {target}")
    for fabric, told in sorted(changed.items()):
        yield _finding(
            "MW-D-052",
            f"fabrics.{fabric}",
            f"{len(told)} cable ends of {old.name} move: {_listed(told)}",
            "build the spines of the final size first (`spines:`), and uplinks stay where they are",
        )

"""Sets two designs side by side: every device, address, cable and line of the bill that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.design.site.loads import weakest
from millwright.model.cluster import BomLine, Cluster, Device, RackUnit
from millwright.model.designdiff import CostChange, DesignDiff, Difference, How, What
from millwright.model.sizing import Price

SITE_KEYS = (
    ("power", "it_max_kw"),
    ("power", "it_typical_kw"),
    ("power", "facility_max_kw"),
    ("power", "redundancy"),
    ("cooling", "heat_liquid_kw"),
    ("cooling", "airflow_cfm"),
)
DEVICE_KEYS = ("role", "model", "fabric", "pool", "rack", "u", "plane", "rail", "pod")
RACK_KEYS = ("model", "kind", "row", "position", "height_u")
CABLE_KEYS = ("a end", "b end", "medium", "length m", "part number")
Traits = dict[str, str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A design as it is compared. `cables` holds by cable id the five values of CABLE_KEYS."""

    cluster: Cluster
    bom: Sequence[BomLine]
    cables: Mapping[str, tuple[str, str, str, str, str]]


def difference(old: Drawn, new: Drawn, prices: Mapping[str, Price]) -> DesignDiff:
    """Return all that differs; nothing for two designs that are alike."""
    found = (
        *_site(old.cluster, new.cluster),
        *_between("pool", _pools(old.cluster), _pools(new.cluster)),
        *_between("rack", _racks(old.cluster), _racks(new.cluster)),
        *_between("device", _devices(old.cluster), _devices(new.cluster)),
        *_between("address", _addresses(old.cluster), _addresses(new.cluster)),
        *_between("cable", _cables(old), _cables(new)),
        *_between("bill", _bill(old.bom), _bill(new.bom)),
    )
    counts: dict[What, dict[How, int]] = {}
    seen: set[tuple[What, str]] = set()
    for each in found:
        if (each.what, each.name) in seen:
            continue
        seen.add((each.what, each.name))
        of = counts.setdefault(each.what, {})
        of[each.how] = of.get(each.how, 0) + 1
    return DesignDiff(
        old=old.cluster.name,
        new=new.cluster.name,
        counts=counts,
        differences=found,
        cost=_cost(old.bom, new.bom, prices),
    )


def _between(
    what: What, before: Mapping[str, Traits], after: Mapping[str, Traits]
) -> Iterator[Difference]:
    """Yield what is gone, what is new, and each trait that is another one."""
    for name, traits in before.items():
        if name not in after:
            yield Difference(what=what, how="removed", name=name, before=_told(traits))
    for name, traits in after.items():
        former = before.get(name)
        if former is None:
            yield Difference(what=what, how="added", name=name, after=_told(traits))
            continue
        for key in dict.fromkeys((*former, *traits)):
            was, now = former.get(key, ""), traits.get(key, "")
            if was != now:
                yield Difference(
                    what=what, how="changed", name=name, key=key, before=was, after=now
                )


def _told(traits: Traits) -> str:
    return ", ".join(f"{key} {value}" for key, value in traits.items() if value)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e5 else f"{value:.1f}"
    return "" if value is None else str(value)


def _site(old: Cluster, new: Cluster) -> Iterator[Difference]:
    for part, key in SITE_KEYS:
        was = _text(getattr(getattr(old, part), key))
        now = _text(getattr(getattr(new, part), key))
        if was != now:
            yield Difference(what="site", how="changed", name=part, key=key, before=was, after=now)


def _pools(cluster: Cluster) -> dict[str, Traits]:
    return {
        pool.name: {"server": pool.server, "nodes": str(pool.nodes), "GPUs": str(pool.gpus)}
        for pool in cluster.pools
    }


def _racks(cluster: Cluster) -> dict[str, Traits]:
    return {rack.name: _rack(rack) for rack in cluster.rack_units}


def _rack(rack: RackUnit) -> Traits:
    traits = {key: _text(getattr(rack, key)) for key in RACK_KEYS}
    traits["kW max"] = _text(rack.load.max_kw) if rack.load else ""
    return traits


def _devices(cluster: Cluster) -> dict[str, Traits]:
    return {device.name: _device(device) for device in cluster.devices}


def _device(device: Device) -> Traits:
    return {key: _text(getattr(device, key)) for key in DEVICE_KEYS}


def _addresses(cluster: Cluster) -> dict[str, Traits]:
    return {
        f"{device.name} {address.port} {address.network}": {"address": address.address}
        for device in cluster.devices
        for address in device.addresses
    }


def _cables(drawn: Drawn) -> dict[str, Traits]:
    return {
        name: dict(zip(CABLE_KEYS, values, strict=True)) for name, values in drawn.cables.items()
    }


def _cost(
    before: Sequence[BomLine], after: Sequence[BomLine], prices: Mapping[str, Price]
) -> CostChange:
    """Return what both bills come to as far as prices are known, in one currency."""
    was, now = _quantities(before), _quantities(after)
    priced = {name: prices[name].amount for name in (*was, *now) if name in prices}
    currencies = {amount.unit for amount in priced.values()}
    one = len(currencies) == 1
    unpriced = sorted(n for n in {*was, *now} if n not in priced and was[n] != now[n])
    return CostChange(
        currency=currencies.pop() if one else "",
        before=sum(was[n] * a.value for n, a in priced.items()) if one else None,
        after=sum(now[n] * a.value for n, a in priced.items()) if one else None,
        confidence=weakest(*(a.confidence for a in priced.values())) if one else None,
        unpriced=tuple(unpriced),
    )


def _quantities(bom: Sequence[BomLine]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in bom:
        counts[line.item] += line.quantity
    return counts


def _bill(bom: Sequence[BomLine]) -> dict[str, Traits]:
    return {f"{line.item} ({line.location})": {"quantity": str(line.quantity)} for line in bom}

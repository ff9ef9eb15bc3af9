"""What closes a host beyond its ports, as its role reads it: by kind, for gateways and others."""

from __future__ import annotations

from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.hardening import Hardening, SettingKind


class Closed(Frozen):
    """One setting that the role lays down and proves."""

    name: str
    kind: SettingKind
    key: str
    value: str


def closed(catalog: Catalog, *, gateway: bool) -> tuple[Closed, ...]:
    """Return the settings of a host; parameters have a role of their own, exceptions none."""
    other = "others" if gateway else "gateways"
    return tuple(
        Closed(name=each.name, kind=each.kind, key=each.key, value=each.value)
        for each in catalog.hardening.values()
        if each.kind not in ("parameter", "exception") and each.on != other
    )


def designed(setting: Hardening, catalog: Catalog) -> str:
    """Return what a setting comes to in words; parameters say it in the one table."""
    if setting.kind == "parameter":
        parameter = catalog.parameters[setting.key]
        return f"{parameter.key} = {parameter.value.value}"
    if setting.kind == "module":
        return f"{setting.key} is not loaded"
    return f"{setting.key} {setting.value}".strip()

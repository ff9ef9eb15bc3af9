"""Fleets, complaints and rules that tests of repair begin with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from millwright.adapters.catalogs import load
from millwright.manage.remedy.fleet import Fleet, Post
from millwright.manage.remedy.plan import Past, Rules, plan
from millwright.manage.remedy.rails import Bounds
from millwright.model.incident import Complaint
from millwright.model.remedy import OwnLimits, Policy
from millwright.model.remedyplan import PlanItem
from millwright.model.site import Tier

CATALOG = load(None).catalog
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
"""A Thursday."""


def fleet(nodes: int, tier: Tier | None = None, racks: int = 1, **more: Any) -> Fleet:
    posts = {
        f"gpu{n}": Post(f"gpu{n}", "compute", "gpu", "dgx-h100", f"r{n % racks}", tier)
        for n in range(1, nodes + 1)
    }
    posts["head-1"] = Post("head-1", "management", "", "server-1u")
    return replace(Fleet(posts), **more)


def complaint(node: str = "gpu1", fault: str = "xid:79", **more: Any) -> Complaint:
    said = {"severity": "critical", "hard": True, "families": ("health",), "source": "test"}
    return Complaint(node=node, fault=fault, **{**said, **more})


def rules(policy: Policy | None = None, confirmed: str = "", **limits: Any) -> Rules:
    own = OwnLimits(**limits)
    policy = policy or Policy(factory="site")
    bounds = Bounds(CATALOG.remedy_limits["default"], own)
    return Rules(CATALOG.remedies, bounds, policy, NOW, confirmed)


def planned(
    complaints: Iterable[Complaint],
    there: Fleet,
    past: Past | None = None,
    by: Rules | None = None,
) -> dict[str, PlanItem]:
    items, _ = plan(list(complaints), there, past or Past(), by or rules(), ())
    return {item.complaint.node: item for item in items}


def held(item: PlanItem) -> list[str]:
    return [rail.name for rail in item.held]

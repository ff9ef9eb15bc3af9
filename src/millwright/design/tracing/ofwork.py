"""What answers the lines about workloads, tiers, growth, storage and money."""

from __future__ import annotations

from millwright.design.tracing.ground import Ground, held, number, told
from millwright.model.sizing import WorkloadSize
from millwright.model.tracing import Answer, Path

PROMISES = {
    "p95_s": ("turnaround_p95_s", "s"),
    "stat_p95_s": ("turnaround_stat_p95_s", "s"),
    "ttft_s": ("first_token_s", "s"),
    "tpot_ms": ("token_ms", "ms"),
    "deadline_days": ("days", "days"),
}
"""Targets of a workload, and the number that sizing holds against each."""
ALIASES = {"precision": "bytes_per_parameter", "model": "parameters_b", "method": "state_gb"}


def workload(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer a line of a workload."""
    own = ground.factory.workloads[int(path[1])]
    key = str(path[2])
    if key in ("data", "zone", "needs_wan"):
        return _placed(ground, own.name, path)
    if key == "tier":
        return _tier_of(ground, own.name, str(value))
    size = ground.sized(own.name)
    if size is None:
        return _elsewhere(ground, own.name)
    if key in ("name", "kind"):
        text = f"{number(size.gpus)} x {size.gpu}, {number(size.replicas)} replicas"
        return told("used", text, f"workloads.{own.name}.gpus")
    return _figure(size, own.name, str(path[-1])) or _unused(key)


def _unused(key: str) -> Answer | None:
    if key == "availability":
        text = "measured in operation against the error budget; replicas follow the tier"
        return told("later", text, "`manage slo`")
    if key == "modality":
        return told("open", "figures of sizing are the same for every modality, until measured")
    return None


def _elsewhere(ground: Ground, name: str) -> Answer:
    zone = next((each.zone for each in ground.decisions if each.workload == name), None)
    if zone:
        return told("later", f"runs in {zone}, outside this design", "`design place`")
    return told("open", "the workload has no size on this hardware", "`design size`")


def _figure(size: WorkloadSize, name: str, key: str) -> Answer | None:
    found = size.numbers.get(key)
    promised = PROMISES.get(key)
    if promised and found and promised[0] in size.numbers:
        reached, unit = size.numbers[promised[0]], promised[1]
        text = f"reckoned: {number(reached.value)} of {number(found.value)} {unit}"
        if reached.confidence == "estimate":
            text += ", by estimates"
        by = f"workloads.{name}.{promised[0]}"
        return held(reached.value <= found.value * (1 + 1e-9), text, by)
    alias = ALIASES.get(key, key)
    if found is None and alias in size.numbers:
        found = size.numbers[alias]
    if found is None or (alias == key and found.source != "factory.yaml"):
        return None
    shown = f"{number(size.gpus)} GPUs"
    return told("used", f"counted into {shown}", f"workloads.{name}.{alias}")


def _placed(ground: Ground, name: str, path: Path) -> Answer | None:
    if path[-1] == "retention_years":
        return _kept(ground, name)
    own = next((each for each in ground.decisions if each.workload == name), None)
    if own is None:
        if path[2] == "data" and not ground.factory.zones:
            return told("used", "no zones are named: there is one place, and data stays in it")
        return None
    barred = ", ".join(dict.fromkeys(each.zone for each in own.forbidden))
    text = f"runs in {own.zone}" + (f"; forbidden: {barred}" if barred else "")
    rules = dict.fromkeys((own.rule, *(each.rule for each in own.forbidden)))
    return held(True, text, *rules)


def _kept(ground: Ground, name: str) -> Answer | None:
    found = [each for each in ground.storage.holdings if each.workload == name]
    if not found:
        return None
    last = ground.storage.horizons_months[-1]
    room = sum(each.tb[-1][1] for each in found)
    return told("used", f"{room:,.1f} TB after {last} months", "`design show storage`")


def _tier_of(ground: Ground, name: str, tier: str) -> Answer:
    wished = {each.name: each.min_replicas for each in ground.factory.tiers}.get(tier, 1)
    size = ground.sized(name)
    if size is None:
        return _elsewhere(ground, name)
    text = f"{size.replicas} replicas where the tier asks for {wished}"
    if size.replicas < wished:
        text += "; a job of its kind has none beside it"
    return held(size.replicas >= wished, text, f"workloads.{name}.gpus")


def tier(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer what a service level asks for."""
    own = ground.factory.tiers[int(path[1])]
    members = [each.name for each in ground.factory.workloads if each.tier == own.name]
    key = str(path[2])
    if key == "min_replicas":
        sizes = [(name, ground.sized(name)) for name in members]
        known = [(name, size) for name, size in sizes if size is not None]
        if not known:
            return told("open", "no workload of this tier has a size here")
        text = ", ".join(f"{name} has {size.replicas}" for name, size in known)
        good = all(size.replicas >= own.min_replicas for _, size in known)
        return held(good, text, *(f"workloads.{name}.gpus" for name, _ in known))
    later = {
        "rto_min": ("proven by drills", "`manage drill`"),
        "rpo_min": ("proven by drills", "`manage drill`"),
        "remedy_mode": ("holds repair back, or lets it act", "`manage remedy`"),
        "freeze": ("nothing is touched in these hours", "`manage update`, `manage remedy`"),
        "downtime_procedure": ("named to whoever takes a machine away", "`manage remedy`"),
        "slo": ("measured in operation", "`manage slo`"),
    }
    if key in later:
        return told("later", later[key][0], later[key][1])
    return told("used", f"workloads of it: {', '.join(members) or 'none'}")


def growth(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer a step of growth: what it is likely to take, beside what is designed."""
    step = ground.factory.growth[int(path[1])]
    nodes = ground.growth.get(step.after_months)
    if nodes is None:
        return told(
            "open", "no size after that growth", f"`design size --after {step.after_months}`"
        )
    text = f"{nodes:,} nodes are likely after {step.after_months} months; "
    text += f"{ground.cluster.nodes:,} are designed"
    return told("used", text, "MW-D-076", f"`design size --after {step.after_months}`")


def storage(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer what is asked of storage."""
    plan = ground.storage
    needed, given = sum(plan.reads_gbytes_per_s.values()), plan.read_gbytes_per_s
    if path[1] in ("tier", "read_gbytes_per_s"):
        text = "no speed follows from it" if given is None else f"reads {given:g} GB/s"
        if needed and given is not None:
            return held(given >= needed, f"{text}; workloads read {needed:.1f}", "MW-D-077")
        return told("used", text, "`design show storage`")
    if path[1] == "capacity_tib":
        if not plan.raw_tb:
            return told("used", "no workload says how much it keeps", "`design show storage`")
        room, raw = float(str(value)) * 1.099511627776, plan.raw_tb[-1][1]
        text = f"{room:,.1f} TB; {raw:,.1f} TB are likely after {plan.horizons_months[-1]} months"
        return held(room >= raw, text, "`design show storage`")
    return told("later", "mounted and checked on the nodes", "`deploy apply`")


def budget(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer what may be spent on servers at once."""
    servers = ground.cost.value("servers")
    if servers is None:
        return told("open", "a server has no price", "`design show cost`")
    limit = float(str(value))
    text = f"servers cost {servers:,.0f} of {limit:,.0f} {ground.factory.currency}"
    return held(servers <= limit, text, "tco.servers", "MW-D-089")


def pool(ground: Ground, path: Path, value: object) -> Answer | None:
    """Answer hardware that the spec names itself."""
    wished = ground.factory.compute[int(path[1])]
    own = next((each for each in ground.cluster.pools if each.name == wished.name), None)
    if own is None:
        return None
    text = f"{own.nodes:,} x {own.server} with {own.gpus:,} GPUs"
    if own.displaced:
        text += f"; {own.displaced} place(s) given up for the fabric manager"
    return told("used", text, "`design show fabric`")

"""How the simulated fabric is cabled while faults last: by design, less what is cut, with swaps.

The whole of it follows from the faults that hosts have, so that faults may come and go in any
order, and a fabric that starts anew is told of them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from millwright.errors import MillwrightError
from millwright.lab.faultlog import Fault, active
from millwright.lab.home import Home
from millwright.lab.plan import LabPlan

KINDS = ("link-down", "swapped-cables")
HostFault = tuple[str, Fault]


def cabled(peers: Mapping[str, str], faults: Sequence[HostFault]) -> dict[str, str | None]:
    """Return the adapters that are not cabled as designed, each with its peer or nothing.

    `peers` is the design: what each adapter is cabled to, as the simulator writes it.
    """
    found: dict[str, str | None] = {}
    for host, fault in faults:
        if fault.kind == "swapped-cables":
            one, other = pair(host, fault)
            found |= {one: peers[other], other: peers[one]}
    for host, fault in faults:
        if fault.kind == "link-down":
            found[f"{host} {fault.value}"] = None
    return found


def commands(
    peers: Mapping[str, str], before: Sequence[HostFault], after: Sequence[HostFault]
) -> list[str]:
    """Return what the simulator's console is told to get from one list of faults to another."""
    was, is_ = cabled(peers, before), cabled(peers, after)
    moved = sorted(a for a in was.keys() | is_.keys() if was.get(a, "") != is_.get(a, ""))
    cut = [f'Unlink "{a}"[1]' for a in moved if was.get(a, peers[a]) is not None]
    laid = [(a, is_.get(a, peers[a])) for a in moved]
    return [*cut, *(f'Link "{adapter}"[1] {peer}' for adapter, peer in laid if peer)]


def pair(host: str, fault: Fault) -> tuple[str, str]:
    """Return the two adapters of a swap. Raises MillwrightError where they are one."""
    one, other = (fault.value or "").split("+")
    if one == other:
        raise MillwrightError(
            "a swap needs two adapters of the host", hint="swapped-cables:mlx5_0+mlx5_1"
        )
    return f"{host} {one}", f"{host} {other}"


def check(peers: Mapping[str, str], host: str, fault: Fault) -> None:
    """Raise MillwrightError where the fabric lacks a fault's adapters, naming those it has."""
    named = pair(host, fault) if fault.kind == "swapped-cables" else (f"{host} {fault.value}",)
    for adapter in named:
        if adapter not in peers:
            own = ", ".join(a.split()[1] for a in peers if a.split()[0] == host) or "none"
            raise MillwrightError(
                f"the fabric has no adapter {adapter!r}", hint=f"{host} has {own}"
            )


def faults_of(home: Home, plan: LabPlan, kinds: Sequence[str] = KINDS) -> list[HostFault]:
    """Return the faults of cables, or of other kinds, that the lab has, in the order of hosts."""
    return [
        (each.name, fault)
        for each in plan.hosts
        for fault in active(home, each.name)
        if fault.kind in kinds
    ]


def without(faults: Iterable[HostFault], host: str, gone: Fault) -> list[HostFault]:
    """Return the faults less one."""
    return [(name, f) for name, f in faults if (name, f.id) != (host, gone.id)]

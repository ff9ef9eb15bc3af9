"""Faults of cables come and go in any order, and the fabric is always what they say together."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.errors import MillwrightError
from millwright.lab.cabling import HostFault, cabled, check, commands
from millwright.lab.faultlog import Fault, made

PEERS = {
    f"{host} mlx5_{rail}": f'"leaf-{rail}"[{host[-1]}]'
    for host in ("a1", "a2")
    for rail in range(3)
}


def fault(kind: str, value: str) -> Fault:
    return made((kind, value), None, value)


DOWNS = [("a1", fault("link-down", f"mlx5_{rail}")) for rail in range(3)]
SWAPS = [fault("swapped-cables", f"mlx5_{one}+mlx5_{other}") for one, other in ((0, 1), (2, 0))]


def wired(before: dict[str, str], told: list[str]) -> dict[str, str]:
    """Return the cables after the simulator was told; it refuses to use a port twice."""
    cables = dict(before)
    for line in told:
        if cut := re.fullmatch(r'Unlink "(.+?)"\[1\]', line):
            del cables[cut[1]]
        elif laid := re.fullmatch(r'Link "(.+?)"\[1\] (.+)', line):
            assert laid[1] not in cables
            assert laid[2] not in cables.values()
            cables[laid[1]] = laid[2]
    return cables


def lists() -> st.SearchStrategy[list[HostFault]]:
    downs = st.lists(st.sampled_from(DOWNS), unique=True)
    swaps = st.lists(st.sampled_from(SWAPS), max_size=1)
    return st.builds(lambda down, swap: [*down, *(("a1", one) for one in swap)], downs, swaps)


def wanted(faults: list[HostFault]) -> dict[str, str]:
    return {a: peer for a, peer in {**PEERS, **cabled(PEERS, faults)}.items() if peer is not None}


@given(before=lists(), after=lists())
def test_the_console_gets_from_any_faults_to_any_others(
    before: list[HostFault], after: list[HostFault]
) -> None:
    assert wired(wanted(before), commands(PEERS, before, after)) == wanted(after)


@given(faults=lists())
def test_where_nothing_changes_nothing_is_said(faults: list[HostFault]) -> None:
    assert commands(PEERS, faults, faults) == []


def test_a_swap_exchanges_peers() -> None:
    told = cabled(PEERS, [("a2", fault("swapped-cables", "mlx5_0+mlx5_2"))])
    assert told == {"a2 mlx5_0": '"leaf-2"[2]', "a2 mlx5_2": '"leaf-0"[2]'}


def test_adapters_that_are_not_there_are_named() -> None:
    with pytest.raises(MillwrightError) as told:
        check(PEERS, "a1", fault("link-down", "mlx5_7"))
    assert told.value.hint == "a1 has mlx5_0, mlx5_1, mlx5_2"
    with pytest.raises(MillwrightError, match="two adapters"):
        check(PEERS, "a1", fault("swapped-cables", "mlx5_1+mlx5_1"))

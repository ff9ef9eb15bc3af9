"""NVLink domains against racks: who is named, and for which reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.build.domains import compare_domains
from millwright.model.nvlinkdomain import NO_DOMAIN, Joined

PLAN = {
    "A1": ("gpu1", "gpu2", "gpu3"),
    "A2": ("gpu4", "gpu5", "gpu6"),
}
UUID = {"A1": "uuid-1", "A2": "uuid-2"}


def gpus(*domains: str | None, clique: str = "1") -> tuple[Joined, ...]:
    return tuple(Joined(at, domain, clique, "Completed") for at, domain in enumerate(domains))


def site(**other: tuple[Joined, ...]) -> dict[str, tuple[Joined, ...]]:
    """Return a site as planned, but for some nodes."""
    good = {node: gpus(UUID[rack], UUID[rack]) for rack, nodes in PLAN.items() for node in nodes}
    return good | other


def test_a_site_as_planned_has_no_finding() -> None:
    found = compare_domains(PLAN, site())
    assert (found.findings, found.right, found.named) == ((), 6, UUID)


@pytest.mark.parametrize(
    ("other", "kind", "nodes"),
    [
        ({"gpu1": gpus("uuid-2"), "gpu4": gpus("uuid-1")}, "swapped", ("gpu1", "gpu4")),
        ({"gpu1": gpus("uuid-2")}, "elsewhere", ("gpu1",)),
        ({"gpu1": gpus("uuid-9")}, "elsewhere", ("gpu1",)),
        ({"gpu1": gpus("uuid-1", "uuid-2")}, "split", ("gpu1",)),
        ({"gpu1": gpus("uuid-1", NO_DOMAIN)}, "not-joined", ("gpu1",)),
        ({"gpu1": gpus("uuid-1", None)}, "not-joined", ("gpu1",)),
        ({"gpu9": gpus("uuid-2")}, "stranger", ("gpu9",)),
        (
            {"gpu2": (Joined(0, "uuid-1", "1", "Completed", ("route unhealthy",)),)},
            "degraded",
            ("gpu2",),
        ),
    ],
)
def test_what_is_not_as_planned_is_one_finding(
    other: dict[str, tuple[Joined, ...]], kind: str, nodes: tuple[str, ...]
) -> None:
    found = compare_domains(PLAN, site(**other))
    assert [(each.kind, each.nodes) for each in found.findings] == [(kind, nodes)]


def test_who_said_nothing_is_neither_right_nor_wrong() -> None:
    seen = site()
    del seen["gpu6"]
    found = compare_domains(PLAN, seen | {"gpu5": ()})
    assert (found.not_observed, found.right, found.findings) == (("gpu5", "gpu6"), 4, ())


def test_a_rack_of_two_halves_blames_each_half_on_the_disagreement() -> None:
    plan = {"A1": ("gpu1", "gpu2")}
    found = compare_domains(plan, {"gpu1": gpus("x"), "gpu2": gpus("y")})
    assert found.named == {}
    assert {each.kind for each in found.findings} == {"elsewhere"}
    assert "do not agree" in found.findings[0].reason


def test_partitions_are_told_and_nobody_is_blamed() -> None:
    found = compare_domains(PLAN, site(gpu1=gpus("uuid-1", clique="7")))
    assert (found.findings, found.partitions) == ((), {"A1": ("1", "7")})


@given(st.permutations([node for nodes in PLAN.values() for node in nodes]))
def test_any_order_of_hearing_gives_the_same_answer(order: list[str]) -> None:
    seen = site(gpu1=gpus("uuid-2"), gpu4=gpus("uuid-1"), gpu5=gpus("uuid-9"))
    assert compare_domains(PLAN, {node: seen[node] for node in order}) == compare_domains(
        PLAN, seen
    )
